"""Train and test `edge` by every protocol of its card, and keep the result files.

``python benchmarks/accuracy.py --corpora ROOT`` runs all rows one after the other (about two hours on two
cores) and goes on where it was stopped. ``--only NAME`` runs one row. What each row does is one line of
`affectone train`, printed in the result file.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "accuracy"


@dataclass(frozen=True)
class Row:
    """One protocol, and the corpora it trains on."""

    name: str
    protocol: str
    corpora: tuple[str, ...]
    seeds: str = "0"

    @property
    def config(self) -> Path:
        """Settings of the run."""
        return HERE / "configs" / f"{self.name}.toml"

    def command(self, root: str, output: str) -> list[str]:
        """Return the arguments of `affectone` that make this row."""
        corpora = [part for corpus in self.corpora for part in ("--corpus", f"{corpus}={root}/{corpus}")]
        config = self.config.relative_to(HERE.parent)
        return [
            "train",
            str(config),
            *corpora,
            "--protocol",
            self.protocol,
            "--seeds",
            self.seeds,
            "-o",
            output,
        ]


ROWS = (
    Row("ravdess", "ravdess:luna5", ("ravdess",)),
    Row("crema_d", "crema_d:group5", ("crema_d",)),
    Row("emodb", "emodb:loso10", ("emodb",)),
    Row("tess", "tess:cross2", ("tess",)),
    Row("savee", "savee:loso4", ("savee",)),
    Row("five", "five:group5", ("ravdess", "crema_d", "tess", "savee", "emodb")),
)


def run(row: Row, corpora: str, runs: Path, extra: list[str]) -> None:
    """Run one row, or what is left of it, and keep its result with the command that made it."""
    output = runs / row.name
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True, cwd=HERE
    )
    command = [sys.executable, "-m", "affectone", *row.command(corpora, str(output)), *extra]
    subprocess.run(command, check=True, cwd=HERE.parent)
    result = json.loads((output / "result.json").read_text(encoding="utf-8"))
    shown = shlex.join(["affectone", *row.command("CORPORA", f"runs/{row.name}")])
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"command": shown, "commit": commit.stdout.strip(), **result}, indent=1)
    (RESULTS / f"{row.name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and run the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", required=True, help="folder with one folder a corpus")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where runs are kept")
    parser.add_argument("--only", choices=[row.name for row in ROWS], action="append")
    arguments, extra = parser.parse_known_args()
    for row in ROWS:
        if arguments.only is None or row.name in arguments.only:
            run(row, arguments.corpora, arguments.runs.resolve(), extra)


if __name__ == "__main__":
    main()
