"""`affectone train`: a protocol's folds on unseen speakers, or a model to keep."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
    from affectone.training.config import ClassicConfig, TrainConfig

    Config = TrainConfig | ClassicConfig
    Find = Callable[[pd.DataFrame], Protocol]

__all__ = ["train"]

NAME = re.compile("[A-Za-z0-9._-]+")


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
) -> int:
    """Train a model and test it on speakers it has not heard, or train one to keep."""
    roots, own = _sources(corpus or [], table, columns or [], speaker)
    if output is None:
        raise ConfigError("-o RUN is needed: the folder for checkpoints, curves and results")
    _check_name("--name", name)
    _check_name("--model-version", model_version)
    require_extra("train", "training a model")
    from affectone.corpora import find_protocol
    from affectone.training.cache import default_cache
    from affectone.training.config import read_config
    from affectone.training.fit import quiet
    from affectone.training.kinds import check_model, open_session

    numbers = [] if seeds is None else _numbers(seeds)
    seed = numbers[0] if numbers else None
    settings = read_config(config, own_labels=own is not None, model=model, epochs=epochs, seed=seed)
    find = find_protocol(protocol) if protocol else None
    cache = cache or default_cache()
    check_model(settings)  # One that cannot be built is told before minutes of listening.
    if own is not None:
        settings = _labelled(settings, roots, own)
    manifest, chosen = _clips(roots, own, find, settings.labels, cache=cache, jobs=jobs)
    with quiet():
        session = open_session(settings, manifest, cache=cache, jobs=jobs, threads=threads)
        if chosen is None:
            from affectone.training.release import release_model

            card = release_model(
                session,
                name=name,
                version=model_version,
                summary=summary,
                arguments=sys.argv[1:],
                folder=output,
                report=complain,
            )
            complain(f"{output / 'model'}: {card.name} {card.version}, {card.size_bytes:,} bytes")
        else:
            from affectone.evaluation import run_protocol

            numbers = numbers or [settings.seed]
            result = run_protocol(session, chosen, seeds=numbers, folder=output, report=complain)
            for words in result["warnings"]:
                complain(f"warning: {chosen.name}: {words}")
            for score in result["scores"]:
                complain(f"{chosen.name} on {_score_line(score)}")
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

    _divided(
        load_corpora(roots, own=own), find, labels
    )  # Corpora that do not fit are told before listening, too.
    manifest, chosen, notes = _divided(_heard(roots, own, cache, jobs), find, labels)
    for note in notes:
        complain(note)
    return manifest, chosen


def _heard(roots: dict[str, Path], own: OwnLabels | None, cache: Path, jobs: int) -> pd.DataFrame:
    """Return the clips of the corpora, listened to; what cannot be heard must not be missing silently."""
    from affectone.corpora.scan import NOTHING_SAID, scan_corpora

    scanned = scan_corpora(roots, own=own or NOTHING_SAID, cache=cache, jobs=jobs)
    manifest = scanned.whole
    for note in scanned.notes:
        complain(note)
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


def _check_name(flag: str, text: str) -> None:
    if not NAME.fullmatch(text):
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
