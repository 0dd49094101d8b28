"""`Standardizer`: subtract a mean, divide by a standard deviation, and remember whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Standardizer", "Statistics"]

Floats = npt.NDArray[np.float64]
AnyFloats = npt.NDArray[np.floating]
Rows: TypeAlias = "pd.DataFrame | AnyFloats | Sequence[AnyFloats]"
RowsT = TypeVar("RowsT", bound="Rows")
Groups: TypeAlias = "str | Sequence[str] | pd.Series[str] | None"

UNSEEN = ("error", "pooled")
NO_FEATURES = (
    *("id", "path", "corpus", "speaker", "emotion", "original", "sex", "age", "ethnicity", "language"),
    *("text", "sentence", "take", "intensity", "votes", "raters", "agreement", "heard_intensity"),
    *("duration", "rate", "channels", "content_hash", "recording", "time"),
)
"""Columns of a manifest, and the time of frames: a table of features may be joined with them."""


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Mean and standard deviation of each column over `n` rows."""

    n: int
    mean: Floats
    std: Floats

    @classmethod
    def of(cls, values: Floats) -> Statistics:
        """Measure rows of shape (n, dims)."""
        return cls(len(values), values.mean(axis=0), values.std(axis=0))

    @property
    def divisor(self) -> Floats:
        """The standard deviations; 1 where a column was constant."""
        # What is left of a constant column is rounding, which must not be blown up.
        constant = self.std <= 1e-12 * np.maximum(1.0, np.abs(self.mean))
        return np.where(constant, 1.0, self.std)

    def applied(self, values: Floats) -> Floats:
        """Standardise; a column that was constant is only centred."""
        return np.asarray((values - self.mean) / self.divisor)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"n": self.n, "mean": self.mean.tolist(), "std": self.std.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Statistics:
        """Read what `to_dict` wrote; numbers that cannot be measured are a `ValueError`."""
        n, mean, std = int(data["n"]), np.asarray(data["mean"], float), np.asarray(data["std"], float)
        if n < 1 or mean.ndim != 1 or mean.shape != std.shape:
            raise ValueError(
                f"n is {n}, and means and deviations have the shapes {mean.shape} and {std.shape}"
            )
        if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std >= 0).all()):
            raise ValueError("means and deviations are finite, and deviations not below 0")
        return cls(n, mean, std)


@dataclass(frozen=True, slots=True, eq=False)
class Standardizer:
    """Fitted standardisation; made by `Standardizer.fit`.

    Attributes
    ----------
    columns : tuple of str
        Of a table; empty where arrays were fitted.
    pooled : Statistics
        Over all rows.
    groups : mapping of str to Statistics
        Over the rows of each speaker or corpus; empty where no groups were asked for.
    fitted_on : tuple of str
        Whose rows they were, sorted; of a table with corpora as ``corpus/speaker``.
    """

    columns: tuple[str, ...]
    pooled: Statistics
    groups: Mapping[str, Statistics] = field(default_factory=dict)
    fitted_on: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        rows: Rows,
        *,
        groups: Groups = None,
        who: Groups = None,
        columns: Sequence[str] | None = None,
    ) -> Self:
        """Measure the rows that training may see.

        Parameters
        ----------
        rows : pandas.DataFrame, array of shape (rows, dims), or sequence of arrays of shape (frames, dims)
            Only those of the training side.
        groups : str or sequence of str, optional
            For each group statistics of its own: a column of the table such as ``"speaker"`` or ``"corpus"``,
            or a name for each row (of a sequence: for each array). Two corpora may call two people ``"03"``:
            join the columns where a table holds several.
        who : str or sequence of str, optional
            Whose rows they are, given as `groups` is. Without it: the groups, or the table's column
            ``"speaker"``, after its column ``"corpus"`` where it has one.
        columns : sequence of str, optional
            Features of the table; without it every column of floats that is none of a manifest (``"age"``,
            ``"duration"`` and the like) nor ``"time"``, so that a table may hold both.

        Returns
        -------
        Standardizer

        Raises
        ------
        ConfigError
            If there is no row, a value is not finite, or a column or a name for a row is missing.
        """
        chosen = _columns(rows, columns)
        values, lengths = _stacked(rows, chosen)
        names = _row_names(rows, groups, lengths)
        if who is None and names is None:
            whose = _speakers(rows, lengths)
        else:
            whose = names if who is None else _row_names(rows, who, lengths)
        apart = {} if names is None else {name: values[names == name] for name in np.unique(names)}
        return cls(
            chosen,
            Statistics.of(values),
            {str(name): Statistics.of(part) for name, part in apart.items()},
            () if whose is None else tuple(str(name) for name in np.unique(whose)),
        )

    def transform(
        self, rows: RowsT, *, groups: Groups = None, unseen: Literal["error", "pooled"] = "error"
    ) -> RowsT:
        """Standardise rows by what was fitted; nothing is learned from them.

        Parameters
        ----------
        rows : as in `fit`
            A table may have more columns; they are kept.
        groups : str or sequence of str
            As in `fit`; wanted exactly where groups were fitted.
        unseen : "error" or "pooled", default "error"
            What a group gets that was not fitted: a `ConfigError`, or the statistics over all fitted rows.

        Returns
        -------
        What was given, standardised: a table, an array or a list of arrays.
        """
        if unseen not in UNSEEN:
            raise ConfigError(unknown_name("choice for unseen groups", unseen, UNSEEN))
        if bool(self.groups) != (groups is not None):
            wanted = "with groups: pass groups=" if self.groups else "without groups: leave groups= out"
            raise ConfigError(f"this standardizer was fitted {wanted}")
        values, lengths = _stacked(rows, self.columns)
        if values.shape[1] != len(self.pooled.mean):
            raise ConfigError(f"fitted on {len(self.pooled.mean)} columns; got {values.shape[1]}")
        names = _row_names(rows, groups, lengths)
        done: RowsT = _shaped_as(rows, self._applied(values, names, unseen), self.columns, lengths)
        return done

    def _applied(self, values: Floats, names: npt.NDArray[np.str_] | None, unseen: str) -> Floats:
        if names is None:
            return self.pooled.applied(values)
        done = np.empty_like(values)
        for name in np.unique(names):
            if name not in self.groups and unseen == "error":
                raise ConfigError(
                    f"{unknown_name('group', str(name), self.groups)}; "
                    "unseen='pooled' would take the statistics of all that were fitted"
                )
            statistics = self.groups.get(str(name), self.pooled)
            done[names == name] = statistics.applied(values[names == name])
        return done

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that JSON can hold."""
        return {
            "columns": list(self.columns),
            "pooled": self.pooled.to_dict(),
            "groups": {name: statistics.to_dict() for name, statistics in self.groups.items()},
            "fitted_on": list(self.fitted_on),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; anything else is a `ConfigError`."""
        try:
            read = cls(
                tuple(data["columns"]),
                Statistics.from_dict(data["pooled"]),
                {name: Statistics.from_dict(group) for name, group in data["groups"].items()},
                tuple(data["fitted_on"]),
            )
            read._check_widths()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"this is no standardizer: {error!r}") from None
        return read

    def _check_widths(self) -> None:
        """Raise `ValueError` if columns, pooled statistics and those of groups differ in number."""
        widths = {len(part.mean) for part in (self.pooled, *self.groups.values())}
        if self.columns:
            widths.add(len(self.columns))
        if len(widths) > 1:
            raise ValueError(f"columns and statistics differ in number: {sorted(widths)}")


def _is_table(rows: Rows) -> bool:
    return hasattr(rows, "columns")


def _columns(rows: Any, columns: Sequence[str] | None) -> tuple[str, ...]:
    if not _is_table(rows):
        if columns is not None:
            raise ConfigError("columns= belongs to a table; arrays have none")
        return ()
    if columns is None:
        columns = [name for name in rows.select_dtypes("floating").columns if name not in NO_FEATURES]
    if not len(columns):
        raise ConfigError(
            "the table has no column of floats beside those of a manifest; name the features with columns="
        )
    return tuple(columns)


def _stacked(rows: Any, columns: Sequence[str]) -> tuple[Floats, list[int]]:
    """Return all rows under one another, and how many each recording has (of a table: one)."""
    if _is_table(rows):
        for column in columns:
            if column not in rows.columns:
                raise ConfigError(unknown_name("column", column, rows.columns))
        values = rows[list(columns)].to_numpy(np.float64)
        lengths = [1] * len(values)
    elif isinstance(rows, np.ndarray):
        values, lengths = rows.astype(np.float64), [1] * len(rows)
    else:
        parts = [np.asarray(part, np.float64) for part in rows]
        other = next((part for part in parts if part.shape[1:] != parts[0].shape[1:]), None)
        if other is not None:
            raise ConfigError(
                f"arrays must have shape (frames, dims) with equal dims; "
                f"got {parts[0].shape} and {other.shape}"
            )
        lengths = [len(part) for part in parts]
        values = np.concatenate(parts) if parts else np.empty((0, 0))
    if values.ndim != 2 or not len(values):
        raise ConfigError(f"rows must have shape (rows, dims) with one row at least; got {values.shape}")
    bad = np.flatnonzero(~np.isfinite(values).all(axis=0))
    if bad.size:
        named = ", ".join(columns[at] if columns else str(at) for at in bad[:3])
        raise ConfigError(f"values are NaN or infinite in column {named}; fill or drop them first")
    return values, lengths


def _speakers(rows: Any, lengths: list[int]) -> npt.NDArray[np.str_] | None:
    """Return the speaker of each row of a table that tells them, after the corpus where it tells that."""
    told = getattr(rows, "columns", ())
    if "speaker" not in told:
        return None
    speakers = _row_names(rows, "speaker", lengths)
    corpora = _row_names(rows, "corpus", lengths) if "corpus" in told else None
    if speakers is None or corpora is None:
        return speakers
    # Two corpora may call two people "03".
    return np.array([f"{corpus}/{speaker}" for corpus, speaker in zip(corpora, speakers, strict=True)])


def _row_names(rows: Any, names: Groups, lengths: list[int]) -> npt.NDArray[np.str_] | None:
    """Return one name for each stacked row."""
    if names is None:
        return None
    if isinstance(names, str):
        if not _is_table(rows):
            raise ConfigError(f"{names!r} names a column, but there is no table; pass one name for each row")
        if names not in rows.columns:
            raise ConfigError(unknown_name("column", names, rows.columns))
        if rows[names].isna().any():
            raise ConfigError(
                f"column {names!r} has rows without a name; drop or fill them first, or name another column, "
                "such as who='id'"
            )
        names = rows[names].astype(str).tolist()
    if len(names) != len(lengths):
        raise ConfigError(
            f"one name for each of {len(lengths)} rows or recordings is needed; got {len(names)}"
        )
    if not all(isinstance(name, str) for name in names):
        raise ConfigError("names must be text, and none may be missing; drop or fill those rows first")
    return np.repeat(np.asarray(list(names)), lengths)


def _shaped_as(rows: Any, values: Floats, columns: Sequence[str], lengths: list[int]) -> Any:
    if _is_table(rows):
        return rows.assign(**{column: values[:, at] for at, column in enumerate(columns)})
    if isinstance(rows, np.ndarray):
        return _of_kind(rows, values)
    parts = np.split(values, np.cumsum(lengths)[:-1])
    return [_of_kind(np.asarray(given), part) for part, given in zip(parts, rows, strict=True)]


def _of_kind(given: npt.NDArray[Any], values: Floats) -> Floats:
    """Return values as precise as those that were given; whole numbers become fractions."""
    return values.astype(given.dtype if given.dtype.kind == "f" else np.float64)
