"""Where speech is: voice activity, regions, and exact-sample windows."""

from affectone.speech.detector import SpeechDetector, detect_speech, speech_span
from affectone.speech.regions import Region, Window, WindowCutter, speech_windows

__all__ = [
    "Region",
    "SpeechDetector",
    "Window",
    "WindowCutter",
    "detect_speech",
    "speech_span",
    "speech_windows",
]
