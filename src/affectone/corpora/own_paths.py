"""Paths in a user's table: where their files are, and the short names that become ids."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from affectone.corpora.own import number

__all__ = ["Finder", "short_names"]


class Finder:
    """Finds the files of a table, and remembers how.

    Parameters
    ----------
    folder : Path
        Where the table lies; the working directory is searched after it.
    """

    def __init__(self, folder: Path) -> None:
        self._folders = [folder, Path.cwd()] if folder.absolute() != Path.cwd() else [folder]
        self._elsewhere: list[str] = []
        self._turned: list[str] = []

    def find(self, written: str) -> Path | None:
        """Return the file a path leads to, with backslashes taken for slashes where that helps, or None."""
        turned = written.replace("\\", "/")
        for spelling in dict.fromkeys((written, turned)):
            for folder in self._folders:
                path = folder / spelling
                if os.path.isfile(path):
                    self._remember(path, spelling, written, folder)
                    return path
        return None

    def _remember(self, path: Path, spelling: str, written: str, folder: Path) -> None:
        if spelling != written:
            self._turned.append(written)
        if folder != self._folders[0]:
            self._elsewhere.append(written)

    def tried(self, written: str) -> str:
        """Return the places where a file was looked for, as a message says them."""
        return " and ".join(dict.fromkeys(str(folder / written) for folder in self._folders))

    def notes(self) -> Iterator[str]:
        """Yield how paths had to be read."""
        if self._elsewhere:
            yield (
                f"{number(len(self._elsewhere), 'path')} such as {self._elsewhere[0]!r} found in the working "
                f"directory, not beside the table"
            )
        if self._turned:
            count = number(len(self._turned), "path")
            yield f"{count} such as {self._turned[0]!r} read with / in place of \\"


def short_names(paths: Sequence[str]) -> list[str]:
    """Return a name for each path: the path without its ending, of one that leads elsewhere its last part.

    Where two would be equal, paths keep their endings, and last parts get numbers in the order of the paths.

    Parameters
    ----------
    paths : sequence of str
        Different ones, with slashes, as seen from one folder.

    Examples
    --------
    >>> short_names(["a/x.wav", "a/x.flac", "b/y.wav", "../y.wav", "/data/y.wav"])
    ['a/x.wav', 'a/x.flac', 'b/y', 'y', 'y_2']
    """
    elsewhere = {path for path in paths if path.startswith("../") or os.path.isabs(path)}
    names = {path: os.path.splitext(path)[0] for path in paths if path not in elsewhere}
    counts = Counter(names.values())
    names = {path: path if counts[name] > 1 else name for path, name in names.items()}
    used, last = set(names.values()), dict[str, int]()
    for path in sorted(elsewhere):
        stem = name = os.path.splitext(os.path.basename(path))[0]
        count = last.get(stem, 1)
        while name in used:
            count += 1
            name = f"{stem}_{count}"
        last[stem] = count
        used.add(name)
        names[path] = name
    return [names[path] for path in paths]
