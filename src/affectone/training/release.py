"""The artefact of a final model: trained on all speakers but those that calibrate it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affectone.corpora import CORPORA, Split, speaker_keys
from affectone.errors import ConfigError
from affectone.labels import VOICES
from affectone.models.card import Calibration, CorpusUse, ModelCard
from affectone.models.runner import FEATURES, INPUT, SAMPLE_RATE
from affectone.training.calibration import expected_calibration_error, probabilities
from affectone.training.checks import CHECKS, write_checks
from affectone.training.export import OPSET, Exported
from affectone.training.hardware import end_followers
from affectone.training.out_of_fold import OutOfFold, answer_out_of_fold, plan_out_of_fold
from affectone.training.run_folder import claimed_folder, search_words
from affectone.training.search import search_settings
from affectone.training.session import MIN_SECONDS, WINDOW_SECONDS, Fitted, Rows, Session
from affectone.training.validation import FEWEST_SPEAKERS, set_aside_speakers

__all__ = ["release_model"]

TOLERATED_ERROR = 0.6
"""A confidence is `unsure` where answers below it were wrong at least this often on validation speakers."""

KNOWN_VOICES = (
    "warning: the models that calibrate it may know the speakers they are asked about: for strangers its "
    "confidences are too high"
)


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

    Where no speaker can be spared, the model is trained on everyone, and models that each have not heard a
    part of the clips answer in its place to calibrate it (`plan_out_of_fold`).

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
        Called with a line after each trial, and with what is to be said about the calibration.

    Raises
    ------
    ConfigError
        If the clips are too few to calibrate the model (one that is not is not released), or the folder holds
        another run; if there is to be a search and no validation speaker to search by.
    ModelIntegrityError
        If the exported graph differs from what was trained.
    """
    seed = session.config.seed
    purpose = f"model {name} {version}, seed {seed}{search_words(trials)}"
    with claimed_folder(folder, session, purpose=purpose):
        rows = np.arange(len(session.manifest))
        split, why_not = _set_aside(session, Split(train=rows, validation=rows[:0], test=rows[:0]))
        if trials:
            best = search_settings(session, split, trials=trials, folder=folder, seed=seed, tell=tell)
            session = session.with_config(best)
        plan = plan_out_of_fold(session) if why_not else None
        fitted = session.fit(split, folder / "final", seed=seed)
    if plan is None:
        speakers = len(set(speaker_keys(session.manifest.iloc[split.validation])))
        asked = split.validation
        fitted_on = f"{asked.size} clips of {speakers} validation speakers"
    else:
        tell(_before(why_not, plan))
        asked, fitted_on = plan.rows, plan.fitted_on
        fitted = session.calibrated(
            fitted.model, answer_out_of_fold(session, plan, folder / "calibration"), asked
        )
        tell(f"calibrated on {fitted_on}")
        if not plan.by_speaker:
            tell(KNOWN_VOICES)
    end_followers()
    artefact = folder / "model"
    artefact.mkdir(parents=True, exist_ok=True)
    exported = session.export(fitted.model, artefact / "model.onnx", asked)
    write_checks(folder / CHECKS, session.checks(fitted.model, asked), exported.path.read_bytes())
    calibration = _calibration(session, asked, fitted, fitted_on)
    card = _card(
        session, calibration, exported, name=name, version=version, summary=summary, arguments=arguments
    )
    (artefact / "card.json").write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return card


def _set_aside(session: Session[Any], everyone: Split) -> tuple[Split, str]:
    """Return a split with validation speakers; or the split itself, and why nobody can be spared."""
    config, manifest = session.config, session.manifest
    unknown = int(manifest["speaker"].isna().sum())
    if unknown:
        return everyone, f"who speaks is not known of {unknown} of {len(manifest)} clips"
    split = set_aside_speakers(manifest, everyone, share=config.validation_share, seed=config.seed)
    if not split.validation.size:
        people = ", ".join(
            f"{name} has {rows['speaker'].nunique()} speakers" for name, rows in manifest.groupby("corpus")
        )
        share = (
            f"{config.validation_share:.0%} of a corpus's speakers are, if it has {FEWEST_SPEAKERS} or more"
        )
        return split, f"{share}; {people}"
    emotion = session.targets.emotion
    lost = np.setdiff1d(emotion, emotion[split.train])
    if lost.size:
        return everyone, f"nobody else has clips of {', '.join(session.labels[label] for label in lost)}"
    return split, ""


def _before(why_not: str, plan: OutOfFold) -> str:
    what = "speakers" if plan.by_speaker else "recordings"
    return (
        f"no speaker is set aside to calibrate the model: {why_not}. The model learns from all clips; "
        f"{len(plan.folds)} more are trained, each without some of the {what}, and their answers to these "
        f"calibrate it"
    )


def _card(
    session: Session[Any],
    calibration: Calibration,
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
        degrees=session.degrees,
        sample_rate=SAMPLE_RATE,
        input=INPUT if measured is None else f"{FEATURES}:{measured.name}",
        features=measured,
        window_seconds=WINDOW_SECONDS,
        min_seconds=MIN_SECONDS,
        sha256=exported.sha256,
        size_bytes=exported.size_bytes,
        opset=OPSET,
        parity=exported.parity,
        calibration=calibration,
        adaptation=session.adaptation,
        corpora=tuple(_uses(session)),
        languages=tuple(sorted(session.manifest["language"].dropna().unique())),
        licence=_licence(session),
        commercial_use=commerce,
        scores=(),
        slices={},
        limits=tuple(_limits(session)),
        training_command=shlex.join(["affectone", *map(_shown, arguments)]),
    )


def _limits(session: Session[Any]) -> Iterator[str]:
    if any(name in CORPORA for name in session.allowed):
        yield "Trained on acted speech; spontaneous emotion is weaker and more mixed."
    else:
        yield "Trained on its maker's own recordings; affectone train --protocol says how well that does."
    yield "Says how a voice sounds to listeners, not what a person feels."
    if not session.manifest["sex"].isin(VOICES).any():
        yield "Knows nothing of female and male voices: no clip it was trained on said which it is."


def _licence(session: Session[Any]) -> str:
    if session.licences_allow_commerce:
        return " and ".join(sorted({CORPORA.get(name).info.licence for name in session.allowed}))
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


def _calibration(session: Session[Any], asked: Rows, fitted: Fitted[Any], fitted_on: str) -> Calibration:
    if fitted.validation is None or fitted.temperature is None or fitted.voice_temperature is None:
        raise ConfigError("the model was not calibrated")
    target = session.targets.emotion[asked]
    masked = session.masked(fitted.validation.emotion, asked)
    # Users are answered over all labels, whatever a corpus lacks: so the threshold is fitted on these.
    answered = probabilities(fitted.validation.emotion, fitted.temperature)
    return Calibration(
        temperature=fitted.temperature,
        voice_temperature=fitted.voice_temperature,
        threshold=unsure_threshold(answered.max(axis=1), answered.argmax(axis=1) == target),
        novelty=session.novelty(fitted.model),
        fitted_on=fitted_on,
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
