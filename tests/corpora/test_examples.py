"""Which clip stands for an emotion: the same in any order of rows, and of one speaker where that can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import Clip, to_manifest
from affectone.corpora.examples import choose_examples


def manifest_of(*rows: tuple[str, str, float | None]) -> pd.DataFrame:
    """Return clips of (corpus/speaker, emotion, duration)."""
    clips = []
    for number, (key, emotion, _) in enumerate(rows):
        corpus, _, speaker = key.partition("/")
        clips.append(
            Clip(f"{corpus}/{number}", Path(f"{number}.wav"), corpus, speaker or None, emotion, emotion)
        )
    return to_manifest(clips).assign(duration=[np.nan if row[2] is None else row[2] for row in rows])


def chosen(manifest: pd.DataFrame) -> dict[str, str]:
    return dict(sorted(choose_examples(manifest).set_index("emotion")["id"].items()))


def test_one_speaker_who_has_all_emotions_stands_for_all() -> None:
    manifest = manifest_of(("a/x", "sad", 1), ("b/y", "sad", 1), ("b/y", "happy", 1), ("c/z", "happy", 1))
    assert chosen(manifest) == {"happy": "b/2", "sad": "b/1"}


def test_of_several_such_speakers_it_is_the_first_by_name() -> None:
    manifest = manifest_of(("b/y", "sad", 1), ("a/z", "sad", 1), ("a/x", "sad", 1))
    assert chosen(manifest) == {"sad": "a/2"}


def test_what_that_speaker_lacks_comes_from_who_has_most_of_it() -> None:
    rows = [("a/x", emotion, 1.0) for emotion in ("sad", "happy", "angry")]
    rows += [("b/y", "calm", 1), ("c/z", "bored", 1), ("c/z", "calm", 1)]
    assert chosen(manifest_of(*rows)) == {
        "angry": "a/2", "bored": "c/4", "calm": "c/5", "happy": "a/1", "sad": "a/0",
    }  # fmt: skip


def test_it_is_the_clip_of_median_duration() -> None:
    assert chosen(manifest_of(("a/x", "sad", 9), ("a/x", "sad", 2), ("a/x", "sad", 3))) == {"sad": "a/2"}


def test_of_two_it_is_the_shorter() -> None:
    assert chosen(manifest_of(("a/x", "sad", 9), ("a/x", "sad", 2))) == {"sad": "a/1"}


def test_without_durations_it_is_the_middle_by_id() -> None:
    assert chosen(manifest_of(*[("a/x", "sad", None)] * 3)) == {"sad": "a/1"}


def test_clips_whose_speaker_nobody_knows_are_examples_too() -> None:
    assert chosen(manifest_of(("a/", "sad", 1))) == {"sad": "a/0"}


CLIPS = st.tuples(
    st.sampled_from(["a/x", "a/y", "b/x", "b/"]),
    st.sampled_from(["sad", "happy", "bored"]),
    st.one_of(st.none(), st.sampled_from([1.0, 2.0, 3.5])),
)


@given(st.lists(CLIPS, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_every_emotion_has_one_whatever_the_order_of_rows(rows, random) -> None:
    manifest = manifest_of(*rows)
    turned = manifest.iloc[random.sample(range(len(manifest)), len(manifest))]
    assert set(chosen(manifest)) == {emotion for _, emotion, _ in rows}
    assert chosen(turned) == chosen(manifest)


def test_no_clips_have_no_examples() -> None:
    assert len(choose_examples(manifest_of())) == 0
