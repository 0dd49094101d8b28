"""What a label map loses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora.losses import joined_labels, lost_labels
from affectone.labels import COMMON, VIEWS, label_view

MAPS = st.dictionaries(st.text(max_size=3), st.sampled_from(COMMON), max_size=8)


def test_the_eight_lose_boredom_and_what_is_other() -> None:
    labels = {"W": "angry", "L": "bored", "xxx": "other", "N": "neutral"}
    assert lost_labels(labels, label_view("8")) == ("L", "xxx")


def test_only_labels_with_company_are_joined() -> None:
    labels = {"joy": "happy", "elation": "happy", "W": "angry"}
    assert joined_labels(labels, label_view("8")) == {"happy": ("joy", "elation")}


@pytest.mark.parametrize("view", VIEWS)
@given(labels=MAPS)
def test_every_label_is_lost_joined_or_alone(view: str, labels: dict[str, str]) -> None:
    lost = lost_labels(labels, VIEWS[view])
    joined = joined_labels(labels, VIEWS[view])
    together = [own for owns in joined.values() for own in owns]
    alone = [own for own in labels if own not in {*lost, *together}]
    assert sorted([*lost, *together, *alone]) == sorted(labels)
    places = [VIEWS[view].of(labels[own]) for own in alone]
    assert len(set(places)) == len(places)
    assert not set(places) & set(joined)
