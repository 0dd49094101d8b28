"""Frames on disk: keyed by content and settings, the same whether computed or read."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

import numpy as np
import pytest
import soundfile as sf
import torch

from affectone.audio import load_audio
from affectone.errors import AudioError
from affectone.speech import speech_span
from affectone.training import cache
from affectone.training.cache import cached_frames, clip_frames, default_cache
from affectone.training.config import TrainConfig

CONFIG = TrainConfig.model_validate({"features": {"copies": 2}})


@pytest.fixture
def clip(tiny: ModuleType, tmp_path: Path) -> Path:
    """Return a WAV of a second of speech between half seconds of silence."""
    path = tmp_path / "clip.wav"
    sf.write(path, tiny.spoken_clip(1.0), 16000)
    return path


@pytest.fixture
def frames_of(tmp_path: Path) -> Callable[..., cache.ClipFrames]:
    """Return a function that gives the frames of one recording, through the cache of this test."""

    def get(path: Path, config: TrainConfig = CONFIG) -> cache.ClipFrames:
        (found,) = cached_frames([str(path)], config, tmp_path / "cache", 1)
        return found

    return get


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of the recordings whose frames are computed from here on."""
    paths: list[str] = []
    compute = clip_frames

    def watched(path: str, *rest: object) -> object:
        paths.append(path)
        return compute(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cache, "clip_frames", watched)
    return paths


def same(one: cache.ClipFrames, other: cache.ClipFrames) -> bool:
    return one.content_hash == other.content_hash and all(
        np.array_equal(a, b) for a, b in zip(one.copies, other.copies, strict=True)
    )


def test_the_clip_itself_comes_first_cut_to_its_speech(
    frames_of: Callable[..., cache.ClipFrames], clip: Path
) -> None:
    samples = load_audio(clip, sample_rate=16000).samples[0]
    span = speech_span(samples)
    assert span is not None
    assert span[1] - span[0] < samples.size
    with torch.inference_mode():
        expected = cache.frontend(CONFIG.features)(torch.from_numpy(samples[slice(*span)])[None])[0]
    first = frames_of(clip).copies[0]
    assert first.dtype == np.float16
    np.testing.assert_allclose(first, expected, atol=2e-3)


def test_copies_are_changed_ones(frames_of: Callable[..., cache.ClipFrames], clip: Path) -> None:
    copies = frames_of(clip).copies
    assert len(copies) == 3
    assert len({copy.tobytes() for copy in copies}) == 3
    assert all(copy.shape[1] == CONFIG.features.bands for copy in copies)


def test_without_copies_there_is_the_clip_alone(
    frames_of: Callable[..., cache.ClipFrames], clip: Path
) -> None:
    bare = TrainConfig.model_validate({"features": {"copies": 0}})
    assert len(frames_of(clip, bare).copies) == 1


def test_a_clip_without_speech_is_taken_whole(
    frames_of: Callable[..., cache.ClipFrames], tmp_path: Path
) -> None:
    sf.write(tmp_path / "silent.wav", np.zeros(16000), 16000)
    assert len(frames_of(tmp_path / "silent.wav").copies[0]) == 16000 // CONFIG.features.hop + 1


def test_what_is_read_is_what_was_computed(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path
) -> None:
    first, again = frames_of(clip), frames_of(clip)
    assert same(first, again)
    assert computed == [str(clip)]


def test_a_renamed_recording_is_known_by_its_content(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path
) -> None:
    first = frames_of(clip)
    assert same(first, frames_of(clip.rename(clip.with_name("other.wav"))))
    assert len(computed) == 1


def test_another_recording_of_that_name_is_not_taken_for_it(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path, tiny: ModuleType
) -> None:
    first = frames_of(clip)
    sf.write(clip, tiny.spoken_clip(1.0, pitch=200.0), 16000)
    assert not same(first, frames_of(clip))
    assert len(computed) == 2


@pytest.mark.parametrize(
    "changes",
    [{"features": {"copies": 2, "hop": 160}}, {"features": {"copies": 2}, "augment": "classic"}],
)
def test_other_settings_are_computed_anew(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path, changes: dict[str, object]
) -> None:
    first = frames_of(clip)
    assert not same(first, frames_of(clip, TrainConfig.model_validate(changes)))
    assert len(computed) == 2


@pytest.mark.parametrize("changes", [{"epochs": 3}, {"seed": 7}, {"masking": {"shift": 0}}])
def test_settings_of_the_training_alone_are_not(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path, changes: dict[str, object]
) -> None:
    frames_of(clip)
    frames_of(clip, TrainConfig.model_validate({"features": {"copies": 2}} | changes))
    assert len(computed) == 1


def test_another_version_of_the_code_is_computed_anew(
    frames_of: Callable[..., cache.ClipFrames],
    computed: list[str],
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames_of(clip)
    monkeypatch.setattr(cache, "CACHE_VERSION", cache.CACHE_VERSION + 1)
    frames_of(clip)
    assert len(computed) == 2


def test_noise_of_ones_own_that_is_another_is_computed_anew(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path, tmp_path: Path
) -> None:
    for name, level in (("one", 0.1), ("other", 0.2)):
        (tmp_path / name).mkdir()
        sf.write(tmp_path / name / "noise.wav", np.linspace(-level, level, 8000), 16000)
        steps = [{"kind": "noise", "folder": str(tmp_path / name)}]
        frames_of(clip, TrainConfig.model_validate({"features": {"copies": 1}, "augment": {"steps": steps}}))
    assert len(computed) == 2


def test_a_recording_that_cannot_be_read_stops_the_run(clip: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"These are words, not sound.\n" * 20)
    with pytest.raises(AudioError, match=r"broken\.wav"):
        cached_frames([str(clip), str(broken)], CONFIG, tmp_path / "cache", 1)


def test_the_order_is_that_of_the_paths(clip: Path, tmp_path: Path, tiny: ModuleType) -> None:
    other = tmp_path / "other.wav"
    sf.write(other, tiny.spoken_clip(0.7), 16000)
    one, two, three = cached_frames([str(other), str(clip), str(other)], CONFIG, tmp_path / "cache", 1)
    assert same(one, three)
    assert not same(one, two)


@pytest.mark.train
def test_two_processes_compute_the_same(clip: Path, tmp_path: Path) -> None:
    paths = [str(clip), str(clip)]
    alone = cached_frames(paths, CONFIG, tmp_path / "one", 1)
    shared = cached_frames(paths, CONFIG, tmp_path / "two", 2)
    assert all(same(one, other) for one, other in zip(alone, shared, strict=True))


def test_nothing_but_whole_files_is_left(
    frames_of: Callable[..., cache.ClipFrames], clip: Path, tmp_path: Path
) -> None:
    frames_of(clip)
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [path.suffix for path in files] == [".npz"]


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AFFECTONE_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
    monkeypatch.delenv("AFFECTONE_CACHE")
    assert default_cache() == Path.home() / ".cache" / "affectone"


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", None])
def test_a_damaged_file_is_made_anew(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path, damage: bytes | None
) -> None:
    first = frames_of(clip)
    (file,) = clip.parent.rglob("*.npz")
    file.write_bytes(file.read_bytes()[:1000] if damage is None else damage)
    assert same(first, frames_of(clip))
    assert same(first, frames_of(clip))
    assert len(computed) == 2


def test_without_a_folder_that_can_be_written_all_is_computed(
    frames_of: Callable[..., cache.ClipFrames], computed: list[str], clip: Path
) -> None:
    (clip.parent / "cache").write_bytes(b"no folder")
    assert same(frames_of(clip), frames_of(clip))
    assert len(computed) == 2


def test_a_full_disk_leaves_nothing_half_written(
    frames_of: Callable[..., cache.ClipFrames], clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(content: BinaryIO, **_: object) -> None:
        content.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cache.np, "savez", full)
    assert len(frames_of(clip).copies) == 3
    assert [path for path in (clip.parent / "cache").rglob("*") if path.is_file()] == []
