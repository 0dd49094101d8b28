"""Frames of one number for every recording, as networks and tables want them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, unknown_name

__all__ = ["pad_or_cut"]

MODES: dict[str, Literal["constant", "edge", "wrap"]] = {"zero": "constant", "edge": "edge", "repeat": "wrap"}


def pad_or_cut(
    values: npt.NDArray[np.float32], frames: int, mode: Literal["zero", "edge", "repeat"] = "zero"
) -> npt.NDArray[np.float32]:
    """Return exactly so many frames: the first ones, or all of them and more behind.

    Parameters
    ----------
    values : numpy.ndarray, shape (frames, dims)
        One frame at least.
    frames : int
        How many to return.
    mode : "zero", "edge" or "repeat", default "zero"
        What follows the last frame: zeros, the last frame again, or all frames from the first.

    Returns
    -------
    numpy.ndarray of the same type, shape (frames, dims)

    Examples
    --------
    >>> pad_or_cut(np.array([[1.0], [2.0]]), 5, "repeat").ravel()
    array([1., 2., 1., 2., 1.])
    """
    if mode not in MODES:
        raise ConfigError(unknown_name("mode of padding", mode, MODES))
    if isinstance(frames, bool) or not isinstance(frames, int | np.integer) or frames < 1:
        raise ConfigError(f"frames must be a whole number from 1; got {frames!r}")
    values = np.asarray(values)
    if values.ndim != 2 or not len(values):
        raise ConfigError(
            f"values must have shape (frames, dims) with one frame at least; got {values.shape}"
        )
    missing = max(0, int(frames) - len(values))
    return np.pad(values[:frames], ((0, missing), (0, 0)), mode=MODES[mode])
