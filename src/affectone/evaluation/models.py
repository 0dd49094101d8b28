"""A model artefact, asked about the test clips of a protocol: as somebody who uses it would ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from affectone import recognition
from affectone.audio import load_audio
from affectone.audio.augment import Augmentation, Condition
from affectone.corpora import Protocol
from affectone.errors import CorpusError
from affectone.evaluation.answers import Answers
from affectone.evaluation.others import tested_clips
from affectone.evaluation.predictions import SCORE
from affectone.evaluation.robustness import NO_SPEECH, answer_changed
from affectone.models.runner import SAMPLE_RATE
from affectone.models.store import ModelArtefact
from affectone.training.speech import changed_recording
from affectone.workers import over_workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["answer_clips", "judge_model", "labels_of_corpora"]

Find = Callable[["pd.DataFrame"], Protocol]
Shares = npt.NDArray[np.float64]


def judge_model(
    artefact: ModelArtefact,
    manifest: pd.DataFrame,
    find: Find,
    *,
    conditions: Sequence[Condition] = (),
    jobs: int = 1,
) -> Answers:
    """Ask a model about the test clips of a protocol.

    Clips of labels that it does not know are left out. It is asked for the labels that a corpus has, as runs
    are; a clip in which it hears no speech is answered wrong.

    Parameters
    ----------
    artefact : ModelArtefact
    manifest : pandas.DataFrame
        Whose recordings are at hand.
    find : callable
        Gives the protocol for a manifest (`find_protocol`).
    conditions : sequence of Condition
        It is asked about copies of the clips that are changed in these ways, too.
    jobs : int
        Processes that listen.

    Raises
    ------
    CorpusError
        If it knows none of the labels.
    AudioError
        If a recording cannot be read: a score without it would be of another test.
    """
    card = artefact.card
    keep = partial(_known, labels=card.labels)
    if keep(manifest).empty:
        raise CorpusError(
            f"no clip has a label that {artefact.title} knows; it knows {', '.join(card.labels)}"
        )
    protocol, tested, warnings, notes = tested_clips(manifest, find, keep)
    ask = partial(answer_clips, artefact, tested, labels_of_corpora(tested), jobs)
    table = ask(None)
    changed = answer_changed(ask, conditions) if conditions else None
    independent, words = _independence(artefact, tested, protocol)
    left_out = int((~manifest["emotion"].isin(card.labels)).sum())
    told = (f"{left_out} clips have labels that {artefact.title} does not know",) if left_out else ()
    return Answers(
        name=artefact.title,
        table=table,
        protocol=protocol.name,
        source=protocol.source,
        sha256=protocol.digest,
        speaker_independent=independent,
        ours=False,
        warnings=warnings,
        notes=(*notes, *told),
        facts=_facts(artefact),
        changed=changed,
        independence=words,
    )


def _known(manifest: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    return manifest[manifest["emotion"].isin(labels)].reset_index(drop=True)


def _independence(artefact: ModelArtefact, tested: pd.DataFrame, protocol: Protocol) -> tuple[bool, str]:
    """Return whether the model can have heard nobody of the test, as far as its card says, and the words."""
    corpora = sorted(tested["corpus"].unique())
    heard = [use.name for use in artefact.card.corpora if use.name in corpora]
    if heard:
        return False, (
            f"NOT speaker-independent: {artefact.title} was trained on {', '.join(heard)}, as its card says, "
            "so it may have heard these speakers, and these very clips; the folds were not trained anew"
        )
    if protocol.may_leak:
        return False, (
            f"NOT speaker-independent by its protocol, {protocol.name}; {artefact.title} was trained on none "
            f"of {', '.join(corpora)}, as its card says"
        )
    return True, (
        f"speaker-independent as far as the card of {artefact.title} says: it was trained on none of "
        f"{', '.join(corpora)}"
    )


def _facts(artefact: ModelArtefact) -> dict[str, str]:
    card = artefact.card
    known = {
        "model": artefact.title,
        "network": card.network,
        "SHA-256 of the model": card.sha256,
        "parameters": None if card.parameters is None else f"{card.parameters:,}",
        "training corpora": ", ".join(use.name for use in card.corpora),
    }
    return {name: words for name, words in known.items() if words}


class Heard(NamedTuple):
    """Probabilities of the card's labels and of its voices."""

    emotions: Shares
    voices: Shares


def answer_clips(
    artefact: ModelArtefact,
    tested: pd.DataFrame,
    labels: Mapping[str, frozenset[str]],
    jobs: int,
    condition: Condition | None,
) -> pd.DataFrame:
    """Return test clips with a model's answers.

    Parameters
    ----------
    artefact : ModelArtefact
    tested : pandas.DataFrame
        Clips whose emotion is among the labels of the model.
    labels : mapping of str to frozenset of str
        Of each corpus, as `labels_of_corpora` finds them among all of its clips: the answer is one of these.
    jobs : int
        Processes that listen.
    condition : Condition, optional
        How the clips are changed; None leaves them as they are.

    Raises
    ------
    AudioError
        If a recording cannot be read.
    """
    card = artefact.card
    changes = None if condition is None else condition.changes
    work = partial(_heard, folder=artefact.path, changes=changes)
    label = "clips" if condition is None else condition.name
    heard = list(over_workers(work, tested["path"].tolist(), jobs=jobs, label=label))
    masks = {corpus: np.isin(card.labels, list(own)) for corpus, own in labels.items()}
    shares = np.stack(
        [_masked(one, masks[corpus]) for one, corpus in zip(heard, tested["corpus"], strict=True)]
    )
    voices: list[Any] = [None if one is None else card.voices[one.voices.argmax()] for one in heard]
    known = {f"{SCORE}{name}": column.round(5) for name, column in zip(card.labels, shares.T, strict=True)}
    return tested.assign(
        predicted=[
            NO_SPEECH if one is None else card.labels[index]
            for one, index in zip(heard, shares.argmax(axis=1), strict=True)
        ],
        confidence=shares.max(axis=1).round(5),
        predicted_voice=voices,
        temperature=card.calibration.temperature,
        **known,
    )


def labels_of_corpora(manifest: pd.DataFrame) -> Mapping[str, frozenset[str]]:
    """Return which labels each corpus has.

    A part of it, such as a few clips of a fold, may lack some, and to tell the others apart is easier.
    """
    return {str(corpus): frozenset(rows["emotion"]) for corpus, rows in manifest.groupby("corpus")}


def _masked(heard: Heard | None, mask: npt.NDArray[np.bool_]) -> Shares:
    """Return the probabilities of each label, given that it is one of the corpus's; none without speech."""
    if heard is None:
        return np.zeros(len(mask))
    allowed = np.where(mask, heard.emotions, 0.0)
    return np.asarray(allowed / allowed.sum() if allowed.sum() > 0 else mask / mask.sum())


def _heard(path: str, *, folder: Path, changes: Augmentation | None) -> Heard | None:
    """Ask a model about one recording; None where it hears no speech."""
    recognizer = _recognizer(folder)
    if changes is None:
        samples = load_audio(path, sample_rate=SAMPLE_RATE).samples[0]
    else:
        samples = changed_recording(path, changes)
    answer = recognizer.predict(samples, sample_rate=SAMPLE_RATE)
    if answer.label is None:
        return None
    return Heard(np.array(list(answer.scores.values())), np.array(list((answer.voice or {}).values())))


@lru_cache(maxsize=1)
def _recognizer(folder: Path) -> recognition.Recognizer:
    """Return the model of a folder, loaded once a process."""
    return recognition.Recognizer(folder)
