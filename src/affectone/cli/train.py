"""`affectone train`: a protocol's folds on unseen speakers, or a model to keep."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.cli.curves import draw_curves
from affectone.cli.inputs import named_path
from affectone.cli.roots import parse_roots
from affectone.cli.status import ALL_DONE, complain
from affectone.errors import ConfigError
from affectone.recognition import MOST_JOBS
from affectone.registry import require_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from affectone.corpora import Protocol
    from affectone.corpora.own import OwnLabels
    from affectone.training.config import ClassicConfig, RunConfig, TrainConfig
    from affectone.training.hardware import Hardware
    from affectone.training.session import Session

    Config = TrainConfig | ClassicConfig
    Find = Callable[[pd.DataFrame], Protocol]

__all__ = ["train"]


def train(
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG.toml", parser=named_path, help="Settings; what it leaves out is default."
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=ROOT", help="A corpus and a folder above its clips. Repeat for more."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            parser=named_path,
            help="Your own table (CSV, Parquet...) instead of corpora; its labels are kept as they are.",
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="COLUMN=YOURS", help="What a column of the table is called."),
    ] = None,
    speaker: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Finds the speaker in the table's paths.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Network, such as cnn_tcn, or classic model, such as svm_rbf."),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="Train and test the folds of a protocol: a name, a file, or for any corpora group5, loso, "
            "leave-corpus-out, random. Without: train one model on everyone."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="RUN", parser=named_path, help="Folder of the run; resumes it."
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Seeds, as 0 or 0,1,2 (default: the file's seed, else 0).")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes of a network over the clips.")] = None,
    name: Annotated[str, typer.Option(help="Name of the model in its card.")] = "mine",
    model_version: Annotated[str, typer.Option(help="Version of the model in its card.")] = "0.1.0",
    summary: Annotated[str, typer.Option(help="One sentence about the model, for its card.")] = "",
    search: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Try N settings of the model on validation speakers first, and go on with the best.",
        ),
    ] = None,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="With --protocol: test each fold in noise, codecs, a room, at other levels, too.",
        ),
    ] = False,
    adaptation: Annotated[
        bool,
        typer.Option(
            "--adaptation",
            help="With --protocol: test each fold adapted to some of its clips without their labels, too.",
        ),
    ] = False,
    others: Annotated[
        bool,
        typer.Option(
            "--others",
            help="With --protocol: corpora that it is not about train in every fold, and are not left out.",
        ),
    ] = False,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            parser=named_path,
            help="Folder for what was heard and computed of clips (default: ~/.cache/affectone).",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=MOST_JOBS, help="Processes that listen and compute frames or features.")
    ] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, max=MOST_JOBS, help="Threads of the training itself.")
    ] = None,
    accelerator: Annotated[
        str | None, typer.Option(help="What a network is trained on, as Lightning has it: auto, cpu, gpu...")
    ] = None,
    devices: Annotated[
        str | None, typer.Option(help="How many of these, or which, as 2, auto or 0,1 (default: 1).")
    ] = None,
    nodes: Annotated[int | None, typer.Option(help="Machines that train together (default: 1).")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="How devices share the work, as Lightning has it: ddp, ddp_spawn...")
    ] = None,
) -> int:
    """Train a model and test it on speakers it has not heard, or train one to keep."""
    roots, own = _sources(corpus or [], table, columns or [], speaker)
    if output is None:
        raise ConfigError("-o RUN is needed: the folder for checkpoints, curves and results")
    _check_name("--name", name)
    _check_name("--model-version", model_version)
    for flag, wanted in (("robustness", robustness), ("adaptation", adaptation), ("others", others)):
        if wanted and protocol is None:
            raise ConfigError(f"--{flag} goes with --protocol P: without it no clip is tested")
    require_extra("train", "training a model")
    from affectone.corpora import find_protocol
    from affectone.corpora.splits import with_others
    from affectone.training.cache import default_cache
    from affectone.training.config import read_config
    from affectone.training.kinds import check_adaptable, check_model, open_session
    from affectone.training.quiet import quiet

    numbers = [] if seeds is None else _numbers(seeds)
    seed = numbers[0] if numbers else None
    settings = read_config(config, own_labels=own is not None, model=model, epochs=epochs, seed=seed)
    find = find_protocol(protocol) if protocol is not None else None
    if find is not None and others:
        find = with_others(find)
    cache = cache or default_cache()
    check_model(settings)  # One that cannot be built is told before minutes of listening.
    if adaptation:
        check_adaptable(settings)
    given = {"accelerator": accelerator, "devices": devices, "nodes": nodes, "strategy": strategy}
    with quiet():
        hardware = _hardware(
            settings, {name: value for name, value in given.items() if value is not None}, search
        )
    if own is not None:
        settings = _labelled(settings, roots, own)
    manifest, chosen = _clips(roots, own, find, settings.labels, cache=cache, jobs=jobs)
    with quiet():
        session = open_session(settings, manifest, cache=cache, jobs=jobs, threads=threads, hardware=hardware)
        if chosen is None:
            card = {"name": name, "version": model_version, "summary": summary}
            trainings = _release(session, card, output, search or 0)
        else:
            more = {"trials": search or 0, "robustness": robustness, "adaptation": adaptation}
            trainings = _test(session, chosen, numbers or [settings.seed], output, more)
    draw_curves(output, trainings)
    return ALL_DONE


def _sources(
    corpora: list[str], table: Path | None, columns: list[str], speaker: str | None
) -> tuple[dict[str, Path], OwnLabels | None]:
    """Return the corpora by name and, for a table of the user's own, what is said of it."""
    if table is None:
        if columns or speaker is not None:
            raise ConfigError(
                "--column and --speaker say what is in a table of your own: they go with --table"
            )
        return parse_roots(corpora, flag="--corpus "), None
    if corpora:
        raise ConfigError(
            f"--table keeps its own labels, and --corpus has the common ones; give one of the two. --corpus "
            f"table={table} trains with both, its labels taken for common ones"
        )
    from affectone.corpora.own import parse_own

    return {"table": table}, parse_own((), columns, speaker, keep=True)


def _labelled(settings: Config, roots: dict[str, Path], own: OwnLabels) -> Config:
    """Return the settings for the labels of a table, which is refused where it is not fit to train on."""
    from affectone.corpora import load_corpora
    from affectone.corpora.kept import in_label_order, refuse_few_clips
    from affectone.training.config import with_own_labels

    manifest = load_corpora(roots, own=own)
    settings = with_own_labels(settings, in_label_order(manifest["emotion"]))
    placed = manifest[manifest["emotion"].isin(settings.labels)]
    refuse_few_clips(placed, where=f"table: {roots['table'].name}")
    return settings


def _release(
    session: Session[Any], card: dict[str, str], output: Path, trials: int
) -> dict[tuple[int, int], Path]:
    """Train a model to keep; return the folder of its training."""
    from affectone.training.release import release_model

    kept = release_model(session, **card, arguments=sys.argv[1:], folder=output, trials=trials, tell=_tell)
    complain(f"{output / 'model'}: {kept.name} {kept.version}, {kept.size_bytes:,} bytes")
    return {(session.config.seed, 0): output / "final"}


def _test(
    session: Session[Any], protocol: Protocol, seeds: list[int], output: Path, wanted: dict[str, Any]
) -> dict[tuple[int, int], Path]:
    """Train and test the folds of a protocol; return the folders of their trainings."""
    from affectone.evaluation import run_protocol
    from affectone.evaluation.answers import run_cells

    result = run_protocol(session, protocol, seeds=seeds, folder=output, report=_tell, **wanted)
    for words in result["warnings"]:
        complain(f"warning: {protocol.name}: {words}")
    for score in result["scores"]:
        complain(f"{protocol.name} on {_score_line(score)}")
    return run_cells(output, seeds)


def _clips(
    roots: dict[str, Path],
    own: OwnLabels | None,
    find: Find | None,
    labels: Sequence[str],
    *,
    cache: Path,
    jobs: int,
) -> tuple[pd.DataFrame, Protocol | None]:
    """Return the clips to train and test on, and the protocol that divides them."""
    if find is None:
        return _heard(roots, own, cache, jobs), None
    from affectone.corpora import load_corpora

    # Corpora that do not fit are told before listening, too.
    _divided(load_corpora(roots, own=own), find, labels)
    manifest, chosen, notes = _divided(_heard(roots, own, cache, jobs), find, labels)
    for note in notes:
        _tell(note)
    return manifest, chosen


def _heard(roots: dict[str, Path], own: OwnLabels | None, cache: Path, jobs: int) -> pd.DataFrame:
    """Return the clips of the corpora, listened to; what cannot be heard must not be missing silently."""
    from affectone.corpora.scan import NOTHING_SAID, scan_corpora

    scanned = scan_corpora(roots, own=own or NOTHING_SAID, cache=cache, jobs=jobs)
    manifest = scanned.whole
    for note in scanned.notes:
        _tell(note)
    return manifest


def _divided(
    manifest: pd.DataFrame, find: Find, labels: Sequence[str]
) -> tuple[pd.DataFrame, Protocol, tuple[str, ...]]:
    """Return the clips that a protocol is about, the protocol, and notes; what does not fit is refused."""
    from affectone.corpora import select_clips, split_manifest

    chosen = find(manifest[manifest["emotion"].isin(labels)])
    selected = select_clips(manifest, chosen)
    known = selected.manifest["emotion"].isin(labels)
    kept = selected.manifest[known].reset_index(drop=True)
    split_manifest(kept, chosen, left_out=selected.manifest[~known])
    return selected.manifest, chosen, (*chosen.notes, *selected.notes)


def _hardware(settings: RunConfig, given: dict[str, Any], search: int | None) -> Hardware:
    """Return what is trained on; a classic model is fitted on processors alone."""
    from affectone.training.config import ClassicConfig
    from affectone.training.hardware import ONE_DEVICE, Hardware, count_processes

    if isinstance(settings, ClassicConfig):
        if not given:
            return ONE_DEVICE
        raise ConfigError(
            f"--{next(iter(given))} is for networks, and {settings.model} is a classic model, which is "
            "fitted on processors: --threads says on how many"
        )
    hardware = Hardware(**given)
    if count_processes(hardware) > 1 and search:
        raise ConfigError(
            "--search tries one setting after the other on one device; leave out --devices and --nodes, and "
            "train with the best.toml that it writes on as many as you like"
        )
    return hardware


def _tell(words: str) -> None:
    """Say a line, once where several processes train together."""
    from affectone.training.hardware import leads

    if leads():
        complain(words)


def _check_name(flag: str, text: str) -> None:
    from affectone.models.card import NAME

    if not re.fullmatch(NAME, text):
        raise ConfigError(f"{flag} wants letters, digits, '.', '_' and '-' alone; got {text!r}")


def _score_line(score: dict[str, Any]) -> str:
    return (
        f"{score['corpus']}: UAR {score['uar_folds']:.2f} (mean of folds), "
        f"{score['uar_pooled']:.2f} {score['uar_interval']} (pooled), WA {score['wa_pooled']:.2f}; "
        f"{score['clips']} clips, {score['speakers']} speakers, {score['seeds']} seeds"
    )


def _numbers(seeds: str) -> list[int]:
    from affectone.training.config import MOST_SEED

    try:
        numbers = [int(seed) for seed in seeds.split(",")]
    except ValueError:
        raise ConfigError(f"--seeds wants whole numbers, such as 0,1,2; got {seeds!r}") from None
    if min(numbers) < 0 or len(set(numbers)) < len(numbers):
        raise ConfigError(f"--seeds wants different numbers from 0 up; got {seeds!r}")
    if max(numbers) > MOST_SEED:
        raise ConfigError(f"--seeds wants numbers up to {MOST_SEED}; got {max(numbers)}")
    return numbers
