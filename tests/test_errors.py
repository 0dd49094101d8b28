"""The error tree and its messages."""

from __future__ import annotations

import pickle
import re

import pytest

from affectone import errors
from affectone.errors import AffectoneError, MissingExtraError, unknown_name

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
]


def drawn_tree() -> dict[str, str]:
    """Read the tree drawn in the module's docstring as child -> parent."""
    parents: dict[str, str] = {}
    open_at: dict[int, str] = {0: "AffectoneError"}
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"    ([│ ]*)[├└]── (\w+)", line)
        if match:
            depth = len(match[1]) // 4 + 1
            open_at[depth] = match[2]
            parents[match[2]] = open_at[depth - 1]
    return parents


def test_the_drawn_tree_is_the_real_tree() -> None:
    real = {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES if cls is not AffectoneError}
    assert drawn_tree() == real


def test_all_names_every_public_thing_in_order() -> None:
    assert errors.__all__ == sorted([*(cls.__name__ for cls in CLASSES), "shown", "unknown_name"])


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_one_except_clause_catches_all(cls: type[Exception]) -> None:
    assert issubclass(cls, AffectoneError)


def test_missing_extra_gives_the_exact_pip_line() -> None:
    message = str(MissingExtraError("train", "training a model"))
    assert message == "training a model needs the extra 'train': pip install 'affectone[train]'"


def test_missing_extra_survives_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(MissingExtraError("data", "a table")))  # noqa: S301 - our own bytes
    assert (error.extra, error.wanted_for, str(error)) == (
        "data",
        "a table",
        "a table needs the extra 'data': pip install 'affectone[data]'",
    )


def test_unknown_name_suggests_the_nearest() -> None:
    assert unknown_name("corpus", "ravdes", ["ravdess", "tess"]) == (
        "unknown corpus 'ravdes'; did you mean 'ravdess'? known: ravdess, tess"
    )


def test_unknown_name_suggests_whatever_the_case() -> None:
    words = unknown_name("feature set", "RMS", ["rms", "zcr"])
    assert words == "unknown feature set 'RMS'; did you mean 'rms'? known: rms, zcr"


def test_unknown_name_without_a_near_one_only_lists() -> None:
    assert unknown_name("corpus", "zzz", ["ravdess", "tess"]) == "unknown corpus 'zzz'; known: ravdess, tess"


def test_unknown_name_where_nothing_is_known() -> None:
    assert unknown_name("model", "edge", []) == "unknown model 'edge'; known: none"


def test_unknown_name_accepts_what_is_not_a_string() -> None:
    assert unknown_name("label", 3, ["sad"]) == "unknown label 3; known: sad"
