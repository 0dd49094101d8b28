"""Numbers of recordings, computed over processes and kept on disk by the recordings' content."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.audio.contents import content_of
from affectone.store import Store
from affectone.workers import over_workers

__all__ = ["hashes_of", "kept_numbers"]


def kept_numbers(
    paths: Sequence[str],
    work: Callable[[str], npt.NDArray[Any]],
    *,
    dtype: npt.DTypeLike,
    file: Path,
    key: str,
    jobs: int,
    label: str,
) -> tuple[list[npt.NDArray[Any]], list[str]]:
    """Return what `work` makes of each recording, computing what is not on disk yet.

    Parameters
    ----------
    paths : sequence of str
        Recordings.
    work : callable
        Takes a path, in another process.
    dtype : data type
        That the numbers are kept in.
    file : Path
        Of the store.
    key : str
        All that decides the numbers beside the content of a recording.
    jobs : int
        Number of processes.
    label : str
        Of the progress bar.

    Returns
    -------
    numbers : list of numpy.ndarray, shape (numbers,)
        One of each path, flat.
    hashes : list of str
        SHA-256 of each recording's bytes.

    Raises
    ------
    AudioError
        If a recording cannot be read: training on what is left would change the corpus silently.
    """
    hashes = hashes_of(paths, jobs=jobs)
    with closing(Store[bytes](file, warnings.warn)) as store:
        kept = {content: store.get(f"{content} {key}") for content in set(hashes)}
        new = {content: path for content, path in zip(hashes, paths, strict=True) if kept[content] is None}
        with closing(over_workers(work, list(new.values()), jobs=jobs, label=label)) as made:
            for content, values in zip(new, made, strict=True):
                kept[content] = values.astype(dtype).tobytes()
                store.put(f"{content} {key}", kept[content] or b"")
    return [np.frombuffer(kept[content] or b"", dtype) for content in hashes], hashes


def hashes_of(paths: Sequence[str], *, jobs: int) -> list[str]:
    """Return the SHA-256 of each recording's bytes; `AudioError` if one cannot be read."""
    with closing(over_workers(_hash, paths, jobs=jobs, label="reading", threads=True)) as read:
        return list(read)


def _hash(path: str) -> str:
    return content_of(Path(path)).file_hash
