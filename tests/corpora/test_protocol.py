"""Protocols of the package, their digests, and their files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from affectone.corpora import Fold, Protocol, list_protocols, load_protocol, save_protocol
from affectone.corpora.protocol import _File
from affectone.errors import ConfigError, CorpusError

DIGESTS = {
    "all:group5": "6568036155d72ac17fa00feb4a605a030d7e3c658ec06dea418653c2d8bfc761",
    "crema_d:emobox-shared": "4e32b5626288de1bd007e1d9b29dfb37401d4928ddb6381fa29adf6df7833faf",
    "crema_d:group5": "5d6c419641c7216d13e3497084a575dcb2b2739b6dbfb23e0d557f29222fa772",
    "crema_d:loso91": "de9cccaaee548193e3a4fc30260202cc89b4cf823b579883ec42b6ebdb3d07a6",
    "crema_d:tfds": "141b82e9cd544668707fde0bbbadf981af6c424305b23c2aa127c09b08e250cc",
    "emodb:emobox-shared": "aa260fa98c3147eddc745da7ed355741ba265e229f7fe6fdc026f3117d311ef9",
    "emodb:loso10": "9d5354bc48bcf79e4ffe4e461f275412f57efc287b3aefc55c43390b57a9ef44",
    "five:group5": "dc0bb27ab7905a4aff4bc50e4023645a25762cd5f062ec5a7a295a6354b2013c",
    "four:group5": "d4c867c0c04b3b0e800551e9193154f357a496820a3094e5cee3978f842364ee",
    "nemo:loso9": "3c53bf284f677cf11cf6f4476a3c97fd43befe92b0bcc68b5e8d1a10a2a69458",
    "ravdess:emobox6": "3bc5a78f49b9bd6135165f4ad0eda83e8463d66088279c138aeb58eec7fce56f",
    "ravdess:loso24": "123ff64beb7ed9c62384bbf8a6e09bb68d5464f3c899c0214ba699f3fa6b74f6",
    "ravdess:luna5": "c380d80d38e79bc9122de8c09d5c871873dc3f08ca16dfcb43912c42988cfa97",
    "ravdess:serab": "d9acd9d8917b1b12e3843fb76480cf32ab74969296bf9890aa13962f5e760f25",
    "savee:loso4": "fd3c3b426098100fb58619a0d1cd20620b1ece9cf7b8aa23ff20937aa162e5f6",
    "tess:cross2": "05e67ce756bbbed664825e8cb125a18af0ae0357ef090abd2ee6a3ff0a482798",
    "tess:emobox-shared": "faff39c2b7efa7e94e33293ff437915a0536482e3b460572bf18736013c09154",
    "turev:loso6": "443d7e689ef429f6f24d7c1f2c9dfc26d7b58750a548dadd8d7fa398bae92d29",
}
"""Results refer to these: a frozen protocol whose digest changed is another protocol."""

SPEAKERS = [name for name in DIGESTS if not name.endswith("shared")]
SIX = ("neutral", "happy", "sad", "angry", "fearful", "disgust")
PLAIN = Protocol("a:b", "here", ("a",), (Fold(("a/1", "a/2"), ("a/3",)), Fold(("a/3",))))


def test_the_protocols_are_frozen() -> None:
    assert {name: load_protocol(name).digest for name in list_protocols()} == DIGESTS


def test_results_were_made_with_protocols_that_are_still_there(repo_root: Path) -> None:
    folder = repo_root / "benchmarks" / "results" / "accuracy"
    # In other suites corpora of no protocol train, too, or it is made of the manifest: theirs are others.
    files = [file for suite in ("edge", "honest") for file in (folder / suite).glob("*.json")]
    results = [json.loads(file.read_text(encoding="utf-8")) for file in files if ".machine" not in file.name]
    assert {result["protocol"] for result in results} >= {"five:group5", "four:group5", "ravdess:luna5"}
    for result in results:
        assert DIGESTS[result["protocol"]] == result["protocol_sha256"]


@pytest.mark.parametrize("name", SPEAKERS)
def test_no_speaker_is_tested_in_two_folds(name: str) -> None:
    tested = [speaker for fold in load_protocol(name).folds for speaker in fold.test]
    assert len(tested) == len(set(tested))


@pytest.mark.parametrize("name", DIGESTS)
def test_it_says_where_it_is_from_and_what_it_is_about(name: str) -> None:
    protocol = load_protocol(name)
    assert (protocol.name, bool(protocol.source)) == (name, True)
    corpus = name.partition(":")[0]
    assert protocol.corpora == (corpus,) or len(protocol.corpora) > 3


@pytest.mark.parametrize("name", DIGESTS)
def test_only_those_named_so_may_leak(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.may_leak is (protocol.kind == "clips") is name.endswith("shared")


@pytest.mark.corpora
def test_folds_are_those_of_the_source_lists(corpora_root: Path) -> None:
    folder = corpora_root.parent / "protocols"
    if not folder.is_dir():
        pytest.skip("the source lists of the protocols are not here")
    for name, content in json.loads((folder / "speaker_folds.json").read_text(encoding="utf-8")).items():
        corpus = name.partition(":")[0]
        expected = [
            [[f"{corpus}/{speaker}" for speaker in fold.get(side, [])] for side in ("test", "validation")]
            for fold in content["folds"]
        ]
        folds = load_protocol(name).folds
        assert [[list(fold.test), list(fold.validation)] for fold in folds] == expected
    for corpus in ("crema_d", "tess", "emodb"):
        lines = (folder / f"{corpus}_emobox_shared.csv").read_text(encoding="utf-8").split()[1:]
        listed = [
            f"{number},{name.removeprefix(f'{corpus}/')}"
            for number, fold in enumerate(load_protocol(f"{corpus}:emobox-shared").folds, start=1)
            for name in fold.test
        ]
        assert listed == lines


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("five:group5", "all:group5"),
        ("four:group5", "five:group5"),
        ("crema_d:group5", "four:group5"),
        ("crema_d:group5", "five:group5"),
    ],
)
def test_another_corpus_left_the_folds_of_the_others_as_they_were(small: str, large: str) -> None:
    one, other = load_protocol(small), load_protocol(large)
    for fold, larger in zip(one.folds, other.folds, strict=True):
        own = {name for name in larger.test if name.partition("/")[0] in one.corpora}
        assert set(fold.test) == own


def test_four_corpora_are_compared_over_six_labels() -> None:
    assert load_protocol("four:group5").labels == SIX
    assert [load_protocol(name).labels for name in DIGESTS if name != "four:group5"] == [None] * 17


def test_the_digest_tells_folds_apart_and_ignores_the_order_within_one() -> None:
    same = Protocol("c:d", "there", ("a",), (Fold(("a/2", "a/1"), ("a/3",)), Fold(("a/3",))))
    other = Protocol("a:b", "here", ("a",), (Fold(("a/1",), ("a/3",)), Fold(("a/3", "a/2"))))
    assert PLAIN.digest == same.digest
    assert PLAIN.digest != other.digest


@pytest.mark.parametrize(
    "changes", [{"kind": "clips"}, {"labels": ("sad", "happy")}, {"corpora": ("a", "only_for_training")}]
)
def test_the_digest_tells_what_is_tested_and_trained_on(changes: dict[str, object]) -> None:
    fields = {"name": "a:b", "source": "here", "corpora": ("a",), "folds": PLAIN.folds}
    assert Protocol(**(fields | changes)).digest != PLAIN.digest


@pytest.mark.parametrize("name", ["ravdess:luna5", "four:group5", "emodb:emobox-shared"])
def test_a_file_is_the_protocol(name: str, tmp_path: Path) -> None:
    save_protocol(load_protocol(name), tmp_path / "mine.json")
    assert load_protocol(tmp_path / "mine.json") == load_protocol(name)
    assert load_protocol(str(tmp_path / "mine.json")).digest == DIGESTS[name]


def test_notes_and_corpora_that_only_train_are_kept_in_a_file(tmp_path: Path) -> None:
    made = Protocol("m", "here", ("a", "b"), (Fold(("a/1",)),), notes=("a note",))
    save_protocol(made, tmp_path / "mine.json")
    assert load_protocol(tmp_path / "mine.json") == made


def test_writing_leaves_nothing_but_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("something else")
    save_protocol(PLAIN, tmp_path / "mine.json")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


def test_a_link_stays_one_and_its_file_is_written(tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "mine.json")
    save_protocol(PLAIN, link)
    assert link.is_symlink()
    assert load_protocol(tmp_path / "mine.json") == PLAIN


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.json").mkdir()
    with pytest.raises(ConfigError, match=r"mine\.json is a folder; name a file"):
        save_protocol(PLAIN, tmp_path / "mine.json")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("group5", "mine-group5"),
        ("random", "mine-random"),
        ("ravdess:luna5", "mine-ravdess:luna5"),
        ("a:b", "a:b"),
    ],
)
def test_a_name_that_means_other_folds_gets_the_files_in_front(
    name: str, written: str, tmp_path: Path
) -> None:
    saved = save_protocol(replace(PLAIN, name=name), tmp_path / "mine.json")
    assert (saved.name, saved.digest) == (written, PLAIN.digest)
    assert load_protocol(tmp_path / "mine.json") == saved


def test_a_files_name_that_is_no_text_is_written_as_one(tmp_path: Path) -> None:
    saved = save_protocol(replace(PLAIN, name="group5"), tmp_path / "a\udcff.json")
    assert saved.name == "a?-group5"


@pytest.mark.parametrize("name", ["random", "mine-random", "mine:shared", "a_b-shared", "shared"])
def test_one_whose_last_word_says_so_may_leak(name: str) -> None:
    assert replace(PLAIN, name=name).may_leak


@pytest.mark.parametrize("name", ["unshared", "random2", "shared-mine", "nonrandom", "RANDOM"])
def test_one_that_says_something_else_may_not(name: str) -> None:
    assert not replace(PLAIN, name=name).may_leak


OVERLAPS = {
    "'a/1' more than once in test and validation of fold 1": {"folds": (Fold(("a/1", "a/1")),)},
    "'a/2' more than once in test and validation of fold 2": {
        "folds": (Fold(("a/1",)), Fold(("a/2",), ("a/2",)))
    },
    "'a/1' and 1 more more than once in test of all folds": {
        "folds": (Fold(("a/1", "a/2")), Fold(("a/2", "a/1")))
    },
    "'a' more than once in corpora": {"corpora": ("a", "a")},
    "'sad' more than once in labels": {"labels": ("sad", "sad")},
}


@pytest.mark.parametrize("words", OVERLAPS)
@pytest.mark.parametrize("name", ["p", "p-random"])
def test_nothing_stands_twice_whatever_the_name(name: str, words: str, tmp_path: Path) -> None:
    twice = replace(PLAIN, **(OVERLAPS[words] | {"name": name}))
    with pytest.raises(CorpusError) as refusal:
        save_protocol(twice, tmp_path / "mine.json")
    assert str(refusal.value) == f"{name}: {words}"
    (tmp_path / "mine.json").write_text(_File.of(twice).model_dump_json(), encoding="utf-8")
    assert refused(tmp_path / "mine.json") == f"{name}: {words}"


@pytest.mark.parametrize("name", ["ravdess:luna5", "group5", "group7", "random", "loso"])
def test_a_file_under_a_name_that_means_other_folds(name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(_File.of(replace(PLAIN, name=name)).model_dump_json(), encoding="utf-8")
    assert refused(file) == f"{file}: {name} means other folds already; give it a name of its own"


@pytest.mark.parametrize("name", ["group", "group0", "group1", "group01", "group1000"])
def test_a_number_of_groups_that_cannot_be(name: str) -> None:
    with pytest.raises(CorpusError) as refusal:
        load_protocol(name)
    words = f"group wants a number of folds from 2 to 999, such as group5; got {name}"
    assert str(refusal.value) == words


def refused(path: Path) -> str:
    with pytest.raises(CorpusError) as refusal:
        load_protocol(path)
    return str(refusal.value)


@pytest.mark.parametrize("changes", [{"name": "x-random"}, {"source": "there"}, {"notes": ["a note"]}])
def test_what_the_folds_do_not_tell_is_checked_too(changes: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    save_protocol(PLAIN, file)
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    assert refused(file).startswith(f"{file} was edited: ")


def test_an_edited_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    save_protocol(PLAIN, file)
    content = json.loads(file.read_text(encoding="utf-8"))
    content["folds"][0]["test"].remove("a/2")
    file.write_text(json.dumps(content), encoding="utf-8")
    assert refused(file) == (
        f"{file} was edited: it is not what its sha256 were made of; make it anew with affectone corpora "
        "split"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"folds": []}, "folds: Tuple should have at least 1 item after validation, not 0"),
        (
            {"folds": [{"test": []}]},
            "folds.0.test: Tuple should have at least 1 item after validation, not 0",
        ),
        ({"fold": 1}, "fold: Extra inputs are not permitted"),
        ({"kind": "people"}, "kind: Input should be 'speakers', 'clips' or 'corpora'"),
        ({"labels": ["sad", "hapy"]}, "unknown label 'hapy'; did you mean 'happy'?"),
    ],
)
def test_a_file_that_is_no_protocol(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    save_protocol(PLAIN, file)
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    assert refused(file).startswith(f"{file} is no protocol: {words}")


def test_text_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("fold,clip\n1,a\n")
    assert refused(tmp_path / "mine.json").startswith(f"{tmp_path / 'mine.json'} is no protocol: file: ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    assert refused(path) == f"cannot read the protocol {path}: No such file or directory"


def test_a_name_that_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"mine\.txt: the name of a protocol's file ends in \.json"):
        save_protocol(PLAIN, tmp_path / "mine.txt")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"mine\.json: cannot be written: No such file or directory"):
        save_protocol(PLAIN, tmp_path / "no" / "mine.json")


def test_a_generic_protocol_wants_a_manifest() -> None:
    with pytest.raises(CorpusError) as refusal:
        load_protocol("loso")
    assert str(refusal.value) == "loso is made of a manifest: generic_protocol('loso', manifest)"


@pytest.mark.parametrize(("name", "near"), [("groups5", "group5"), ("leave-corpora-out", "leave-corpus-out")])
def test_an_unknown_protocol_is_answered_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(CorpusError) as refusal:
        load_protocol(name)
    assert str(refusal.value).startswith(
        f"unknown protocol {name!r}; did you mean {near!r}? known: all:group5, "
    )
    assert str(refusal.value).endswith("leave-corpus-out, random; or a file whose name ends in .json")
