"""`affectone train`: a protocol's folds on unseen speakers, or a model to keep."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from affectone.cli.inputs import named_path
from affectone.cli.status import ALL_DONE, complain
from affectone.errors import ConfigError
from affectone.recognition import MOST_JOBS
from affectone.registry import require_extra

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
    model: Annotated[str | None, typer.Option(metavar="NETWORK", help="Network, such as cnn_tcn.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="Train and test the folds of a protocol. Without: train one model on everyone."),
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
    epochs: Annotated[int | None, typer.Option(help="Passes over the clips.")] = None,
    name: Annotated[str, typer.Option(help="Name of the model in its card.")] = "mine",
    model_version: Annotated[str, typer.Option(help="Version of the model in its card.")] = "0.1.0",
    summary: Annotated[str, typer.Option(help="One sentence about the model, for its card.")] = "",
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            parser=named_path,
            help="Folder for computed frames (default: ~/.cache/affectone).",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=MOST_JOBS, help="Processes that compute frames.")] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, max=MOST_JOBS, help="Threads of the training itself.")
    ] = None,
) -> int:
    """Train a network and test it on speakers it has not heard, or train a model to keep."""
    roots = _roots(corpus or [])
    if output is None:
        raise ConfigError("-o RUN is needed: the folder for checkpoints, curves and results")
    _check_name("--name", name)
    _check_name("--model-version", model_version)
    require_extra("train", "training a model")
    import torch

    from affectone.corpora import load_corpora, load_protocol, split_manifest
    from affectone.training.cache import default_cache
    from affectone.training.config import read_config
    from affectone.training.fit import quiet
    from affectone.training.session import Session

    numbers = [] if seeds is None else _numbers(seeds)
    settings = read_config(config, model=model, epochs=epochs, seed=numbers[0] if numbers else None)
    chosen = load_protocol(protocol) if protocol else None
    if threads is not None:
        torch.set_num_threads(threads)
    manifest = load_corpora(roots)
    if chosen is not None:
        split_manifest(manifest, chosen)  # Corpora that do not fit are told before frames are computed.
    with quiet():
        session = Session(settings, manifest, cache=cache or default_cache(), jobs=jobs)
        if chosen is None:
            from affectone.training.release import release_model

            card = release_model(
                session,
                name=name,
                version=model_version,
                summary=summary,
                arguments=sys.argv[1:],
                folder=output,
            )
            complain(f"{output / 'model'}: {card.name} {card.version}, {card.size_bytes:,} bytes")
        else:
            from affectone.evaluation import run_protocol

            numbers = numbers or [settings.seed]
            result = run_protocol(session, chosen, seeds=numbers, folder=output, report=complain)
            for score in result["scores"]:
                complain(f"{chosen.name} on {_score_line(score)}")
    return ALL_DONE


def _check_name(flag: str, text: str) -> None:
    if not NAME.fullmatch(text):
        raise ConfigError(f"{flag} wants letters, digits, '.', '_' and '-' alone; got {text!r}")


def _score_line(score: dict[str, Any]) -> str:
    return (
        f"{score['corpus']}: UAR {score['uar_folds']:.2f} (mean of folds), "
        f"{score['uar_pooled']:.2f} {score['uar_interval']} (pooled), WA {score['wa_pooled']:.2f}; "
        f"{score['clips']} clips, {score['speakers']} speakers, {score['seeds']} seeds"
    )


def _roots(pairs: list[str]) -> dict[str, Path]:
    roots: dict[str, Path] = {}
    for pair in pairs:
        name, sign, root = pair.partition("=")
        if not sign or not root:
            raise ConfigError(f"--corpus wants NAME=ROOT, such as ravdess=data/ravdess; got {pair!r}")
        if name in roots:
            raise ConfigError(f"--corpus {name} is given twice")
        roots[name] = Path(root)
    if not roots:
        raise ConfigError("at least one --corpus NAME=ROOT is needed")
    return roots


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
