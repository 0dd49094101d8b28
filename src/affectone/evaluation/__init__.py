"""How well a model does on speakers it has not heard. Importing this room needs the extra `train`."""

from affectone.evaluation.metrics import (
    accuracy,
    bootstrap_interval,
    confusion_matrix,
    macro_f1,
    unweighted_average_recall,
)
from affectone.evaluation.predictions import Score, score_predictions
from affectone.evaluation.protocol_run import run_protocol, summarise

__all__ = [
    "Score",
    "accuracy",
    "bootstrap_interval",
    "confusion_matrix",
    "macro_f1",
    "run_protocol",
    "score_predictions",
    "summarise",
    "unweighted_average_recall",
]
