"""Run the rows of a suite: a result file a row, the cells of each kept until it is there."""

from __future__ import annotations

import functools
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectone import __version__
from affectone.corpora import Protocol, select_clips
from affectone.corpora.scan import scan_corpora
from affectone.corpora.splits import with_others
from affectone.errors import ConfigError
from affectone.evaluation.protocol_run import run_protocol
from affectone.evaluation.rebuilt import COPIES, find_row_protocol, label_by_voice, with_copies
from affectone.evaluation.suite import VOICED, Row, Suite, list_suites
from affectone.files import replaced
from affectone.training.hardware import accelerator_name
from affectone.training.kinds import check_model, open_session
from affectone.training.quiet import quiet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SuiteRun"]

CELLS = "runs"


@dataclass(frozen=True, eq=False)
class SuiteRun:
    """A suite, and the folders that it is run with.

    Parameters
    ----------
    suite : Suite
    results : Path
        Gets ``SUITE/ROW.json``, ``SUITE/ROW.machine.json`` with what is no score, and the cells in ``runs``.
    corpora : Path
        Holds a folder for each corpus, of the corpus's name.
    cache : Path
        For what is heard and computed of clips.
    jobs : int
        Processes that listen and compute.
    tell : callable
        Called with a sentence after each cell.
    """

    suite: Suite
    results: Path
    corpora: Path
    cache: Path
    jobs: int
    tell: Callable[[str], None]

    def file(self, row: Row) -> Path:
        """Return where a row's result is."""
        return result_file(self.results, self.suite, row)

    def run(self, row: Row) -> dict[str, Any]:
        """Run what is left of a row, and return its result.

        Raises
        ------
        AffectoneError
            If its corpora, its settings or its folder are not what they should be.
        """
        if is_done(self.results, self.suite, row):
            kept: dict[str, Any] = json.loads(self.file(row).read_text(encoding="utf-8"))
            return kept
        config = row.config
        check_model(config)
        manifest, protocol = self._clips(row)
        with quiet():
            session = open_session(config, manifest, cache=self.cache, jobs=self.jobs)
            result = run_protocol(
                session,
                protocol,
                seeds=row.seeds,
                folder=self.results / CELLS / self.suite.name / f"{row.name}-{row.digest[:8]}",
                report=lambda words: self.tell(f"{row.name}: {words}"),
                adaptation=row.adaptation,
            )
        return self._keep(row, result)

    def _clips(self, row: Row) -> tuple[pd.DataFrame, Protocol]:
        """Return the clips of a row, copies among them, and the protocol that divides them."""
        find = find_row_protocol(row.protocol)
        find = with_others(find) if row.others else find
        labels = tuple(row.config.labels)
        manifest = self._heard(row.corpora)
        if row.labels in VOICED:
            manifest = label_by_voice(manifest, labels)
        manifest = with_copies(manifest, COPIES[row.copies], self.cache, jobs=self.jobs)
        protocol = find(manifest[manifest["emotion"].isin(labels)])
        return select_clips(manifest, protocol).manifest, protocol

    @functools.cache  # noqa: B019 - it lives as long as the command
    def _heard(self, corpora: tuple[str, ...]) -> pd.DataFrame:
        roots = {name: self.corpora / name for name in corpora}
        return scan_corpora(roots, cache=self.cache, jobs=self.jobs).whole

    def _keep(self, row: Row, result: dict[str, Any]) -> dict[str, Any]:
        """Write a result, the same to the bit whenever and wherever it was made, and beside it the rest."""
        name = self.suite.name if self.suite.name in list_suites() else f"{self.suite.name}.toml"
        arguments = f"--suite {name} --only {row.name} --corpora CORPORA -o RESULTS"
        about = {"suite": self.suite.name, "row": row.name, "row_sha256": row.digest, "shows": row.shows}
        told = {"number": row.number, "command": f"affectone benchmark accuracy {arguments}"}
        kept = about | told | {"copies": row.copies} | result
        side = {
            "affectone": __version__,
            "machine": platform.processor() or platform.machine(),
            "accelerator": accelerator_name(),
            "python": platform.python_version(),
            "written": time.strftime("%Y-%m-%d"),
        }
        file = self.file(row)
        _write(file.with_suffix(".machine.json"), side)
        _write(file, kept)
        return kept


def result_file(results: Path, suite: Suite, row: Row) -> Path:
    """Return where the result of a row is."""
    return results / suite.name / f"{row.name}.json"


def is_done(results: Path, suite: Suite, row: Row) -> bool:
    """Return whether a row's result is there, made with the settings that the row has now."""
    if row.missing is not None:
        return False
    try:
        kept = json.loads(result_file(results, suite, row).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise ConfigError(f"{result_file(results, suite, row)} cannot be read: {error}") from None
    return isinstance(kept, dict) and kept.get("row_sha256") == row.digest


def _write(file: Path, content: dict[str, Any]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with replaced(file) as part:
            part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror or error}") from None
