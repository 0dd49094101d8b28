"""The same score for parts of the test clips: by who speaks, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from affectone.evaluation.predictions import score_predictions
from affectone.evaluation.protocol_run import age_bands

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DURATION_BANDS", "slice_results"]

DURATION_BANDS = {"under 2 s": 0.0, "2 to 3 s": 2.0, "3 to 4 s": 3.0, "4 to 6 s": 4.0, "6 s and over": 6.0}
"""Name -> shortest duration of a band in seconds."""


def slice_results(rows: pd.DataFrame, corpus: str) -> list[dict[str, Any]]:
    """Score the clips of one corpus by who speaks, how intensely and how long, as far as that is known.

    UAR is the mean recall over the labels that a part has, so parts with other labels cannot be compared:
    ``labels`` says how many there are.
    """
    return [
        _scored(rows[(column == name).to_numpy()], corpus, by, name)
        for by, column in _columns(rows)
        for name in _names(column)
    ]


def _columns(rows: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    import pandas as pd

    yield "sex", rows["sex"]
    yield "age", age_bands(rows["age"].astype(float))
    for name in ("ethnicity", "intensity"):
        if name in rows:
            yield name, rows[name]
    if "duration" in rows:
        edges = [*DURATION_BANDS.values(), np.inf]
        bands = pd.cut(rows["duration"], edges, right=False, labels=list(DURATION_BANDS))
        yield "duration", bands.astype(object)


def _names(column: pd.Series) -> list[str]:
    present = set(column.dropna().unique())
    return [
        *(name for name in DURATION_BANDS if name in present),
        # "under 30" comes before "30-44", and other names in the order of letters.
        *sorted(present - set(DURATION_BANDS), key=lambda name: (not str(name).startswith("under"), name)),
    ]


def _scored(rows: pd.DataFrame, corpus: str, by: str, name: str) -> dict[str, Any]:
    score = score_predictions(rows, corpus)
    return {
        "by": by,
        "of": name,
        "clips": score.clips,
        "speakers": score.speakers,
        "labels": rows["emotion"].nunique(),
        "uar": score.uar_pooled,
        "uar_interval": list(score.uar_interval),
        "interval_over": score.interval_over,
        "wa": score.wa_pooled,
    }
