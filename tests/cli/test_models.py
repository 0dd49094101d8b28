"""`affectone models`: the list with licences, and the whole card."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from affectone.models import find_model


@pytest.fixture
def closed_model(affectone, tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Add a user's model that may not be used commercially."""
    changes = {"commercial_use": False, "licence": "CC-BY-NC-SA-4.0"}
    folder: Path = tiny.write_model(tmp_path / "mine", "closed", **changes)
    monkeypatch.setenv("AFFECTONE_MODELS", str(folder.parent))
    return folder


@pytest.mark.usefixtures("closed_model")
def test_the_list_shows_licences(affectone) -> None:
    lines = affectone("models", "list").stdout.splitlines()
    assert lines[0].startswith("name")
    assert [lines[1].split()[at] for at in (0, 1, 4, 5)] == ["base@0.0.1", "8", "CC0-1.0", "yes"]
    assert [lines[2].split()[at] for at in (0, 4, 5)] == ["closed@0.0.1", "CC-BY-NC-SA-4.0", "no"]


@pytest.mark.usefixtures("closed_model")
@pytest.mark.parametrize(("options", "names"), [((), ["base", "closed"]), (("--commercial-only",), ["base"])])
def test_commercial_only_leaves_the_others_out(affectone, options, names) -> None:
    rows = json.loads(affectone("models", "list", "--format", "json", *options).stdout)
    assert [row["name"] for row in rows] == names


def test_json_of_the_list_says_what_is_packaged(affectone, closed_model: Path) -> None:
    rows = json.loads(affectone("models", "list", "--format", "json").stdout)
    assert [(row["packaged"], row["commercial_use"]) for row in rows] == [(True, True), (False, False)]
    assert rows[1]["path"] == str(closed_model)


def test_a_damaged_card_is_named_and_the_others_are_listed(affectone, closed_model: Path) -> None:
    (closed_model / "card.json").write_text("{}")
    result = affectone("models", "list", "--format", "json")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"affectone: {closed_model}/card.json is not a model card: name: ")
    assert [row["name"] for row in json.loads(result.stdout)] == ["base"]


@pytest.mark.parametrize("how", ["no UTF-8", "folder", "loop"])
def test_a_broken_model_of_the_user_is_named_and_stops_nothing(
    affectone, closed_model: Path, clip: Path, how: str
) -> None:
    card = closed_model / "card.json"
    card.unlink()
    if how == "no UTF-8":
        card.write_bytes(b"\xff\xfe{}")
    elif how == "folder":
        card.mkdir()
    else:
        card.symlink_to("card.json")
    listed, checked = affectone("models", "list", "--format", "json"), affectone("doctor", "--format", "json")
    assert [row["name"] for row in json.loads(listed.stdout)] == ["base"]
    assert json.loads(checked.stdout)["models"]["base"]["problem"] is None
    for result in (listed, checked):
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert str(card) in result.stderr
    assert affectone("predict", clip).exit_code == 0


def test_a_folder_of_models_that_cannot_be_listed_is_named(
    affectone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AFFECTONE_MODELS", str(tmp_path / "file"))
    words = f"affectone: cannot list the models in {tmp_path / 'file'}: Not a directory\n"
    for line in (("models", "list"), ("doctor",)):
        result = affectone(*line)
        assert (result.exit_code, result.stderr) == (1, words)
        assert "base@0.0.1" in result.stdout


def test_a_name_in_a_card_steers_no_terminal(affectone, tiny: ModuleType, tmp_path: Path) -> None:
    folder = tiny.write_model(tmp_path, "odd", summary="red \x1b[31m")
    result = affectone("models", "show", folder)
    assert "\x1b" not in result.stdout
    assert "red \\x1b[31m" in result.stdout


def test_json_of_a_card_is_the_card(affectone) -> None:
    row = json.loads(affectone("models", "show", "base", "--format", "json").stdout)
    assert row == find_model("base").card.model_dump(mode="json")


def test_a_card_for_people_says_the_licence_and_every_score(
    affectone, tiny: ModuleType, tmp_path: Path
) -> None:
    score = {
        **{"corpus": "emodb", "protocol": "loso10", "training": "emodb", "speaker_independent": True},
        **{"clips": 454, "speakers": 10, "folds": 10, "seeds": 2, "uar_folds": 61.5, "uar_pooled": 60.25},
        **{"uar_interval": [55.5, 66.5], "wa_pooled": 62.0, "wa_interval": [57.0, 68.0], "macro_f1": 59.5},
        **{"interval_over": "speakers", "per_speaker_uar": None, "result_file": "r.json", "command": "c"},
    }
    folder = tiny.write_model(tmp_path, "scored", scores=[score], limits=["acted speech only"])
    text = affectone("models", "show", folder).stdout
    for words in (
        "CC0-1.0",
        "UAR 61.5",
        "60.2",
        "55.5 to 66.5 over speakers",
        "10 folds, 2 seeds",
        "acted speech only",
    ):
        assert words in text


def test_an_unknown_model_is_named_with_the_nearest(affectone) -> None:
    result = affectone("models", "show", "bsae")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "affectone: unknown model 'bsae'; did you mean 'base'? known: base\n"
