"""What recognises keeps to itself: no library under it reports to its maker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "train.wav"


def test_recognising_leaves_nothing_in_the_home(tmp_path: Path) -> None:
    """Onnxruntime keeps an id of the machine and its reports there, where it may report."""
    # Nothing else of the surroundings: it is silent where a variable says that tests run.
    surroundings = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    line = [sys.executable, "-m", "affectone", "predict", str(EXAMPLE), "--model", "edge"]
    done = subprocess.run(line, env=surroundings, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.rglob("*")) == []
