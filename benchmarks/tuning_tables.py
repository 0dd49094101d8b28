"""The table of what tuning the encoder itself gave, from results/encoder_tuning.json."""

from __future__ import annotations

from typing import Any

__all__ = ["tuning"]


def tuning(result: dict[str, Any]) -> list[str]:
    """Return how well validation speakers are told after each way to train, as Markdown lines."""
    trials = result["trials"]
    corpora = list(trials[0]["uar"])
    folds = {trial["fold"]: trial for trial in trials}
    learned = "; ".join(
        f"fold {fold}: {trial['clips_learned']} clips learned from, {trial['clips_scored']} scored"
        for fold, trial in folds.items()
    )
    lines = [
        "UAR in % of validation speakers, who were set aside from the training part of "
        f"`{result['protocol']}` ({learned}); no test speaker was heard. One seed, the head of `base`. "
        "[`encoder_tuning.json`](benchmarks/results/encoder_tuning.json), made by "
        f"`{result['command']}`.",
        "",
        f"| encoder | layers that learn | rate | epochs | fold | {' | '.join(corpora)} | mean |",
        f"|---|---|---|---|---|{'---|' * (len(corpora) + 1)}",
    ]
    for trial in trials:
        scores = " | ".join(f"{trial['uar'][corpus]:.1f}" for corpus in corpora)
        how = (
            f"{trial['encoder']} | {_layers(trial)} | {trial['rate']:g} | {trial['epochs']} | {trial['fold']}"
        )
        lines.append(f"| {how} | {scores} | {trial['uar_mean']:.1f} |")
    return lines


def _layers(trial: dict[str, Any]) -> str:
    if not trial["rate"]:
        return "none"
    return f"{trial['first']} and above" if trial["first"] else "all"
