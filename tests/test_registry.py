"""The registry itself; contract/test_registry.py looks at what is registered."""

from __future__ import annotations

import pytest

from affectone.errors import CorpusError, MissingExtraError
from affectone.registry import EXTRA_MODULES, Registry, require_extra


@pytest.fixture
def registry() -> Registry[object]:
    return Registry("corpus", CorpusError)


def test_a_registered_object_is_got_back_unchanged(registry: Registry[object]) -> None:
    def loader() -> None:
        """Read clips."""

    assert registry.register("mine")(loader) is loader
    assert registry.get("mine") is loader


def test_the_first_line_of_the_docstring_describes_it(registry: Registry[object]) -> None:
    @registry.register("mine")
    def loader() -> None:
        """Read clips.

        By stem.
        """

    assert registry.entry("mine").doc == "Read clips."


def test_things_come_in_the_order_they_were_registered(registry: Registry[object]) -> None:
    for name in ("b", "a", "c"):
        registry.register(name)(object())
    assert [entry.name for entry in registry] == ["b", "a", "c"]


def test_an_unknown_name_raises_the_error_of_its_kind(registry: Registry[object]) -> None:
    registry.register("ravdess")(object())
    with pytest.raises(
        CorpusError, match=r"unknown corpus 'ravdes'; did you mean 'ravdess'\? known: ravdess"
    ):
        registry.get("ravdes")


def test_a_name_cannot_be_taken_twice(registry: Registry[object]) -> None:
    registry.register("mine")(object())
    with pytest.raises(ValueError, match="corpus 'mine' is registered twice"):
        registry.register("mine")


def test_membership_and_length_count_names(registry: Registry[object]) -> None:
    registry.register("mine")(object())
    assert "mine" in registry
    assert "yours" not in registry
    assert len(registry) == 1


def test_an_entry_without_extra_is_available(registry: Registry[object]) -> None:
    registry.register("mine")(object())
    assert registry.entry("mine").available


def test_an_entry_whose_extra_is_missing_is_listed_but_not_available(
    registry: Registry[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "train", ("no_such_module",))
    registry.register("mine", extra="train")(object())
    assert "mine" in registry
    assert not registry.entry("mine").available


def test_a_missing_extra_is_an_error_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "train", ("numpy", "no_such_module"))
    with pytest.raises(MissingExtraError, match=r"training needs .*pip install 'affectone\[train\]'"):
        require_extra("train", "training")


def test_an_installed_extra_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "train", ("numpy",))
    require_extra("train", "training")
