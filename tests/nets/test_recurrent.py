"""Recurrent layers in an exported graph: ONNX's operator says what torch's layer says, at any length."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from affectone.models.nets import onnx_translations  # noqa: E402
from affectone.models.nets.recurrent import Recurrent  # noqa: E402

KINDS: tuple[Literal["lstm", "gru"], ...] = ("lstm", "gru")


def export(layer: Recurrent, inputs: int) -> bytes:
    """Return the ONNX file of a layer, traced at 2 clips of 9 steps."""
    shapes = {"steps": {0: torch.export.Dim("batch"), 1: torch.export.Dim("frames")}}
    program = torch.onnx.export(
        layer,
        (torch.zeros(2, 9, inputs),),
        dynamo=True,
        opset_version=18,
        dynamic_shapes=shapes,
        input_names=["steps"],
        custom_translation_table=onnx_translations(),
        verbose=False,
    )
    content: bytes = program.model_proto.SerializeToString()
    return content


@pytest.mark.train
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("both_ways", [False, True])
def test_onnx_computes_what_torch_does(kind: Literal["lstm", "gru"], both_ways: bool) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(1)
    layer = Recurrent(kind, 5, 7, layers=2, both_ways=both_ways).eval()
    for value in layer.parameters():
        torch.nn.init.normal_(value, std=0.7)  # Large enough that every gate opens and closes.
    session = onnxruntime.InferenceSession(export(layer, 5), providers=["CPUExecutionProvider"])
    for clips, length in itertools.product((1, 3), (1, 2, 9, 40)):
        steps = torch.randn(clips, length, 5)
        with torch.inference_mode():
            expected = layer(steps).numpy()
        assert expected.shape == (clips, length, layer.size)
        np.testing.assert_allclose(session.run(None, {"steps": steps.numpy()})[0], expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_torchs_layer(kind: Literal["lstm", "gru"]) -> None:
    layer = Recurrent(kind, 4, 6, layers=2, both_ways=True, dropout=0.4)
    theirs = layer.layers
    assert isinstance(theirs, torch.nn.LSTM if kind == "lstm" else torch.nn.GRU)
    assert (theirs.hidden_size, theirs.num_layers, theirs.bidirectional, theirs.dropout) == (6, 2, True, 0.4)
    assert layer.size == 12


def test_one_layer_has_nothing_to_drop_between() -> None:
    assert Recurrent("lstm", 4, 6, dropout=0.4).layers.dropout == 0  # torch would warn.
