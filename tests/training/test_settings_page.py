"""Every setting of a training run stands in the reference, with its default."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from affectone.training.config import (
    FeatureConfig,
    MaskingConfig,
    MeasureConfig,
    RunConfig,
    StatesConfig,
    TeacherConfig,
    TrainConfig,
    TuningConfig,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "training.md"
SECTIONS: dict[str, type[BaseModel]] = {
    "## For every model": RunConfig,
    "## For networks": TrainConfig,
    "### `[features]`: log-mel frames": FeatureConfig,
    "### `[masking]`": MaskingConfig,
    "### `[features]`: numbers of clips": MeasureConfig,
    "### `[features]`: states of an encoder": StatesConfig,
    "### `[tuning]`": TuningConfig,
    "### `[teacher]`": TeacherConfig,
}
WITH_SECTIONS = {"features", "masking", "tuning", "teacher"}
"""Tables of the file, which have a section each."""


def rows(section: str) -> dict[str, str]:
    """Return the defaults that the table of a section has, as they are written."""
    page = PAGE.read_text("utf-8")
    own = page.split(f"{section}\n")[1].split("\n##")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\|", own, re.M))


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_every_setting_and_no_other(section: str) -> None:
    known = set(SECTIONS[section].model_fields)
    if section == "## For networks":
        known -= set(RunConfig.model_fields) | WITH_SECTIONS
    assert set(rows(section)) == known


@pytest.mark.parametrize("section", SECTIONS)
def test_the_defaults_are_those_of_the_page(section: str) -> None:
    compared = 0
    for name, written in rows(section).items():
        default = TrainConfig().model if name == "model" else SECTIONS[section].model_fields[name].default
        if written.startswith("`"):
            told = tomllib.loads(f"it = {written.strip('`')}")["it"]
            assert told == (list(default) if isinstance(default, tuple) else default), name
            compared += 1
    assert compared
