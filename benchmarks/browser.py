"""Measure models in the browser: python benchmarks/browser.py --corpora CORPORA.

Opens the page of a service in headless Chromium, switches “Stay in this browser” on, and gives it recordings:
what is fetched, how long that and an answer take, what memory the page's process holds, and how far the
scores are from Python's for the same file. Browser, service and this program share one core. Writes
results/browser.json with the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr
from playwright.sync_api import Browser, Page, sync_playwright

from affectone import Recognizer
from affectone.audio import load_audio
from affectone.errors import AffectoneError
from affectone.speech.network import MODEL as SPEECH
from service import running
from speed import RATE, commit, machine, pin_to_one_core, spread, vowels

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "src" / "affectone" / "serving" / "page"
RUNTIME = PAGE / "assets" / "ort-wasm-simd-threaded.wasm.gz"
MODELS = ("edge", "base")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PATIENCE = 120_000
SHORT, LONG = 3.0, 60.0
"""Seconds of the clips whose time is taken."""
CORPORA = ("ravdess", "crema_d", "emodb", "tess", "savee", "nemo")
RATES = (8000, 16000, 24000, 44100, 48000)


@dataclass(frozen=True)
class Shown:
    """The page with the switch on, in a browser of its own."""

    browser: Browser
    page: Page

    def choose(self, model: str) -> None:
        """Choose a model."""
        self.page.locator("#model").select_option(model)

    def answer(self, file: Path) -> dict[str, Any] | str:
        """Give a file; return its first answer, or why there is none."""
        page = self.page
        page.evaluate("() => document.querySelector('#results-title')?.replaceChildren()")
        page.locator("#file-input").set_input_files([str(file)])
        done = "name => !document.querySelector('#alert').hidden || document.querySelector('#results-title')"
        page.wait_for_function(f"{done}?.textContent === name", arg=file.name)
        alert = page.locator("#alert")
        if alert.is_visible():
            return alert.inner_text()
        with page.expect_download() as download:
            page.locator("#export-json").click()
        told: list[dict[str, Any]] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return told[0]

    def took(self, what: str) -> float:
        """Return the seconds of the newest measure of a kind."""
        times = self.page.evaluate(f"() => performance.getEntriesByName('{what}').map(one => one.duration)")
        return float(times[-1]) / 1000

    def memory_mb(self) -> tuple[float, float]:
        """Return the resident memory of the page's process, now and at most until now."""
        return memory_of(self.process())

    def worker_seconds(self) -> float:
        """Return the processor time of the page's workers until now."""
        tasks = Path(f"/proc/{self.process()}/task").iterdir()
        workers = [one for one in tasks if (one / "comm").read_text().startswith("DedicatedWorker")]
        return sum(int((one / "schedstat").read_text().split()[0]) for one in workers) / 1e9

    def process(self) -> int:
        """Return the number of the page's process."""
        session = self.browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        # The page's process has worked most; others are kept ready for pages to come.
        page = max((one for one in processes if one["type"] == "renderer"), key=lambda one: one["cpuTime"])
        return int(page["id"])


def memory_of(pid: int) -> tuple[float, float]:
    """Return a process's resident memory in MB, now and at most."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    now, most = (re.search(rf"{name}:\s+(\d+) kB", text) for name in ("VmRSS", "VmHWM"))
    return (int(now[1]) * 1024 / 1e6, int(most[1]) * 1024 / 1e6) if now and most else (0.0, 0.0)


@contextmanager
def shown(url: str) -> Iterator[Shown]:
    """Open the page in a browser that has fetched nothing yet."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("no Chromium here: on Debian and Ubuntu, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_context(accept_downloads=True).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.locator("#stay").check()
        page.wait_for_function("() => document.querySelectorAll('#model option').length > 1")
        yield Shown(browser, page)
        browser.close()


def cost(url: str, model: str, folder: Path, runs: int) -> dict[str, Any]:
    """Return what a model costs in a fresh browser."""
    short, long = folder / "short.wav", folder / "long.wav"
    sf.write(short, vowels(SHORT), RATE)
    sf.write(long, vowels(LONG), RATE)
    card = Recognizer(model).card
    with shown(url) as it:
        before, _ = it.memory_mb()
        it.choose(model)
        it.answer(short)
        begun = it.worker_seconds()
        times = repeated(it, short, runs)
        busy = (it.worker_seconds() - begun) / runs
        after, peak = it.memory_mb()
        begun, long_runs = it.worker_seconds(), max(1, runs // 3)
        long_times = repeated(it, long, long_runs)
        busy_long = (it.worker_seconds() - begun) / long_runs
        _, peak_long = it.memory_mb()
        return {
            "model": f"{card.name}@{card.version}",
            "sha256": card.sha256,
            "model_bytes": card.size_bytes,
            "open_ms": round(1000 * it.took("affectone open")),
            "short_ms": spread(times, 1000),
            "short_processor_ms": round(1000 * busy, 1),
            "long_ms": spread(long_times, 1000),
            "long_processor_ms": round(1000 * busy_long, 1),
            "memory_mb_without_model": round(before),
            "memory_mb": round(after),
            # A browser sets its own count back now and then.
            "memory_mb_peak": round(max(after, peak, peak_long)),
        }


def repeated(it: Shown, clip: Path, runs: int) -> list[float]:
    """Return the wall times of some answers in s."""
    times = []
    for _ in range(runs):
        it.answer(clip)
        times.append(it.took("affectone judge"))
    return times


def kinds(corpora: Path | None, folder: Path) -> dict[str, list[Path]]:
    """Return files by what kind they are of."""
    examples = HERE.parent / "examples"
    found = {"examples, as they are": sorted(one for one in examples.iterdir() if one.suffix[1:] in AUDIO)}
    if corpora is None:
        return found
    clips = [clip for name in CORPORA for clip in far_apart(corpora / name, 2)]
    for rate in RATES:
        found[f"clips as WAV of {rate} Hz"] = [written(clip, folder, rate, "wav") for clip in clips]
    found["clips as MP3 of 44100 Hz"] = [written(clip, folder, 44100, "mp3") for clip in clips]
    found["clips as Opus"] = clips
    quirks = sorted((corpora / "quirks").glob("*.wav"))
    found["publishers' own WAV"] = [one for one in quirks if readable(one)]
    return found


AUDIO = ("wav", "flac", "opus")


def far_apart(folder: Path, count: int) -> list[Path]:
    """Return so many clips, far from one another in a folder's order."""
    found = sorted(folder.rglob("*.opus"))
    return [found[(2 * place + 1) * len(found) // (2 * count)] for place in range(count)]


def written(clip: Path, folder: Path, rate: int, ending: str) -> Path:
    """Return a clip as a file of another rate; what a rate above 16 kHz could hold besides is not in it."""
    path = folder / f"{clip.stem}-{rate}.{ending}"
    samples = load_audio(clip).samples[0]
    resampled = np.clip(soxr.resample(samples, RATE, rate, quality="VHQ"), -1, 1)
    sf.write(path, resampled, rate)
    return path


def readable(file: Path) -> bool:
    """Return whether Python reads a file: one of them is none."""
    try:
        load_audio(file)
    except AffectoneError:
        return False
    return True


def agreement(it: Shown, recognizer: Recognizer, files: list[Path]) -> dict[str, Any]:
    """Return how far the browser's scores are from Python's."""
    apart, other_labels, refused = [], 0, []
    for file in files:
        found, wanted = it.answer(file), recognizer.predict(file)
        if isinstance(found, str):
            refused.append(found)
            continue
        other_labels += found["label"] != wanted.label
        names = {*found["scores"], *wanted.scores}
        pairs = [(found["scores"].get(name, 0.0), wanted.scores.get(name, 0.0)) for name in names]
        apart.append(max((abs(one - other) for one, other in pairs), default=0.0))
    return {
        "files": len(files),
        "refused": refused,
        "largest_difference": round(max(apart), 6),
        "median_difference": round(statistics.median(apart), 6),
        "within_0.01": sum(one <= 0.01 for one in apart),
        "other_labels": other_labels,
    }


def main() -> int:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpora", type=Path, help="folder of corpora, for real speech in many formats")
    parser.add_argument("--runs", type=int, default=15, help="answers whose time is taken")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "browser.json")
    options = parser.parse_args()
    about = {"date": datetime.now(UTC).strftime("%Y-%m-%d"), "commit": commit(), "machine": machine()}
    pinned = pin_to_one_core()
    with tempfile.TemporaryDirectory() as place, running("--model", "edge") as server:
        folder = Path(place)
        costs = {model: cost(server.url, model, folder, options.runs) for model in MODELS}
        files = kinds(options.corpora, folder)
        alike: dict[str, dict[str, Any]] = {}
        with shown(server.url) as it:
            version = it.browser.version
            for model in MODELS:
                it.choose(model)
                recognizer = Recognizer(model)
                alike[model] = {kind: agreement(it, recognizer, some) for kind, some in files.items()}
    result = about | {
        "browser": f"Chromium {version}, headless",
        "pinned_to_one_core": pinned,
        "clip_seconds": {"short": SHORT, "long": LONG},
        "bytes": {"runtime": RUNTIME.stat().st_size, "speech": SPEECH.stat().st_size},
        "models": costs,
        "agreement": alike,
    }
    text = json.dumps(result, indent=2) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
