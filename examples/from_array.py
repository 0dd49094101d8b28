"""Say how samples in memory sound; they need their sample rate."""

from pathlib import Path

import soundfile

import affectone

samples, rate = soundfile.read(Path(__file__).with_name("keys.flac"), dtype="float32")
recognizer = affectone.Recognizer()
for speed in (1.0, 2.0):
    # The same samples at twice the rate are the same voice, faster and higher.
    prediction = recognizer.predict(samples, sample_rate=int(rate * speed))
    best = f"{prediction.label} {prediction.confidence:.2f}" if prediction.label else prediction.reason
    print(f"speed {speed:.0f}: {prediction.duration_seconds:.2f} s, {best}")
