"""What decides: model cards, the store of packaged and user models, and the runner."""

from affectone.models.batching import BatchingRunner
from affectone.models.card import ModelCard, read_card
from affectone.models.runner import OnnxRunner, RawScores
from affectone.models.store import ModelArtefact, find_model, list_models, packaged_models

__all__ = [
    "BatchingRunner",
    "ModelArtefact",
    "ModelCard",
    "OnnxRunner",
    "RawScores",
    "find_model",
    "list_models",
    "packaged_models",
    "read_card",
]
