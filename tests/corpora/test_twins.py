"""Copies of a recording are found by their sound, whatever was done to them; other takes are not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
import soxr
from hypothesis import given
from hypothesis import strategies as st

from affectone.audio import FloatArray, load_audio
from affectone.audio.augment import room_response
from affectone.corpora.twins import SAME_RECORDING, SECONDS, SIZE, Signature, group_recordings

RATE = 16000
Samples = npt.NDArray[np.floating]


def take(number: int, seconds: float = 2.0, rate: int = RATE) -> FloatArray:
    """Return a made-up take: harmonics of a wandering voice in noise, silence around; no two are alike."""
    rng = np.random.default_rng(number)
    count = round(seconds * rate)
    time = np.arange(count) / rate
    knots = np.linspace(0, seconds, 8)
    pitch = 150 * np.exp(np.interp(time, knots, rng.normal(0, 0.15, 8)))
    loud = np.interp(time, knots, np.r_[0, rng.uniform(0.3, 1, 6), 0])
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(rng.uniform(0.3, 1) * np.sin(k * phase) / k for k in range(1, 20))
    return (0.1 * loud * (voice + 0.1 * rng.standard_normal(count))).astype(np.float32)


def signature(samples: Samples, rate: int = RATE) -> bytes:
    """Return the signature of a sound that comes in blocks."""
    found = Signature(rate)
    for block in np.array_split(samples.astype(np.float32), 3):
        found.add(block)
    return found.digest


def cosine(one: bytes, other: bytes) -> float:
    """Return how alike two signatures are."""
    left, right = (np.frombuffer(found, np.int8).astype(float) for found in (one, other))
    return float(left @ right / np.linalg.norm(left) / np.linalg.norm(right))


def coded(samples: Samples, container: str, subtype: str) -> Samples:
    """Return samples as a lossy format leaves them."""
    buffer = io.BytesIO()
    sf.write(buffer, samples, RATE, format=container, subtype=subtype)
    decoded: Samples = sf.read(io.BytesIO(buffer.getvalue()))[0]
    return decoded


def with_noise(samples: Samples, decibels: float) -> Samples:
    """Return samples in white noise."""
    noise = np.random.default_rng(7).standard_normal(len(samples))
    return samples + noise * np.sqrt(np.square(samples).mean() / 10 ** (decibels / 10))


def in_a_room(samples: Samples) -> Samples:
    """Return samples as a small room makes them sound."""
    response = room_response(RATE, decay=0.3, direct=1.5, rng=np.random.default_rng(3))
    return np.convolve(samples, response)


def equalised(samples: Samples) -> Samples:
    """Return samples with 4 dB less in every higher octave."""
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    gain = 10 ** (-4 * np.log2(np.maximum(hertz, 50) / 500) / 20)
    return np.fft.irfft(np.fft.rfft(samples) * gain, len(samples))


CHANGES: dict[str, Callable[[Samples], Samples]] = {
    "quieter": lambda samples: samples / 100,
    "other polarity": lambda samples: -samples,
    "noise of 10 dB": lambda samples: with_noise(samples, 10),
    "half a second of silence before": lambda samples: np.r_[np.zeros(RATE // 2), samples],
    "a second of silence after": lambda samples: np.r_[samples, np.zeros(RATE)],
    "cut in front": lambda samples: samples[RATE // 10 :],
    "clipped": lambda samples: np.clip(samples, -np.abs(samples).max() / 2, np.abs(samples).max() / 2),
    "fade": lambda samples: samples * np.minimum(1, np.arange(len(samples)) / (0.3 * RATE)),
    "8 bits": lambda samples: np.round(samples * 127) / 127,
    "MP3": lambda samples: coded(samples, "MP3", "MPEG_LAYER_III"),
    "Opus": lambda samples: coded(samples, "OGG", "OPUS"),
    "room": in_a_room,
    "equaliser": equalised,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_copy_is_found(change: Callable[[Samples], Samples]) -> None:
    assert cosine(signature(take(1)), signature(change(take(1)))) > SAME_RECORDING


@pytest.mark.parametrize("rate", [8000, 22050, 24414, 44100, 48000, 96000])
def test_a_copy_at_another_rate_is_found(rate: int) -> None:
    assert cosine(signature(take(1)), signature(soxr.resample(take(1), RATE, rate), rate)) > 0.95


def test_other_takes_are_not_copies() -> None:
    found = [signature(take(number)) for number in range(40)]
    others = [cosine(one, other) for at, one in enumerate(found) for other in found[:at]]
    assert max(others) < SAME_RECORDING - 0.1


def test_the_same_noise_is_no_recording_the_takes_share() -> None:
    one, other = (signature(with_noise(take(number), 20)) for number in (1, 2))
    assert cosine(one, other) < SAME_RECORDING


def test_its_size_is_fixed() -> None:
    assert [len(signature(take(1, seconds))) for seconds in (0.6, 2.0, 30.0)] == [SIZE] * 3


def test_it_does_not_depend_on_the_blocks() -> None:
    whole = Signature(RATE)
    whole.add(take(1))
    assert whole.digest == signature(take(1))


def test_of_a_long_recording_the_beginning_counts() -> None:
    long = take(1, 25.0)
    assert signature(long) == signature(long[: round(SECONDS * RATE)])


def test_it_is_the_same_on_every_machine() -> None:
    # A signature that was kept is compared with one made elsewhere. Made by this test on the first machine.
    numbers = np.arange(2 * RATE, dtype=np.int64)
    wave = (numbers * numbers * 16807 % 65537 - 32768) / 65536
    known = np.frombuffer(signature(wave), np.int8)[:8].astype(int)
    assert np.abs(known - [16, 0, -46, -60, -29, 11, -40, 8]).max() <= 1


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(2 * RATE),
        np.full(2 * RATE, 0.3),
        np.zeros(0),
        np.zeros(10),
        take(1)[RATE : RATE + RATE // 3],
        np.r_[np.zeros(RATE), np.random.default_rng(1).normal(0, 0.1, RATE // 5), np.zeros(RATE)],
        np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE),
        sum(np.sin(2 * np.pi * k * 150 * np.arange(2 * RATE) / RATE) / k for k in range(1, 12)),
        1e-5 * take(1),
    ],
    ids=[
        "silence",
        "constant",
        "nothing",
        "ten samples",
        "0.3 s",
        "0.2 s in silence",
        "tone",
        "tones",
        "faint",
    ],
)
def test_too_little_sound_has_no_signature(sound: Samples) -> None:
    assert signature(sound) == b""


def test_equal_content_is_one_recording() -> None:
    assert group_recordings([b""] * 4, ["x", "y", "x", "y"]).tolist() == [0, 1, 0, 1]


def test_no_content_equals_no_content() -> None:
    assert group_recordings([b"", b"", b""], [None, None, None]).tolist() == [0, 1, 2]


def test_nothing_to_group() -> None:
    assert group_recordings([], []).tolist() == []


def test_an_altered_twin_joins_the_group_of_equal_ones() -> None:
    one, twin, other = signature(take(1)), signature(with_noise(take(1), 15)), signature(take(2))
    found = group_recordings([other, one, twin, one], ["o", "x", "t", "x"])
    assert found.tolist() == [0, 1, 1, 1]


def test_a_chain_of_copies_is_one_group() -> None:
    links = [signature(take(1)), signature(with_noise(take(1), 15)), signature(take(3))]
    # The last one has the content of the first, and the sound of the second.
    found = group_recordings([links[0], links[2], links[1], b""], ["a", "b", "c", "c"])
    assert found.tolist() == [0, 1, 0, 0]


@given(
    labels=st.lists(st.integers(0, 8), max_size=40),
    sizes=st.tuples(st.integers(1, 7), st.integers(1, 7)),
)
def test_groups_do_not_depend_on_how_the_pairs_are_cut(labels: list[int], sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    kinds = rng.integers(-127, 128, (9, SIZE)).astype(np.int8)
    first = {label: place for place, label in reversed(list(enumerate(labels)))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("affectone.corpora.twins.PAIRED_AT_ONCE", sizes)
        found = group_recordings(
            [bytes(kinds[label]) for label in labels], list(map(str, range(len(labels))))
        )
    assert found.tolist() == [first[label] for label in labels]


@pytest.mark.corpora
def test_real_takes_and_their_copies(corpora_root: Path) -> None:
    takes = sorted((corpora_root / "savee").glob("DC_*"))[:20]
    takes += sorted((corpora_root / "turev").rglob("*hl_*"))[:20]
    sounds = [load_audio(path).samples[0] for path in takes if "hl_dil." not in path.name]  # 0.4 s
    found = [signature(sound) for sound in sounds]
    copies = [signature(coded(sound, "MP3", "MPEG_LAYER_III")) for sound in sounds]
    groups = group_recordings([*found, *copies], list(map(str, range(78))))
    assert groups.tolist() == [*range(39), *range(39)]


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("one", "other"),
    [("1017_IWL_ANG_XX", "1017_IWL_FEA_XX"), ("1045_ITH_DIS_XX", "1045_IWL_DIS_XX")],
)
def test_recordings_that_crema_d_has_twice_under_two_names(corpora_root: Path, one: str, other: str) -> None:
    folder = corpora_root / "crema_d" / "AudioWAV"
    sounds = [load_audio(next(folder.glob(f"{name}.*"))).samples[0] for name in (one, other)]
    assert cosine(*map(signature, sounds)) > SAME_RECORDING
