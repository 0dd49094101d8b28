"""Calibration where no speaker can be spared: answers of models that had not heard what they are asked."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from affectone.corpora import Guard, Split, refuse_leaks, speaker_keys, speaker_leaders
from affectone.corpora.own import listed, number
from affectone.errors import ConfigError
from affectone.files import replaced
from affectone.training.hardware import leads
from affectone.training.logits import Logits
from affectone.training.run_folder import drop_weights
from affectone.training.session import Rows, Session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OutOfFold", "answer_out_of_fold", "plan_out_of_fold"]

MOST_FOLDS = 5
NOBODY = np.array([], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """How clips are dealt, so that each is answered by a model that has not heard it.

    Parameters
    ----------
    folds : tuple of Split
        Of each, what trains and, as validation, what is asked.
    by_speaker : bool
        Whether no model is asked about a speaker it has heard; else it is about no recording.
    fitted_on : str
        What was done, as the card says it.
    """

    folds: tuple[Split, ...]
    by_speaker: bool
    fitted_on: str

    @property
    def rows(self) -> Rows:
        """The clips that are asked about, fold by fold."""
        return np.concatenate([fold.validation for fold in self.folds])


def plan_out_of_fold(session: Session[Any]) -> OutOfFold:
    """Deal clips by speaker where that can be, else by recording.

    Speakers who share a recording, and all that sounds alike, stay together. A clip whose label the others of
    its fold do not have calibrates nothing: no model that has not heard it could know the label.

    Raises
    ------
    ConfigError
        If not even by recording there are two labels to ask about.
    """
    heard, emotion = session.heard, session.targets.emotion
    known = heard["speaker"].notna().to_numpy()
    for by_speaker, people in ((True, _people(heard)), (False, heard.assign(speaker=heard["id"]))):
        folds = _dealt(people, emotion) if known.any() or not by_speaker else ()
        if len({int(label) for fold in folds for label in emotion[fold.validation]}) > 1:
            for fold in folds:
                refuse_leaks(Guard(people).leaks(fold))
            return OutOfFold(folds, by_speaker, _words(session, folds, by_speaker=by_speaker))
    raise ConfigError(
        "the model cannot be calibrated: no two labels have clips of two recordings each, so that one could "
        "be asked about while the other is learned from; more clips are needed"
    )


def _people(heard: pd.DataFrame) -> pd.DataFrame:
    """Return clips with speakers; one whose speaker is unknown has one of its own."""
    speakers = heard["speaker"].astype(object)
    return heard.assign(speaker=speakers.where(speakers.notna(), "unknown speaker of " + heard["id"]))


def _dealt(people: pd.DataFrame, emotion: npt.NDArray[np.int64]) -> tuple[Split, ...]:
    """Deal speakers to folds, each with its share of every label as far as that can be."""
    from sklearn.model_selection import StratifiedGroupKFold

    leaders = speaker_leaders(people)
    groups = [leaders[key] for key in speaker_keys(people)]
    count = min(MOST_FOLDS, len(set(groups)), int(np.bincount(emotion).max()))
    if count < 2:
        return ()
    with warnings.catch_warnings():
        # Of rare labels not every fold can have a clip.
        warnings.filterwarnings("ignore", message="The least populated class")
        parts = list(StratifiedGroupKFold(count).split(emotion[:, None], emotion, groups))
    folds = [Split(train, test[np.isin(emotion[test], emotion[train])], NOBODY) for train, test in parts]
    return tuple(fold for fold in folds if fold.validation.size and len(set(emotion[fold.train])) > 1)


def _words(session: Session[Any], folds: Sequence[Split], *, by_speaker: bool) -> str:
    asked = np.concatenate([fold.validation for fold in folds])
    clips = session.manifest.iloc[asked]
    known = clips["speaker"].notna()
    people = len(set(speaker_keys(clips[known])))
    who = (
        f"{number(len(clips), 'clip')} of {number(people, 'speaker')}"
        if people
        else number(len(clips), "clip")
    )
    if not by_speaker:
        what = "the recording but may have heard the speaker"
    elif known.all():
        what = "its speaker"
    else:
        what = f"its speaker (where that is unknown, of {number(int((~known).sum()), 'clip')}, the recording)"
    words = f"{who}, each answered by one of {len(folds)} models that had not heard {what}"
    silent = np.setdiff1d(np.arange(len(session.manifest)), asked)
    if silent.size:
        lone = Counter(session.manifest["emotion"].iloc[silent])
        words += f"; {number(silent.size, 'clip')} had no such model: {listed(lone)}"
    return f"{words}; this model was trained on all clips"


def answer_out_of_fold(session: Session[Any], plan: OutOfFold, folder: Path) -> Logits:
    """Train a model for each fold, and return its logits for the clips it has not heard, fold by fold.

    Parameters
    ----------
    session : Session
    plan : OutOfFold
    folder : Path
        Gets the logits of each fold; those that are there are not made again.
    """
    answers = [
        _answers(session, fold, folder / f"fold{place}") for place, fold in enumerate(plan.folds, start=1)
    ]
    return Logits(
        np.concatenate([answer.emotion for answer in answers]),
        np.concatenate([answer.voice for answer in answers]),
    )


def _answers(session: Session[Any], fold: Split, folder: Path) -> Logits:
    file = folder / "logits.npz"
    if file.exists():
        with np.load(file, allow_pickle=False) as kept:
            return Logits(kept["emotion"], kept["voice"])
    # Nothing is watched while it learns: these clips must not decide when to stop.
    model = session.learn(Split(fold.train, NOBODY, NOBODY), folder, session.config.seed)
    logits = session.predict(model, fold.validation)
    if not leads():  # Of processes that train together one writes; what it writes, the others do not read.
        return logits
    folder.mkdir(parents=True, exist_ok=True)
    with replaced(file) as part, part.open("wb") as stream:
        np.savez(stream, emotion=logits.emotion, voice=logits.voice)
    drop_weights(folder)
    return logits
