"""What listening tells of a recording, and what is remembered of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

from affectone.audio import check_recording
from affectone.audio.contents import Content
from affectone.corpora import facts
from affectone.corpora.facts import Facts, Unreadable, listen

RATE = 16000
Listen = Callable[..., list[Facts | Unreadable]]


@pytest.fixture
def clip(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV of a second of speech between half seconds of silence."""
    path = tmp_path / "clip.wav"
    sf.write(path, tiny.spoken_clip(1.0), RATE)
    return path


@pytest.fixture
def hear(tmp_path: Path) -> Listen:
    """Return a function that listens to recordings through the cache of this test, in this process."""

    def run(*paths: Path, jobs: int = 1) -> list[Facts | Unreadable]:
        return listen(paths, cache=tmp_path / "cache", jobs=jobs)

    return run


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list of the recordings that are decoded from here on."""
    paths: list[Path] = []
    real = facts._hear

    def watched(new: tuple[Path, Content]) -> Facts | Unreadable:
        paths.append(new[0])
        return real(new)

    monkeypatch.setattr(facts, "_hear", watched)
    return paths


def fact(hear: Listen, path: Path) -> Facts:
    """Return the facts of a recording that can be read."""
    (found,) = hear(path)
    assert isinstance(found, Facts)
    return found


def test_of_a_mono_file(hear: Listen, tmp_path: Path) -> None:
    samples = np.zeros(12345, np.float32)
    samples[1000] = -0.25
    path = tmp_path / "one.wav"
    sf.write(path, samples, 22050)
    found = fact(hear, path)
    assert found.file_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.content_hash == hashlib.sha256(np.rint(samples * 32767).astype("<i2")).hexdigest()
    assert found.duration == 12345 / 22050
    assert (found.rate, found.channels, found.format, found.peak) == (22050, 1, "wav", 0.25)
    assert (found.clipped_share, found.identical_channels, found.warnings) == (0.0, False, ())


def test_is_what_check_recording_says(hear: Listen, clip: Path) -> None:
    found, report = fact(hear, clip), check_recording(clip)
    assert found.content_hash == report.content_hash
    assert (found.duration, found.rate, found.channels) == (
        report.duration,
        report.native_rate,
        report.channels,
    )


@pytest.mark.parametrize("container", ["FLAC", "AIFF", "CAF"])
def test_a_lossless_copy_has_the_same_content_and_another_file(
    hear: Listen, clip: Path, tmp_path: Path, container: str
) -> None:
    samples, rate = sf.read(clip)
    copy = tmp_path / f"copy.{container.lower()}"
    sf.write(copy, samples, rate, "PCM_16", format=container)
    one, other = fact(hear, clip), fact(hear, copy)
    assert one.content_hash == other.content_hash
    assert one.signature == other.signature
    assert one.file_hash != other.file_hash


@pytest.mark.parametrize(("right", "identical"), [(1.0, True), (0.5, False)])
def test_channels_that_are_one(
    hear: Listen, clip: Path, tmp_path: Path, right: float, identical: bool
) -> None:
    left = sf.read(clip)[0]
    sf.write(tmp_path / "stereo.wav", np.stack([left, right * left], axis=1), RATE)
    found = fact(hear, tmp_path / "stereo.wav")
    assert (found.channels, found.identical_channels) == (2, identical)


def test_clipped_samples(hear: Listen, tmp_path: Path) -> None:
    samples = np.zeros(1000, np.float32)
    samples[100:200] = 1.0
    sf.write(tmp_path / "loud.wav", samples, RATE, "FLOAT")
    assert fact(hear, tmp_path / "loud.wav").clipped_share == 0.1


def test_silence_is_told_and_has_no_signature(hear: Listen, tmp_path: Path) -> None:
    sf.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    found = fact(hear, tmp_path / "silent.wav")
    assert found.warnings == ("silent: peak 0",)
    assert found.signature == b""


def test_a_long_recording_is_read_in_blocks(
    hear: Listen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is measured must not depend on where the blocks end.
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 3 * RATE)
    sf.write(tmp_path / "long.wav", noise, RATE)
    whole = fact(hear, tmp_path / "long.wav")
    monkeypatch.setattr(facts, "BLOCK_SECONDS", 0.31)
    monkeypatch.setattr(facts, "_release", lambda: "not the same")
    assert fact(hear, tmp_path / "long.wav") == whole


def test_the_order_is_that_of_the_paths(hear: Listen, clip: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.wav"
    sf.write(other, np.ones(RATE) / 2, RATE)
    gone = tmp_path / "gone.wav"
    one, two, three, four = hear(other, gone, clip, other)
    assert (one, three) == (fact(hear, other), fact(hear, clip))
    assert two == Unreadable(gone, "no such file")
    assert four == one


def test_nothing_to_listen_to(hear: Listen) -> None:
    assert hear() == []


def test_two_processes_hear_what_one_does(hear: Listen, clip: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.wav" for number in range(5)]
    for number, path in enumerate(paths):
        sf.write(path, sf.read(clip)[0][: RATE - number], RATE)
    paths.append(tmp_path / "text.wav")
    paths[-1].write_text("words")
    alone = listen(paths, cache=tmp_path / "one", jobs=1)
    assert hear(*paths, jobs=2) == alone
    assert isinstance(alone[-1], Unreadable)


def test_what_was_heard_is_not_decoded_again(hear: Listen, decoded: list[Path], clip: Path) -> None:
    first = hear(clip)
    assert hear(clip) == first
    assert decoded == [clip]


def test_a_renamed_file_is_known(hear: Listen, decoded: list[Path], clip: Path) -> None:
    first = hear(clip)
    assert hear(clip.rename(clip.with_name("renamed.wav"))) == first
    assert len(decoded) == 1


def test_equal_files_are_decoded_once(hear: Listen, decoded: list[Path], clip: Path) -> None:
    copy = clip.with_name("copy.wav")
    copy.write_bytes(clip.read_bytes())
    one, other = hear(clip, copy)
    assert one == other
    assert len(decoded) == 1


def test_equal_bytes_under_another_ending_get_their_own_warning(hear: Listen, clip: Path) -> None:
    hear(clip)
    assert fact(hear, clip.rename(clip.with_suffix(".mp3"))).warnings == ("named .mp3 but holds WAV",)


def test_changed_bytes_are_heard_again(hear: Listen, decoded: list[Path], clip: Path) -> None:
    first = fact(hear, clip)
    sf.write(clip, sf.read(clip)[0] / 2, RATE)
    assert fact(hear, clip).content_hash != first.content_hash
    assert decoded == [clip, clip]


def test_another_release_hears_again(
    hear: Listen, decoded: list[Path], clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(clip)
    monkeypatch.setattr(facts, "_release", lambda: "2 other libraries")
    hear(clip)
    assert len(decoded) == 2


def test_what_cannot_be_read_is_tried_again(hear: Listen, decoded: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("words")
    assert hear(path) == hear(path) == [Unreadable(path, "is text, not audio")]
    assert len(decoded) == 2


def test_each_unreadable_file_bears_its_own_name(hear: Listen, tmp_path: Path) -> None:
    paths = [tmp_path / "one.wav", tmp_path / "two.wav"]
    for path in paths:
        path.write_text("words")
    assert hear(*paths) == [Unreadable(path, "is text, not audio") for path in paths]


def test_an_interrupted_run_goes_on_where_it_was(
    hear: Listen, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.wav" for number in range(6)]
    for number, path in enumerate(paths):
        sf.write(path, sf.read(clip)[0][: RATE - number], RATE)
    heard: list[Path] = []
    real = facts._hear

    def interrupted(new: tuple[Path, Content]) -> Facts | Unreadable:
        if len(heard) == 4:
            raise KeyboardInterrupt
        heard.append(new[0])
        return real(new)

    monkeypatch.setattr(facts, "_hear", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hear(*paths)
    heard.clear()
    assert all(isinstance(found, Facts) for found in hear(*paths))
    assert heard == paths[4:]


def test_a_killed_run_has_lost_a_second_at_most(
    hear: Listen, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("affectone.store.KEEP_SECONDS", 0.0)
    monkeypatch.setattr("affectone.store.Store.close", lambda store: None)
    hear(clip)
    with sqlite3.connect(tmp_path / "cache" / "facts.sqlite") as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (1,)
    database.close()


def test_a_damaged_cache_is_told_and_done_without(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "facts.sqlite").write_bytes(b"no database" * 1000)
    told: list[str] = []
    (found,) = listen([clip], cache=tmp_path, jobs=1, tell=told.append)
    assert isinstance(found, Facts)
    assert told == [
        f"the cache {tmp_path / 'facts.sqlite'} cannot be used: file is not a database; all is computed "
        f"without it. Delete it if it is damaged, or name another folder"
    ]


def test_a_damaged_cache_is_a_warning_to_who_does_not_ask(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "facts.sqlite").write_bytes(b"no database" * 1000)
    with pytest.warns(UserWarning, match="file is not a database"):
        listen([clip], cache=tmp_path, jobs=1)


def test_a_cache_where_no_folder_can_be_is_done_without(clip: Path) -> None:
    told: list[str] = []
    (found,) = listen([clip], cache=clip / "cache", jobs=1, tell=told.append)
    assert isinstance(found, Facts)
    assert len(told) == 1


def test_a_cache_that_cannot_be_written_is_read(
    clip: Path, hear: Listen, decoded: list[Path], tmp_path: Path
) -> None:
    first = hear(clip)
    database = sqlite3.connect(tmp_path / "cache" / "facts.sqlite")
    database.executescript("CREATE TRIGGER full BEFORE INSERT ON kept BEGIN SELECT RAISE(ABORT, 'full'); END")
    database.close()
    other = tmp_path / "other.wav"
    sf.write(other, np.ones(RATE) / 2, RATE)
    told: list[str] = []
    again = listen([clip, other], cache=tmp_path / "cache", jobs=1, tell=told.append)
    assert again[:1] == first
    assert isinstance(again[1], Facts)
    assert decoded == [clip, other]
    assert [": full; " in words for words in told] == [True]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"signature": "?"}'])
def test_a_damaged_entry_is_heard_again(hear: Listen, decoded: list[Path], clip: Path, text: str) -> None:
    first = fact(hear, clip)
    database = sqlite3.connect(clip.parent / "cache" / "facts.sqlite")
    with database:
        database.execute("UPDATE kept SET value = ?", (text,))
    database.close()
    assert fact(hear, clip) == first
    assert len(decoded) == 2


def test_two_scans_share_a_cache(clip: Path, tmp_path: Path) -> None:
    from affectone.store import Store

    one, other = (Store(tmp_path / "shared.sqlite", pytest.fail) for _ in range(2))
    for number in range(20):
        one.put(f"a{number}", "one")
        other.put(f"b{number}", "other")
    one.close()
    other.close()
    both = Store(tmp_path / "shared.sqlite", pytest.fail)
    assert (both.get("a19"), both.get("b0"), both.get("c")) == ("one", "other", None)
    both.close()


def test_facts_survive_the_text_they_are_kept_as(hear: Listen, clip: Path) -> None:
    found = replace(fact(hear, clip), warnings=("cut short", "silent"))
    assert facts._from_text(facts._to_text(found)) == found
    assert json.loads(facts._to_text(found))["warnings"] == ["cut short", "silent"]


@pytest.mark.corpora
def test_the_original_bytes_of_files_that_break_naive_readers(hear: Listen, corpora_root: Path) -> None:
    paths = sorted((corpora_root / "quirks").glob("*.wav"))
    heard = {path.name: found for path, found in zip(paths, hear(*paths), strict=True)}
    pointer = heard.pop("1001_DFA_ANG_XX.lfs-pointer.wav")
    assert isinstance(pointer, Unreadable)
    assert pointer.why == "is a Git LFS pointer, not audio; run git lfs pull"
    told = {name: (found.rate, found.channels, found.format) for name, found in heard.items()}  # type: ignore[union-attr]
    assert told["03-01-02-01-01-02-01.wav"] == (48000, 2, "wav")
    assert told["OAF_food_fear.wav"] == (96000, 1, "wav")
    assert told["YAF_germ_angry.wav"] == (24414, 1, "aiff")
