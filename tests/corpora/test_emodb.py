"""EMO-DB: two releases, how often listeners recognised a clip, and the words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from affectone.corpora import CORPORA, Clip
from affectone.corpora.loaders.emodb import SENTENCES

if TYPE_CHECKING:
    import pandas as pd

Folder = Callable[..., Path]

EMODB = CORPORA.get("emodb")
# As the publishers write it: German commas, no-break spaces behind the numbers, Latin-1.
RECOGNISED = (
    "Nr.\tSatz\terkannt\tnatuerlich\n1\xa0\xa0\t03a01Fa.wav\t90,00\xa0\xa0\xa0 \t75,00\xa0\n"
    "2\xa0\xa0\t09b01Ad.wav\t45,00\xa0\xa0\xa0 \t30,00\xa0\n"
    "3\xa0\xa0\t16a05La.wav\t95,24\xa0\xa0\xa0 \t0,00\xa0\n"
).encode("latin-1")
CONFIDENCES = b"file,emotion,emotion.confidence,emotion.naturalness\nwav/09b01Ad.wav,fear,0.45,0.3\n"


def clips(root: Path) -> dict[str, Clip]:
    return {clip.id.removeprefix("emodb/"): clip for clip in EMODB(root).scan().clips}


def test_the_examples_are_read_as_they_say(folder_of: Folder) -> None:
    root = folder_of(*EMODB.examples)
    for name, content in EMODB.example_tables.items():
        (root / name).write_text(content, encoding="latin-1")
    loader = EMODB(root)
    for name, expected in EMODB.examples.items():
        clip = loader.parse(root / name)
        assert {key: getattr(clip, key) for key in expected} == expected


@pytest.mark.parametrize("start", [".", "wav"])
@pytest.mark.parametrize(
    ("name", "content"), [("erkennung.txt", RECOGNISED), ("db.emotion.csv", CONFIDENCES)]
)
def test_rates_of_either_release(start: str, name: str, content: bytes, folder_of: Folder) -> None:
    root = folder_of("wav/09b01Ad.wav")
    (root / name).write_bytes(content)
    votes = clips(root / start)["09b01Ad"].votes
    assert votes is not None
    assert votes.shares["fearful"] == 0.45
    assert votes.agreement == 0.45


def test_the_rest_is_spread_evenly_over_the_other_six(folder_of: Folder) -> None:
    root = folder_of("09b01Ad.wav")
    (root / "erkennung.txt").write_bytes(RECOGNISED)
    votes = clips(root)["09b01Ad"].votes
    assert votes is not None
    others = {label: share for label, share in votes.shares.items() if label != "fearful"}
    assert others == dict.fromkeys(
        ["neutral", "happy", "sad", "angry", "disgust", "bored"], pytest.approx(0.55 / 6)
    )


@pytest.mark.parametrize(("stem", "raters", "share"), [("03a01Fa", 20, 18 / 20), ("16a05La", 21, 20 / 21)])
def test_the_rate_tells_how_many_listened(stem: str, raters: int, share: float, folder_of: Folder) -> None:
    root = folder_of(f"{stem}.wav")
    (root / "erkennung.txt").write_bytes(RECOGNISED)
    clip = clips(root)[stem]
    assert clip.votes is not None
    assert (clip.votes.raters, clip.votes.shares[clip.emotion]) == (raters, share)


def test_a_clip_that_the_table_lacks_has_no_votes(folder_of: Folder) -> None:
    root = folder_of("14b10Lb.wav")
    (root / "erkennung.txt").write_bytes(RECOGNISED)
    assert clips(root)["14b10Lb"].votes is None


def test_laryngograms_are_no_speech_though_they_are_named_as_clips(folder_of: Folder) -> None:
    root = folder_of("laryngo/03a01Fa.wav", "wav/03a01Fa.wav")
    found = EMODB(root).scan()
    assert [clip.path for clip in found.clips] == [root / "wav" / "03a01Fa.wav"]
    assert [(skip.path, skip.why) for skip in found.skipped] == [
        (root / "laryngo" / "03a01Fa.wav", "a laryngogram: the movement of the vocal folds, and no speech")
    ]


def test_the_words_are_those_of_the_code(folder_of: Folder) -> None:
    found = clips(folder_of(*(f"03{code}Na.wav" for code in SENTENCES)))
    assert {clip.sentence: clip.text for clip in found.values()} == SENTENCES
    assert len(set(SENTENCES.values())) == 10


def test_releases_count_what_their_classes_count() -> None:
    for release in EMODB.info.releases:
        assert sum(release.classes.values()) == release.clips
        assert set(release.classes) == set(EMODB.labels)


@pytest.mark.corpora
def test_the_real_table_lists_the_release_of_816(corpora_root: Path, folder_of: Folder) -> None:
    table = (corpora_root / "emodb" / "erkennung.txt").read_bytes()
    names = [line.split("\t")[1].strip() for line in table.decode("latin-1").splitlines()[1:]]
    root = folder_of(*names)
    (root / "erkennung.txt").write_bytes(table)
    found = clips(root).values()
    counts = {label: sum(clip.original == label for clip in found) for label in EMODB.labels}
    assert (len(found), counts) == (816, dict(EMODB.info.releases[-1].classes))
    assert all(clip.votes is not None and clip.votes.raters in (20, 21) for clip in found)


@pytest.mark.corpora
def test_the_first_release_was_recognised_by_four_in_five(real_manifest: pd.DataFrame) -> None:
    rows = real_manifest[real_manifest["corpus"] == "emodb"]
    assert rows["agreement"].min() == 0.8
    # The publishers' mean over the 535 clips.
    assert rows["agreement"].mean() == pytest.approx(0.9354, abs=1e-4)
