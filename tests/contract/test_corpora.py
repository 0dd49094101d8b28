"""Every registered corpus keeps the contract: its facts are whole, and its own examples are read rightly.

Each check takes a loader and an empty folder. They run over all corpora, and over one that is planted.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from affectone.corpora import CORPORA, Clip, Corpus, loaders
from affectone.errors import CorpusError
from affectone.labels import COMMON, VOICES

Loader = type[Corpus]
Check = Callable[[Loader, Path], None]

NAMES = [entry.name for entry in CORPORA]
PUBLISHED = [name for name in NAMES if CORPORA.get(name).info.releases]
ENDINGS = (".WAV", ".flac", ".opus", ".m4a")


def put(folder: Path, *places: str | Path) -> list[Path]:
    """Write something at each place."""
    paths = [folder / place for place in places]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")
    return paths


def put_tables(loader: Loader, folder: Path) -> None:
    for name, content in loader.example_tables.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def open_at(loader: Loader, folder: Path) -> Corpus:
    return loader(folder / loader.example_root)


def only_clip(loader: Loader, folder: Path) -> Clip:
    (clip,) = open_at(loader, folder).scan().clips
    return clip


def each_example(loader: Loader, folder: Path) -> Iterable[tuple[str, Path, Clip]]:
    """Yield every example, a folder of its own that holds the tables, and the clip as published."""
    for number, example in enumerate(loader.examples):
        alone = folder / f"example {number}"
        alone.mkdir()
        put_tables(loader, alone)
        (path,) = put(alone, example)
        clip = only_clip(loader, alone)
        path.unlink()
        yield example, alone, clip


def the_facts_are_whole(loader: Loader, folder: Path) -> None:
    info = loader.info
    assert info.title
    assert info.licence
    assert isinstance(info.commercial_use, bool)
    assert info.language is None or re.fullmatch("[a-z]{2}", info.language)
    assert info.rate is None or 8000 <= info.rate <= 192_000
    assert all(defect == defect.strip().rstrip(".") != "" for defect in info.defects)
    assert CORPORA.get(loader.name) is loader


def the_publishers_are_named(loader: Loader, folder: Path) -> None:
    assert re.search(r"\((19|20)\d\d\)", loader.info.citation or "")
    assert re.match(r"https?://[\w.-]+/?", loader.info.home or "")


def labels_have_a_common_label(loader: Loader, folder: Path) -> None:
    assert loader.labels
    assert set(loader.labels.values()) <= set(COMMON)


def counts_add_up(loader: Loader, folder: Path) -> None:
    for release in loader.info.releases:
        assert release.version
        assert 0 < release.speakers <= release.clips
        assert set(release.classes) <= set(loader.labels)
        assert sum(release.classes.values()) in ({release.clips} if release.classes else {0})


def two_examples_at_least(loader: Loader, folder: Path) -> None:
    assert len(loader.examples) >= 2
    assert {"speaker", "original", "emotion"} <= {key for said in loader.examples.values() for key in said}


def examples_are_read_rightly(loader: Loader, folder: Path) -> None:
    for example, _, clip in each_example(loader, folder):
        said = loader.examples[example]
        assert {key: getattr(clip, key) for key in said} == dict(said)
        assert clip.sex is None or clip.sex in VOICES
        assert clip.language is None or re.fullmatch("[a-z]{2}", clip.language)


def clips_belong_to_the_corpus(loader: Loader, folder: Path) -> None:
    for _, _, clip in each_example(loader, folder):
        assert clip.corpus == loader.name
        assert clip.id.startswith(f"{loader.name}/")
        assert clip.emotion == loader.labels[clip.original]


def deeper_folders_do_not_matter(loader: Loader, folder: Path) -> None:
    for example, alone, as_published in each_example(loader, folder):
        (path,) = put(alone, f"a/b c/Ünïcode/{example}")
        assert only_clip(loader, alone) == dataclasses.replace(as_published, path=path)


def links_to_folders_are_followed(loader: Loader, folder: Path) -> None:
    for number, (example, alone, as_published) in enumerate(each_example(loader, folder)):
        put(folder / f"elsewhere {number}", example)
        (alone / "linked").symlink_to(folder / f"elsewhere {number}", target_is_directory=True)
        (alone / "back").symlink_to(alone, target_is_directory=True)
        path = alone / "linked" / example
        assert only_clip(loader, alone) == dataclasses.replace(as_published, path=path)


def a_link_that_leads_nowhere_is_a_clip_that_cannot_be_read(loader: Loader, folder: Path) -> None:
    for example, alone, as_published in each_example(loader, folder):
        as_published.path.parent.mkdir(parents=True, exist_ok=True)
        (alone / example).symlink_to("not fetched")
        assert only_clip(loader, alone) == as_published


def endings_do_not_matter(loader: Loader, folder: Path) -> None:
    for example, alone, as_published in each_example(loader, folder):
        for ending in ENDINGS:
            (path,) = put(alone, Path(example).with_suffix(ending))
            assert only_clip(loader, alone) == dataclasses.replace(as_published, path=path)
            path.unlink()


def without_folders_it_is_read_or_the_reason_told(loader: Loader, folder: Path) -> None:
    for example, alone, as_published in each_example(loader, folder):
        (path,) = put(alone, Path(example).name)
        corpus = open_at(loader, alone)
        clip = corpus.parse(path)
        if clip is None:
            assert corpus.why_not(path) != Corpus.why_not(corpus, path)
        else:
            assert clip.id == as_published.id


def a_second_copy_is_taken_once(loader: Loader, folder: Path) -> None:
    for example, alone, _ in each_example(loader, folder):
        deep, shallow = put(alone, f"a/again/{example}", f"b/{example}")
        found = open_at(loader, alone).scan()
        assert [clip.path for clip in found.clips] == [shallow]
        assert [(skip.path, skip.why) for skip in found.skipped] == [(deep, f"second copy of {shallow}")]


def what_macos_leaves_is_no_clip(loader: Loader, folder: Path) -> None:
    for example, alone, _ in each_example(loader, folder):
        path = Path(example)
        put(alone, path, path.with_name(f"._{path.name}"), "__MACOSX/._x.wav", ".DS_Store", "ReadMe.txt")
        found = open_at(loader, alone).scan()
        assert (len(found.clips), found.skipped) == (1, ())


def a_folder_named_as_a_clip_is_none(loader: Loader, folder: Path) -> None:
    for example, alone, _ in each_example(loader, folder):
        put(alone, example, f"old/{example}/notes.txt")
        found = open_at(loader, alone).scan()
        assert (len(found.clips), found.skipped) == (1, ())


def clips_come_in_the_order_of_ids(loader: Loader, folder: Path) -> None:
    ids = {clip.id for _, _, clip in each_example(loader, folder)}
    together = folder / "together"
    together.mkdir()
    put_tables(loader, together)
    put(together, *loader.examples)
    assert [clip.id for clip in open_at(loader, together).scan().clips] == sorted(ids)


def other_corpora_are_foreign(loader: Loader, folder: Path) -> None:
    others = [CORPORA.get(entry.name) for entry in CORPORA]
    others = [other for other in others if other is not loader and other.info.releases]
    for other in others:
        put_tables(other, folder)
    paths = [path for other in others for path in put(folder, *other.examples)]
    corpus = open_at(loader, folder)
    assert [path for path in paths if corpus.parse(path) is not None] == []
    with pytest.raises(CorpusError):
        corpus.scan()


OF_ALL: tuple[Check, ...] = (
    the_facts_are_whole,
    labels_have_a_common_label,
    counts_add_up,
    two_examples_at_least,
    examples_are_read_rightly,
    clips_come_in_the_order_of_ids,
)
OF_PUBLISHED: tuple[Check, ...] = (
    the_publishers_are_named,
    clips_belong_to_the_corpus,
    deeper_folders_do_not_matter,
    links_to_folders_are_followed,
    a_link_that_leads_nowhere_is_a_clip_that_cannot_be_read,
    endings_do_not_matter,
    without_folders_it_is_read_or_the_reason_told,
    a_second_copy_is_taken_once,
    what_macos_leaves_is_no_clip,
    a_folder_named_as_a_clip_is_none,
    other_corpora_are_foreign,
)


@pytest.mark.parametrize("check", OF_ALL, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_of_every_corpus(name: str, check: Check, tmp_path: Path) -> None:
    check(CORPORA.get(name), tmp_path)


@pytest.mark.parametrize("check", OF_PUBLISHED, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", PUBLISHED)
def test_of_every_published_corpus(name: str, check: Check, tmp_path: Path) -> None:
    check(CORPORA.get(name), tmp_path)


def test_the_corpora_people_expect_are_there() -> None:
    expected = (
        "ravdess crema_d tess savee emodb nemo turev emovo cafe shemo urdu jl_corpus esd ased meld iemocap"
    )
    assert {*expected.split(), "folder", "table"} <= set(NAMES)


@pytest.fixture
def planted(repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loader:
    """Plant the loader of the documentation beside the others, and take it out again after the test."""
    page = (repo_root / "docs" / "how-to" / "add-a-corpus.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    folder = tmp_path / "loaders"
    folder.mkdir()
    (folder / "lake_talk.py").write_text(program, encoding="utf-8")
    monkeypatch.setattr(CORPORA, "_entries", dict(CORPORA._entries))
    monkeypatch.setattr(loaders, "__path__", [*loaders.__path__, str(folder)])
    module = f"{loaders.__name__}.lake_talk"
    monkeypatch.setitem(sys.modules, module, sys)
    monkeypatch.delitem(sys.modules, module)
    loaders.load_all()
    return CORPORA.get("lake_talk")


@pytest.mark.parametrize("check", OF_ALL + OF_PUBLISHED, ids=lambda check: check.__name__)
def test_a_new_file_is_a_new_corpus(planted: Loader, check: Check, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    check(planted, folder)


@pytest.mark.parametrize(
    ("member", "value", "check"),
    [
        ("labels", {"joy": "jolly"}, labels_have_a_common_label),
        ("labels", {"joy": "happy"}, counts_add_up),
        ("examples", {}, two_examples_at_least),
        ("example_tables", {}, examples_are_read_rightly),
        ("name", "lake", the_facts_are_whole),
        ("parse", lambda self, path: self.clip(path, original="joy", speaker="x"), other_corpora_are_foreign),
        ("parse", lambda self, path: None, without_folders_it_is_read_or_the_reason_told),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_corpus_that_breaks_the_contract_is_caught(
    planted: Loader,
    member: str,
    value: object,
    check: Check,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planted, member, value)
    folder = tmp_path / "clips"
    folder.mkdir()
    with pytest.raises((AssertionError, CorpusError, KeyError)):
        check(planted, folder)
