"""Over every augmentation step: what any of them promises, and what the documentation says of it."""

from __future__ import annotations

import json
import re
import tomllib
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from affectone.audio.augment import PRESETS, STEPS, Augmentation, Step, read_step
from affectone.audio.augment.step import Between
from affectone.training.config import read_config

pytest.importorskip("audiomentations")
KINDS = [entry.name for entry in STEPS]
ALWAYS_THE_SAME = {"normalize", "telephone"}
CHANGE_LENGTH = {"excerpt", "speed", "time_stretch"}
RATES = [8000, 11025, 16000, 48000]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "augment.md"


def sound(seconds: float, rate: int) -> np.ndarray:
    """Return a tone in noise that gets louder."""
    size = int(seconds * rate)
    noise = 0.05 * np.random.default_rng(1).standard_normal(size)
    rising = np.linspace(0.1, 0.6, size) * np.sin(2 * np.pi * 300 * np.arange(size) / rate)
    return (rising + noise).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seconds", [1.0, 0.05, 0.0005])
def test_copies_are_sound(kind: str, rate: int, seconds: float) -> None:
    samples = sound(seconds, rate)
    for seed in range(4):
        copy = Augmentation([{"kind": kind}])(samples, rate, seed=seed)
        assert (copy.dtype, copy.ndim) == (np.float32, 1)
        assert np.isfinite(copy).all()
        assert np.abs(copy).max() <= 1.0
        assert copy.size == samples.size or kind in CHANGE_LENGTH


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", RATES)
def test_silence_stays_silent(kind: str, rate: int) -> None:
    copy = Augmentation([{"kind": kind}])(np.zeros(rate, np.float32), rate, seed=1)
    assert copy.size > 0
    assert np.abs(copy).max() < 1e-3  # A-law has no zero.


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_changes_something(kind: str) -> None:
    samples = sound(1.0, 16000)
    assert not np.array_equal(Augmentation([{"kind": kind}])(samples, 16000, seed=2), samples)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chance_of_0_leaves_the_clip_as_it_is(kind: str) -> None:
    samples = sound(1.0, 16000)
    chain = Augmentation([{"kind": kind, "chance": 0}])
    assert all(np.array_equal(chain(samples, 16000, seed=seed), samples) for seed in range(5))


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_one_copy_and_another_seed_another(kind: str) -> None:
    samples = sound(0.5, 16000)
    chain = Augmentation([{"kind": kind}])
    copies = [chain(samples, 16000, seed=seed) for seed in (*range(6), *range(6))]
    assert all(np.array_equal(one, again) for one, again in zip(copies[:6], copies[6:], strict=True))
    assert (len({copy.tobytes() for copy in copies}) > 1) == (kind not in ALWAYS_THE_SAME)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_can_be_written_and_read(kind: str) -> None:
    step = STEPS.get(kind)(chance=0.25)
    assert read_step(json.loads(step.model_dump_json())) == step


def test_another_process_makes_the_same_copies() -> None:
    make = partial(Augmentation([{"kind": kind} for kind in KINDS]), sound(0.5, 16000), 16000)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(make, seed=5).result()
    assert np.array_equal(there, make(seed=5))


def shown(value: Any) -> str:
    """Return a default as TOML has it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else "none" if value is None else f"{value:g}"


def limits(step: type[Step], name: str) -> str:
    """Return between which limits a setting lies, as the table has it."""
    field = step.model_fields[name]
    between = [mark for mark in field.metadata if isinstance(mark, Between)]
    if between:
        return f"{between[0].low:g} to {between[0].high:g}"
    if name == "folder":
        return "folder"
    choices = get_args(get_args(field.annotation)[0])
    more = [choice for choice in choices if choice not in field.default]
    return " and ".join(["any of the default's", *(f"`{choice}`" for choice in more)])


def rows() -> list[list[str]]:
    """Return kind, setting, default and limits of all settings but the chance."""
    found = []
    for entry in STEPS:
        names = [name for name in entry.value.model_fields if name != "chance"]
        for name in names:
            default = shown(entry.value.model_fields[name].default)
            found.append([f"`{entry.name}`", f"`{name}`", f"`{default}`", limits(entry.value, name)])
        if not names:
            found.append([f"`{entry.name}`", "", "", ""])
    return found


def test_the_table_of_the_documentation_is_that_of_the_code() -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert sorted(row[:4] for row in table) == sorted(rows())


def examples() -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


def test_the_documentation_has_examples() -> None:
    assert len(examples()) >= 3


@pytest.mark.parametrize("example", examples())
def test_an_example_of_the_documentation_is_read(example: str, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(example, encoding="utf-8")
    chain = read_config(file).augment
    assert chain == Augmentation.read(tomllib.loads(example)["augment"])
    assert chain != Augmentation.preset("field")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_documentation_names_the_preset(preset: str) -> None:
    assert f"`{preset}`" in PAGE.read_text("utf-8")
