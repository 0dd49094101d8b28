"""What measuring gives: numbers over frames, or one row of named numbers for a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, unknown_name
from affectone.registry import require_extra

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClipFeatures", "Features"]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """One feature set over the frames of a recording.

    Parameters
    ----------
    name : str
        Of the set.
    values : numpy.ndarray of float32, shape (frames, dims)
    times : numpy.ndarray of float64, shape (frames,)
        Centre of each frame in seconds.
    names : tuple of str
        One for each column of `values`.
    warnings : tuple of str
        What was wrong with the recording without making it useless.
    """

    name: str
    values: npt.NDArray[np.float32]
    times: npt.NDArray[np.float64]
    names: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> npt.NDArray[np.float32]:
        """Return one column; shape (frames,)."""
        return np.asarray(self.values[:, _place(name, self.names)])

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each frame, indexed by time in seconds; needs the extra `data`."""
        require_extra("data", "a table of features")
        import pandas as pd

        index = pd.Index(self.times, name="time")
        return pd.DataFrame(self.values, index=index, columns=list(self.names))


@dataclass(frozen=True, slots=True, eq=False)
class ClipFeatures:
    """Named numbers about a whole recording.

    Parameters
    ----------
    values : numpy.ndarray of float32, shape (dims,)
        All finite.
    names : tuple of str
        One for each value.
    warnings : tuple of str
        What was wrong with the recording without making it useless.
    """

    values: npt.NDArray[np.float32]
    names: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())

    def __getitem__(self, name: str) -> float:
        """Return one value."""
        return float(self.values[_place(name, self.names)])

    def to_frame(self) -> pd.DataFrame:
        """Return a table of one row; needs the extra `data`."""
        require_extra("data", "a table of features")
        import pandas as pd

        return pd.DataFrame(self.values[np.newaxis], columns=list(self.names))


def _place(name: str, names: tuple[str, ...]) -> int:
    if name not in names:
        raise ConfigError(unknown_name("feature", name, names))
    return names.index(name)
