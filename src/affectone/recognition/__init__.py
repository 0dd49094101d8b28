"""The answer: `Recognizer` and its `Prediction`."""

from affectone.recognition.prediction import Prediction
from affectone.recognition.recognizer import DEFAULT_MODEL, MOST_JOBS, Recognizer

__all__ = ["DEFAULT_MODEL", "MOST_JOBS", "Prediction", "Recognizer"]
