"""Say how every recording in a folder sounds: python examples/predict_folder.py [FOLDER]."""

import sys
from pathlib import Path

import affectone

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
paths = sorted(path for path in folder.iterdir() if path.suffix in {".wav", ".flac", ".opus", ".mp3", ".m4a"})
recognizer = affectone.Recognizer()

for path, prediction in zip(paths, recognizer.predict_many(paths, jobs=2), strict=True):
    # One broken file does not stop the rest: its prediction carries the error.
    answer = prediction.error or prediction.label or prediction.reason
    print(f"{path.name:14} {answer}")
