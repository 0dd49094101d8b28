"""`affectone corpora list` and `show`: facts about every corpus, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from affectone.corpora import CORPORA, list_protocols, load_protocol
from affectone.labels import VIEWS

NAMES = [entry.name for entry in CORPORA]
PUBLISHED = [name for name in NAMES if CORPORA.get(name).info.releases]


def shown(affectone, name: str) -> dict[str, Any]:
    result = affectone("corpora", "show", name, "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    facts: dict[str, Any] = json.loads(result.stdout)
    return facts


def line_of(text: str, name: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return line


def test_the_list_has_every_corpus_in_a_line(affectone) -> None:
    result = affectone("corpora", "list")
    head, *lines = result.stdout.splitlines()
    assert " ".join(head.split()) == "name language speakers clips licence commercial use title"
    assert [line.split()[0] for line in lines] == NAMES
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_line_of_the_list(affectone) -> None:
    line = line_of(affectone("corpora", "list").stdout, "crema_d")
    assert line.split()[:7] == ["crema_d", "en", "91", "7,442", "ODbL", "1.0", "yes"]
    assert line.endswith("Crowd-sourced Emotional Multimodal Actors Dataset")


def test_what_own_recordings_are_is_the_users_to_say(affectone) -> None:
    words = line_of(affectone("corpora", "list").stdout, "folder").split()
    assert words[:4] == ["folder", "yours", "yours", "yours"]


def test_the_list_as_json(affectone) -> None:
    facts = json.loads(affectone("corpora", "list", "--format", "json").stdout)
    assert [fact["name"] for fact in facts] == NAMES
    (tess,) = [fact for fact in facts if fact["name"] == "tess"]
    assert tess == {
        "name": "tess",
        "language": "en",
        "speakers": 2,
        "clips": 2800,
        "licence": "CC BY-NC-ND 4.0",
        "commercial_use": False,
        "title": "Toronto Emotional Speech Set",
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_all_that_is_known_is_shown(affectone, name: str) -> None:
    text = affectone("corpora", "show", name).stdout
    info = CORPORA.get(name).info
    words = [info.title, info.licence, info.citation, info.home, *info.defects]
    words += [f"{release.version}: {release.clips:,} clips" for release in info.releases]
    assert [word for word in words if word is not None and word not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_label_map_is_shown_with_each_view(affectone, name: str) -> None:
    facts = shown(affectone, name)
    labels = CORPORA.get(name).labels
    assert facts["labels"] == labels
    for view, told in facts["views"].items():
        kept = {own for own, common in labels.items() if VIEWS[view].of(common)}
        assert set(told["lost"]) == set(labels) - kept
    assert list(facts["views"]) == list(VIEWS)


def test_counts_in_own_and_in_common_labels(affectone) -> None:
    (release,) = shown(affectone, "iemocap")["releases"]
    assert release["classes"]["fru"] == 1849
    assert release["emotions"]["other"] == 1849 + 1041 + 3 + 2507
    assert sum(release["emotions"].values()) == release["clips"] == 10_039


def test_the_loss_of_a_map_in_words(affectone) -> None:
    line = line_of(affectone("corpora", "show", "jl_corpus").stdout, "the labels lose")
    assert line.endswith(
        "excited (other), anxious (other), apologetic (other), assertive (other), concerned (other), "
        "encouraging (other)"
    )


def test_a_map_that_loses_nothing_says_so(affectone) -> None:
    assert line_of(affectone("corpora", "show", "cafe").stdout, "the labels lose").endswith(" nothing")


def test_what_views_lose_and_join_in_clips(affectone) -> None:
    text = affectone("corpora", "show", "ravdess").stdout
    four, valence = line_of(text, "--labels 4"), line_of(text, "--labels valence")
    lost = "02 (calm), 06 (fearful), 07 (disgust), 08 (surprised): 768 clips"
    assert four.endswith(f"neutral, happy, sad, angry; leaves out {lost}")
    assert "leaves out 08 (surprised): 192 clips; negative is 04, 05, 06, 07; neutral is 01, 02" in valence


@pytest.mark.parametrize("name", ["ravdess", "nemo", "cafe"])
def test_its_protocols_are_named(affectone, name: str) -> None:
    named = shown(affectone, name)["protocols"]
    assert named == [entry for entry in list_protocols() if name in load_protocol(entry).corpora]


def test_protocols_of_one_and_of_several_corpora(affectone) -> None:
    assert {"ravdess:luna5", "four:group5"} <= set(shown(affectone, "ravdess")["protocols"])


def test_an_unknown_corpus_is_answered_with_the_nearest(affectone) -> None:
    result = affectone("corpora", "show", "ravdes")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"affectone: unknown corpus 'ravdes'; did you mean 'ravdess'? known: {', '.join(NAMES)}\n"
    )


def test_listing_loads_neither_pandas_nor_torch() -> None:
    program = (
        "import sys; from affectone.cli.corpora.describe import list_command; list_command(); "
        "print([name for name in ('pandas', 'torch', 'matplotlib') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "[]\n")
