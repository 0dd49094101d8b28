"""`affectone export`: the model of a run, checked again, in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectone.cli.inputs import named_path
from affectone.cli.status import ALL_DONE, complain
from affectone.errors import ConfigError
from affectone.registry import require_extra

__all__ = ["export"]


def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", parser=named_path, help="Folder that train -o RUN made.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", parser=named_path, help="Folder for the model."),
    ] = None,
) -> int:
    """Write the ONNX file and the card of a trained model, after both runtimes agreed about it again."""
    if output is None:
        raise ConfigError("-o DIR is needed: the folder for model.onnx and card.json")
    require_extra("train", "an export")
    from affectone.training.deliver import export_run

    card = export_run(run, output, complain)
    complain(f"{output}: {card.name} {card.version}, {card.size_bytes:,} bytes")
    return ALL_DONE
