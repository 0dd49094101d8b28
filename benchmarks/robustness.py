"""Measure what noise, telephones, rooms, levels and lengths cost.

``python benchmarks/robustness.py --corpora CORPORA``

The recipe of each packaged model is trained anew for every fold of its protocol without the fold's speakers,
exported, and asked as its users ask: about `CLIPS` clips of each emotion of each corpus, as they are and
changed in every way of `affectone.audio.augment.CONDITIONS`, and with babble and music behind them. Babble is
six people who speak in their neutral voice, from other corpora than the clip's; music is made here.

Writes results/robustness.json. The best score of each condition that was ever kept there is the bar: a model
that is more than `MOST_LOST` points under it in any is not written, and the exit status is 1. With --accept
it is, with the reason, and the bar of what it lost is lowered. What is trained and answered stays in --work,
and a run that was stopped goes on there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustness_noises import NOISES, noises
from robustness_tables import Row, find_lost
from scores import PACKAGED
from speed import commit, machine

if TYPE_CHECKING:
    import pandas as pd

    from affectone.models.store import ModelArtefact

HERE = Path(__file__).resolve().parent
PROTOCOLS = {"base": "all:group5", "edge": "five:group5"}
CLIPS = 15
"""Of each emotion of a corpus; SAVEE has no more."""
MOST_LOST = 2.0
"""Points under the bar that no condition may be."""


@dataclass(frozen=True)
class Trial:
    """A packaged model's recipe, and the places that it is trained and asked in.

    Parameters
    ----------
    name : str
        Of the packaged model.
    corpora, work : Path
    jobs : int
    """

    name: str
    corpora: Path
    work: Path
    jobs: int

    @property
    def card(self) -> dict[str, Any]:
        """The packaged model's card."""
        read: dict[str, Any] = json.loads((PACKAGED / self.name / "card.json").read_text(encoding="utf-8"))
        return read

    @property
    def folder(self) -> Path:
        """Where what belongs to this very model, and to what it is asked, is kept."""
        from affectone.audio.augment import CONDITIONS

        asked = [(one.by, one.name, one.changes.identity()) for one in CONDITIONS]
        settings = [self.card["sha256"], self.recipe.read_text(encoding="utf-8"), CLIPS, NOISES, asked]
        digest = hashlib.sha256(json.dumps(settings).encode()).hexdigest()
        return self.work / f"{self.name}-{digest[:8]}"

    @property
    def recipe(self) -> Path:
        """What the packaged model was trained with."""
        return HERE / "configs" / f"{self.name}.toml"

    def measure(self) -> dict[str, Any]:
        """Return the scores of all conditions, each corpus by itself and all together."""
        from affectone.evaluation.robustness import CLEAN, robustness_results

        table = self._answers()
        clean, changed = table[table["by"] == CLEAN], table[table["by"] != CLEAN]
        corpora = sorted(table["corpus"].unique())
        return {
            "sha256": self.card["sha256"],
            "version": self.card["version"],
            "protocol": PROTOCOLS[self.name],
            "folds": int(table["fold"].nunique()),
            "seeds": 1,
            "together": robustness_results(clean, changed, *corpora),
            "corpora": {corpus: robustness_results(clean, changed, corpus) for corpus in corpora},
            "machine": machine(),
            "commit": commit(),
            "date": datetime.now(UTC).date().isoformat(),
        }

    def _answers(self) -> pd.DataFrame:
        """Return what each fold's model answered to its clips, under all conditions."""
        import pandas as pd

        from affectone.corpora import find_protocol, select_clips, split_manifest
        from affectone.corpora.scan import scan_corpora
        from affectone.evaluation.models import labels_of_corpora
        from affectone.training.config import read_config

        config = read_config(self.recipe)
        roots = {use["name"]: self.corpora / use["name"] for use in self.card["corpora"]}
        heard = scan_corpora(roots, cache=self.work / "cache", jobs=self.jobs).whole
        manifest = heard[heard["emotion"].isin(config.labels)].reset_index(drop=True)
        protocol = find_protocol(PROTOCOLS[self.name])(manifest)
        manifest = select_clips(manifest, protocol).manifest.reset_index(drop=True)
        chosen, labels = set(sample(manifest)["id"]), labels_of_corpora(manifest)
        answers = []
        for number, split in enumerate(split_manifest(manifest, protocol).folds, start=1):
            file = self.folder / f"fold{number}.csv"
            if not file.exists():
                tested = manifest.iloc[split.test]
                others = manifest.drop(manifest.index[split.test]).reset_index(drop=True)
                artefact = self._trained(config, others, self.folder / f"fold{number}")
                rows = tested[tested["id"].isin(chosen)].reset_index(drop=True)
                told = self._asked(artefact, rows, labels, heard).assign(seed=0, fold=number)
                told.to_csv(file.with_suffix(".part"), index=False)
                file.with_suffix(".part").replace(file)
            answers.append(pd.read_csv(file, dtype={"id": str, "speaker": str}))
        return pd.concat(answers, ignore_index=True)

    def _trained(self, config: Any, manifest: pd.DataFrame, folder: Path) -> ModelArtefact:
        """Return the model of a recipe that has heard nobody of a fold's test."""
        from affectone.models.store import find_model
        from affectone.training.kinds import open_session
        from affectone.training.quiet import quiet
        from affectone.training.release import release_model

        with quiet():
            session = open_session(config, manifest, cache=self.work / "cache", jobs=self.jobs)
            release_model(
                session,
                name=self.name,
                version="0",
                summary="For one fold",
                arguments=(),
                folder=folder,
                tell=say,
            )
        return find_model(str(folder / "model"))

    def _asked(
        self,
        artefact: ModelArtefact,
        rows: pd.DataFrame,
        labels: Mapping[str, frozenset[str]],
        heard: pd.DataFrame,
    ) -> pd.DataFrame:
        """Return a model's answers to some clips, as they are and under each condition."""
        import pandas as pd

        from affectone.audio.augment import CONDITIONS
        from affectone.evaluation.models import answer_clips
        from affectone.evaluation.robustness import CLEAN, answer_changed

        tables = []
        for corpus, own in rows.groupby("corpus"):
            behind = noises(str(corpus), heard, self.folder / "noises")
            ask = partial(answer_clips, artefact, own.reset_index(drop=True), labels, self.jobs)
            tables += [ask(None).assign(by=CLEAN, of=""), answer_changed(ask, (*CONDITIONS, *behind))]
            say(f"{self.name}: {corpus} was asked about")
        columns = ["id", "corpus", "speaker", "emotion", "predicted", "confidence", "by", "of"]
        return pd.concat(tables, ignore_index=True)[columns]


def sample(manifest: pd.DataFrame) -> pd.DataFrame:
    """Return `CLIPS` clips of each emotion of each corpus, drawn by their ids."""
    drawn = manifest.assign(place=[hashlib.sha256(one.encode()).hexdigest() for one in manifest["id"]])
    return drawn.sort_values("place").groupby(["corpus", "emotion"]).head(CLIPS)


def say(words: str) -> None:
    """Tell how far a run is."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, hold against the bar, and write the result."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=sorted(PROTOCOLS), default=sorted(PROTOCOLS))
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("runs") / "robustness")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--accept", metavar="REASON", help="why a model that lost is kept nevertheless")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "robustness.json")
    options = parser.parse_args(arguments)
    kept = options.output.read_text(encoding="utf-8") if options.output.exists() else '{"models": {}}'
    models = json.loads(kept)["models"]
    status = 0
    for name in options.models:
        found = Trial(name, options.corpora, options.work, options.jobs).measure()
        before = models.get(name, {"bar": [], "accepted": []})
        lost = find_lost(found["together"], before["bar"], MOST_LOST)
        for row in lost:
            say(f"{name}: {row['by']}, {row['of']}: {row['uar']:.1f}, the bar is {row['bar']:.1f}")
        if lost and not options.accept:
            status = 1
            continue
        accepted = [{"version": found["version"], "lost": lost, "reason": options.accept}] if lost else []
        bar = raised(before["bar"], found["together"], lost)
        models[name] = found | {"bar": bar, "accepted": [*before["accepted"], *accepted]}
    result = {
        "command": "python benchmarks/robustness.py --corpora CORPORA",
        "clips_of_each_emotion": CLIPS,
        "most_lost": MOST_LOST,
        "models": dict(sorted(models.items())),
    }
    options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return status


def raised(bar: list[Row], rows: list[Row], lost: list[Row]) -> list[Row]:
    """Return the best score of each condition that was ever kept; where a loss was accepted, that of now."""
    given_up = {(row["by"], row["of"]) for row in lost}
    before = {key: row["uar"] for row in bar if (key := (row["by"], row["of"])) not in given_up}
    return [
        {"by": row["by"], "of": row["of"], "uar": max(row["uar"], before.get((row["by"], row["of"]), 0.0))}
        for row in rows
    ]


if __name__ == "__main__":
    sys.exit(main())
