"""The answer: `Recognizer`, its `Prediction` and its `Timeline`."""

from affectone.recognition.live import LiveSession
from affectone.recognition.prediction import Prediction
from affectone.recognition.recognizer import DEFAULT_MODEL, MOST_JOBS, Recognizer
from affectone.recognition.segments import Smoothing
from affectone.recognition.timeline import Segment, Timeline

__all__ = [
    "DEFAULT_MODEL",
    "MOST_JOBS",
    "LiveSession",
    "Prediction",
    "Recognizer",
    "Segment",
    "Smoothing",
    "Timeline",
]
