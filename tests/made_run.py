"""A run of a protocol whose scores can be worked out by hand: eight speakers, two folds, 32 clips.

Each speaker says two happy and two sad clips. With seed 0 both happy clips of speaker ``a`` are taken for
sad, and one sad clip of ``b`` for angry: 14 of 16 happy and 15 of 16 sad ones are right. With seed 1 all are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from affectone.corpora import Clip, Fold, Protocol, save_protocol, to_manifest, write_manifest

SPEAKERS = "abcdefgh"
LABELS = ("happy", "sad", "angry")
MISTAKES = {"made/a-happy-1": "sad", "made/a-happy-2": "sad", "made/b-sad-1": "angry"}
VOTES = json.dumps({"happy": 0.75, "sad": 0.25})


def protocol(name: str = "made:two2") -> Protocol:
    """Return the protocol: the first four speakers, then the others."""
    folds = tuple(Fold(tuple(f"made/{speaker}" for speaker in part)) for part in ("abcd", "efgh"))
    return Protocol(name, "by hand", ("made",), folds)


def clips() -> list[tuple[str, str, str]]:
    """Return id, speaker and emotion of each clip."""
    return [
        (f"made/{speaker}-{emotion}-{number}", speaker, emotion)
        for speaker in SPEAKERS
        for emotion in ("happy", "sad")
        for number in (1, 2)
    ]


def manifest() -> pd.DataFrame:
    """Return the clips as a manifest; the first takes are weak and short."""
    made = [
        Clip(
            id=name,
            path=Path("clips", f"{name.removeprefix('made/')}.wav"),
            corpus="made",
            speaker=speaker,
            emotion=emotion,
            original=emotion,
            sex="female" if speaker in "abcd" else "male",
            age=25 if speaker in "ab" else 50,
            intensity="weak" if name.endswith("1") else "strong",
        )
        for name, speaker, emotion in clips()
    ]
    return to_manifest(made).assign(duration=[1.5, 2.5] * 16)


def answers(mistakes: Mapping[str, str] = MISTAKES, *, scores: bool = True, fold: int = 0) -> pd.DataFrame:
    """Return predictions, of one fold or (0) of both; a label that is answered has 0.8."""
    rows = []
    for name, speaker, emotion in clips():
        if fold and (speaker in "abcd") != (fold == 1):
            continue
        predicted = mistakes.get(name, emotion)
        heard = speaker == "h"
        row: dict[str, Any] = {
            "id": name,
            "corpus": "made",
            "speaker": speaker,
            "sex": "female" if speaker in "abcd" else "male",
            "age": 25.0 if speaker in "ab" else 50.0,
            "emotion": emotion,
            "votes": VOTES if heard else None,
            "raters": 4.0 if heard else None,
            "agreement": 0.75 if heard else None,
            "predicted": predicted,
            "confidence": 0.8,
            "predicted_voice": "female",
            "temperature": 1.5,
        }
        if scores:
            row |= {f"score_{label}": 0.8 if label == predicted else 0.1 for label in LABELS}
        rows.append(row)
    return pd.DataFrame(rows)


def write_run(
    folder: Path,
    *,
    seeds: Sequence[int] = (0,),
    mistakes: Mapping[str, str] = MISTAKES,
    scores: bool = True,
    curves: bool = True,
    name: str = "made:two2",
    warnings: Sequence[str] = (),
) -> Path:
    """Write what `affectone train --protocol` leaves."""
    for seed in seeds:
        for fold in (1, 2):
            cell = folder / f"seed{seed}-fold{fold}"
            cell.mkdir(parents=True)
            table = answers(mistakes if seed == 0 else {}, scores=scores, fold=fold)
            table.assign(seed=seed, fold=fold).to_csv(cell / "predictions.csv", index=False)
            if curves:
                (cell / "metrics.csv").write_text(
                    "epoch,step,train_loss,val_loss,val_uar\n0,4,2.0,,\n0,4,,1.5,0.5\n1,8,1.0,,\n"
                )
    made = protocol(name)
    result = {
        "protocol": made.name,
        "protocol_source": made.source,
        "protocol_sha256": made.digest,
        "speaker_independent": not made.may_leak,
        "training_corpora": ["made"],
        "seeds": list(seeds),
        "scores": [{"corpus": "made", "clips": 32}],
        "config": {"model": "cnn_tcn"},
        "parameters": 12345,
        "validation": "12% of the training speakers",
        "warnings": list(warnings),
    }
    (folder / "result.json").write_text(json.dumps(result))
    (folder / "run.json").write_text("{}")
    return folder


def write_files(folder: Path, *, name: str = "made:two2", **changes: Any) -> tuple[Path, Path, Path]:
    """Write somebody else's predictions, the manifest and the protocol; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "theirs.csv", folder / "manifest.csv", folder / "made.json"
    table = answers()
    table[["id", "predicted", *(f"score_{label}" for label in LABELS)]].assign(**changes).to_csv(
        paths[0], index=False
    )
    write_manifest(manifest(), paths[1])
    save_protocol(protocol(name), paths[2])
    return paths
