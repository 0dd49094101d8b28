"""What adaptation without labels gains, and what it costs where the recordings it is given are one-sided."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.evaluation.detail import in_order
from affectone.evaluation.metrics import bootstrap_difference, unweighted_average_recall
from affectone.evaluation.predictions import FEW_SPEAKERS, per_cent, pooled_uar, seed_units, unit_column
from affectone.labels import LabelSet
from affectone.models.runner import StateScale
from affectone.recognition.adaptation import StateSums
from affectone.training.calibration import probabilities

if TYPE_CHECKING:
    import pandas as pd

    from affectone.corpora import Split
    from affectone.training.session import Fitted
    from affectone.training.states import StatesSession

__all__ = ["SAMPLES", "Sample", "adaptation_results", "answer_adapted"]

Rows = npt.NDArray[np.int64]
UNADAPTED = "unadapted"


@dataclass(frozen=True, slots=True)
class Sample:
    """Which of the test clips a model is adapted to, before it answers the others.

    Parameters
    ----------
    of : "speaker" or "corpus"
        Whose clips they are.
    clips : int or None
        How many, or as many as there are; None takes all, and these are answered, too.
    share : float
        Of the clips, how many are of the emotion `only`; the others are of the other emotions.
    only : str or None
        None takes the emotions in turn: a balanced sample.
    """

    of: str
    clips: int | None
    only: str | None = None
    share: float = 1.0

    @property
    def name(self) -> str:
        """What tables call it."""
        whose = f"of the {self.of}"
        if self.clips is None:
            return f"all clips {whose}"
        if self.only is None:
            return f"{self.clips} clips {whose}"
        what = f"{self.only} only" if self.share == 1.0 else f"{self.share:.0%} {self.only}"
        return f"{self.clips} clips {whose}, {what}"

    def draw(self, emotions: npt.NDArray[np.str_], rng: np.random.Generator) -> Rows:
        """Return places of the clips in the sample, given all clips' emotions."""
        places = rng.permutation(len(emotions))
        if self.clips is None:
            return np.sort(places)
        if self.only is None:
            return np.sort(_in_turn(emotions, places)[: self.clips])
        wanted = emotions[places] == self.only
        many = round(self.share * self.clips)
        chosen = [places[wanted][:many], places[~wanted][: self.clips - many]]
        return np.sort(np.concatenate(chosen))


def _in_turn(emotions: npt.NDArray[np.str_], places: Rows) -> Rows:
    """Order places so that each emotion comes once before any comes twice."""
    turns = np.zeros(len(places), dtype=np.int64)
    for emotion in np.unique(emotions):
        own = emotions[places] == emotion
        turns[own] = np.arange(own.sum())
    return places[np.argsort(turns, kind="stable")]


SAMPLES = (
    *(Sample("speaker", clips) for clips in (1, 3, 10, 30, None)),
    *(Sample("speaker", 10, only) for only in ("neutral", "angry", "sad")),
    Sample("speaker", 10, "angry", 0.8),
    *(Sample("corpus", clips) for clips in (30, None)),
    Sample("corpus", 30, "angry"),
)
"""Balanced ones of growing size, and one-sided ones: an angry caller must not become a neutral one."""


def answer_adapted(session: StatesSession, fitted: Fitted[Any], split: Split) -> pd.DataFrame:
    """Return what a model answers when it is adapted to each sample, and what it says unadapted.

    Clips of the sample are not answered, but where it is all clips. The emotions of the sample decide which
    clips are in it and nothing else: the model is not told them.

    Returns
    -------
    pandas.DataFrame
        One row a sample and clip, with ``predicted``, ``unadapted`` and the place of the sample, ``sample``.
    """
    import pandas as pd

    asked = _Asked(session, fitted, split)
    clips = session.manifest.iloc[split.test][["id", "corpus", "speaker", "emotion"]].reset_index(drop=True)
    tables = []
    for number, sample in enumerate(SAMPLES):
        for places, drawn in _drawn(clips, sample):
            kept = places if sample.clips is None else np.setdiff1d(places, drawn)
            if not drawn.size or not kept.size:
                continue
            answers = asked.adapted(asked.scale(drawn), kept)
            own = clips.iloc[kept].assign(sample=number, predicted=answers)
            tables.append(own.assign(**{UNADAPTED: asked.plain[kept]}))
    return pd.concat(tables, ignore_index=True)


def _drawn(clips: pd.DataFrame, sample: Sample) -> Iterator[tuple[Rows, Rows]]:
    """Yield the places of everyone's clips, and of those among them that are in the sample."""
    emotions = clips["emotion"].to_numpy(dtype=str)
    columns = ["corpus", "speaker"] if sample.of == "speaker" else ["corpus"]
    for whose, own in clips.groupby(columns):
        places = own.index.to_numpy(dtype=np.int64)
        # The same clips for every seed and model, so that results can be compared clip by clip.
        rng = np.random.default_rng(zlib.crc32(f"{sample.name} {whose}".encode()))
        yield places, places[sample.draw(emotions[places], rng)]


class _Asked:
    """A model, and what it says about the test clips; places count from 0 among these."""

    def __init__(self, session: StatesSession, fitted: Fitted[Any], split: Split) -> None:
        self._session, self._model, self._test = session, fitted.model, split.test
        logits = session.predict(fitted.model, split.test).emotion
        self.plain = self._labels(logits, split.test)
        # As the recogniser has them: over all labels, whatever the corpus lacks.
        self._emotions = probabilities(logits, fitted.temperature or 1.0)
        self._states = session.states(fitted.model, split.test)
        self._emotion_states = session.emotion_states(fitted.model, split.train)

    def scale(self, places: Rows) -> StateScale:
        sums = StateSums(self._emotion_states, self._session.adaptation)
        sums.add(self._states[places], self._emotions[places])
        return sums.scale()

    def adapted(self, scale: StateScale, places: Rows) -> npt.NDArray[np.str_]:
        rows = self._test[places]
        return self._labels(self._session.predict_adapted(self._model, rows, scale).emotion, rows)

    def _labels(self, logits: npt.NDArray[np.float32], rows: Rows) -> npt.NDArray[np.str_]:
        best = self._session.masked(logits, rows).argmax(axis=1)
        names = np.asarray(self._session.labels.names, dtype=str)
        return np.asarray(names[best])


def adaptation_results(table: pd.DataFrame, corpus: str) -> list[dict[str, Any]]:
    """Score one corpus's clips adapted and unadapted, for each sample; the differences are paired.

    Parameters
    ----------
    table : pandas.DataFrame
        As `answer_adapted` makes them, with the column ``seed``.
    corpus : str

    Returns
    -------
    list of dict
        ``uar`` and ``unadapted`` are pooled and in %.
    """
    rows = table[table["corpus"] == corpus]
    labels = LabelSet(tuple(in_order((*rows["emotion"], *rows["predicted"], *rows[UNADAPTED]))))
    few = rows["speaker"].nunique() < FEW_SPEAKERS
    found = []
    for number, own in rows.groupby("sample"):
        units = seed_units(own, labels, unit_column(few))
        before = seed_units(own.assign(predicted=own[UNADAPTED]), labels, unit_column(few))
        ends = bootstrap_difference(units, before, unweighted_average_recall)
        found.append(
            {
                "sample": SAMPLES[int(str(number))].name,
                "clips": int(own["id"].nunique()),
                "speakers": int(own["speaker"].nunique()),
                "uar": per_cent(pooled_uar(units)),
                "unadapted": per_cent(pooled_uar(before)),
                "difference": per_cent(pooled_uar(units) - pooled_uar(before)),
                "difference_interval": [per_cent(end) for end in ends],
                "interval_over": "clips" if few else "speakers",
            }
        )
    return found
