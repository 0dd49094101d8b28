"""A run's folder: it says what run it holds, so that no other one is resumed in it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectone.errors import ConfigError
from affectone.files import replaced
from affectone.training.config import without_idle
from affectone.training.hardware import leads
from affectone.training.session import Session

__all__ = ["claimed_folder", "drop_weights", "search_words"]

ROWS = "rows_sha256"
DESCRIBED = ("id", "speaker", "sex", "heard_intensity", "agreement")


def search_words(trials: int) -> str:
    """Return how a purpose speaks of a search; of none it says nothing."""
    return f", search of {trials} trials" if trials else ""


@contextlib.contextmanager
def claimed_folder(folder: Path, session: Session[Any], *, purpose: str) -> Iterator[None]:
    """Write ``run.json`` with the settings of a run, or check that the folder's run has the same.

    Where an error ends what is done with the folder before anything else was written to it, it is given back:
    what is refused can be asked for otherwise, in the same folder.

    Parameters
    ----------
    folder : Path
        Made if need be.
    session : Session
    purpose : str
        Name and digest of a protocol, or of the model that is trained.

    Raises
    ------
    ConfigError
        If the folder holds another run, or cannot be written to.
    """
    file = folder / "run.json"
    if leads():  # It has looked for all, and is the one to write.
        _claim(file, _identity(session, purpose))
    try:
        yield
    except BaseException:
        if leads() and list(folder.iterdir()) == [file]:
            file.unlink()
        raise


def _identity(session: Session[Any], purpose: str) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "config": without_idle(session.config.model_dump(mode="json", exclude={"seed"})),
        "clips": {corpus: int(count) for corpus, count in session.manifest["corpus"].value_counts().items()},
        "data_sha256": _data_digest(session),
        ROWS: _rows_digest(session),
    }


def _claim(file: Path, identity: dict[str, Any]) -> None:
    if file.exists():
        held = _without_idle(json.loads(file.read_text(encoding="utf-8")))
        if isinstance(held, dict) and ROWS not in held:  # It was begun before that was written.
            held = held | {ROWS: identity[ROWS]}
        if held != identity:
            raise ConfigError(f"{file.parent} holds a run of other settings; choose another folder with -o")
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replaced(file) as part:  # Whole or not at all: a run that is killed here must go on.
            part.write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write to {file.parent}: {error.strerror}") from None


def _without_idle(held: Any) -> Any:
    """Return what a folder holds as it would be written today."""
    config = held.get("config") if isinstance(held, dict) else None
    return held | {"config": without_idle(config)} if isinstance(config, dict) else held


def _data_digest(session: Session[Any]) -> str:
    """Hash the clips by what they are and not by where they lie: equal corpora may be moved."""
    table = session.manifest
    rows = zip(table["id"], table["emotion"], table["votes"].fillna(""), session.hashes, strict=True)
    lines = sorted(f"{name} {emotion} {votes} {content}" for name, emotion, votes, content in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rows_digest(session: Session[Any]) -> str:
    """Hash who speaks, what else is learned, and the order: answers of a run are kept by their places."""
    described = session.manifest.reindex(columns=DESCRIBED).to_csv(index=False)
    return hashlib.sha256(described.encode()).hexdigest()


def drop_weights(folder: Path) -> None:
    """Delete the weights in the folder of a training and below it, once its answers are kept."""
    for file in (*folder.rglob("*.ckpt"), *folder.rglob("*.onnx")):
        file.unlink()
