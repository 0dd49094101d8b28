"""Every registered network: any length, a gradient everywhere, no batch mates, and it can learn."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402, N812

from affectone.errors import ModelError  # noqa: E402
from affectone.models.nets import NETWORKS, LogMel, Network, WaveformModel  # noqa: E402
from affectone.training.config import TrainConfig  # noqa: E402

NAMES = [entry.name for entry in NETWORKS]
LABELS = 8
EDGE_LIMIT = 500_000

pytestmark = pytest.mark.parametrize("name", NAMES)


def build(name: str) -> Network:
    """Return a network of default size with the same weights each time."""
    torch.manual_seed(5)
    return NETWORKS.get(name)(bands=64, labels=LABELS)


def frames(clips: int, length: int) -> torch.Tensor:
    return torch.randn(clips, length, 64, generator=torch.Generator().manual_seed(6))


@pytest.mark.parametrize("length", [33, 100, 300])
def test_it_takes_any_length(name: str, length: int) -> None:
    with torch.inference_mode():
        output = build(name).eval()(frames(2, length))
    assert (output.emotion_logits.shape, output.voice_logits.shape) == ((2, LABELS), (2, 2))
    assert (output.embedding.ndim, output.embedding.shape[0]) == (2, 2)
    assert all(part.isfinite().all() for part in output)


def test_silence_has_finite_scores(name: str) -> None:
    with torch.inference_mode():
        assert all(part.isfinite().all() for part in build(name).eval()(torch.zeros(1, 60, 64)))


def test_every_parameter_gets_a_gradient(name: str) -> None:
    network = build(name).train()
    output = network(frames(6, 80))
    loss = F.cross_entropy(output.emotion_logits, torch.arange(6)) + output.voice_logits.square().mean()
    loss.backward()
    idle = [
        key for key, value in network.named_parameters() if value.grad is None or not value.grad.abs().any()
    ]
    assert idle == []


def test_a_clip_alone_is_as_in_a_batch(name: str) -> None:
    network, batch = build(name).eval(), frames(5, 90)
    with torch.inference_mode():
        together, alone = network(batch), network(batch[3:4])
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one[3:4], other, atol=1e-5, rtol=1e-4)


def test_answers_are_repeatable(name: str) -> None:
    network, batch = build(name).eval(), frames(2, 70)
    with torch.inference_mode():
        assert torch.equal(network(batch).emotion_logits, network(batch).emotion_logits)


def test_the_clip_is_looked_at_throughout(name: str) -> None:
    network, batch = build(name).eval(), frames(1, 120)
    with torch.inference_mode():
        whole = network(batch).emotion_logits
        for start in (0, 50, 100):
            changed = batch.clone()
            changed[:, start : start + 20] += 2.0
            assert not torch.allclose(network(changed).emotion_logits, whole, atol=1e-6)


def test_it_learns_sixteen_clips_by_heart(name: str) -> None:
    network = build(name).train()
    clips = frames(16, 40)
    target = torch.arange(16) % LABELS
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    for _ in range(50):
        optimizer.zero_grad()
        F.cross_entropy(network(clips).emotion_logits, target).backward()
        optimizer.step()
    with torch.inference_mode():
        assert (network.eval()(clips).emotion_logits.argmax(dim=1) == target).float().mean() >= 15 / 16


def test_the_whole_model_does_not_hear_the_level(name: str) -> None:
    model = WaveformModel(LogMel(), build(name)).eval()
    sound = torch.randn(1, 16000, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        torch.testing.assert_close(
            model(sound).emotion_logits, model(0.01 * sound).emotion_logits, atol=1e-3, rtol=0
        )


def test_the_network_that_is_trained_by_default_is_small(name: str) -> None:
    if name != TrainConfig().model:
        pytest.skip("the limit is for the default network")
    assert sum(value.numel() for value in build(name).parameters()) <= EDGE_LIMIT


def test_a_misspelt_name_is_answered(name: str) -> None:
    with pytest.raises(ModelError, match=f"unknown model '{name}x'; did you mean '{name}'"):
        NETWORKS.get(f"{name}x")
