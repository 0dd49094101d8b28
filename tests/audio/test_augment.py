"""A chain of steps: the seed alone decides, the order is as given, and `field` is what `edge` learnt from."""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soxr

import affectone.registry
from affectone.audio.augment import PRESETS, Augmentation, room_response
from affectone.errors import MissingExtraError

pytest.importorskip("audiomentations")
RATE = 16000
EVERYTHING = Augmentation.preset(
    "field", chance=dict.fromkeys(("reverb", "sloped_noise", "narrow_band", "gain"), 1)
)


@pytest.fixture(scope="module")
def speech(tiny: ModuleType) -> np.ndarray:
    """Return a second and a half of made-up speech with a peak of 0.5."""
    sound: np.ndarray = tiny.speech(1.5)
    return sound


def recipe_of_edge(
    samples: np.ndarray, seed: int, *, reverb: float, noise: float, band: float, level: float
) -> np.ndarray:
    """Return the copy that the packaged model was trained on, as the code of that day made it."""
    import audiomentations as am
    from scipy.signal import fftconvolve

    rng = np.random.default_rng(seed)
    speed = rng.uniform(0.85, 1.18)
    changed = soxr.resample(samples, RATE * speed, RATE, quality="MQ").astype(np.float32)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002

    def reverberate(samples: np.ndarray, rate: int) -> np.ndarray:
        response = room_response(rate, decay=rng.uniform(0.15, 0.6), direct=rng.uniform(2, 8), rng=rng)
        return fftconvolve(samples, response)[: samples.size].astype(np.float32)

    def at_telephone_rate(samples: np.ndarray, rate: int) -> np.ndarray:
        low = soxr.resample(samples, rate, 8000, quality="MQ")
        high = soxr.resample(low, 8000, rate, quality="MQ")
        return np.asarray(high[: samples.size], dtype=np.float32)

    narrow = [
        am.BandPassFilter(min_center_freq=1750, max_center_freq=1950, min_bandwidth_fraction=1.55,
                          max_bandwidth_fraction=1.75, min_rolloff=24, max_rolloff=48, p=1.0),
        am.LowPassFilter(min_cutoff_freq=3000, max_cutoff_freq=6500, min_rolloff=24, max_rolloff=48, p=1.0),
        am.Lambda(transform=at_telephone_rate, p=1.0),
    ]  # fmt: skip
    pipeline = am.Compose(
        [
            am.Normalize(p=1.0),
            am.Lambda(transform=reverberate, p=reverb),
            am.AddColorNoise(min_snr_db=5, max_snr_db=30, min_f_decay=-6, max_f_decay=0, p=noise),
            am.OneOf(narrow, p=band),
            am.Gain(min_gain_db=-20, max_gain_db=9, p=level),
        ]
    )
    changed = pipeline(samples=changed, sample_rate=RATE)
    return np.clip(changed, -1.0, 1.0).astype(np.float32)


@pytest.mark.parametrize(
    ("chance", "old"),
    [
        ({}, {"reverb": 0.25, "noise": 0.4, "band": 0.2, "level": 0.2}),
        ({"narrow_band": 0.5}, {"reverb": 0.25, "noise": 0.4, "band": 0.5, "level": 0.2}),
        (
            {"reverb": 0, "sloped_noise": 0, "narrow_band": 0, "gain": 0},
            {"reverb": 0.0, "noise": 0.0, "band": 0.0, "level": 0.0},
        ),
    ],
    ids=["default", "edge", "speeds alone"],
)
def test_field_is_what_the_packaged_model_was_trained_with(
    speech: np.ndarray, chance: dict[str, float], old: dict[str, float]
) -> None:
    field = Augmentation.preset("field", chance=chance)
    for seed in range(25):
        samples = speech[seed:]  # Of odd and even lengths.
        assert np.array_equal(field(samples, RATE, seed=seed), recipe_of_edge(samples, seed, **old))


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_same_seed_gives_the_same_copy(speech: np.ndarray, preset: str, seed: int) -> None:
    chain = Augmentation.preset(preset)
    one = chain(speech, RATE, seed=seed)
    random.random()  # noqa: S311
    np.random.rand()  # noqa: NPY002
    assert np.array_equal(one, chain(speech, RATE, seed=seed))


def test_a_seed_may_be_a_number_of_numpy(speech: np.ndarray) -> None:
    assert np.array_equal(EVERYTHING(speech, RATE, seed=np.int64(3)), EVERYTHING(speech, RATE, seed=3))


def test_seeds_give_different_copies(speech: np.ndarray) -> None:
    copies = [EVERYTHING(speech, RATE, seed=seed) for seed in range(8)]
    assert len({copy.tobytes() for copy in copies}) == 8


def test_steps_are_made_in_the_order_given(speech: np.ndarray) -> None:
    louder, normal = {"kind": "gain", "decibels": [-6, -6]}, {"kind": "normalize"}
    assert np.abs(Augmentation([louder, normal])(speech, RATE, seed=1)).max() == pytest.approx(1.0)
    quieter = Augmentation([normal, louder])(speech, RATE, seed=1)
    assert np.abs(quieter).max() == pytest.approx(10 ** (-6 / 20), rel=1e-4)


def test_a_step_may_come_twice(speech: np.ndarray) -> None:
    half = {"kind": "gain", "decibels": [-6, -6]}
    copy = Augmentation([half, half])(speech, RATE, seed=1)
    np.testing.assert_allclose(copy, speech * 10 ** (-12 / 20), rtol=1e-4)


def test_a_chance_is_a_share_of_the_copies(speech: np.ndarray) -> None:
    chain = Augmentation([{"kind": "gain", "decibels": [-6, -6], "chance": 0.3}])
    changed = sum(not np.array_equal(chain(speech[:99], RATE, seed=seed), speech[:99]) for seed in range(400))
    assert 0.22 < changed / 400 < 0.38


def test_without_steps_nothing_changes(speech: np.ndarray) -> None:
    assert np.array_equal(Augmentation([])(speech, RATE, seed=1), speech)


def test_the_given_samples_stay_as_they_are(speech: np.ndarray) -> None:
    before = speech.copy()
    EVERYTHING(speech, RATE, seed=1)
    assert np.array_equal(before, speech)


def test_the_global_generators_are_left_alone(speech: np.ndarray) -> None:
    state, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    EVERYTHING(speech, RATE, seed=1)
    assert random.getstate() == state
    assert all(np.array_equal(a, b) for a, b in zip(legacy, np.random.get_state(), strict=True))  # noqa: NPY002


@pytest.mark.parametrize(
    "settings",
    ["classic", {"preset": "classic"}, {"steps": [step.model_dump() for step in PRESETS["classic"]]}],
)
def test_a_configuration_may_name_a_preset_or_list_steps(settings: Any) -> None:
    assert Augmentation.read(settings) == Augmentation.preset("classic")


def test_a_table_without_a_name_is_the_field_preset() -> None:
    assert Augmentation.read({"chance": {"gain": 0.7}}) == Augmentation.preset("field", chance={"gain": 0.7})
    assert Augmentation.read({}) != Augmentation.read({"chance": {"gain": 0.7}})


def test_without_its_libraries_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(affectone.registry.EXTRA_MODULES, "features", ("no_such_module_anywhere",))
    with pytest.raises(MissingExtraError, match="augmentation needs the extra 'features'"):
        EVERYTHING(np.zeros(100, np.float32), RATE, seed=1)
