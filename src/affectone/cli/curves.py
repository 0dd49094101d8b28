"""The picture of how a run's trainings went."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from affectone.registry import missing_modules

__all__ = ["PICTURE", "draw_curves"]

PICTURE = "learning-curves.png"


def draw_curves(run: Path, trainings: Mapping[tuple[int, int], Path]) -> None:
    """Draw loss and UAR against epochs into a run's folder, where there are curves and matplotlib.

    Parameters
    ----------
    run : Path
        Gets ``learning-curves.png``.
    trainings : mapping of (int, int) to Path
        Seed and fold -> the folder of that training.

    Raises
    ------
    UnwritableError
        If the picture cannot be written.
    """
    from affectone.evaluation.curves import read_curves

    curves = read_curves(trainings)
    if not curves or missing_modules("plots"):
        return  # A classic model has none, and whoever trains need not want pictures.
    from affectone.cli.report import figure_png, write_whole
    from affectone.views import learning_figure

    write_whole(run / PICTURE, figure_png(learning_figure([curve.values for curve in curves])))
