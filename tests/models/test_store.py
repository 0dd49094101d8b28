"""Models are found by name and by path, and checked against their cards."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import ModuleType

import pytest

from affectone.errors import ModelError
from affectone.models import ModelArtefact, find_model, list_models, store
from affectone.models.store import model_folders, search_problems, user_folders


@pytest.fixture
def only_tiny(tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make `tiny` the one model there is."""
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "nothing packaged")
    monkeypatch.setenv("AFFECTONE_MODELS", str(tiny_model.parent))
    return tiny_model


def test_a_model_is_found_by_name(only_tiny: Path) -> None:
    assert find_model("tiny").path == only_tiny


def test_a_model_is_found_by_path(tiny_model: Path) -> None:
    assert find_model(tiny_model).card.name == "tiny"


def test_a_model_is_found_by_a_path_as_text(tiny_model: Path) -> None:
    assert find_model(str(tiny_model)).path == tiny_model


def test_a_folder_in_the_working_directory_is_found_by_its_bare_name(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_model.parent)
    assert find_model("tiny").card.name == "tiny"


def test_the_store_goes_before_a_folder_of_the_same_name(
    only_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_model("tiny").path == only_tiny


@pytest.mark.usefixtures("only_tiny")
def test_listing_reads_every_card() -> None:
    assert [model.title for model in list_models()] == ["tiny@0.0.1"]


def test_several_folders_are_searched_in_order(
    tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "none")
    first = tiny.write_model(tmp_path / "a", "one")
    tiny.write_model(tmp_path / "b", "one")
    second = tiny.write_model(tmp_path / "b", "two")
    monkeypatch.setenv("AFFECTONE_MODELS", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    assert model_folders() == {"one": first, "two": second}


def test_a_users_model_does_not_hide_a_packaged_one(
    tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = tiny.write_model(tmp_path / "packaged", "edge")
    tiny.write_model(tmp_path / "mine", "edge")
    monkeypatch.setattr(store, "PACKAGED", tmp_path / "packaged")
    monkeypatch.setenv("AFFECTONE_MODELS", str(tmp_path / "mine"))
    artefact = find_model("edge")
    assert (artefact.path, artefact.packaged) == (packaged, True)


def test_the_users_folder_is_where_the_platform_keeps_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AFFECTONE_MODELS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert user_folders() == [tmp_path / "affectone" / "models"]


def test_the_network_is_read_when_its_hash_is_right(tiny_model: Path) -> None:
    artefact = find_model(tiny_model)
    assert hashlib.sha256(artefact.read_network()).hexdigest() == artefact.card.sha256


PACKAGED = [folder for folder in model_folders().values() if folder.parent == store.PACKAGED]


@pytest.mark.parametrize("folder", PACKAGED, ids=lambda folder: folder.name)
def test_a_packaged_model_is_whole_and_named_as_its_folder(folder: Path) -> None:
    artefact: ModelArtefact = find_model(folder.name)
    assert artefact.path == folder
    assert artefact.card.name == folder.name
    assert len(artefact.read_network()) == artefact.card.size_bytes


def test_model_errors_are_one_family() -> None:
    with pytest.raises(ModelError):
        find_model("no such model")


def test_a_user_without_a_home_has_the_packaged_models(
    tiny: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    packaged = tiny.write_model(tmp_path, "edge")
    monkeypatch.setattr(store, "PACKAGED", tmp_path)
    for variable in ("AFFECTONE_MODELS", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert find_model("edge").path == packaged


def test_a_model_whose_card_is_a_loop_is_listed_so_that_it_is_told(
    only_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine" / "odd").mkdir(parents=True)
    (tmp_path / "mine" / "odd" / "card.json").symlink_to("card.json")
    monkeypatch.setenv("AFFECTONE_MODELS", os.pathsep.join([str(tmp_path / "mine"), str(only_tiny.parent)]))
    assert list(model_folders()) == ["odd", "tiny"]


def test_a_file_beside_the_models_is_none(only_tiny: Path, tmp_path: Path) -> None:
    (only_tiny.parent / "notes.txt").touch()
    assert list(model_folders()) == ["tiny"]


def test_a_folder_that_cannot_be_listed_is_a_problem_and_hides_no_other(
    only_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("AFFECTONE_MODELS", os.pathsep.join([str(tmp_path / "file"), str(only_tiny.parent)]))
    assert list(model_folders()) == ["tiny"]
    (problem,) = search_problems()
    assert str(problem) == f"cannot list the models in {tmp_path / 'file'}: Not a directory"


def test_a_closed_folder_of_a_model_stops_no_other(
    only_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.lstat

    def closed(path: Path) -> os.stat_result:
        if path.parent.name == "closed":
            raise PermissionError(13, "Permission denied")
        return look(path)

    # Not by chmod: the administrator, as whom containers run, may read everything.
    (tmp_path / "mine" / "closed").mkdir(parents=True)
    monkeypatch.setattr(Path, "lstat", closed)
    monkeypatch.setenv("AFFECTONE_MODELS", os.pathsep.join([str(tmp_path / "mine"), str(only_tiny.parent)]))
    assert list(model_folders()) == ["closed", "tiny"]
    assert find_model("tiny").path == only_tiny
