"""Measure the service: python benchmarks/service.py.

What happens to 200 requests at the same time, to so many live sockets as the project promises for a minute,
and beyond capacity. The service runs in a process of its own, and who asks in this one, on the same cores:
what asking costs is in the figures. Writes results/service.json with the machine and the commit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import soundfile as sf
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from speed import commit, machine

HERE = Path(__file__).resolve().parent
CLIP = HERE.parent / "examples" / "train.wav"
"""Three seconds of synthetic speech, which a socket hears over and over: somebody speaks all the time."""
REQUESTS = 200
SOCKETS = {"edge": 50, "base": 15}
BLOCK_SECONDS = 0.1
GROWTH_MB = 50.0
"""By which a service's memory may grow while sockets are open: they hold some seconds of sound each."""
HOP = 1.0
WINDOW = 3.0


@dataclass(frozen=True)
class Server:
    """A service that runs."""

    url: str
    pid: int

    def memory_mb(self) -> float:
        """Return its resident memory; decoders come and go, and are not in it."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", text)
        return round(int(found[1]) * 1024 / 1e6, 1) if found else 0.0


@contextmanager
def running(*flags: object) -> Iterator[Server]:
    """Run a service on a free port of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        line = [sys.executable, "-m", "affectone", "serve", "--port", "0", "--log-level", "warning"]
        line += ["--database", f"sqlite:///{folder}/jobs.sqlite", *map(str, flags)]
        with log.open("wb") as place:
            process = subprocess.Popen(line, stderr=place)
        try:
            yield Server(ready(log, process), process.pid)
        finally:
            process.terminate()
            process.wait(60)


def ready(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Wait until a service answers, and return its address."""
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(log.read_text())
        time.sleep(0.1)
        found = re.search(r"listening on (\S+)", log.read_text())
        try:
            if found and httpx.get(f"{found[1]}/readyz").is_success:
                return found[1]
        except httpx.HTTPError:
            continue
    raise SystemExit("the service does not answer")


async def ask_together(url: str, count: int) -> dict[str, Any]:
    """Ask for predictions at the same time, and tell what came of it."""
    data = CLIP.read_bytes()
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(timeout=150, limits=limits) as client:

        async def ask() -> tuple[int, float]:
            begun = time.perf_counter()
            answer = await client.post(f"{url}/v1/predict", content=data)
            return answer.status_code, time.perf_counter() - begun

        begun = time.perf_counter()
        told = await asyncio.gather(*(ask() for _ in range(count)))
    seconds = time.perf_counter() - begun
    waited = [wait for status, wait in told if status == httpx.codes.OK]
    return {
        "requests": count,
        "statuses": {str(status): many for status, many in Counter(status for status, _ in told).items()},
        "seconds": round(seconds, 2),
        "answers_a_second": round(len(waited) / seconds, 1),
        "wait_s_median": round(float(np.median(waited)), 2),
        "wait_s_longest": round(max(waited), 2),
    }


async def speak(url: str, seconds: float, begin: float) -> dict[str, Any]:
    """Send sound as it is spoken through one socket, and tell what came back and how late."""
    samples, rate = sf.read(CLIP, dtype="int16")
    sound = np.tile(samples, int(seconds * rate / samples.size) + 1)[: int(seconds * rate)]
    length = int(BLOCK_SECONDS * rate)
    delays: list[float] = []
    steps = segments = 0
    address = f"ws{url.removeprefix('http')}/v1/live"
    async with connect(address, max_size=None, ping_interval=None) as socket:
        await socket.send(json.dumps({"format": "s16le", "sample_rate": rate, "window": WINDOW, "hop": HOP}))
        await socket.recv()  # Ready.
        await asyncio.sleep(begin - time.perf_counter())
        start = time.perf_counter()

        async def send() -> None:
            for number, at in enumerate(range(0, sound.size, length)):
                await asyncio.sleep(max(0.0, start + (number + 1) * BLOCK_SECONDS - time.perf_counter()))
                await socket.send(sound[at : at + length].tobytes())
            await socket.send(json.dumps({"type": "end"}))

        sending = asyncio.create_task(send())
        async for message in socket:
            told = json.loads(message)
            if told["type"] == "step":
                steps += 1
                # A step is known when its window has ended; the last ones when the sound has.
                known = min(seconds, int(told["start"] / HOP) * HOP + (WINDOW + HOP) / 2)
                delays.append(time.perf_counter() - start - known)
            elif told["type"] == "segment":
                segments += 1
            elif told["type"] == "end":
                heard = told["seconds"]
        await sending
    return {"heard": heard, "steps": steps, "segments": segments, "delays": delays}


async def speak_together(server: Server, count: int, seconds: float) -> dict[str, Any]:
    """Speak through many sockets, and tell what came back, how late, and what memory did."""
    begin = time.perf_counter() + 2.0
    # They begin at different parts of a second, as people do.
    shifts = np.random.default_rng(0).uniform(0, 1, count)
    speaking = [asyncio.create_task(speak(server.url, seconds, begin + shift)) for shift in shifts]
    memory = []
    while not all(one.done() for one in speaking):
        await asyncio.sleep(1)
        memory.append(server.memory_mb())
    told = [one.result() for one in speaking]
    delays = np.array([delay for one in told for delay in one["delays"]])
    settled = memory[min(10, len(memory) // 2) :]
    return {
        "sockets": count,
        "seconds": seconds,
        "sockets_heard_whole": sum(abs(one["heard"] - seconds) < 0.01 for one in told),
        "steps": sum(one["steps"] for one in told),
        "segments": sum(one["segments"] for one in told),
        "delay_s_median": round(float(np.median(delays)), 3),
        "delay_s_95th": round(float(np.percentile(delays, 95)), 3),
        "delay_s_longest": round(float(delays.max()), 3),
        "memory_mb_after_10_s": settled[0],
        "memory_mb_at_the_end": settled[-1],
        "memory_mb_peak": max(memory),
    }


async def sockets_too_many(url: str, most: int, more: int) -> dict[str, Any]:
    """Open sockets beyond what there may be, and tell what became of those."""
    opened, refused = [], Counter[int]()
    for _ in range(most + more):
        try:
            opened.append(await connect(f"ws{url.removeprefix('http')}/v1/live"))
        except InvalidStatus as error:
            refused[error.response.status_code] += 1
    for socket in opened:
        await socket.close()
    return {"allowed": most, "opened": len(opened), "refused": {str(code): n for code, n in refused.items()}}


def missed(figures: dict[str, Any]) -> list[str]:
    """Name what is worse than promised."""
    words = []
    for model, found in figures["models"].items():
        together, live = found["together"], found["live"]
        if together["statuses"] != {"200": together["requests"]}:
            words.append(f"{model}: of {together['requests']} requests: {together['statuses']}")
        if live["sockets_heard_whole"] != live["sockets"]:
            words.append(f"{model}: {live['sockets_heard_whole']} of {live['sockets']} sockets heard whole")
        if live["memory_mb_at_the_end"] - live["memory_mb_after_10_s"] > GROWTH_MB:
            words.append(f"{model}: memory grew to {live['memory_mb_at_the_end']} MB")
    if set(figures["beyond"]["requests"]["statuses"]) != {"200", "429"}:
        words.append(f"beyond capacity: {figures['beyond']['requests']['statuses']}")
    if set(figures["beyond"]["sockets"]["refused"]) != {"429"}:
        words.append(f"beyond capacity: sockets: {figures['beyond']['sockets']['refused']}")
    return words


def main() -> int:
    """Measure, write the result, and fail where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", nargs="+", default=list(SOCKETS), choices=list(SOCKETS))
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound through each socket")
    parser.add_argument("--workers", type=int, default=2, help="cores of the models")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "service.json")
    options = parser.parse_args()
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": machine(),
        "workers": options.workers,
        "models": {},
    }
    for model in options.models:
        with running("--model", model, "--workers", options.workers) as server:
            asyncio.run(ask_together(server.url, 4))  # What is loaded first is not measured.
            figures["models"][model] = {
                "together": asyncio.run(ask_together(server.url, REQUESTS)),
                "live": asyncio.run(speak_together(server, SOCKETS[model], options.seconds)),
            }
    with running("--model", "edge", "--workers", options.workers, "--queue", 8, "--max-sockets", 4) as server:
        figures["beyond"] = {
            "requests": asyncio.run(ask_together(server.url, REQUESTS)),
            "sockets": asyncio.run(sockets_too_many(server.url, 4, 8)),
        }
    text = json.dumps(figures, indent=2) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    worse = missed(figures)
    sys.stderr.writelines(f"worse than promised: {words}\n" for words in worse)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
