"""The folder of a report: numbers as JSON, pictures as PNG, and one HTML page with all of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone.cli.output import UnwritableError
from affectone.cli.status import unwritable
from affectone.files import replaced
from affectone.views import (
    Bin,
    Picture,
    Ranking,
    confusion_figure,
    learning_figure,
    precision_recall_figure,
    reliability_figure,
    report_page,
    roc_figure,
)
from affectone.views.theme import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figure_png", "write_report", "write_whole"]

PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
DPI = 120
"""Of the pictures."""


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Write ``report.json``, ``report.html`` and the pictures; the folder is made if need be.

    Raises
    ------
    UnwritableError
        If one of them cannot be written.
    """
    files: dict[str, bytes] = {"report.json": (json.dumps(report, indent=1, allow_nan=False) + "\n").encode()}
    pictures = []
    for name, title, corpus, figure in _figures(report):
        picture = Picture(title, figure_png(figure), corpus)
        pictures.append(picture)
        files[f"{name}.png"] = picture.png
    files["report.html"] = report_page(report, pictures).encode("utf-8", "backslashreplace")
    for name, content in files.items():
        write_whole(folder / name, content)


def _figures(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None, Figure]]:
    """Yield the name of the file, the title, the corpus and the figure of each picture."""
    for number, part in enumerate(report["corpora"], start=1):
        corpus = part["corpus"]
        # A corpus of one's own may have a name that no file can have, or that another has in other letters.
        place = corpus if not PLAIN.search(corpus) else f"{PLAIN.sub('_', corpus)}-{number}"
        for kind, title, figure in _of_corpus(part):
            yield f"{kind}-{place}", title, corpus, figure
    if report["curves"]:
        curves = [curve["values"] for curve in report["curves"]]
        yield "learning", "Loss and UAR against epochs", None, learning_figure(curves)


def _of_corpus(part: Mapping[str, Any]) -> Iterator[tuple[str, str, Figure]]:
    confusion = part["confusion"]
    yield "confusion", "Confusion matrix", confusion_figure(confusion["labels"], confusion["counts"])
    ranked = part["rankings"]
    if ranked:
        roc = [Ranking(row["label"], row["auc"], row["roc"]) for row in ranked]
        yield "roc", "Receiver operating characteristic of each label", roc_figure(roc)
        recall = [Ranking(row["label"], row["average_precision"], row["pr"]) for row in ranked]
        yield "precision-recall", "Precision and recall of each label", precision_recall_figure(recall)
    known = part["calibration"]
    if known:
        bins = [
            Bin(row["from"], row["to"], row["confidence"], row["right"], row["answers"])
            for row in known["bins"]
        ]
        yield "reliability", "Calibration", reliability_figure(bins, error=known["ece"])


def figure_png(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    drawn = io.BytesIO()
    with styled():
        figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    return drawn.getvalue()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; its folder is made if need be.

    Raises
    ------
    ConfigError
        If a folder, a device or a pipe is there.
    UnwritableError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise UnwritableError(unwritable(str(path), error)) from error
