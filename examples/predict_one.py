"""Say how one recording sounds: python examples/predict_one.py [FILE]."""

import sys
from pathlib import Path

import affectone

path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("train.wav")
prediction = affectone.Recognizer().predict(path)

if prediction.label is None:
    print(f"{path.name}: {prediction.reason}")
else:
    doubt = " (unsure)" if prediction.unsure else ""
    print(f"{path.name}: {prediction.label} {prediction.confidence:.2f}{doubt}")
    for emotion, probability in sorted(prediction.scores.items(), key=lambda item: -item[1]):
        print(f"  {emotion:10} {probability:.3f}")
    print(f"  sounds female with probability {prediction.voice['female']:.2f}")
