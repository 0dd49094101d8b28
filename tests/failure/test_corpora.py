"""Folders and names that are no corpus: the words of each refusal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from affectone.corpora import CORPORA, load_corpora, load_corpus, load_protocol
from affectone.errors import CorpusError

NAMES = [entry.name for entry in CORPORA]
PUBLISHED = [name for name in NAMES if CORPORA.get(name).info.releases]


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_such_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as refusal:
        load_corpus(name, tmp_path / "nowhere")
    assert str(refusal.value) == f"{name}: no folder {tmp_path / 'nowhere'}"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_file_where_a_folder_is_wanted(name: str, tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(b"RIFF")
    with pytest.raises(CorpusError, match=f"{name}: no folder "):
        load_corpus(name, tmp_path / "clip.wav")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_folder_without_audio(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to hear")
    with pytest.raises(CorpusError) as refusal:
        load_corpus(name, tmp_path)
    assert str(refusal.value) == f"{name}: no audio file under {tmp_path}; is this the right folder?"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_folder_that_may_not_be_listed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(CorpusError) as refusal:
        load_corpus(name, tmp_path)
    assert str(refusal.value) == (
        f"{name}: no clip in {tmp_path}; {tmp_path}: cannot be listed: Permission denied"
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_folder_of_something_else(name: str, tmp_path: Path) -> None:
    for stem in ("holiday", "interview 2"):
        (tmp_path / f"{stem}.wav").write_bytes(b"RIFF")
    with pytest.raises(
        CorpusError, match=f"{name}: none of 2 audio files under .*; is this the right folder"
    ):
        load_corpus(name, tmp_path)


def test_an_unknown_corpus_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as refusal:
        load_corpora({"crema-d": tmp_path})
    assert str(refusal.value) == (
        f"unknown corpus 'crema-d'; did you mean 'crema_d'? known: {', '.join(NAMES)}"
    )


def test_an_unknown_protocol_is_answered_with_the_nearest() -> None:
    with pytest.raises(CorpusError, match=r"unknown protocol 'ravdess:luna'; did you mean 'ravdess:luna5'\?"):
        load_protocol("ravdess:luna")
