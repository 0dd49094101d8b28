"""`find_audio` and `walk_files`: what lies under some folders, in an order that does not change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from affectone.audio.containers import EXTENSIONS, sniff
from affectone.audio.sources import source_name
from affectone.errors import AudioError, AudioNotFoundError

__all__ = ["find_audio", "is_audio", "walk_files"]

_NEVER_AUDIO = frozenset(
    {".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".html", ".css", ".js", ".ts", ".py"}
    | {".ipynb", ".yaml", ".yml", ".toml", ".ini", ".log", ".pdf", ".docx", ".xlsx", ".png", ".jpg", ".jpeg"}
    | {".gif", ".svg", ".webp", ".npy", ".npz", ".parquet", ".pkl", ".pt", ".onnx", ".lab", ".srt", ".vtt"}
)
"""Endings of what commonly lies beside recordings; such files are not even opened."""


def find_audio(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> tuple[list[Path], list[AudioError]]:
    """Expand folders into the recordings they hold.

    A named file is always returned, whatever it is called and even where it does not exist: reading it then
    gives its error. Within folders, files count whose ending promises sound or video (a broken one is not
    dropped), and files of unknown ending whose content is sound. Hidden files and folders are passed over;
    links to folders are followed, each folder once.

    Parameters
    ----------
    paths : path or iterable of paths
        Files and folders.

    Returns
    -------
    tuple of list of Path and list of AudioError
        Every file once, in the order of `paths` and sorted by name within a folder; and for each folder
        that holds no audio or cannot be listed, why.
    """
    listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found: dict[Path, None] = {}
    problems: list[AudioError] = []
    for path in map(Path, listed):
        if not os.path.isdir(path):  # Never raises, as Path.is_dir does for long or forbidden names.
            found[path] = None
            continue
        before = len(problems)
        inside = list(_inside(path, problems))
        found.update(dict.fromkeys(inside))
        if not inside and len(problems) == before:
            problems.append(AudioNotFoundError(f"no audio in {source_name(path)}"))
    return list(found), problems


def _inside(folder: Path, problems: list[AudioError]) -> Iterator[Path]:
    files, unlisted = walk_files(folder)
    problems.extend(unlisted)
    yield from filter(is_audio, files)


def walk_files(folder: Path) -> tuple[list[Path], list[AudioError]]:
    """Return all files below a folder, of whatever kind, and why some folders could not be listed.

    Hidden files and folders are passed over; links to folders are followed, each folder once. A link that
    leads nowhere is among the files: reading it gives its error.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of list of Path and list of AudioError
        Files sorted by name within each folder, those of a folder before those of the folders in it.
    """
    problems: list[AudioError] = []

    def refuse(error: OSError) -> None:
        problems.append(
            AudioError(f"{source_name(error.filename)}: cannot be listed: {error.strerror or error}")
        )

    found: list[Path] = []
    seen: set[tuple[int, int]] = set()
    _new(str(folder), "", seen)
    for root, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and _new(root, name, seen))
        found += [Path(root, name) for name in sorted(files) if not name.startswith(".")]
    return found, problems


def _new(root: str, name: str, seen: set[tuple[int, int]]) -> bool:
    """Tell whether a folder was not walked before: a link may lead back up."""
    try:
        status = os.stat(os.path.join(root, name))
    except OSError:
        return True  # os.walk reports it.
    known = (status.st_dev, status.st_ino) in seen
    seen.add((status.st_dev, status.st_ino))
    return not known


def is_audio(path: Path) -> bool:
    """Tell whether a file within a folder counts: by its ending, else by what it holds."""
    ending = path.suffix.lower()
    if ending in EXTENSIONS:
        return True
    if ending in _NEVER_AUDIO or not os.path.isfile(path):
        return False
    try:
        with path.open("rb") as handle:
            return sniff(handle) is not None
    except OSError:
        return False
