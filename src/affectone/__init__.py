"""affectone tells what a voice feels.

The public names are loaded at first use, so that importing affectone stays cheap.
"""

from __future__ import annotations

import importlib
import os

# onnxruntime reports to its maker from release 1.29 on, unless it is told not to before it is loaded; nothing
# that is done with voices here is anybody's business. Processes that are started inherit it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"

_HOMES = {
    "AffectoneError": "errors",
    "Client": "client",
    "Emotion": "labels",
    "LabelSet": "labels",
    "Prediction": "recognition",
    "Recognizer": "recognition",
    "Signal": "audio",
    "extract": "features",
    "load_audio": "audio",
    "load_corpus": "corpora",
}
"""Public name -> the room it comes from."""

__all__ = [
    "AffectoneError",
    "Client",
    "Emotion",
    "LabelSet",
    "Prediction",
    "Recognizer",
    "Signal",
    "__version__",
    "extract",
    "load_audio",
    "load_corpus",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
