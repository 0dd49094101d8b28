"""A manifest in other people's forms: it is what their own tools make of it, and nothing goes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from affectone.corpora import Clip, Votes, restrict, to_manifest
from affectone.corpora.exchange import to_audformat, to_datasets
from affectone.errors import LabelError, MissingExtraError
from affectone.labels import COMMON, label_view
from affectone.registry import EXTRA_MODULES

NETWORK_REFUSED = """
import socket
def refuse(*_, **__):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


@pytest.fixture
def manifest(tmp_path: Path) -> pd.DataFrame:
    """Return three clips of a second each; the length of the last is not known."""
    clips = []
    for number, emotion in enumerate(("sad", "bored", "neutral")):
        path = tmp_path / f"{number}.wav"
        sf.write(path, np.full(16000, 0.1 * number), 16000)
        votes = Votes({"sad": 0.75, "calm": 0.25}, 4) if number == 0 else None
        clips.append(Clip(f"mine/{number}", path, "mine", "ann", emotion, emotion, votes=votes))
    return to_manifest(clips).assign(duration=[1.0, 1.25, np.nan])


class TestAudformat:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("audformat")

    def test_the_index_is_audformats(self, manifest: pd.DataFrame) -> None:
        import audformat

        expected = audformat.segmented_index(manifest["path"], [0, 0, 0], ["1s", "1.25s", pd.NaT])
        found = to_audformat(manifest).index
        assert audformat.is_segmented_index(found)
        pd.testing.assert_index_equal(found, expected)

    def test_all_other_columns_are_kept(self, manifest: pd.DataFrame) -> None:
        found = to_audformat(manifest)
        assert found.columns.tolist() == [name for name in manifest.columns if name != "path"]
        pd.testing.assert_frame_equal(found.reset_index(drop=True), manifest.drop(columns="path"))

    @pytest.mark.filterwarnings("ignore:The inplace keyword")  # audformat's own, with pandas 3.1
    def test_a_database_keeps_it_on_disk(self, manifest: pd.DataFrame, tmp_path: Path) -> None:
        import audformat

        found = to_audformat(manifest)
        database = audformat.Database("mine")
        database.schemes["emotion"] = audformat.Scheme(labels=list(COMMON))
        database["clips"] = audformat.Table(found.index)
        database["clips"]["emotion"] = audformat.Column(scheme_id="emotion")
        database["clips"]["emotion"].set(found["emotion"])
        database.save(tmp_path / "database")
        again = audformat.Database.load(tmp_path / "database")["clips"]["emotion"].get()
        assert again.astype(object).to_dict() == found["emotion"].astype(object).to_dict()

    def test_no_clips_are_no_segments(self, manifest: pd.DataFrame) -> None:
        import audformat

        assert audformat.is_segmented_index(to_audformat(manifest.iloc[:0]))


class TestDatasets:
    @pytest.fixture(autouse=True)
    def _installed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
        pytest.importorskip("datasets")

    def test_emotions_are_classes_in_the_fixed_order(self, manifest: pd.DataFrame) -> None:
        dataset = to_datasets(manifest)
        assert dataset.features["emotion"].names == list(COMMON)
        assert dataset["emotion"][:] == [COMMON.index(label) for label in ("sad", "bored", "neutral")]

    def test_audio_is_the_recording_at_its_path(self, manifest: pd.DataFrame) -> None:
        import datasets

        dataset = to_datasets(manifest)
        assert dataset.features["audio"] == datasets.Audio(decode=False)
        assert dataset[0]["audio"] == {"bytes": None, "path": manifest["path"][0]}

    def test_no_clips_are_no_rows(self, manifest: pd.DataFrame) -> None:
        assert to_datasets(manifest.iloc[:0]).features == to_datasets(manifest).features

    def test_sound_is_decoded_for_who_wants_it(self, manifest: pd.DataFrame) -> None:
        assert to_datasets(manifest, decode=True).features["audio"].decode

    def test_all_other_columns_are_kept_and_what_is_missing_is_none(self, manifest: pd.DataFrame) -> None:
        rows = list(to_datasets(manifest))
        names = [name for name in manifest.columns if name not in ("path", "emotion")]
        assert list(rows[0]) == ["audio", "emotion", *names]
        assert [row["duration"] for row in rows] == [1.0, 1.25, None]
        assert json.loads(rows[0]["votes"]) == {"sad": 0.75, "calm": 0.25}
        assert [row["votes"] for row in rows[1:]] == [None, None]
        assert (rows[0]["raters"], rows[0]["age"], rows[0]["speaker"]) == (4.0, None, "ann")

    def test_columns_of_ones_own_keep_their_kind(self, manifest: pd.DataFrame) -> None:
        dataset = to_datasets(manifest.assign(score=[1, 2, 3], heard=[True, False, True], note="x"))
        assert dataset[1]["score"] == 2
        assert dataset[1]["heard"] is False
        assert dataset[1]["note"] == "x"

    def test_a_view_has_the_classes_of_the_view(self, manifest: pd.DataFrame) -> None:
        view = label_view("valence")
        dataset = to_datasets(restrict(manifest, view), labels=view.labels)
        assert dataset.features["emotion"].names == ["positive", "negative", "neutral"]
        assert dataset["emotion"][:] == [1, 1, 2]

    def test_it_survives_the_disk(self, manifest: pd.DataFrame, tmp_path: Path) -> None:
        import datasets

        dataset = to_datasets(manifest)
        dataset.to_parquet(tmp_path / "clips.parquet")
        again = datasets.Dataset.from_parquet(
            str(tmp_path / "clips.parquet"), cache_dir=str(tmp_path / "cache")
        )
        assert again.features == dataset.features
        assert list(again) == list(dataset)

    def test_a_label_that_is_no_class_is_refused(self, manifest: pd.DataFrame) -> None:
        view = label_view("valence")
        with pytest.raises(LabelError, match=r"unknown emotion 'negative'.* known: neutral, calm"):
            to_datasets(restrict(manifest, view))


def test_nothing_asks_the_network(manifest: pd.DataFrame, tmp_path: Path) -> None:
    for module in ("audformat", "datasets"):
        pytest.importorskip(module)
    manifest.to_parquet(tmp_path / "m.parquet")
    program = f"""{NETWORK_REFUSED}
from affectone.corpora import read_manifest
from affectone.corpora.exchange import to_audformat, to_datasets
manifest = read_manifest({str(tmp_path / "m.parquet")!r})
print(len(to_audformat(manifest)), len(to_datasets(manifest)))
"""
    environment = {**os.environ, "HF_HOME": str(tmp_path / "huggingface")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 3\n", "")


@pytest.mark.parametrize("convert", [to_audformat, to_datasets])
def test_without_the_extra_it_is_named(convert, manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EXTRA_MODULES, "exchange", ("no_such_module_anywhere",))
    with pytest.raises(
        MissingExtraError, match=r"needs the extra 'exchange': pip install 'affectone\[exchange\]'"
    ):
        convert(manifest)
