"""Which voice a piece is: points whose groups are known, and a refinement that can be worked out."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from affectone.recognition import clustering
from affectone.recognition.clustering import clustered, cut, joined, smoothed

SPREAD = np.full(12, 4.0)


def talk(
    rng: np.random.Generator, people: int, turns: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return points of voices that lie far apart, in turns of 1 to 4 points, and whose they are."""
    voices = 4 * np.array(list(itertools.product((-1, 1), repeat=4))[:people]).repeat(3, axis=1)
    order = np.concatenate([rng.permutation(people) for _ in range(turns)])
    truth = np.repeat(order, rng.integers(1, 5, order.size))
    return voices[truth] + rng.standard_normal((truth.size, 12)), truth


def same(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> bool:
    """Tell whether two labellings are one but for the numbers."""
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


@pytest.mark.parametrize("people", [2, 3, 4])
def test_voices_far_apart_are_found(people: int) -> None:
    points, truth = talk(np.random.default_rng(people), people, 8)
    found = clustered(points, np.ones(len(points)), SPREAD, people)
    assert same(found, truth)


def test_of_more_voices_than_there_are_some_stay_empty() -> None:
    points, truth = talk(np.random.default_rng(0), 2, 8)
    assert same(clustered(points, np.ones(len(points)), SPREAD, 4), truth)


@pytest.mark.parametrize("pieces", [0, 1])
def test_next_to_nothing_is_one_voice(pieces: int) -> None:
    assert clustered(np.ones((pieces, 12)), np.ones(pieces), SPREAD, 2).tolist() == [0] * pieces


def test_of_many_pieces_few_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "MOST_JOINED", 40)
    seen = []
    monkeypatch.setattr(clustering, "joined", lambda points: seen.append(len(points)) or joined(points))
    points, truth = talk(np.random.default_rng(0), 3, 60)
    assert same(clustered(points, np.ones(len(points)), SPREAD, 3), truth)
    assert seen == [40]


def test_groups_are_those_of_scipy() -> None:
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    points = np.random.default_rng(0).standard_normal((50, 3))
    merges = joined(points)
    for groups in (1, 2, 5, 20):
        tree = hierarchy.linkage(points, "average", "sqeuclidean")
        expected = hierarchy.fcluster(tree, groups, "maxclust")
        assert same(cut(merges, 50, groups), expected)


def test_equal_points_are_joined() -> None:
    assert cut(joined(np.ones((5, 2))), 5, 1).tolist() == [0] * 5


def test_shares_are_those_of_all_paths() -> None:
    fits = np.log(np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]]))
    chances, stay = np.array([0.7, 0.3]), clustering.STAY
    change = stay * np.eye(2) + (1 - stay) * chances
    weight, total = np.zeros((3, 2)), 0.0
    for path in itertools.product((0, 1), repeat=3):
        likely = chances[path[0]] * np.exp(sum(fits[place, at] for place, at in enumerate(path)))
        likely *= np.prod([change[one, other] for one, other in itertools.pairwise(path)])
        total += likely
        for place, at in enumerate(path):
            weight[place, at] += likely
    shares, likelihood = smoothed(fits, chances)
    np.testing.assert_allclose(shares, weight / total)
    assert likelihood == pytest.approx(np.log(total))
