"""Every registered network: any length, a gradient everywhere, no batch mates, and it can learn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402, N812

from affectone.errors import ModelError  # noqa: E402
from affectone.models.nets import NETWORKS, LogMel, Network, WaveformModel  # noqa: E402
from affectone.training.config import TrainConfig  # noqa: E402

NAMES = [entry.name for entry in NETWORKS]
LABELS = 8
EDGE_LIMIT = 500_000
LEAST, MOST = 50_000, 1_500_000
"""Parameters of a network that two cores train in an evening."""

pytestmark = pytest.mark.parametrize("name", NAMES)


def build(name: str, labels: int = LABELS) -> Network:
    """Return a network of default size with the same weights each time."""
    torch.manual_seed(5)
    return NETWORKS.get(name)(bands=64, labels=labels)


def frames(clips: int, length: int, bands: int = 64) -> torch.Tensor:
    return torch.randn(clips, length, bands, generator=torch.Generator().manual_seed(6))


def learn(network: Network, clips: torch.Tensor, target: torch.Tensor, steps: int) -> Network:
    """Train on one batch, and return the network ready to answer."""
    optimizer = torch.optim.AdamW(network.train().parameters(), lr=3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(network(clips).emotion_logits, target).backward()
        optimizer.step()
    return network.eval()


@pytest.mark.parametrize("length", [1, 2, 7, 33, 200, 3000])
def test_it_takes_any_length(name: str, length: int) -> None:
    with torch.inference_mode():
        output = build(name).eval()(frames(2, length))
    assert (output.emotion_logits.shape, output.voice_logits.shape) == ((2, LABELS), (2, 2))
    assert (output.embedding.ndim, output.embedding.shape[0]) == (2, 2)
    assert all(part.isfinite().all() for part in output[:3])


@pytest.mark.parametrize("bands", [1, 20, 40, 80])
def test_it_takes_any_number_of_bands(name: str, bands: int) -> None:
    network = NETWORKS.get(name)(bands=bands, labels=2).eval()
    with torch.inference_mode():
        assert network(frames(1, 50, bands)).emotion_logits.shape == (1, 2)


def test_silence_has_finite_scores(name: str) -> None:
    with torch.inference_mode():
        assert all(part.isfinite().all() for part in build(name).eval()(torch.zeros(1, 60, 64))[:3])


@pytest.mark.parametrize("length", [1, 2, 7, 80])
def test_every_parameter_gets_a_finite_gradient(name: str, length: int) -> None:
    network = build(name).train()
    output = network(frames(6, length))
    loss = F.cross_entropy(output.emotion_logits, torch.arange(6)) + output.voice_logits.square().mean()
    loss.backward()
    gradients = {key: value.grad for key, value in network.named_parameters()}
    assert [key for key, value in gradients.items() if value is None or not value.isfinite().all()] == []
    # Of one step all is attended to, and it has no past.
    assert length < 80 or [key for key, value in gradients.items() if not value.abs().any()] == []


def test_a_clip_alone_is_as_in_a_batch(name: str) -> None:
    network, batch = build(name).eval(), frames(5, 90)
    with torch.inference_mode():
        together, alone = network(batch), network(batch[3:4])
    for one, other in zip(together[:3], alone[:3], strict=True):
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
    clips, target = frames(16, 24), torch.arange(16) % LABELS
    network = learn(build(name), clips, target, steps=70)
    with torch.inference_mode():
        assert (network(clips).emotion_logits.argmax(dim=1) == target).float().mean() >= 15 / 16


def test_it_learns_the_same_twice(name: str) -> None:
    once, again = (learn(build(name), frames(8, 30), torch.arange(8), steps=3).state_dict() for _ in range(2))
    assert [key for key, value in once.items() if not torch.equal(value, again[key])] == []


def test_half_precision_trains(name: str) -> None:
    network = build(name).train()
    with torch.autocast("cpu", torch.bfloat16):
        output = network(frames(8, 60))
    F.cross_entropy(output.emotion_logits.float(), torch.arange(8)).backward()
    assert all(value.grad.isfinite().all() for value in network.parameters() if value.grad is not None)


def test_what_was_saved_answers_the_same(name: str, tmp_path: Path) -> None:
    network = learn(build(name), frames(8, 30), torch.arange(8), steps=2)
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    other = NETWORKS.get(name)(bands=64, labels=LABELS).eval()
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    with torch.inference_mode():
        assert torch.equal(other(frames(2, 50)).emotion_logits, network(frames(2, 50)).emotion_logits)


def test_the_whole_model_does_not_hear_the_level(name: str) -> None:
    model = WaveformModel(LogMel(), build(name)).eval()
    sound = torch.randn(1, 16000, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        torch.testing.assert_close(
            model(sound).emotion_logits, model(0.01 * sound).emotion_logits, atol=1e-3, rtol=0
        )


def test_it_is_small(name: str) -> None:
    most = EDGE_LIMIT if name == TrainConfig().model else MOST
    assert LEAST <= sum(value.numel() for value in build(name).parameters()) <= most


def test_its_docstring_names_a_paper(name: str) -> None:
    assert re.search(r"\b(19|20)\d\d\b", NETWORKS.get(name).__doc__ or "")


def test_a_misspelt_name_is_answered(name: str) -> None:
    with pytest.raises(ModelError, match=f"unknown model '{name}x'; did you mean '{name}'"):
        NETWORKS.get(f"{name}x")
