"""Label views that do not exist, and labels that a model knows nothing of: what is said, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

REFUSED = {
    "5": "unknown label view '5'; known: 4, 6, 7, 8, valence, or two or more of neutral, calm, happy,",
    "valense": "unknown label view 'valense'; did you mean 'valence'?",
    "happy": "one label alone is no view; name another beside 'happy'",
    "happy,angy": "label view 'happy,angy': unknown label 'angy'; did you mean 'angry'?",
    "sad,sad": "label view 'sad,sad' names sad more than once",
    "sad,bored": "tiny@0.0.1 knows nothing that is bored, which the label view 'sad,bored' asks for",
    "other,bored": "tiny@0.0.1 knows nothing that is bored or other,",
}


@pytest.mark.parametrize("view", REFUSED)
def test_labels_that_cannot_be_answered_are_a_wrong_command_line(
    invoke: Callable[..., Result], tiny_model: Path, tmp_path: Path, view: str
) -> None:
    (tmp_path / "clip.wav").write_bytes(b"never read")
    result = invoke(["predict", "--model", tiny_model, tmp_path / "clip.wav", "--labels", view])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"affectone: {REFUSED[view]}")
    assert result.stderr.count("\n") == 1
