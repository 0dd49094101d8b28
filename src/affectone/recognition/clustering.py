"""Which voice each of many pieces of speech is: joined from the bottom up, then refined over time.

Pieces are first joined by likeness, the two nearest groups at a time. A hidden Markov model with one state a
speaker then lets each piece choose anew: a speaker is a point about which pieces scatter with variance 1, and
voices scatter about the mean of all with a known variance (probabilistic linear discriminant analysis). It is
the variational inference of VBx: F. Landini et al., "Bayesian HMM clustering of x-vector sequences (VBx) in
speaker diarization", Computer Speech and Language 71 (2022).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["clustered"]

DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_JOINED: Final = 1000
"""Pieces that are joined by likeness; of more, so many are taken from all over the recording."""
EVIDENCE: Final = 0.8
"""By which what pieces tell is weighed: neighbours hold the same sentence and the same emotion."""
STAY: Final = 0.8
"""Chance that the next piece is the same speaker's."""
ROUNDS: Final = 20
ENOUGH: Final = 1e-6
"""Relative gain of a round that ends the rounds."""
SURE: Final = 0.9
"""Chance with which a piece belongs to its group at first."""


def clustered(rows: npt.ArrayLike, weights: npt.ArrayLike, spread: npt.ArrayLike, count: int) -> IntArray:
    """Return a number for each piece, equal ones for one voice.

    Parameters
    ----------
    rows : array_like, shape (pieces, dim)
        In order of time, with variance 1 within a voice.
    weights : array_like, shape (pieces,)
        Above 0 up to 1: how much a piece tells.
    spread : array_like, shape (dim,)
        Variance between voices.
    count : int
        How many voices there are at most.
    """
    points, weighs = np.asarray(rows, np.float64), np.asarray(weights, np.float64)
    if len(points) < 2:
        return np.zeros(len(points), np.int64)
    # What all pieces share is the line and the room.
    points = points - np.average(points, axis=0, weights=weighs)
    few = np.unique(np.linspace(0, len(points) - 1, MOST_JOINED).round().astype(np.int64))
    merges = joined(_turned(points[few]))
    groups = cut(merges, len(few), min(count, len(few)))
    means = np.stack([points[few][groups == group].mean(axis=0) for group in range(groups.max() + 1)])
    nearest = _nearest(points, means)
    nearest[few] = groups
    return refined(points, weighs, np.asarray(spread, np.float64), nearest)


def _nearest(points: DoubleArray, means: DoubleArray) -> IntArray:
    """Return the mean whose direction is nearest to that of each point."""
    return np.asarray(np.argmax(points @ _turned(means).T, axis=1), np.int64)


def _turned(points: DoubleArray) -> DoubleArray:
    """Return points at distance 1 in their directions."""
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12))


def joined(points: DoubleArray) -> list[tuple[int, int, float]]:
    """Join points from the bottom up by the mean distance of their groups.

    By the chain of nearest neighbours, so that time and memory grow with the square of their number.

    Returns
    -------
    list of (int, int, float)
        One point of each of the two groups, and their distance; nearest groups first.
    """
    squares = np.square(points).sum(axis=1)
    far = np.maximum(squares[:, np.newaxis] + squares - 2 * points @ points.T, 0)
    np.fill_diagonal(far, np.inf)
    sizes, merges, chain = np.ones(len(points)), [], [0]
    for _ in range(len(points) - 1):
        chain = chain or [int(np.flatnonzero(sizes)[0])]
        while True:
            near = int(np.argmin(far[chain[-1]]))
            # A tie with the one before ends the chain, else it would go round.
            if len(chain) > 1 and far[chain[-1], chain[-2]] <= far[chain[-1], near]:
                break
            chain.append(near)
        one, other = chain.pop(), chain.pop()
        merges.append((one, other, float(far[one, other])))
        mean = (sizes[one] * far[one] + sizes[other] * far[other]) / (sizes[one] + sizes[other])
        mean[one] = np.inf
        far[one], far[:, one] = mean, mean
        far[other], far[:, other] = np.inf, np.inf
        sizes[one], sizes[other] = sizes[one] + sizes[other], 0
    return sorted(merges, key=lambda merge: merge[2])


def cut(merges: list[tuple[int, int, float]], points: int, groups: int) -> IntArray:
    """Return the group of each point, counted from 0, where the nearest are joined until so many are left."""
    of = np.arange(points)
    for one, other, _ in merges[: points - groups]:
        of[of == of[other]] = of[one]
    return np.unique(of, return_inverse=True)[1].astype(np.int64)


def refined(points: DoubleArray, weights: DoubleArray, spread: DoubleArray, labels: IntArray) -> IntArray:
    """Let each piece choose its speaker anew, knowing its neighbours in time.

    Parameters
    ----------
    points : numpy.ndarray, shape (pieces, dim)
    weights : numpy.ndarray, shape (pieces,)
    spread : numpy.ndarray, shape (dim,)
    labels : numpy.ndarray, shape (pieces,)
        To begin with, counted from 0.
    """
    count = int(labels.max()) + 1
    shares = np.full((len(points), count), (1 - SURE) / max(1, count - 1))
    shares[np.arange(len(points)), labels] = SURE if count > 1 else 1.0
    chances = np.full(count, 1 / count)
    scaled, own = points * np.sqrt(spread), -0.5 * np.square(points).sum(axis=1)[:, np.newaxis]
    best = -np.inf
    for _ in range(ROUNDS):
        weighted = EVIDENCE * weights[:, np.newaxis] * shares
        doubt = 1 / (1 + weighted.sum(axis=0)[:, np.newaxis] * spread)
        places = doubt * (weighted.T @ scaled)
        fits = scaled @ places.T - 0.5 * (doubt + np.square(places)) @ spread + own
        shares, likelihood = smoothed(EVIDENCE * weights[:, np.newaxis] * fits, chances)
        chances = shares.mean(axis=0)
        bound = likelihood + 0.5 * float((np.log(doubt) - doubt - np.square(places) + 1).sum())
        if bound - best < ENOUGH * abs(bound):
            break
        best = bound
    return np.asarray(np.argmax(shares, axis=1), np.int64)


def smoothed(fits: DoubleArray, chances: DoubleArray) -> tuple[DoubleArray, float]:
    """Return the share of each speaker in each piece, and the log-likelihood: forward and backward in time.

    Parameters
    ----------
    fits : numpy.ndarray, shape (pieces, speakers)
        Log-likelihood of each piece by itself.
    chances : numpy.ndarray, shape (speakers,)
        That a speaker begins to speak.
    """
    top = fits.max(axis=1, keepdims=True)
    likely = np.exp(fits - top)
    forward, backward, scales = np.empty_like(likely), np.ones_like(likely), np.empty(len(likely))
    before = chances
    for place, here in enumerate(likely):
        now = before * here
        scales[place] = now.sum()
        forward[place] = now / scales[place]
        before = STAY * forward[place] + (1 - STAY) * chances
    for place in range(len(likely) - 2, -1, -1):
        after = likely[place + 1] * backward[place + 1] / scales[place + 1]
        backward[place] = STAY * after + (1 - STAY) * (chances @ after)
    shares = forward * backward
    return shares / shares.sum(axis=1, keepdims=True), float(np.log(scales).sum() + top.sum())
