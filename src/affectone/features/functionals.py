"""From frames to one number for each column: what the field calls functionals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, unknown_name

__all__ = ["DEFAULT_FUNCTIONALS", "FUNCTIONALS", "functionals_of", "valid_functionals"]

Floats = npt.NDArray[np.float64]


def _standardized(values: Floats, power: int) -> Floats:
    """Return the mean of standardised values to a power; 0 for a column that is constant."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    # A constant column keeps a spread of the size of its rounding, whose powers would be noise.
    flat = spread <= 1e-9 * np.abs(values).max(axis=0)
    moments = np.mean(centred**power, axis=0)
    return np.asarray(np.divide(moments, spread**power, out=np.zeros_like(moments), where=~flat))


def _kurtosis(values: Floats) -> Floats:
    fourth = _standardized(values, 4)
    return np.where(fourth > 0, fourth - 3, 0.0)


def _quantile(share: float) -> Callable[[Floats], Floats]:
    return lambda values: np.asarray(np.quantile(values, share, axis=0))


FUNCTIONALS: dict[str, Callable[[Floats], Floats]] = {
    "mean": lambda values: np.asarray(values.mean(axis=0)),
    "std": lambda values: np.asarray(values.std(axis=0)),
    "min": lambda values: np.asarray(values.min(axis=0)),
    "max": lambda values: np.asarray(values.max(axis=0)),
    "range": lambda values: np.asarray(np.ptp(values, axis=0)),
    "median": _quantile(0.5),
    "q05": _quantile(0.05),
    "q25": _quantile(0.25),
    "q75": _quantile(0.75),
    "q95": _quantile(0.95),
    "skew": lambda values: _standardized(values, 3),
    "kurtosis": _kurtosis,
}
"""Name -> function from (frames, dims) to (dims,). `std` divides by n; `kurtosis` of a normal column is 0."""

DEFAULT_FUNCTIONALS = ("mean", "std", "min", "q25", "median", "q75", "max")


def valid_functionals(chosen: str | Iterable[str]) -> tuple[str, ...]:
    """Return names of functionals as a tuple; an unknown one, none, or one twice is a `ConfigError`."""
    names = (chosen,) if isinstance(chosen, str) else tuple(chosen)
    for name in names:
        if name not in FUNCTIONALS:
            raise ConfigError(unknown_name("functional", name, FUNCTIONALS))
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"functionals must be named once each; got {', '.join(names) or 'none'}")
    return names


def functionals_of(values: npt.NDArray[np.float32], chosen: Sequence[str]) -> Floats:
    """Sum up each column, over the frames in which it is a number.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (frames, dims)
    chosen : sequence of str
        Names in `FUNCTIONALS`.

    Returns
    -------
    numpy.ndarray of float64, shape (dims, functionals)
        A column without any number, such as the pitch of a recording without voice, gives zeros.
    """
    wide = values.astype(np.float64)
    there = ~np.isnan(wide)
    if there.all():
        return _each(wide, chosen)
    summed = np.zeros((wide.shape[1], len(chosen)))
    for column in np.flatnonzero(there.any(axis=0)):
        summed[column] = _each(wide[there[:, column], column][:, np.newaxis], chosen)
    return summed


def _each(values: Floats, chosen: Sequence[str]) -> Floats:
    return np.stack([FUNCTIONALS[name](values) for name in chosen], axis=1)
