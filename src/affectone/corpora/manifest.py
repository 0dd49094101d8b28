"""The manifest: one table row a clip."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from affectone.corpora.clip import Clip
from affectone.corpora.corpus import CORPORA
from affectone.registry import require_extra

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "load_corpora", "load_corpus", "to_manifest"]

COLUMNS = tuple(field.name for field in dataclasses.fields(Clip))
"""Names of the manifest's columns, in order."""


def to_manifest(clips: Iterable[Clip]) -> pd.DataFrame:
    """Return clips as a table, one row a clip in the order given; unknown values are missing.

    Raises
    ------
    MissingExtraError
        If pandas is not installed.
    """
    require_extra("data", "a manifest")
    import pandas as pd

    rows = [dataclasses.astuple(clip) for clip in clips]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"path": str, "age": float})


def load_corpus(name: str, root: str | Path) -> pd.DataFrame:
    """Read one corpus as a manifest.

    Parameters
    ----------
    name : str
        Registered corpus name, for example ``"ravdess"``.
    root : str or Path
        Any folder above its recordings; clips are found by the stems of their names.

    Raises
    ------
    CorpusError
        If the name is unknown, or the folder is missing or holds no clip of that corpus.
    MissingExtraError
        If pandas is not installed.
    """
    return load_corpora({name: root})


def load_corpora(roots: Mapping[str, str | Path]) -> pd.DataFrame:
    """Read several corpora, name to folder, as one manifest."""
    loaders = [CORPORA.get(name)(Path(root)) for name, root in roots.items()]
    return to_manifest(clip for loader in loaders for clip in loader.scan().clips)
