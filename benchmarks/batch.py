"""Measure `affectone batch`: python benchmarks/batch.py [SECTION...].

- ``pace``: hours of audio for an hour of a core, from WAV and from Opus, by one process and by two; what
  decoding and finding speech take of it, by themselves. The calls are clips of CREMA-D with pauses between;
  ``dense``: the same where nothing but pauses stands between speech, as on a busy line.
- ``engines``: 2,000 recordings of four corpora, adapted by corpus, on this machine's processes and on a Ray
  cluster of two nodes (two ``ray start`` on the loopback): whether all rows are equal; an actor is killed.
- ``alone``: the same on a cluster that the command starts by itself, with two processors of this machine.
- ``kills``: the same by a command that is killed 20 times, against one that is left alone.
- ``many``: 50,000 short recordings (links to real ones): memory of the process that leads.

Writes each section into results/batch.json, with the machine and the commit, and fails where a promise is not
kept.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import soundfile as sf

from affectone.audio import find_audio, load_audio, open_audio
from affectone.speech import SpeechDetector, speech_span
from speed import commit, machine

HERE = Path(__file__).resolve().parent
RATE = 16_000
CALL_SECONDS, CALLS, SHARE = 300, 12, 0.6
"""So many calls of such a length; a clip takes so much of the time until the next one begins."""
SECONDS = 60.0
"""For about so long each pace is measured."""
PACES = {"edge": 500.0, "base": 80.0}
"""Hours of audio an hour and core that a run is sized by."""
TABLES = ("predictions", "files", "failures.parquet")
KILLS, RECORDINGS, MANY = 20, 2_000, 50_000
MOST_MEMORY_MB = 500.0

FloatArray = npt.NDArray[np.float32]


def affectone(*words: object) -> list[str]:
    """Return a command line."""
    return [sys.executable, "-m", "affectone", *map(str, words)]


def batched(*words: object) -> dict[str, Any]:
    """Run `affectone batch` to its end; return the last run of its summary."""
    done = subprocess.run(affectone("batch", *words), capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    place = Path(str(words[words.index("-o") + 1]))
    return dict(json.loads((place / "summary.json").read_text(encoding="utf-8"))["runs"][-1])


def write_calls(folder: Path, sounds: list[FloatArray], rng: np.random.Generator) -> None:
    """Write calls of one channel as WAV, and the same as Opus."""
    for number in range(CALLS):
        call = 3e-4 * rng.standard_normal(CALL_SECONDS * RATE).astype(np.float32)
        at = 0
        while at + (clip := sounds[rng.integers(len(sounds))]).size <= call.size:
            call[at : at + clip.size] += clip
            at += round(clip.size / SHARE)
        call = np.clip(call, -1, 1)
        for kind, how in (("wav", {"subtype": "PCM_16"}), ("opus", {"format": "OGG", "subtype": "OPUS"})):
            place = folder / kind / f"call-{number:02d}.{kind}"
            place.parent.mkdir(exist_ok=True)
            sf.write(place, call, RATE, **how)


def linked(folder: Path, sources: list[Path], count: int) -> Path:
    """Fill a folder with links to recordings, over and over."""
    folder.mkdir()
    for number in range(count):
        source = sources[number % len(sources)]
        os.link(source, folder / f"{number:06d}{source.suffix}")
    return folder


def alone(path: Path) -> dict[str, float]:
    """Return what decoding a call takes, and finding the speech in it; the fastest of three."""
    decoding, finding = [], []
    for _ in range(3):
        begun = time.perf_counter()
        with open_audio(path, sample_rate=RATE, channels="mix") as stream:
            sound = np.concatenate([block[0] for block in stream.blocks()])
        decoding.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        detector = SpeechDetector()
        regions = detector.push(sound) + detector.finish()
        finding.append(time.perf_counter() - begun)
    spoken = sum(region.end - region.start for region in regions) / sound.size
    per_second = 1000 / CALL_SECONDS
    return {
        "decoding_ms_a_second": round(min(decoding) * per_second, 3),
        "finding_speech_ms_a_second": round(min(finding) * per_second, 3),
        "speech_share": round(spoken, 3),
    }


def pace(folder: Path, corpora: Path) -> dict[str, Any]:
    """Return hours of audio an hour and core."""
    rng = np.random.default_rng(0)
    write_calls(folder, [load_audio(clip, sample_rate=RATE).samples[0] for clip in chosen(corpora, rng)], rng)
    figures: dict[str, Any] = {"call_seconds": CALL_SECONDS, "alone": {}, "paces": []}
    for kind in ("wav", "opus"):
        figures["alone"][kind] = alone(folder / kind / f"call-00.{kind}")
    for model, kind, task, processes in (
        *((model, "wav", "predict", processes) for model in PACES for processes in (1, 2)),
        *((model, "opus", "predict", 1) for model in PACES),
        *((model, "wav", "timeline", 2) for model in PACES),
    ):
        figures["paces"].append(paced(folder, model, kind, task, processes))
    figures["scaling_1_to_2"] = {
        model: round(2 * of(figures, model, processes=2) / of(figures, model, processes=1), 2)
        for model in PACES
    }
    return figures


def dense(folder: Path, corpora: Path) -> dict[str, Any]:
    """Return the same for calls with more speech: clips without the silence at their ends."""
    rng = np.random.default_rng(0)
    sounds = []
    for clip in chosen(corpora, rng):
        sound = load_audio(clip, sample_rate=RATE).samples[0]
        span = speech_span(sound)
        sounds += [] if span is None else [sound[slice(*span)]]
    write_calls(folder, sounds, rng)
    return {
        "call_seconds": CALL_SECONDS,
        "alone": {"wav": alone(folder / "wav" / "call-00.wav")},
        "paces": [paced(folder, model, "wav", "predict", 1) for model in PACES],
    }


def chosen(corpora: Path, rng: np.random.Generator) -> list[Path]:
    """Return some clips of CREMA-D."""
    return list(rng.choice(np.array(found(corpora / "crema_d"), object), 600, replace=False))


def paced(folder: Path, model: str, kind: str, task: str, processes: int) -> dict[str, Any]:
    """Work through so many calls as take about a minute."""
    third = 1 if task == "predict" else 3  # Windows of 3 s that begin each second.
    count = max(4, round(PACES[model] / third * processes * SECONDS / CALL_SECONDS))
    calls = linked(folder / secrets.token_hex(4), sorted((folder / kind).iterdir()), count)
    place = folder / secrets.token_hex(4)
    run = batched(calls, "-o", place, "--model", model, "--task", task, "--jobs", processes)
    shutil.rmtree(calls)
    figures = {
        "model": model,
        "task": task,
        "from": kind,
        "processes": processes,
        "recordings": count,
        "seconds": round(run["seconds"], 1),
        "hours_an_hour_and_core": round(3600 * run["audio_hours"] / run["seconds"] / processes, 1),
        "recordings_a_core_hour": round(3600 * count / run["seconds"] / processes),
    }
    told(figures)
    return figures


def of(figures: dict[str, Any], model: str, kind: str = "wav", processes: int = 1) -> float:
    """Return one pace of `predict`."""
    wanted = {"model": model, "from": kind, "processes": processes, "task": "predict"}
    return float(
        next(row for row in figures["paces"] if row.items() >= wanted.items())["hours_an_hour_and_core"]
    )


def found(folder: Path) -> list[Path]:
    """Return the recordings of a corpus."""
    return sorted(find_audio(folder)[0])


def manifest_of(folder: Path, corpora: Path, count: int) -> Path:
    """Write a table of so many recordings, of four corpora."""
    rows = []
    for name in ("ravdess", "crema_d", "savee", "tess"):
        paths = found(corpora / name)
        step = max(1, len(paths) // (count // 4))
        rows += [{"path": str(path), "corpus": name} for path in paths[::step]]
    place = folder / "manifest.parquet"
    pq.write_table(pa.Table.from_pylist(rows[:count]), place)
    return place


def rows_of(place: Path) -> dict[str, pa.Table]:
    """Return all tables of a folder of results, sorted."""
    tables = {}
    for name in TABLES:
        if (place / name).exists():
            table = ds.dataset(place / name, partitioning="hive").to_table()
            tables[name] = table.sort_by([("file", "ascending")])
    return tables


def equal(first: Path, second: Path) -> dict[str, Any]:
    """Compare two folders of results, row by row."""
    ours, theirs = rows_of(first), rows_of(second)
    return {
        "rows": {name: table.num_rows for name, table in ours.items()},
        "equal": ours.keys() == theirs.keys() and all(ours[name].equals(theirs[name]) for name in ours),
    }


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Run a Ray cluster of two nodes with a processor each on the loopback; lend its address."""
    surroundings = os.environ | {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ.update(surroundings)
    ray = [
        str(Path(sys.executable).with_name("ray")),
        "start",
        "--block",
        "--disable-usage-stats",
        "--num-cpus=1",
    ]
    port = 20_000 + secrets.randbelow(10_000)
    address = f"127.0.0.1:{port}"
    head = [f"--port={port}", f"--ray-client-server-port={port + 10_000}", "--include-dashboard=false"]
    started = []
    try:
        for flags in (["--head", *head, f"--temp-dir={folder}"], [f"--address={address}"]):
            line = [*ray, "--node-ip-address=127.0.0.1", *flags]
            started.append(subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(10)
        yield address
    finally:
        for node in reversed(started):
            node.terminate()
        for node in started:
            node.wait(60)


def engines(folder: Path, corpora: Path) -> dict[str, Any]:
    """Compare the engines on real recordings, adapted by corpus."""
    manifest = manifest_of(folder, corpora, RECORDINGS)
    words = (manifest, "--adapt", "corpus", "--model", "base")
    figures: dict[str, Any] = {"recordings": RECORDINGS}
    figures["local_seconds"] = round(batched(*words, "-o", folder / "local", "--jobs", 2)["seconds"], 1)
    told(figures)
    with tempfile.TemporaryDirectory(prefix="ray") as place, cluster(Path(place)) as address:
        there = ("--engine", "ray", "--address", address)
        figures["ray_seconds"] = round(batched(*words, "-o", folder / "ray", *there)["seconds"], 1)
        figures["ray"] = equal(folder / "local", folder / "ray")
        told(figures)
        line = affectone("batch", *words, "-o", folder / "shot", *there)
        with subprocess.Popen(line, stderr=subprocess.PIPE) as running:
            time.sleep(60)
            figures["actors_killed"] = kill_one_actor()
            running.wait()
        figures["after_an_actor_was_killed"] = equal(folder / "local", folder / "shot")
    return figures


def alone_with_ray(folder: Path, corpora: Path) -> dict[str, Any]:
    """Compare the engines where Ray is started by the command, with two processors of this machine."""
    manifest = manifest_of(folder, corpora, RECORDINGS)
    words = (manifest, "--adapt", "corpus", "--model", "base", "--jobs", 2)
    local = batched(*words, "-o", folder / "local")["seconds"]
    ray = batched(*words, "-o", folder / "ray", "--engine", "ray")["seconds"]
    return {
        "recordings": RECORDINGS,
        "local_seconds": round(local, 1),
        "ray_seconds": round(ray, 1),
        **equal(folder / "local", folder / "ray"),
    }


def kill_one_actor() -> int:
    """Kill an actor that works; only this program's cluster runs on this machine."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        if process.read_bytes().startswith(b"ray::MapWorker"):
            os.kill(int(process.parent.name), signal.SIGKILL)
            return 1
    return 0


def kills(folder: Path, corpora: Path) -> dict[str, Any]:
    """Kill a run at random moments, then let it end."""
    manifest = manifest_of(folder, corpora, RECORDINGS // 4)
    words = (manifest, "--adapt", "corpus", "--model", "base", "--jobs", 2)
    whole = batched(*words, "-o", folder / "whole")["seconds"]
    told({"whole_seconds": whole})
    rng = np.random.default_rng(0)
    place = folder / "killed"
    done = []
    for _ in range(KILLS):
        with subprocess.Popen(
            affectone("batch", *words, "-o", place, "--checkpoint", 0.5), stderr=subprocess.DEVNULL
        ) as running:
            # Most of them while work is done: a run begins after some seconds.
            time.sleep(rng.uniform(0.5, 6 + whole / KILLS))
            running.kill()
        files = place / "files"
        done.append(ds.dataset(files).count_rows() if files.exists() else 0)
    batched(*words, "-o", place)
    return {"kills": KILLS, "done_at_each": done, **equal(folder / "whole", place)}


def many(folder: Path, corpora: Path) -> dict[str, Any]:
    """Work on many short recordings; return the memory of the process that leads."""
    short = sorted(found(corpora / "tess"), key=lambda path: path.stat().st_size)[:200]
    copies = [
        Path(shutil.copy(path, folder / f"short-{number}{path.suffix}")) for number, path in enumerate(short)
    ]
    calls = linked(folder / "calls", copies, MANY)
    place = folder / "out"
    line = affectone("batch", calls, "-o", place, "--model", "edge", "--jobs", 2)
    peak = 0.0
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            status = Path(f"/proc/{running.pid}/status").read_text(encoding="ascii")
            held = re.search(r"VmHWM:\s+(\d+) kB", status)
            peak = max(peak, int(held[1]) * 1024 / 1e6 if held else 0.0)
            time.sleep(0.5)
    run = json.loads((place / "summary.json").read_text(encoding="utf-8"))["runs"][-1]
    return {
        "recordings": MANY,
        "rows": ds.dataset(place / "predictions").count_rows(),
        "seconds": round(run["seconds"], 1),
        "recordings_a_second": round(MANY / run["seconds"], 1),
        "leading_process_mb": round(peak, 1),
    }


SECTIONS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "pace": pace,
    "dense": dense,
    "engines": engines,
    "alone": alone_with_ray,
    "kills": kills,
    "many": many,
}


def missed(figures: dict[str, Any]) -> Iterator[str]:
    """Name what is worse than promised."""
    if "pace" in figures:
        for model, kind, least in (("base", "wav", 80), ("edge", "wav", 600), ("edge", "opus", 300)):
            reached = of(figures["pace"], model, kind)
            if reached < least:
                yield f"{model} from {kind}: {reached} hours of audio an hour and core instead of {least}"
        for model, times in figures["pace"]["scaling_1_to_2"].items():
            if times < 1.8:
                yield f"{model}: two processes are {times} times as fast as one instead of 1.8"
    for name, part in (
        ("engines", "ray"),
        ("engines", "after_an_actor_was_killed"),
        ("alone", None),
        ("kills", None),
    ):
        if name in figures and not (figures[name][part] if part else figures[name])["equal"]:
            yield f"{name}: rows differ ({part or 'in the end'})"
    if "many" in figures:
        if figures["many"]["leading_process_mb"] > MOST_MEMORY_MB:
            yield f"many: {figures['many']['leading_process_mb']} MB instead of {MOST_MEMORY_MB}"
        if figures["many"]["rows"] != MANY:
            yield f"many: {figures['many']['rows']} rows of {MANY}"


def told(figures: dict[str, Any]) -> None:
    """Say how far it is."""
    sys.stderr.write(f"{json.dumps(figures)}\n")


def main() -> int:
    """Measure, write the results, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sections", nargs="*", default=list(SECTIONS), metavar="SECTION")
    parser.add_argument(
        "--corpora", type=Path, default=os.environ.get("AFFECTONE_CORPORA", "../shared/corpora")
    )
    parser.add_argument("--output", type=Path, default=HERE / "results" / "batch.json")
    options = parser.parse_args()
    figures = json.loads(options.output.read_text(encoding="utf-8")) if options.output.exists() else {}
    for name in options.sections:
        with tempfile.TemporaryDirectory() as folder:
            figures[name] = {
                "date": datetime.now(UTC).strftime("%Y-%m-%d"),
                "commit": commit(),
                "machine": machine(),
                **SECTIONS[name](Path(folder), options.corpora.resolve()),
            }
        options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    worse = list(missed(figures))
    sys.stderr.writelines(f"worse than promised: {words}\n" for words in worse)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
