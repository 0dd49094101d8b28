"""Tables of what validation speakers said of each way to train, and what was chosen by them."""

from __future__ import annotations

from typing import Any

__all__ = ["edge_trials", "encoder_folds", "encoder_heads", "tuning"]

UNHEARD = "nobody whom that fold tests was heard, and the other folds test these speakers"


def tuning(result: dict[str, Any]) -> list[str]:
    """Return how well validation speakers are told after each way to train, as Markdown lines."""
    trials = result["trials"]
    corpora = list(trials[0]["uar"])
    learned = _counts([trial for trial in trials if not trial["left_out"]])
    unheard = ", ".join(
        f"{trial['clips_scored']} clips of {corpus}"
        for corpus, trial in {trial["left_out"]: trial for trial in trials if trial["left_out"]}.items()
    )
    without = f" Without a corpus: nothing is learned from it, and both parts of it are scored ({unheard})."
    lines = [
        "UAR in % of validation speakers, who were set aside from the training part of "
        f"`{result['protocol']}` ({learned}); {UNHEARD}.{without if unheard else ''} One "
        "seed, the head of `base`; in float32 on a GPU (`32-true`), or without one and with products in "
        "bfloat16. "
        "[`encoder_tuning.json`](benchmarks/results/encoder_tuning.json), made by "
        f"`{result['command']}`.",
        "",
        f"| encoder | layers that learn | rate | epochs | precision | fold | {' | '.join(corpora)} | mean |",
        f"|---|---|---|---|---|---|{'---|' * (len(corpora) + 1)}",
    ]
    for trial in trials:
        scores = " | ".join(
            f"{trial['uar'][corpus]:.1f}" if corpus in trial["uar"] else "" for corpus in corpora
        )
        how = (
            f"{trial['encoder']} | {_layers(trial)} | {trial['rate']:g} | {trial['epochs']} | "
            f"{trial['precision']} | "
            f"{_learned_from(trial)}"
        )
        lines.append(f"| {how} | {scores} | {trial['uar_mean']:.1f} |")
    return lines


def encoder_heads(result: dict[str, Any]) -> list[str]:
    """Return what heads on a tuned encoder's states know of new speakers and corpora, as Markdown lines."""
    heads = result["heads"]
    lines = [
        "The head of `base` on the states of encoders that were tuned so without a corpus, trained on the "
        "same clips: all layers of moonshine-base at a rate of 0.0002. UAR in %, mean of "
        f"{len({head['seed'] for head in heads})} seeds of the head, least to most; known corpora: the mean "
        f"of their validation speakers, fold {result['fold']} of `{result['protocol']}`. "
        "[`encoder_heads.json`](benchmarks/results/encoder_heads.json), made by "
        f"`{result['command']}`.",
        "",
        "| without | epochs | weights moved to the learned ones | known corpora | the corpus left out |",
        "|---|---|---|---|---|",
    ]
    for trial, share in dict.fromkeys((head["trial"], head["share"]) for head in heads):
        own = [head for head in heads if (head["trial"], head["share"]) == (trial, share)]
        scores = " | ".join(_spread([head[f"{part}_mean"] for head in own]) for part in ("seen", "unseen"))
        epochs = own[0]["epochs"] if share else "none"
        lines.append(f"| {own[0]['without']} | {epochs} | {share:.0%} | {scores} |")
    return lines


def encoder_folds(result: dict[str, Any]) -> list[str]:
    """Return what validation speakers of all corpora say of the suite `tuned`, as Markdown lines."""
    heads = result["heads"]
    corpora = list(heads[0]["uar"])
    lines = [
        "The suite `tuned` by validation speakers: the encoder tuned on what a fold of "
        f"`{result['protocol']}` trains on, copies in noise, rooms and through codecs among it, and "
        "`base`'s head trained on its states with the weights moved a share of the way (mean of "
        f"{len({head['seed'] for head in heads})} seeds of the head, least to most), or, with all of it, "
        "the head that learned together with the encoder. UAR in % "
        f"({_counts(heads)}); {UNHEARD}. "
        "[`encoder_folds.json`](benchmarks/results/encoder_folds.json), made by "
        f"`{result['command']}`.",
        "",
        f"| fold | weights moved to the learned ones | {' | '.join(corpora)} | mean |",
        f"|---|---|{'---|' * (len(corpora) + 1)}",
    ]
    for fold, share in dict.fromkeys((head["fold"], head["share"]) for head in heads):
        own = [head for head in heads if (head["fold"], head["share"]) == (fold, share)]
        scores = " | ".join(f"{sum(head['uar'][name] for head in own) / len(own):.1f}" for name in corpora)
        mean = _spread([head["uar_mean"] for head in own]) if len(own) > 1 else f"{own[0]['uar_mean']:.1f}"
        lines.append(f"| {fold} | {share:.0%}{'' if share < 1 else ', own head'} | {scores} | {mean} |")
    return lines


def _counts(trials: list[dict[str, Any]]) -> str:
    """Say how many clips are learned from and scored in each fold."""
    return "; ".join(
        f"fold {fold}: {trial['clips_learned']} clips learned from, {trial['clips_scored']} scored"
        for fold, trial in {trial["fold"]: trial for trial in trials}.items()
    )


def _spread(values: list[float]) -> str:
    return f"{sum(values) / len(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def _learned_from(trial: dict[str, Any]) -> str:
    return f"{trial['fold']}, without {trial['left_out']}" if trial["left_out"] else str(trial["fold"])


def _layers(trial: dict[str, Any]) -> str:
    if not trial["rate"]:
        return "none"
    return f"{trial['first']} and above" if trial["first"] else "all"


def edge_trials(result: dict[str, Any]) -> list[str]:
    """Return how well each network that `edge` could be tells validation speakers, as Markdown lines."""
    trials = result["trials"]
    corpora, changed = list(trials[0]["uar"]), list(trials[0]["changed"])
    lines = [
        "UAR in % of validation speakers, who were set aside from the training part of "
        f"`{result['protocol']}`, fold {result['fold']} ({trials[0]['clips_learned']} clips learned from, "
        f"{trials[0]['clips_scored']} scored, {result['changed_clips']} of them changed); {UNHEARD}. "
        "One seed. As before version 0.2.0: `cnn_tcn`, 15 epochs; all others are "
        "`resnet_se`, 40 epochs. Copies of clips are at other speeds alone, or as in the field: with "
        "noise, in rooms, over telephones, too; noisier: more of them, with noise from 50 Hz on, 0 to "
        "30 dB below the clip; noisiest: 25 dB below it to 5 dB over it. Taught: half of a clip's "
        "target, or nine tenths of it, is what the recipe of `base` says of it, trained on the same "
        "clips. [`edge_trials.json`](benchmarks/results/edge_trials.json), made by "
        f"`{result['command']}`.",
        "",
        f"| recipe | parameters | {' | '.join(corpora)} | mean | {' | '.join(changed)} |",
        f"|---|---|{'---|' * (len(corpora) + 1 + len(changed))}",
    ]
    for trial in trials:
        scores = " | ".join(f"{trial['uar'][corpus]:.1f}" for corpus in corpora)
        under = " | ".join(f"{trial['changed'][name]:.1f}" for name in changed)
        lines.append(
            f"| {trial['name']} | {trial['parameters']:,} | {scores} | {trial['uar_mean']:.1f} | {under} |"
        )
    return lines
