"""The artefact of a final model: trained on all speakers but those that calibrate it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.corpora import CORPORA, Split
from affectone.errors import ConfigError
from affectone.labels import VOICES
from affectone.models.card import Calibration, CorpusUse, ModelCard
from affectone.models.runner import FEATURES, INPUT, SAMPLE_RATE
from affectone.training.calibration import expected_calibration_error, probabilities
from affectone.training.export import OPSET, Exported
from affectone.training.hardware import end_followers
from affectone.training.run_folder import claim_folder, search_words
from affectone.training.search import search_settings
from affectone.training.session import MIN_SECONDS, WINDOW_SECONDS, Fitted, Session
from affectone.training.validation import set_aside_speakers

__all__ = ["release_model"]

TOLERATED_ERROR = 0.6
"""A confidence is `unsure` where answers below it were wrong at least this often on validation speakers."""


def release_model(
    session: Session[Any],
    *,
    name: str,
    version: str,
    summary: str,
    arguments: Sequence[str],
    folder: Path,
    trials: int = 0,
    tell: Callable[[str], None],
) -> ModelCard:
    """Train on every speaker but the validation ones, calibrate, export, and write the card.

    Parameters
    ----------
    session : Session
    name, version, summary : str
        As the card has them.
    arguments : sequence of str
        Of the command line that asked for the model; the card shows them without the places of things.
    folder : Path
        Of the run; the artefact goes to ``folder/model``.
    trials : int
        Of a search for settings over the validation speakers before that; 0 takes them as they are.
    tell : callable
        Called with a line after each trial.

    Raises
    ------
    ConfigError
        If no validation speaker can be spared (a model that is not calibrated is not released), or the
        folder holds another run.
    ModelIntegrityError
        If the exported graph differs from what was trained.
    """
    seed = session.config.seed
    claim_folder(folder, session, purpose=f"model {name} {version}, seed {seed}{search_words(trials)}")
    rows = np.arange(len(session.manifest))
    split = _set_aside(session, Split(train=rows, validation=rows[:0], test=rows[:0]))
    if trials:
        best = search_settings(session, split, trials=trials, folder=folder, seed=seed, tell=tell)
        session = session.with_config(best)
    fitted = session.fit(split, folder / "final", seed=seed)
    end_followers()
    artefact = folder / "model"
    artefact.mkdir(parents=True, exist_ok=True)
    exported = session.export(fitted.model, artefact / "model.onnx", split.validation)
    card = _card(
        session, split, fitted, exported, name=name, version=version, summary=summary, arguments=arguments
    )
    (artefact / "card.json").write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return card


def _set_aside(session: Session[Any], everyone: Split) -> Split:
    config = session.config
    split = set_aside_speakers(session.manifest, everyone, share=config.validation_share, seed=config.seed)
    if not split.validation.size:
        raise ConfigError(
            "no speaker could be set aside to calibrate the model: raise validation_share, or add a corpus "
            "of eight speakers or more"
        )
    return split


def _card(
    session: Session[Any],
    split: Split,
    fitted: Fitted[Any],
    exported: Exported,
    *,
    name: str,
    version: str,
    summary: str,
    arguments: Sequence[str],
) -> ModelCard:
    commerce, measured = session.licences_allow_commerce, session.measured
    return ModelCard(
        name=name,
        version=version,
        summary=summary,
        network=session.config.model,
        parameters=session.parameters,
        labels=session.labels.names,
        voices=VOICES,
        sample_rate=SAMPLE_RATE,
        input=INPUT if measured is None else f"{FEATURES}:{measured.name}",
        features=measured,
        window_seconds=WINDOW_SECONDS,
        min_seconds=MIN_SECONDS,
        sha256=exported.sha256,
        size_bytes=exported.size_bytes,
        opset=OPSET,
        parity=exported.parity,
        calibration=_calibration(session, split, fitted),
        corpora=tuple(_uses(session)),
        languages=tuple(sorted(session.manifest["language"].dropna().unique())),
        licence=_licence(session),
        commercial_use=commerce,
        scores=(),
        slices={},
        limits=(
            "Trained on acted speech; spontaneous emotion is weaker and more mixed.",
            "Says how a voice sounds to listeners, not what a person feels.",
        ),
        training_command=shlex.join(["affectone", *map(_shown, arguments)]),
    )


def _licence(session: Session[Any]) -> str:
    if session.licences_allow_commerce:
        return "ODbL 1.0 and free corpora only"
    if not any(name in CORPORA for name in session.allowed):
        return "what the recordings it was trained on allow"
    return "CC BY-NC-SA 4.0, non-commercial"


def _shown(argument: str) -> str:
    """Leave out where corpora and other things lie on one's machine: that is nobody's business."""
    flag = "--corpus=" if argument.startswith("--corpus=") else ""
    name, sign, value = argument.removeprefix(flag).partition("=")
    if sign and (name in CORPORA or Path(value).is_absolute()):
        return f"{flag}{name}=PATH"
    return "PATH" if Path(argument).is_absolute() else argument


def _uses(session: Session[Any]) -> Sequence[CorpusUse]:
    uses = []
    for corpus, rows in session.manifest.groupby("corpus"):
        uses.append(
            CorpusUse(
                name=str(corpus),
                clips=len(rows),
                speakers=rows["speaker"].nunique(),
                language=", ".join(sorted(rows["language"].dropna().unique())) or "unknown",
                licence=CORPORA.get(str(corpus)).info.licence if corpus in CORPORA else "the user's own",
            )
        )
    return uses


def _calibration(session: Session[Any], split: Split, fitted: Fitted[Any]) -> Calibration:
    if fitted.validation is None or fitted.temperature is None or fitted.voice_temperature is None:
        raise ConfigError("the model was not calibrated")
    target = session.targets.emotion[split.validation]
    masked = session.masked(fitted.validation.emotion, split.validation)
    # Users are answered over all labels, whatever a corpus lacks: so the threshold is fitted on these.
    answered = probabilities(fitted.validation.emotion, fitted.temperature)
    speakers = session.manifest.iloc[split.validation]["speaker"].nunique()
    return Calibration(
        temperature=fitted.temperature,
        voice_temperature=fitted.voice_temperature,
        threshold=unsure_threshold(answered.max(axis=1), answered.argmax(axis=1) == target),
        fitted_on=f"{len(target)} clips of {speakers} validation speakers",
        ece_before=expected_calibration_error(probabilities(masked, 1.0), target),
        ece_after=expected_calibration_error(probabilities(masked, fitted.temperature), target),
    )


def unsure_threshold(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Return the highest confidence below which answers were wrong at least `TOLERATED_ERROR` of the time.

    Parameters
    ----------
    confidence : numpy.ndarray, shape (clips,)
    right : numpy.ndarray of bool, shape (clips,)
    """
    order = np.argsort(confidence)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    low = np.flatnonzero(wrong >= TOLERATED_ERROR)
    return round(float(confidence[order][low[-1]]), 3) if low.size else 0.0
