"""The loss over allowed labels, and the network that a configuration names."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from affectone.errors import ConfigError, ModelError
from affectone.models.nets import NETWORKS
from affectone.training.config import TrainConfig
from affectone.training.module import EmotionModule, build_network, mask_logits, masked_cross_entropy

ALL = torch.ones(6, 5, dtype=torch.bool)


def logits() -> torch.Tensor:
    return (3 * torch.randn(6, 5, generator=torch.Generator().manual_seed(1))).requires_grad_()


def one_hot(*positions: int) -> torch.Tensor:
    return torch.eye(5)[list(positions)]


@pytest.fixture
def some() -> torch.Tensor:
    """Return a mask that forbids labels 3 and 4 in all clips, and 0 in the last one."""
    allowed = ALL.clone()
    allowed[:, 3:] = False
    allowed[-1, 0] = False
    return allowed


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_where_all_are_allowed_it_is_torchs(smoothing: float) -> None:
    positions = torch.tensor([0, 1, 2, 3, 4, 0])
    expected = F.cross_entropy(logits(), positions, reduction="none", label_smoothing=smoothing)
    found = masked_cross_entropy(logits(), one_hot(*positions.tolist()), ALL, smoothing)
    torch.testing.assert_close(found, expected)


def test_it_is_torchs_over_the_allowed_labels_alone(some: torch.Tensor) -> None:
    found = masked_cross_entropy(logits()[:5], one_hot(0, 1, 2, 0, 1), some[:5], 0.1)
    expected = F.cross_entropy(
        logits()[:5, :3], torch.tensor([0, 1, 2, 0, 1]), reduction="none", label_smoothing=0.1
    )
    torch.testing.assert_close(found, expected)


def test_a_mixed_target_is_a_mixed_loss() -> None:
    mixed = 0.3 * one_hot(0, 1, 2, 3, 4, 0) + 0.7 * one_hot(4, 3, 2, 1, 0, 1)
    parts = [
        masked_cross_entropy(logits(), target, ALL, 0.0)
        for target in (one_hot(0, 1, 2, 3, 4, 0), one_hot(4, 3, 2, 1, 0, 1))
    ]
    torch.testing.assert_close(
        masked_cross_entropy(logits(), mixed, ALL, 0.0), 0.3 * parts[0] + 0.7 * parts[1]
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_a_forbidden_label_gets_no_gradient(some: torch.Tensor, smoothing: float) -> None:
    given = logits()
    masked_cross_entropy(given, one_hot(0, 1, 2, 0, 1, 2), some, smoothing).sum().backward()
    assert given.grad is not None
    assert not given.grad[~some].any()
    assert given.grad[some].all()


def test_a_forbidden_label_gets_no_probability(some: torch.Tensor) -> None:
    loud = logits().detach() + 50.0 * ~some
    scores = mask_logits(loud, some).softmax(dim=1)
    assert not scores[~some].any()
    torch.testing.assert_close(scores.sum(dim=1), torch.ones(6))


def test_what_a_forbidden_label_says_does_not_matter(some: torch.Tensor) -> None:
    target = one_hot(0, 1, 2, 0, 1, 2)
    quiet = masked_cross_entropy(logits(), target, some, 0.1)
    loud = masked_cross_entropy(logits() + 50.0 * ~some, target, some, 0.1)
    torch.testing.assert_close(quiet, loud)


def test_smoothing_spreads_over_allowed_labels_alone(some: torch.Tensor) -> None:
    # The loss is least where the probabilities are the smoothed target.
    target, smoothing = one_hot(0, 1, 2, 0, 1, 2), 0.3
    best = torch.log((1 - smoothing) * target + smoothing * some / some.sum(dim=1, keepdim=True) + 1e-30)
    given = best.clone().requires_grad_()
    masked_cross_entropy(given, target, some, smoothing).sum().backward()
    assert given.grad is not None
    torch.testing.assert_close(given.grad, torch.zeros(6, 5), atol=1e-6, rtol=0)


def test_masking_is_finite_in_half_precision(some: torch.Tensor) -> None:
    scores = mask_logits(logits().detach().half(), some).float().softmax(dim=1)
    assert scores.isfinite().all()


@pytest.mark.parametrize("name", [entry.name for entry in NETWORKS])
def test_a_configuration_names_the_network(name: str) -> None:
    config = TrainConfig.model_validate(
        {"model": name, "labels": ("sad", "happy"), "features": {"bands": 32}}
    )
    network = build_network(config)
    assert type(network) is NETWORKS.get(name)
    with torch.inference_mode():
        assert network.eval()(torch.zeros(1, 50, 32)).emotion_logits.shape == (1, 2)


def test_its_settings_reach_the_network() -> None:
    network = build_network(TrainConfig(network={"dropout": 0.77}))
    assert 0.77 in {part.p for part in network.modules() if isinstance(part, torch.nn.Dropout)}


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(ModelError, match="unknown model 'zebra'; known: "):
        build_network(TrainConfig(model="zebra"))


@pytest.mark.parametrize("wrong", ["chanels", "bands", "labels"])
def test_an_unknown_setting_of_the_network_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown setting 'network.{wrong}'; .* known: .*network.dropout"):
        build_network(TrainConfig(network={wrong: 3}))


@pytest.mark.parametrize(("device", "last"), [("cpu", True), ("meta", False)])
def test_channels_are_last_on_the_processor_alone(device: str, last: bool) -> None:
    module = EmotionModule(TrainConfig(model="light_sernet")).to(device)
    module.on_fit_start()
    weights = [part for part in module.network.parameters() if part.ndim == 4 and part.shape[1] > 1]
    assert weights
    for part in weights:
        wide = part.shape[2:] != (1, 1)
        assert part.is_contiguous() != (last and wide)
        assert part.is_contiguous(memory_format=torch.channels_last) == (last or not wide)
