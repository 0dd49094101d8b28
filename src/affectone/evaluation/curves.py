"""How trainings went: the curves that they left in their folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from affectone.errors import CorpusError

__all__ = ["Curve", "read_curves"]

CURVES = ("train_loss", "val_loss", "val_uar")


@dataclass(frozen=True, slots=True)
class Curve:
    """How one training went: for each of ``train_loss``, ``val_loss`` and ``val_uar``, epoch -> value."""

    seed: int
    fold: int
    values: Mapping[str, Mapping[int, float]]


def read_curves(cells: Mapping[tuple[int, int], Path]) -> tuple[Curve, ...]:
    """Return the curves of trainings by their seed and fold; those that left none are left out.

    Raises
    ------
    CorpusError
        If a file of curves cannot be read.
    """
    read = (Curve(*cell, _curve(path)) for cell, path in cells.items())
    return tuple(curve for curve in read if curve.values)


def _curve(folder: Path) -> dict[str, dict[int, float]]:
    """Return the curves of one training; one that was interrupted has its first parts in files beside."""
    import pandas as pd

    parts = sorted(folder.glob("metrics*.csv"), key=lambda path: path.stat().st_mtime)
    values: dict[str, dict[int, float]] = {}
    for part in parts:
        try:
            table = pd.read_csv(part)
        except (OSError, ValueError) as error:
            raise CorpusError(f"{part} cannot be read: {error}") from None
        for name in CURVES:
            if name in table and "epoch" in table:
                known = table[table[name].notna()]
                epochs = zip(known["epoch"], known[name], strict=True)
                values.setdefault(name, {}).update({int(epoch) + 1: float(value) for epoch, value in epochs})
    return {name: dict(sorted(points.items())) for name, points in values.items() if points}
