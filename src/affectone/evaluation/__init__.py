"""How well a model does on speakers it has not heard. Importing this room needs the extra `train`."""

from affectone.evaluation.answers import Answers, join_manifest, read_run
from affectone.evaluation.comparison import compare
from affectone.evaluation.metrics import (
    accuracy,
    bootstrap_difference,
    bootstrap_interval,
    confusion_matrix,
    macro_f1,
    unweighted_average_recall,
)
from affectone.evaluation.models import judge_model
from affectone.evaluation.others import judge_predictions
from affectone.evaluation.predictions import Score, score_predictions
from affectone.evaluation.protocol_run import run_protocol, summarise
from affectone.evaluation.report import evaluate

__all__ = [
    "Answers",
    "Score",
    "accuracy",
    "bootstrap_difference",
    "bootstrap_interval",
    "compare",
    "confusion_matrix",
    "evaluate",
    "join_manifest",
    "judge_model",
    "judge_predictions",
    "macro_f1",
    "read_run",
    "run_protocol",
    "score_predictions",
    "summarise",
    "unweighted_average_recall",
]
