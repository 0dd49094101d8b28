"""Recordings of one's own: folders and tables become the right clips, and what was guessed is told."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectone.corpora import CORPORA, Clip, Scan
from affectone.corpora.own import OwnLabels, open_corpus, parse_own
from affectone.corpora.own_cells import CellReader, choose_columns
from affectone.corpora.own_tables import MISSING, read_rows

Folder = Callable[..., Path]
ROWS = "path,label\na.wav,joy\nb.wav,sad\n"


def folder(root: Path, **own: object) -> Scan:
    return open_corpus("folder", root, OwnLabels(**own)).scan()  # type: ignore[arg-type]


def labels(found: Scan) -> dict[str, str]:
    return {clip.id: clip.emotion for clip in found.clips}


def whys(found: Scan, root: Path) -> dict[str, str]:
    return {skip.path.relative_to(root).as_posix(): skip.why for skip in found.skipped}


# Folders.


@pytest.mark.parametrize(
    ("place", "emotion", "original"),
    [
        ("angry/x.wav", "angry", "angry"),
        ("lena/Freude/x.wav", "happy", "Freude"),
        ("train/sad/x.wav", "sad", "sad"),
        ("fearful/lena/x.wav", "fearful", "fearful"),
        ("OAF/02 pleasant_surprise/take 1/x.flac", "surprised", "02 pleasant_surprise"),
        ("happy/joy/x.wav", "happy", "joy"),
    ],
)
def test_the_nearest_folder_that_names_an_emotion_is_the_label(
    place: str, emotion: str, original: str, folder_of: Folder
) -> None:
    root = folder_of(place)
    (clip,) = folder(root).clips
    assert (clip.emotion, clip.original, clip.corpus) == (emotion, original, "mine")
    assert (clip.id, clip.path) == (f"mine/{place.rsplit('.', 1)[0]}", root / place)


def test_equal_names_in_two_folders_are_two_clips(folder_of: Folder) -> None:
    found = folder(folder_of("sad/01.wav", "angry/01.wav", "angry/lena/01.wav"))
    assert labels(found) == {"mine/angry/01": "angry", "mine/angry/lena/01": "angry", "mine/sad/01": "sad"}


def test_one_name_with_two_endings_is_two_clips(folder_of: Folder) -> None:
    """What sounds alike is found by listening; no recording is lost for its name."""
    found = folder(folder_of("sad/01.flac", "sad/01.wav", "sad/02.wav"))
    assert list(labels(found)) == ["mine/sad/01.flac", "mine/sad/01.wav", "mine/sad/02"]
    assert found.skipped == ()


def test_a_path_that_names_two_emotions_is_left_out_with_the_reason(folder_of: Folder) -> None:
    root = folder_of("sad/x.wav", "angry/sad voice/sad/y.wav", "angry/sad/z.wav")
    found = folder(root)
    assert list(labels(found)) == ["mine/sad/x"]
    assert whys(found, root)["angry/sad/z.wav"] == (
        "its folders name different emotions: 'sad' (sad) and 'angry' (angry); --map sad=sad would decide"
    )


def test_a_folder_of_the_map_counts_before_one_that_is_guessed(folder_of: Folder) -> None:
    root = folder_of("Joy/sad/x.wav", "Joy/angry/x.wav", "Joy/x.wav")
    found = folder(root, label_map={"sad": "sad", "angry": "angry"})
    assert labels(found) == {"mine/Joy/angry/x": "angry", "mine/Joy/sad/x": "sad", "mine/Joy/x": "happy"}


def test_the_map_overrules_the_guess(folder_of: Folder) -> None:
    found = folder(folder_of("happy/x.wav", "7/y.wav"), label_map={"happy": "surprised", "7": "bored"})
    assert labels(found) == {"mine/7/y": "bored", "mine/happy/x": "surprised"}


@pytest.mark.parametrize(
    ("label_map", "emotion"),
    [({"meh": "other"}, "other"), ({"MEH": "sad", "mEh": "sad"}, "sad")],
)
def test_case_of_the_map_does_not_matter(label_map: dict[str, str], emotion: str, folder_of: Folder) -> None:
    assert labels(folder(folder_of("Meh/x.wav"), label_map=label_map)) == {"mine/Meh/x": emotion}


def test_hidden_and_other_files_are_no_recordings(folder_of: Folder) -> None:
    found = folder(folder_of("sad/x.wav", "sad/._x.wav", ".cache/sad/y.wav", "sad/notes.txt", "labels.csv"))
    assert (len(found.clips), found.skipped) == (1, ())


def test_each_label_that_was_taken_is_told_with_its_clips(folder_of: Folder) -> None:
    found = folder(folder_of("joy/1.wav", "joy/2.wav", "Sad/1.wav", "meh/1.wav"), label_map={"meh": "other"})
    assert found.notes[:3] == (
        "taken 'Sad' for sad (1 file)",
        "taken 'joy' for happy (2 files)",
        "taken 'meh' for other (1 file, as told)",
    )


def test_a_label_of_the_map_that_never_occurs_is_told(folder_of: Folder) -> None:
    notes = folder(folder_of("meh/1.wav", "sad/1.wav"), label_map={"mehh": "other", "q": "sad"}).notes
    assert "'mehh' of the label map occurs nowhere; did you mean 'meh'?" in notes
    assert "'q' of the label map occurs nowhere" in notes


def test_folders_that_name_no_emotion_are_told(folder_of: Folder) -> None:
    root = folder_of("sad/1.wav", "meh/1.wav", "meh/2.wav", "so so/1.wav", "loose.wav")
    found = folder(root)
    assert found.notes[-1] == (
        "left out 3 recordings below folders that name no emotion: 'meh' (2), 'so so' (1); "
        "--map meh=other says what one means"
    )
    assert whys(found, root)["meh/1.wav"] == "no folder above it names an emotion"


@pytest.mark.parametrize(
    "pattern",
    [r"(?P<speaker>[a-z]+)_\d+\.wav$", r"([a-z]+)_\d", r"[a-z]+(?=_)", r"(x)?_?(?P<speaker>lena|tom)"],
)
def test_a_pattern_finds_the_speaker(pattern: str, folder_of: Folder) -> None:
    found = folder(folder_of("sad/lena_01.wav", "sad/tom_01.wav"), speaker=pattern)
    assert [clip.speaker for clip in found.clips] == ["lena", "tom"]
    assert found.notes[-1] == "the speaker pattern finds 2 speakers: 'lena' (1), 'tom' (1)"


def test_the_patterns_of_the_documentation_find_the_speaker(repo_root: Path, folder_of: Folder) -> None:
    page = (repo_root / "docs" / "how-to" / "own-recordings.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\S+)` \| `--speaker '(.+)'` \|$", page, re.M)
    found = [folder(folder_of(path, root=str(n)), speaker=said).clips for n, (path, said) in enumerate(rows)]
    assert [clips[0].speaker for clips in found] == ["lena", "lena", "lena", "03"]


def test_the_pattern_sees_the_folders(folder_of: Folder) -> None:
    found = folder(folder_of("lena/sad/1.wav", "tom/sad/1.wav"), speaker="^([^/]+)/")
    assert [clip.speaker for clip in found.clips] == ["lena", "tom"]


def test_where_nobody_says_who_speaks_the_way_to_say_it_is_told(folder_of: Folder) -> None:
    found = folder(folder_of("sad/lena_01.wav"))
    assert found.clips[0].speaker is None
    assert found.notes[-1] == (
        "no speaker is known of any clip, and protocols that keep speakers apart need one; "
        "--speaker REGEX finds one in a path such as 'sad/lena_01.wav'"
    )


def test_clips_that_the_pattern_does_not_fit_are_told(folder_of: Folder) -> None:
    found = folder(folder_of("sad/lena_01.wav", "sad/02.wav"), speaker="([a-z]+)_")
    assert found.notes[-1] == (
        "no speaker is known of 1 of 2 clips, and protocols that keep speakers apart need one; "
        "the pattern finds nobody in 'sad/02.wav'"
    )


# Tables.


@pytest.fixture
def table(folder_of: Folder) -> Callable[..., Scan]:
    """Return a function that writes a table beside two recordings, a.wav and b.wav, and reads it."""
    root = folder_of("a.wav", "b.wav", "wavs/a.wav")

    def read(content: str | bytes, *, name: str = "calls.csv", **own: object) -> Scan:
        path = root / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_corpus("table", path, OwnLabels(**own)).scan()  # type: ignore[arg-type]

    return read


Read = Callable[..., Scan]


def test_all_columns_are_read(table: Read) -> None:
    votes = '"{""joy"": 3, ""sad"": 1}"'
    found = table(
        "path,label,speaker,sex,age,language,text,sentence,take,intensity,id,votes,recording\n"
        f'wavs/a.wav,joy,lena,F,34,en-GB,"Well, yes",s1,2,strong,call-7,{votes},call-7\n'
    )
    (clip,) = found.clips
    assert clip == Clip(
        id="mine/call-7",
        path=clip.path,
        corpus="mine",
        speaker="lena",
        emotion="happy",
        original="joy",
        sex=clip.sex,
        age=34,
        language="en",
        text="Well, yes",
        sentence="s1",
        take="2",
        intensity="strong",
        votes=clip.votes,
        recording="mine/call-7",
    )
    assert clip.sex == "female"
    assert clip.votes is not None
    assert (clip.votes.shares, clip.votes.raters) == ({"happy": 0.75, "sad": 0.25}, 4)
    assert found.notes == ("taken 'joy' for happy (1 file)",)


@pytest.mark.parametrize(
    "header",
    [
        "Path,Label",
        "filename,emotion",
        "file_path,EMOTION",
        "wav,target",
        "audio file,class",
        "File Name,emo",
    ],
)
def test_columns_have_their_usual_other_names(header: str, table: Read) -> None:
    found = table(f"{header}\na.wav,sad\n")
    path, label = header.split(",")
    assert labels(found) == {"mine/a": "sad"}
    assert found.notes[:2] == (
        f"column {path!r} is taken for the path",
        f"column {label!r} is taken for the label",
    )


def test_a_table_tells_ethnicity_and_how_intense_it_sounded(table: Read) -> None:
    found = table("path,label,Race,Heard Intensity\na.wav,sad,Sorbian,0.25\nb.wav,sad,,\n")
    told = [(clip.ethnicity, clip.heard_intensity, clip.votes) for clip in found.clips]
    assert told == [("Sorbian", 0.25, None), (None, None, None)]
    assert found.notes[:2] == (
        "column 'Race' is taken for the ethnicity",
        "column 'Heard Intensity' is taken for the heard intensity",
    )


def test_another_column_may_say_how_intense_it_sounded(table: Read) -> None:
    columns = {"heard_intensity": "level"}
    (clip,) = table("path,label,level,heard_intensity\na.wav,sad,1,0.5\n", columns=columns).clips
    assert clip.heard_intensity == 1


def test_the_plain_name_is_taken_before_others(table: Read) -> None:
    assert labels(table("filename,path,label\nx,a.wav,sad\n")) == {"mine/a": "sad"}


def test_a_column_that_is_told_is_taken(table: Read) -> None:
    found = table("path,label,emo\na.wav,1,sad\n", columns={"label": "emo"})
    assert labels(found) == {"mine/a": "sad"}
    assert "columns that are not read: 'label'" in found.notes


def test_a_column_that_is_nearly_one_is_told(table: Read) -> None:
    notes = table("path,label,speeker,mood\na.wav,sad,lena,x\n").notes
    assert "columns that are not read: 'speeker', 'mood'" in notes
    assert "'speeker' looks like 'speaker': --column speaker=speeker takes it for that" in notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_encoding_and_end_of_line(delimiter: str, encoding: str, end: str, table: Read) -> None:
    lines = ["path,label,text", 'a.wav,Ärger,"Ja, so; ist\tes|"', "", "b.wav,joy,"]
    quoted = lines[1].replace(",", delimiter, 2)
    content = end.join([lines[0].replace(",", delimiter), quoted, "", lines[3].replace(",", delimiter), ""])
    found = table(content.encode(encoding))
    assert [(clip.original, clip.text) for clip in found.clips] == [
        ("Ärger", "Ja, so; ist\tes|"),
        ("joy", None),
    ]
    odd = "calls.csv is not UTF-8 and is read as Latin-1 (Windows-1252); look at its accents"
    assert (odd in found.notes) == (encoding == "cp1252")


def test_the_line_with_which_excel_names_the_delimiter_is_no_header(table: Read) -> None:
    assert labels(table("sep=;\r\npath;label\r\na.wav;sad\r\n")) == {"mine/a": "sad"}


def test_empty_lines_above_the_header_do_not_matter(table: Read) -> None:
    assert labels(table("\n  \n\t\npath\tlabel\na.wav\tsad\n")) == {"mine/a": "sad"}
    assert labels(table("\n\tpath\tlabel\n0\ta.wav\tsad\n")) == {"mine/a": "sad"}


def test_json_lines(table: Read) -> None:
    rows = [
        {"path": "a.wav", "label": "joy", "age": 30, "votes": {"sad": 1}},
        {"path": "b.wav", "label": "sad"},
    ]
    found = table("\n".join(json.dumps(row) for row in rows) + "\n", name="calls.jsonl")
    assert [(clip.emotion, clip.age) for clip in found.clips] == [("happy", 30), ("sad", None)]


def test_parquet_with_any_types(folder_of: Folder) -> None:
    pd = pytest.importorskip("pandas")
    root = folder_of("a.wav", "b.wav")
    frame = pd.DataFrame(
        {
            "file": ["a.wav", "b.wav"],
            "emotion": pd.Categorical(["joy", "sad"]),
            "speaker": [1.0, float("nan")],
            "age": [30, 31],
        }
    )
    frame.set_index("file").to_parquet(root / "calls.parquet")
    found = open_corpus("table", root / "calls.parquet", OwnLabels()).scan()
    assert [(clip.emotion, clip.speaker, clip.age) for clip in found.clips] == [
        ("happy", "1", 30),
        ("sad", None, 31),
    ]


def test_parquet_whose_text_is_bytes(folder_of: Folder) -> None:
    pd = pytest.importorskip("pandas")
    root = folder_of("ä.wav")
    pd.DataFrame({"path": ["ä.wav".encode()], "label": [b"joy"]}).to_parquet(root / "calls.parquet")
    (clip,) = open_corpus("table", root / "calls.parquet", OwnLabels()).scan().clips
    assert (clip.path, clip.original) == (root / "ä.wav", "joy")


def test_what_programs_write_for_nothing_is_nothing(table: Read) -> None:
    found = table("path,label,speaker,age\na.wav,sad,NA,nan\nb.wav,joy,None,\n")
    assert [(clip.speaker, clip.age) for clip in found.clips] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("words", "sex"),
    [("f F female Female woman w W", "female"), ("m M male MALE man", "male"), ("x 1 unknown", None)],
)
def test_sexes_have_many_spellings(words: str, sex: str | None) -> None:
    assert {CellReader().sex(word) for word in words.split()} == {sex}


@pytest.mark.parametrize(
    ("text", "age"),
    [("34", 34), ("34.0", 34), ("34.7", 34), ("30-39", None), ("-1", None), ("0", None), ("900", None)],
)
def test_ages_are_years(text: str, age: int | None) -> None:
    assert CellReader().age(text) == age


@pytest.mark.parametrize(
    ("text", "share"),
    [("0", 0.0), ("1", 1.0), (".5", 0.5), ("7.5e-2", 0.075), ("62.5", None), ("-0.1", None), ("nan", None)],
)
def test_how_intense_it_sounded_is_a_number_from_0_to_1(text: str, share: float | None) -> None:
    reader = CellReader()
    assert reader.heard_intensity(text) == share
    words = f"heard_intensity left out where it is not a number from 0 to 1: {text!r} (1)"
    assert list(reader.notes()) == ([] if share is not None else [words])


def test_values_that_cannot_be_read_are_left_out_and_told(table: Read) -> None:
    found = table(
        ""
        "path,label,sex,age,language,votes,raters\na.wav,sad,?,30-39,English,joy,1.5\nb.wav,sad,?,old,xyz,{},0\n"
    )
    assert {(c.sex, c.age, c.language, c.votes) for c in found.clips} == {(None,) * 4}
    assert found.notes[-4:] == (
        "sex left out where it is not female or male: '?' (2)",
        "age left out where it is not a number of years up to 120: '30-39' (1), 'old' (1)",
        "language left out where it is not a code of two letters, such as en: 'English' (1), 'xyz' (1)",
        'votes left out where it is not a JSON object such as {"happy": 3, "sad": 1}: '
        "'joy' (1), '{}' (1)",
    )


def test_votes_for_one_label_in_two_words_are_added(table: Read) -> None:
    votes = '"[""joy"", ""happy"", ""sad"", ""meh""]"'
    (clip,) = table(f"path,label,votes\na.wav,joy,{votes}\n", label_map={"meh": "other"}).clips
    assert clip.votes is not None
    assert (clip.votes.shares, clip.votes.raters) == ({"happy": 0.5, "sad": 0.25, "other": 0.25}, 4)


@given(st.dictionaries(st.sampled_from(["joy", "happy", "sad", "anger"]), st.floats(0.01, 1e6), min_size=1))
def test_shares_of_votes_sum_to_one(votes: dict[str, float]) -> None:
    corpus = CORPORA.get("table")(Path("none.csv"))
    read = corpus._votes({"votes": json.dumps(votes), "raters": "7"}, CellReader())  # type: ignore[attr-defined]
    assert sum(read.shares.values()) == pytest.approx(1)
    assert read.raters == 7


def test_paths_are_relative_to_the_table_whatever_the_working_directory_is(
    table: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (clip,) = table("path,label\nwavs/a.wav,sad\n").clips
    assert clip.path == tmp_path / "root" / "wavs" / "a.wav"


def test_paths_relative_to_the_working_directory_are_found_and_told(
    table: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "root" / "wavs")
    (tmp_path / "root" / "wavs" / "c.wav").write_bytes(b"sound")
    found = table("path,label\na.wav,sad\nc.wav,sad\n")
    assert [clip.path.parent.name for clip in found.clips] == ["root", "wavs"]
    assert found.notes[0] == "1 path such as 'c.wav' found in the working directory, not beside the table"


def test_a_table_named_relatively(table: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(ROWS)
    monkeypatch.chdir(tmp_path / "root")
    found = CORPORA.get("table")(Path("calls.csv")).scan()
    assert [str(clip.path) for clip in found.clips] == ["a.wav", "b.wav"]


@pytest.mark.skipif(os.sep == "\\", reason="a backslash is a slash there")
def test_backslashes_are_read_as_slashes_where_that_helps(table: Read) -> None:
    found = table("path,label\nwavs\\a.wav,sad\n")
    assert labels(found) == {"mine/wavs/a": "sad"}
    assert found.notes[0] == "1 path such as 'wavs\\\\a.wav' read with / in place of \\"


@pytest.mark.skipif(os.sep == "\\", reason="a backslash is a slash there")
@given(parts=st.lists(st.sampled_from(["wavs", "Ünï", "a b", "."]), min_size=1, max_size=4), data=st.data())
def test_any_mixture_of_separators_leads_to_the_same_clip(
    parts: list[str], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("mixed")
    place = root.joinpath(*parts, "x.wav")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"sound")
    marks = [data.draw(st.sampled_from("/\\")) for _ in parts]
    spelt = "".join(part + mark for part, mark in zip(parts, marks, strict=True)) + "x.wav"
    (root / "t.csv").write_text(f"path,label\n{spelt},sad\n", encoding="utf-8")
    (clip,) = open_corpus("table", root / "t.csv", OwnLabels()).scan().clips
    assert clip.path.samefile(place)
    assert clip.id == "mine/" + "/".join([*(part for part in parts if part != "."), "x"])


def test_whole_paths(table: Read, tmp_path: Path) -> None:
    (tmp_path / "far.wav").write_bytes(b"sound")
    found = table(f"path,label\n{tmp_path / 'root' / 'a.wav'},sad\n{tmp_path / 'far.wav'},sad\n")
    assert sorted(labels(found)) == ["mine/a", "mine/far"]


def test_ids_of_recordings_elsewhere_are_short_and_numbered_by_their_paths(
    table: Read, tmp_path: Path
) -> None:
    for name in ("x", "y", "z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.wav").write_bytes(b"sound")
    rows = [f"../{name}/a.wav,sad\n" for name in "zyx"]
    found = table("path,label\na.wav,sad\n" + "".join(rows))
    assert {clip.id: clip.path.resolve().parent.name for clip in found.clips} == {
        "mine/a": "root",
        "mine/a_2": "x",
        "mine/a_3": "y",
        "mine/a_4": "z",
    }


def test_rows_that_say_too_little_are_left_out_with_the_reason(table: Read, tmp_path: Path) -> None:
    found = table(f"{ROWS},sad\nwavs/a.wav,\ngone.wav,sad\n")
    assert len(found.clips) == 2
    assert whys(found, tmp_path / "root") == {
        "calls.csv": "line 4 names no recording",
        "wavs/a.wav": "line 5 has no label",
        "gone.wav": "no such file",
    }


def test_a_recording_named_twice_with_one_label_is_taken_once(table: Read, tmp_path: Path) -> None:
    found = table("path,label\na.wav,joy\n./a.wav,happy\n")
    assert [clip.original for clip in found.clips] == ["joy"]
    assert whys(found, tmp_path / "root") == {"a.wav": "the table names it more than once"}
    assert all(skip.lost for skip in found.skipped)


def test_clips_of_equal_stems_keep_their_endings_in_their_ids(folder_of: Folder) -> None:
    root = folder_of("a.wav", "a.flac", "b.wav")
    (root / "t.csv").write_text("path,label\na.wav,sad\na.flac,joy\nb.wav,sad\n")
    found = open_corpus("table", root / "t.csv", OwnLabels()).scan()
    assert labels(found) == {"mine/a.flac": "happy", "mine/a.wav": "sad", "mine/b": "sad"}


@pytest.mark.parametrize(
    ("ids", "why"),
    [(("1", "1"), "'1' stands for both a.wav and b.wav"), (("1", ""), "b.wav has none")],
)
def test_ids_that_tell_no_clips_apart_are_made_from_paths(
    ids: tuple[str, str], why: str, table: Read
) -> None:
    found = table("path,label,id\na.wav,sad,{}\nb.wav,joy,{}\n".format(*ids))
    assert labels(found) == {"mine/a": "sad", "mine/b": "happy"}
    assert f"ids are made of the paths: {why}" in found.notes


def test_spaces_and_loose_accents_make_no_new_speaker(table: Read) -> None:
    found = table("path,label,speaker\na.wav,sad,Ren\u00e9 \nb.wav,joy, Rene\u0301\n")
    assert [clip.speaker for clip in found.clips] == ["Ren\u00e9"] * 2


def test_the_map_takes_composed_and_loose_accents_for_one(folder_of: Folder) -> None:
    found = folder(folder_of("A\u0308tsch/x.wav"), label_map={"\u00e4tsch": "other"})
    assert [clip.emotion for clip in found.clips] == ["other"]


@pytest.mark.parametrize("written", ["a", "mine/a"])
def test_a_copy_names_its_recording(written: str, table: Read) -> None:
    found = table(f"path,label,recording\na.wav,sad,\nb.wav,sad,{written}\nwavs/a.wav,joy,\n")
    assert [(clip.id, clip.recording) for clip in found.clips] == [
        ("mine/a", "mine/a"),
        ("mine/b", "mine/a"),
        ("mine/wavs/a", None),
    ]


def test_copies_may_have_any_name_in_common(table: Read) -> None:
    found = table("path,label,recording\na.wav,sad,r7\nb.wav,sad,r7\nwavs/a.wav,joy,r8\n")
    assert [clip.recording for clip in found.clips] == ["mine/r7", "mine/r7", "mine/r8"]
    assert (
        "'mine/r8' in the column of the recordings is the id of no clip, and no other row has it"
        in found.notes
    )


def test_the_pattern_is_for_tables_too(table: Read) -> None:
    found = table("path,label,speaker\na.wav,sad,x\nb.wav,joy,y\n", speaker="([ab])")
    assert [clip.speaker for clip in found.clips] == ["a", "b"]


def test_the_name_is_that_of_the_corpus(table: Read) -> None:
    (clip, _) = table(ROWS, name="calls.csv").clips
    assert clip.corpus == "mine"
    root = clip.path.parent
    named = open_corpus("table", root / "calls.csv", OwnLabels(name="calls_2024")).scan()
    assert [(clip.id, clip.corpus) for clip in named.clips] == [
        ("calls_2024/a", "calls_2024"),
        ("calls_2024/b", "calls_2024"),
    ]


def test_the_order_of_rows_does_not_matter(table: Read) -> None:
    assert table("path,label\nb.wav,sad\na.wav,joy\n").clips == table(ROWS).clips


def test_a_clip_is_found_by_its_path(table: Read) -> None:
    found = table(ROWS)
    corpus = CORPORA.get("table")(found.clips[0].path.parent / "calls.csv")
    assert [corpus.parse(clip.path) for clip in found.clips] == list(found.clips)
    assert list(corpus.files()) == [clip.path for clip in found.clips]
    assert corpus.parse(Path("c.wav")) is None


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_manifest_is_a_table(ending: str, folder_of: Folder, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    from affectone.corpora import load_corpora, load_corpus, write_manifest

    emodb = folder_of("03a01Fa.wav", "14b10Lb.wav", root="emodb")
    ravdess = folder_of("03-01-05-02-01-02-03.wav", root="ravdess")
    manifest = load_corpora({"emodb": emodb, "ravdess": ravdess})
    write_manifest(manifest, tmp_path / f"manifest{ending}")
    again = load_corpus("table", tmp_path / f"manifest{ending}")
    pd.testing.assert_frame_equal(again, manifest)


# What a command line says.


def test_options_become_labels() -> None:
    assert parse_own(
        maps=["joy=happy, meh = other", "a=b=sad"],
        columns=["label=emo,path=wav"],
        speaker="x(.)",
        name="calls",
    ) == OwnLabels(
        "calls", {"joy": "happy", "meh": "other", "a=b": "sad"}, {"label": "emo", "path": "wav"}, "x(.)"
    )


def test_no_options_are_the_defaults() -> None:
    assert parse_own() == OwnLabels()


def test_the_same_said_twice_is_said_once() -> None:
    assert parse_own(maps=["joy=happy", "joy=happy"]).label_map == {"joy": "happy"}


@pytest.mark.parametrize("name", ["folder", "table"])
def test_loaders_open_without_a_word_about_labels(name: str) -> None:
    assert CORPORA.get(name)(Path("x")).own == OwnLabels()  # type: ignore[attr-defined]


def test_a_published_corpus_opens_where_nothing_is_said() -> None:
    assert open_corpus("ravdess", Path("x"), OwnLabels()).name == "ravdess"


@given(st.permutations(["path", "emotion", "speaker", "gender", "notes"]))
def test_the_order_of_columns_does_not_matter(columns: list[str]) -> None:
    assert choose_columns("t.csv", columns, {}) == {
        "path": "path",
        "label": "emotion",
        "speaker": "speaker",
        "sex": "gender",
    }


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"'), min_size=1).filter(
    lambda cell: cell.strip() == cell and cell.casefold() not in MISSING
)


@given(rows=st.lists(st.tuples(CELLS, st.sampled_from(["joy", "sad"])), min_size=1))
def test_cells_come_back_as_they_were_written(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cells") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    assert [(row.cells["text"], row.cells["label"]) for row in read_rows(path).rows] == rows
