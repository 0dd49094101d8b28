"""Hear a recording as if it came from a microphone: python examples/live.py [FILE]."""

import sys
from pathlib import Path

import affectone

path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("phone.wav")
sound = affectone.load_audio(path, sample_rate=None)
tenth = sound.sample_rate // 10

with affectone.Recognizer().stream(sound.sample_rate) as live:
    newest = None
    for start in range(0, sound.samples.shape[1], tenth):
        live.push(sound.samples[:1, start : start + tenth])
        if live.current() is not newest:
            newest = live.current()
            told = newest.prediction
            print(f"{newest.start:5.2f} s now {told.label or told.reason}")
    for segment in live.finish():
        print(f"{segment.start:5.2f} to {segment.end:5.2f} s: {segment.prediction.label}")
