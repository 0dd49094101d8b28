"""Compare `base`, from samples to scores, with its encoder run whole in float32 by torch.

``python benchmarks/encoder.py`` needs the extra ``train`` and the encoder's weights, from the hub or from the
folder that AFFECTONE_WEIGHTS names. Both hear the same 3 s, in turn, pinned to one core and with one thread,
so that the ratio stands on a busy machine, too. Writes results/encoder.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import torch

from affectone import Recognizer
from affectone.features.encoder import load_encoder
from speed import RATE, machine, pin_to_one_core, vowels

HERE = Path(__file__).resolve().parent
SECONDS = 3.0
LEAST_RATIO = 3.0
"""What the project promises."""


def main() -> int:
    """Measure, write the result, and fail where the promise is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "encoder.json")
    options = parser.parse_args()
    pin_to_one_core()
    torch.set_num_threads(1)
    speech = vowels(SECONDS)
    waveform = torch.from_numpy(speech)[None]
    encoder = load_encoder("moonshine-base").eval()
    recognizer = Recognizer("base", threads=1)
    ours, whole = [], []
    with torch.inference_mode():
        for run in range(options.runs + 5):
            start = time.perf_counter()
            recognizer.predict(speech, sample_rate=RATE)
            between = time.perf_counter()
            encoder(waveform)
            if run >= 5:  # The first ones warm up.
                ours.append(1000 * (between - start))
                whole.append(1000 * (time.perf_counter() - between))
    result = {
        "command": f"python benchmarks/encoder.py --runs {options.runs}",
        "sha256": recognizer.card.sha256,
        "machine": machine(),
        "seconds": SECONDS,
        "base_ms": round(statistics.median(ours), 2),
        "torch_whole_encoder_ms": round(statistics.median(whole), 2),
        "ratio": round(statistics.median(w / o for w, o in zip(whole, ours, strict=True)), 2),
        "promised_ratio": LEAST_RATIO,
    }
    text = json.dumps(result, indent=1) + "\n"
    options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return int(result["ratio"] < LEAST_RATIO)


if __name__ == "__main__":
    sys.exit(main())
