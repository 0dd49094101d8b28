from affectone.audio import Signal as Signal
from affectone.audio import load_audio as load_audio
from affectone.client import Client as Client
from affectone.corpora import load_corpus as load_corpus
from affectone.errors import AffectoneError as AffectoneError
from affectone.features import extract as extract
from affectone.labels import Emotion as Emotion
from affectone.labels import LabelSet as LabelSet
from affectone.recognition import Prediction as Prediction
from affectone.recognition import Recognizer as Recognizer

__version__: str

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
