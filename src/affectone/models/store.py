"""Where models are kept: those inside the package, and the user's own folders."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from affectone.errors import ConfigError, ModelIntegrityError, ModelNotFoundError, unknown_name
from affectone.models.card import ModelCard, read_card

__all__ = [
    "CARD",
    "MODELS_VARIABLE",
    "NETWORK",
    "ModelArtefact",
    "data_folder",
    "find_model",
    "list_models",
    "model_folders",
    "packaged_models",
    "read_artefact",
    "search_problems",
    "user_folders",
]

PACKAGED = Path(__file__).parent / "packaged"
MODELS_VARIABLE = "AFFECTONE_MODELS"
"""Environment variable: folders of models, separated as in PATH. Replaces the user's default folder."""
CARD, NETWORK = "card.json", "model.onnx"


@dataclass(frozen=True, slots=True)
class ModelArtefact:
    """A folder with ``model.onnx`` and the card that describes it.

    Parameters
    ----------
    path : pathlib.Path
        The folder.
    card : ModelCard
        What the model promises.
    """

    path: Path
    card: ModelCard

    @property
    def title(self) -> str:
        """Name and version as results carry them, such as ``edge@0.1.0``."""
        return f"{self.card.name}@{self.card.version}"

    @property
    def packaged(self) -> bool:
        """Whether it came with affectone."""
        return self.path.parent == PACKAGED

    def read_network(self) -> bytes:
        """Return the bytes of ``model.onnx`` after checking them against the card.

        Raises
        ------
        ModelNotFoundError
            If there is no ``model.onnx``.
        ModelIntegrityError
            If its SHA-256 is not the card's; the message has both.
        """
        file = self.path / NETWORK
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise ModelNotFoundError(f"no {NETWORK} in {self.path}") from None
        except OSError as error:
            raise ModelNotFoundError(f"cannot read {file}: {error.strerror}") from None
        found = hashlib.sha256(content).hexdigest()
        if found != self.card.sha256:
            raise ModelIntegrityError(
                f"{file} is not the model its card describes: its sha256 is {found}, the card says "
                f"{self.card.sha256}"
            )
        return content


def user_folders() -> list[Path]:
    """Return the folders in which the user's own models are looked for.

    Those of ``AFFECTONE_MODELS``, else the platform's folder for application data. A user without a home,
    as in some containers, has none.
    """
    given = os.environ.get(MODELS_VARIABLE)
    if given is not None:
        return [Path(part) for part in given.split(os.pathsep) if part]
    try:
        return [data_folder() / "affectone" / "models"]
    except RuntimeError:
        return []


def data_folder() -> Path:
    """Return the platform's folder for what applications keep.

    Raises
    ------
    RuntimeError
        If the user has no home.
    """
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def model_folders() -> dict[str, Path]:
    """Return name -> folder of every model in the store, packaged ones first, without reading a card.

    A user's model never hides a packaged one of the same name; give its path to use it. A model that is
    broken is among them, and so is a folder that cannot be looked into; `search_problems` has the rest.
    """
    return _search()[0]


def search_problems() -> list[ModelNotFoundError]:
    """Return, for each folder of models that cannot be listed, why; one that does not exist is none."""
    return _search()[1]


def _search() -> tuple[dict[str, Path], list[ModelNotFoundError]]:
    folders: dict[str, Path] = {}
    problems = []
    for root in (PACKAGED, *user_folders()):
        try:
            inside = sorted(root.iterdir())
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(ModelNotFoundError(f"cannot list the models in {root}: {error.strerror}"))
            continue
        for folder in filter(_has_card, inside):
            folders.setdefault(folder.name, folder)
    return folders, problems


def _has_card(folder: Path) -> bool:
    try:
        (folder / CARD).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # It may have one: reading it says what is wrong.
    return True


def read_artefact(folder: Path) -> ModelArtefact:
    """Read the card in a folder.

    Raises
    ------
    ModelNotFoundError
        If the folder or its card does not exist.
    ModelIntegrityError
        If the card is not one.
    """
    if not os.path.isdir(folder):
        raise ModelNotFoundError(f"no model folder at {folder}")
    return ModelArtefact(folder, read_card(folder / CARD))


def list_models() -> list[ModelArtefact]:
    """Return every model in the store, packaged ones first.

    Raises
    ------
    ModelIntegrityError
        If a card among them is damaged.
    """
    return [read_artefact(folder) for folder in model_folders().values()]


def packaged_models() -> list[ModelArtefact]:
    """Return the models that came with affectone.

    Raises
    ------
    ModelIntegrityError
        If a card among them is damaged.
    """
    return [read_artefact(folder) for folder in sorted(PACKAGED.iterdir()) if _has_card(folder)]


def find_model(name: str | os.PathLike[str]) -> ModelArtefact:
    """Return the model of that name in the store, or the one in that folder.

    Parameters
    ----------
    name : str or path
        A name that `list_models` knows, or a folder with ``model.onnx`` and ``card.json``. A name in the
        store goes before a folder of the same name in the working directory.

    Raises
    ------
    ModelNotFoundError
        If there is neither; the message names the nearest known name, and where models were looked for.
    ModelIntegrityError
        If its card is damaged.
    ConfigError
        If it is no name and no path.
    """
    text = os.fspath(name) if isinstance(name, str | os.PathLike) else None
    if not isinstance(text, str) or not text:
        raise ConfigError(f"a model is given by its name or its folder; got {name!r}")
    known = model_folders()
    if isinstance(name, str) and text in known:
        return read_artefact(known[text])
    folder = Path(text)
    if os.path.isdir(folder) or not isinstance(name, str) or folder.name != text:
        return read_artefact(folder)
    raise ModelNotFoundError(unknown_name("model", text, known) + _searched())


def _searched() -> str:
    """Say which of the user's folders were searched: a misspelt one looks like an empty one."""
    folders = [str(root) if os.path.isdir(root) else f"{root} (no such folder)" for root in user_folders()]
    return f"; searched: {', '.join(folders)}" if folders else ""
