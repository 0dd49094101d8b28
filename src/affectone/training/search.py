"""Settings of a model chosen by Optuna: trials on the training part, judged by validation speakers alone."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affectone.corpora import Split
from affectone.errors import ConfigError
from affectone.files import replaced
from affectone.models.classic import CLASSIC
from affectone.models.nets import NETWORKS
from affectone.models.space import OneOf, Range, Real
from affectone.training.config import OWN, ClassicConfig, RunConfig, TrainConfig
from affectone.training.session import Rows, Session

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

__all__ = [
    "FOLDER",
    "search_settings",
    "search_space",
    "searched",
    "settings_table",
    "suggested",
    "with_values",
]

FOLDER = "search"
"""Where a search keeps its files, inside the folder of what it is made for."""
JOURNAL, TABLE, BEST, SUMMARY = "optuna.log", "trials.csv", "best.toml", "search.json"

Tell = Callable[[str], None]


def searched(folder: Path) -> dict[str, Any] | None:
    """Return what a search found whose files are in a folder, or None where there was none."""
    file = folder / FOLDER / SUMMARY
    found: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    return found


def search_space(config: RunConfig) -> dict[str, Range]:
    """Return what a search may try of a configuration: the model's own space, and for networks training's."""
    if isinstance(config, ClassicConfig):
        own = CLASSIC.get(config.model).space
        return {f"classifier.{name}": values for name, values in own.items()}
    own = NETWORKS.get(config.model).space
    return {**TrainConfig.space, **{f"network.{name}": values for name, values in own.items()}}


def settings_table(config: RunConfig) -> dict[str, Any]:
    """Return the settings that differ from no file at all, as a TOML file has them."""
    table = config.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return {"model": config.model, **table}


def with_values(config: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """Return a configuration with other values of some settings, named as `search_space` names them."""
    table = settings_table(config)
    for name, value in values.items():
        part, _, setting = name.rpartition(".")
        (table.setdefault(part, {}) if part else table)[setting] = value
    # The labels were accepted before, those of a user's own too.
    return type(config).model_validate(table, context={OWN: True})


def search_settings(
    session: Session[Any], split: Split, *, trials: int, folder: Path, seed: int, tell: Tell
) -> RunConfig:
    """Try settings, and return the configuration that validation speakers were told best with.

    The first trial is the configuration as it is. A search goes on where it was interrupted, and ends as an
    undisturbed one does: what a trial tries depends on its number, the seed, and the trials before it.

    Parameters
    ----------
    session : Session
    split : Split
        Its test rows are taken away before anything is trained.
    trials : int
    folder : Path
        Its folder ``search`` gets ``trials.csv``, ``best.toml`` for ``affectone train``, ``search.json`` and
        Optuna's journal.
    seed : int
        Of the search and of each training.
    tell : callable
        Called with a line after each trial.

    Raises
    ------
    ConfigError
        If there is no trial to make, no validation speaker, or no settings that can be trained with.
    """
    _check(trials, split)
    known = Split(split.train, split.validation, split.test[:0])
    folder = folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    study = _open_study(folder / JOURNAL)
    while (number := len(_done(study))) < trials:
        _try_one(session, known, study, folder=folder, seed=seed, number=number)
        done = _done(study)
        _write_table(folder / TABLE, session.config, done)
        tell(f"search, trial {len(done)} of {trials}: {_trial_words(done)}")
    return _keep_best(session.config, _done(study), folder, seed)


def _check(trials: int, split: Split) -> None:
    if trials < 1:
        raise ConfigError(f"a search makes at least one trial; got {trials}")
    if not split.validation.size:
        raise ConfigError(
            "no speaker is set aside to choose settings by: raise validation_share, add a corpus of eight "
            "speakers or more, or leave out --search"
        )


def _open_study(journal: Path) -> Study:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    _mend(journal)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(journal))),
        study_name=FOLDER,
        direction="maximize",
        load_if_exists=True,
    )
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # It was interrupted: made once more.
    return study


def _mend(journal: Path) -> None:
    """Take away the half line that a process killed while writing leaves."""
    if journal.exists():
        content = journal.read_bytes()
        journal.write_bytes(content[: content.rfind(b"\n") + 1])


def _done(study: Study) -> list[FrozenTrial]:
    """Return the trials that have been made, refused ones among them; interrupted ones are not."""
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _try_one(
    session: Session[Any], split: Split, study: Study, *, folder: Path, seed: int, number: int
) -> None:
    """Draw settings, train with them, and tell the study how validation speakers were told."""
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    # A sampler a trial: one for all would draw otherwise after an interruption.
    study.sampler = TPESampler(seed=int(np.random.SeedSequence((seed, number)).generate_state(1)[0]))
    trial = study.ask()
    values = suggested(trial, search_space(session.config)) if number else {}
    config = with_values(session.config, values)
    place = folder / f"trial-{number + 1}-{config.digest[:8]}"
    try:
        model = session.with_config(config).learn(split, place, seed)
    except ConfigError as error:  # Such as more neighbours than clips: other settings may do.
        trial.set_user_attr("refused", str(error))
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, _uar(session, model, split.validation))
    shutil.rmtree(place, ignore_errors=True)


def suggested(trial: Trial, space: Mapping[str, Range]) -> dict[str, Any]:
    """Return a value of each setting of a space, as a trial suggests it."""
    return {name: _value(values, _drawn(trial, name, values)) for name, values in space.items()}


def _drawn(trial: Trial, name: str, values: Range) -> Any:
    if isinstance(values, OneOf):
        return trial.suggest_categorical(name, [json.dumps(choice) for choice in values.choices])
    if isinstance(values, Real):
        return trial.suggest_float(name, values.low, values.high, log=values.log)
    return trial.suggest_int(name, values.low, values.high, log=values.log)


def _value(values: Range, drawn: Any) -> Any:
    """Return what a trial's parameter stands for: choices are kept as JSON, as some are lists."""
    return json.loads(drawn) if isinstance(values, OneOf) else drawn


def _uar(session: Session[Any], model: Any, rows: Rows) -> float:
    """Return the UAR of some rows in %, as the mean of their corpora."""
    from sklearn.metrics import recall_score

    answered = session.masked(session.predict(model, rows).emotion, rows).argmax(axis=1)
    meant = session.targets.emotion[rows]
    corpora = session.manifest["corpus"].to_numpy()[rows]
    recalls = [
        recall_score(meant[own], answered[own], labels=np.unique(meant[own]), average="macro")
        for own in (corpora == corpus for corpus in np.unique(corpora))
    ]
    return 100 * float(np.mean(recalls))


def _trial_words(done: Sequence[FrozenTrial]) -> str:
    last = done[-1]
    if last.value is None:
        return f"refused: {last.user_attrs['refused']}"
    best = max(trial.value for trial in done if trial.value is not None)
    return f"UAR {last.value:.2f} on validation speakers, best {best:.2f}"


def _write_table(file: Path, config: RunConfig, done: Sequence[FrozenTrial]) -> None:
    space = search_space(config)
    with replaced(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, ["trial", "uar", *space, "refused"], restval="")
        table.writeheader()
        for number, trial in enumerate(done, start=1):
            uar = "" if trial.value is None else round(trial.value, 2)
            table.writerow({"trial": number, "uar": uar, **trial.user_attrs, **trial.params})


def _keep_best(config: RunConfig, done: Sequence[FrozenTrial], folder: Path, seed: int) -> RunConfig:
    """Write the best settings for people, for `affectone train` and for the result; return them."""
    import tomli_w

    scores = [-1.0 if trial.value is None else trial.value for trial in done]
    number = scores.index(max(scores))
    if done[number].value is None:
        raise ConfigError(f"no trial of the search could be trained: {done[-1].user_attrs['refused']}")
    space = search_space(config)
    values = {name: _value(space[name], drawn) for name, drawn in done[number].params.items()}
    best = with_values(config, values)
    about = {
        "trials": len(done),
        "best": number + 1,
        "uar": round(scores[number], 2),
        "uar_as_given": None if done[0].value is None else round(done[0].value, 2),
        "settings": values,
    }
    (folder / SUMMARY).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    heading = (
        f"# UAR {scores[number]:.2f} on validation speakers: trial {number + 1} of {len(done)}, seed {seed}\n"
    )
    (folder / BEST).write_text(heading + tomli_w.dumps(settings_table(best)), encoding="utf-8")
    return best
