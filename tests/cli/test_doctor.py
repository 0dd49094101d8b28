"""`affectone doctor`: the installation, and recordings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from affectone import registry
from affectone.models import store


def test_a_whole_installation_is_reported_as_such(affectone) -> None:
    result = affectone("doctor", "--format", "json")
    facts = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, facts["problems"]) == (0, "", [])
    assert facts["core"]["numpy"] == np.__version__
    assert facts["models"]["base"]["title"] == "base@0.0.1"
    assert facts["cpus"] >= 1


def test_the_table_says_the_same(affectone) -> None:
    text = affectone("doctor").stdout
    assert "onnxruntime" in text
    assert "base@0.0.1, sha256 as its card says" in text


def test_a_missing_extra_comes_with_its_pip_line(affectone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.EXTRA_MODULES, "train", ("no_such_module",))
    result = affectone("doctor")
    assert result.exit_code == 0
    assert "pip install 'affectone[train]'" in result.stdout


def test_a_damaged_packaged_model_is_found(
    affectone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(store.PACKAGED, tmp_path / "packaged")
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "packaged")
    with (tmp_path / "packaged" / "base" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    result = affectone("doctor")
    assert result.exit_code == 1
    assert "is not the model its card describes: its sha256 is" in result.stderr


def test_an_installation_without_a_model_is_not_whole(
    affectone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PACKAGED", tmp_path)
    result = affectone("doctor")
    assert result.exit_code == 1
    assert result.stderr == f"affectone: no packaged model in {tmp_path}; install affectone again\n"


def test_a_recording_is_measured(affectone, clip: Path) -> None:
    (row,) = json.loads(affectone("doctor", clip, "--format", "json").stdout)
    assert (row["source"], row["native_rate"], row["channels"]) == (str(clip), 16000, 1)
    assert row["peak_dbfs"] == pytest.approx(-6.02, abs=0.1)


def test_what_is_wrong_is_said_in_the_table(affectone, clip: Path) -> None:
    sf.write(clip, 0.001 * sf.read(clip)[0], 16000)
    lines = affectone("doctor", clip).stdout.splitlines()
    assert lines[0].endswith("what is wrong")
    assert "very quiet" in lines[1]


def test_duplicates_are_told_by_their_sound(affectone, clip: Path) -> None:
    samples, _ = sf.read(clip, dtype="int16")
    sf.write(clip.with_name("other.flac"), samples, 16000)
    rows = json.loads(affectone("doctor", clip, clip.with_name("other.flac"), "--format", "json").stdout)
    assert not any("same sound" in problem for problem in rows[0]["problems"])
    assert rows[1]["problems"][-1] == f"the same sound as {clip}"


def test_an_unreadable_recording_does_not_stop_the_others(affectone, clip: Path) -> None:
    broken = clip.with_name("broken.wav")
    broken.write_text("words")
    result = affectone("doctor", clip.parent, "--format", "json")
    assert result.exit_code == 1
    assert result.stderr == f"affectone: {broken}: is text, not audio\n"
    assert len(json.loads(result.stdout)) == 1
