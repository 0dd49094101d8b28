"""Measure speaker turns within one channel: python benchmarks/turns.py --corpora ROOT.

Writes results/turns.json with the machine and the commit. Conversations are made of the clips of RAVDESS and
EMO-DB, whose speakers took part neither in learning where voices differ nor in choosing any setting: speakers
of one corpus speak in turn, each turn 1 to 4 clips of varied emotion, with pauses of 0.05 to 0.8 s between
clips. Every third one goes through a telephone's codec. Told is the share of the time of speech that is given
to the right speaker, found ones matched to true ones as well as can be, where the number of speakers is
given. Intervals are drawn anew over conversations, which share speakers. Beside it: what it costs in time and
memory on a long recording.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import soundfile as sf

from speed import commit, machine, run_affectone

if TYPE_CHECKING:
    import pandas as pd

    from affectone.models import OnnxRunner

HERE = Path(__file__).resolve().parent
RATE = 16_000
SECONDS = 90
"""Of a conversation, at least."""
GROUPS = {
    "two, different sex": (2, False),
    "two, same sex": (2, True),
    "three": (3, None),
    "four": (4, None),
}
"""How many speak, and whether all are of one sex."""
TELEPHONE = 3
"""Every so many conversations go through a telephone's codec."""
LEAST_TOLD = 85.0
"""Per cent of the time of speech that has to be right for two speakers known to be two."""

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Talk:
    """A made conversation: its sound, and who speaks at each sample, -1 between clips."""

    sound: FloatArray
    truth: IntArray
    group: str
    telephone: bool


def clip_sound(path: str) -> FloatArray:
    """Return a clip from its first to its last speech."""
    from affectone.training.speech import speech_of

    return speech_of(path)


def people_of(sexes: dict[str, str], group: str, rng: np.random.Generator) -> list[str]:
    """Return who speaks in a conversation."""
    count, alike = GROUPS[group]
    while True:
        people = rng.choice(sorted(sexes), count, replace=False).tolist()
        if alike is None or (len({sexes[one] for one in people}) == 1) == alike:
            return people


def made_talk(
    clips: pd.DataFrame, people: list[str], rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    """Return sound and truth of a conversation; some speak more than others."""
    shares = rng.dirichlet(np.full(len(people), 3.0)) + 0.1
    sound: list[FloatArray] = []
    truth: list[IntArray] = []
    last, length = -1, 0
    while length < SECONDS * RATE:
        others = np.array([number for number in range(len(people)) if number != last])
        last = int(rng.choice(others, p=shares[others] / shares[others].sum()))
        own = clips.path[clips.speaker == people[last]]
        for path in rng.choice(own, int(rng.integers(1, 5)), replace=False):
            said, pause = clip_sound(path), int(rng.uniform(0.05, 0.8) * RATE)
            sound += [said, np.zeros(pause, np.float32)]
            truth += [np.full(said.size, last), np.full(pause, -1)]
            length += said.size + pause
    whole = np.concatenate(sound)
    return whole + 3e-4 * rng.standard_normal(whole.size).astype(np.float32), np.concatenate(truth)


def talks(clips: pd.DataFrame, count: int, seed: int) -> list[Talk]:
    """Return so many conversations of each group."""
    from affectone.audio.augment import Augmentation
    from affectone.audio.augment.codec import Codec

    rng = np.random.default_rng(seed)
    sexes = clips.groupby("speaker").sex.first().to_dict()
    telephone = Augmentation([Codec(codecs=("mulaw",))])
    made = []
    for group in GROUPS:
        for number in range(count):
            sound, truth = made_talk(clips, people_of(sexes, group, rng), rng)
            called = number % TELEPHONE == TELEPHONE - 1
            if called:
                sound = telephone(sound, RATE, seed=number)[: truth.size]
            made.append(Talk(sound, truth[: sound.size], group, called))
    return made


def right_share(truth: IntArray, turns: list[Any], places: IntArray) -> float:
    """Return the share of the speech in a conversation that is given to the right speaker."""
    from scipy.optimize import linear_sum_assignment

    told = np.full(truth.size, -1)
    for turn in turns:
        told[turn.start : turn.end] = turn.speaker
    heard = np.zeros(truth.size, np.bool_)
    for start, end in places.tolist():
        heard[start:end] = True
    known = heard & (truth >= 0)
    both = np.zeros((truth.max() + 1, told.max() + 1))
    np.add.at(both, (truth[known], told[known]), 1.0)
    return float(both[linear_sum_assignment(-both)].sum() / known.sum())


def told_rightly(talk: Talk, runner: OnnxRunner) -> float:
    """Return the share of a conversation that is told rightly, knowing the number of its speakers."""
    from affectone.recognition.turns import Speakers, turns_of
    from affectone.recognition.voices import VoicesTrack
    from affectone.speech.activity import SpeechActivity
    from affectone.speech.network import FRAME

    wanted = Speakers.of(runner.artefact, int(talk.truth.max()) + 1, None, 1)
    track = VoicesTrack(runner, wanted.space, map)
    track.push(talk.sound, SpeechActivity().push(np.pad(talk.sound, (0, -talk.sound.size % FRAME))))
    voices = track.finish()
    return right_share(talk.truth, turns_of(voices, wanted), voices.places)


def interval(values: list[float]) -> list[float]:
    """Return a 95 % interval of a mean in per cent."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(values, (2000, len(values))).mean(axis=1)
    return [round(100 * edge, 1) for edge in np.percentile(drawn, (2.5, 97.5)).tolist()]


def summary(shares: list[float]) -> dict[str, Any]:
    """Return the figures of some conversations."""
    return {
        "conversations": len(shares),
        "right": round(100 * float(np.mean(shares)), 1),
        "interval": interval(shares),
        "worst": round(100 * min(shares), 1),
    }


def measured(clips: pd.DataFrame, runner: OnnxRunner, count: int) -> dict[str, Any]:
    """Return the figures of one corpus, by group and by line."""
    made = talks(clips, count, seed=0)
    rows = [(talk, told_rightly(talk, runner)) for talk in made]
    twos = [(talk, share) for talk, share in rows if talk.truth.max() == 1]
    figures: dict[str, Any] = {"speakers": int(clips.speaker.nunique()), "clips": len(clips)}
    for group in GROUPS:
        figures[group] = summary([share for talk, share in rows if talk.group == group])
    for name, called in (("two, studio", False), ("two, telephone", True)):
        figures[name] = summary([share for talk, share in twos if talk.telephone == called])
    figures["two"] = summary([share for _, share in twos])
    return figures


def cost(clips: pd.DataFrame, model: str, minutes: float) -> dict[str, Any]:
    """Return time and peak memory of the whole command on a long recording, without and with speakers."""
    rng = np.random.default_rng(0)
    parts: list[FloatArray] = []
    people = sorted(clips.speaker.unique())[:2]
    while sum(map(len, parts)) < 600 * RATE:
        parts.append(made_talk(clips, people, rng)[0])
    sound = np.concatenate(parts)[: 600 * RATE]
    found: dict[str, Any] = {"minutes": minutes}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        with sf.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
            for _ in range(round(minutes / 10)):
                file.write(sound)
        for name, options in (("without", ()), ("with", ("--speakers", "2"))):
            place = path.with_suffix(".json")
            seconds, peak = _alone(
                *("timeline", path, "--model", model, "--format", "json", "-o", place, *options)
            )
            found[name] = {"seconds": round(seconds, 1), "peak_mb": round(peak, 1)}
    return found


def _alone(*arguments: object) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(run_affectone, *arguments).result()


def main() -> int:
    """Measure, write the result, and fail where too little is told rightly."""
    from affectone import load_corpus
    from affectone.models import OnnxRunner, find_model

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpora", type=Path, required=True, help="folder with the corpora")
    parser.add_argument("--names", nargs="+", default=["ravdess", "emodb"], help="corpora")
    parser.add_argument("--model", default="base")
    parser.add_argument("--count", type=int, default=15, help="conversations of each group")
    parser.add_argument(
        "--minutes", type=float, default=10, help="length of the recording for time and memory"
    )
    parser.add_argument("--output", type=Path, default=HERE / "results" / "turns.json")
    options = parser.parse_args()
    result: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": machine(),
        "model": options.model,
        "seconds": SECONDS,
        "corpora": {},
    }
    runner = OnnxRunner(find_model(options.model))
    for name in options.names:
        clips = load_corpus(name, options.corpora / name)
        result["corpora"][name] = measured(clips, runner, options.count)
        sys.stderr.write(f"{name}: {json.dumps(result['corpora'][name]['two'])}\n")
    if options.minutes:
        result["cost"] = cost(clips, options.model, options.minutes)
    text = json.dumps(result, indent=2) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0 if all(one["two"]["right"] >= LEAST_TOLD for one in result["corpora"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
