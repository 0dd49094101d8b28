"""Folders, tables and options of one's own that do not do: the words of each refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from affectone.corpora.own import OwnLabels, open_corpus, parse_own
from affectone.errors import AffectoneError, ConfigError, CorpusError

KNOWN = "known: neutral, calm, happy, sad, angry, fearful, disgust, surprised, bored, other"
FIELDS = (
    "known: path, label, speaker, sex, age, ethnicity, language, text, sentence, take, intensity, id, votes, "
    "raters, heard_intensity, original, corpus, recording"
)


def refusal(kind: type[AffectoneError], run: Callable[[], object]) -> str:
    with pytest.raises(kind) as caught:
        run()
    assert type(caught.value) is kind
    return str(caught.value)


def refused(name: str, root: Path, **own: object) -> str:
    return refusal(CorpusError, lambda: open_corpus(name, root, OwnLabels(**own)).scan())  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with three recordings, in no folder that names an emotion."""
    for name in ("a.wav", "b.wav", "wavs/a.wav"):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")
    return tmp_path / "root"


@pytest.fixture
def table(root: Path) -> Callable[..., str]:
    """Return a function that writes a table beside the recordings, and returns why it is refused."""

    def read(content: str | bytes, *, name: str = "calls.csv", **own: object) -> str:
        path = root / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return refused("table", path, **own).replace(str(root), "ROOT")

    return read


Read = Callable[..., str]

# Options.


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"maps": ["joy"]}, "--map 'joy': write YOURS=LABEL, as in --map joy=happy"),
        ({"maps": ["joy=happy,=sad"]}, "--map '=sad': write YOURS=LABEL, as in --map joy=happy"),
        ({"maps": ["joy="]}, "--map 'joy=': write YOURS=LABEL, as in --map joy=happy"),
        ({"maps": [""]}, "--map '': write YOURS=LABEL, as in --map joy=happy"),
        ({"maps": ["joy=hapy"]}, f"map joy=hapy: unknown label 'hapy'; did you mean 'happy'? {KNOWN}"),
        ({"maps": ["joy=joy"]}, f"map joy=joy: unknown label 'joy'; did you mean 'happy'? {KNOWN}"),
        ({"maps": ["joy=xyz"]}, f"map joy=xyz: unknown label 'xyz'; {KNOWN}"),
        ({"maps": ["joy=happy", "joy=sad"]}, "--map says two things of 'joy': happy and sad"),
        (
            {"maps": ["Angry=happy", "ANGRY=sad"]},
            "map Angry=happy and ANGRY=sad: the words differ in case alone, which does not count; "
            "give one of them",
        ),
        ({"columns": ["emo"]}, "--column 'emo': write COLUMN=YOURS, as in --column label=emo"),
        ({"columns": ["label=a,label=b"]}, "--column says two things of 'label': a and b"),
        ({"columns": ["lable=a"]}, f"column lable=a: unknown column 'lable'; did you mean 'label'? {FIELDS}"),
        (
            {"speaker": "("},
            "speaker '(' is no regular expression: missing ), unterminated subpattern at position 0",
        ),
        (
            {"speaker": "a{4294967296}"},
            "speaker 'a{4294967296}' is no regular expression: the repetition number is too large",
        ),
        ({"speaker": ""}, "speaker '': a pattern has 1 to 500 characters; this one has 0"),
        (
            {"speaker": "a" * 501},
            f"speaker '{'a' * 57}...': a pattern has 1 to 500 characters; this one has 501",
        ),
        (
            {"speaker": "(" * 400},
            f"speaker '{'(' * 57}...' is no regular expression: missing ), unterminated subpattern at "
            f"position 399",
        ),
        (
            {"speaker": "x", "columns": ["speaker=who"]},
            "a column for the speaker and a pattern for the speaker: give one of the two",
        ),
        ({"name": "my calls"}, "name 'my calls': letters, digits, '_', '-' and '.' make a name"),
        ({"name": "a/b"}, "name 'a/b': letters, digits, '_', '-' and '.' make a name"),
        ({"name": ""}, "name '': letters, digits, '_', '-' and '.' make a name"),
        (
            {"name": "ravdess"},
            "name 'ravdess' is that of a corpus affectone knows; choose another, such as 'mine'",
        ),
    ],
    ids=str,
)
def test_options(given: dict[str, object], words: str) -> None:
    assert refusal(ConfigError, lambda: parse_own(**given)) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "own",
    [
        {"name": "x"},
        {"label_map": {"a": "sad"}},
        {"columns": {"label": "x"}},
        {"speaker": "x"},
        {"keep": True},
    ],
    ids=str,
)
def test_a_published_corpus_takes_no_word_about_labels(own: dict[str, object], root: Path) -> None:
    labels = OwnLabels(**own)  # type: ignore[arg-type]
    assert refusal(ConfigError, lambda: open_corpus("ravdess", root, labels)) == (
        "name, map, column, speaker and own-labels are for folder=... and table=... alone: ravdess is a "
        "published corpus, "
        "whose labels and speakers are known"
    )


def test_an_unknown_corpus_is_answered_with_the_nearest(root: Path) -> None:
    words = refusal(CorpusError, lambda: open_corpus("tabel", root, OwnLabels(name="x")))
    assert words.startswith("unknown corpus 'tabel'; did you mean 'table'? known: ")


# Folders.


def test_no_folder(root: Path) -> None:
    assert refused("folder", root / "none") == f"folder: no folder {root / 'none'}"


def test_a_file_given_as_folder(root: Path) -> None:
    file = root / "calls.csv"
    file.write_text("path,label\n")
    assert refused("folder", file) == f"folder: no folder {file}, but a file; table={file} reads a table"


def test_a_folder_without_audio(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to hear")
    assert refused("folder", tmp_path) == f"folder: no audio in {tmp_path}"


def test_folders_that_name_no_emotion(root: Path) -> None:
    (root / "angrry").mkdir()
    (root / "angrry" / "c.wav").write_bytes(b"sound")
    assert refused("folder", root) == (
        f"folder: none of 4 recordings under {root} is labelled: the folders 'angrry' (1), "
        f"'wavs' (1) name no "
        f"emotion; say what each means: --map angrry=angry,wavs=other"
    )


def test_the_folder_of_one_emotion(tmp_path: Path) -> None:
    (tmp_path / "angry").mkdir()
    (tmp_path / "angry" / "a.wav").write_bytes(b"sound")
    assert refused("folder", tmp_path / "angry") == (
        f"folder: none of 1 recording under {tmp_path / 'angry'} is labelled: if 'angry' is "
        f"the label, give the "
        f"folder above it"
    )


def test_the_folder_of_a_published_corpus(tmp_path: Path) -> None:
    (tmp_path / "Actor_01").mkdir()
    (tmp_path / "Actor_01" / "03-01-05-02-01-02-01.wav").write_bytes(b"sound")
    assert refused("folder", tmp_path) == (
        f"folder: none of 1 recording under {tmp_path} is labelled: they are named as ravdess names them; "
        f"ravdess={tmp_path} reads them"
    )


def test_recordings_in_no_folder(root: Path) -> None:
    (root / "wavs" / "a.wav").unlink()
    assert refused("folder", root) == (
        f"folder: none of 2 recordings under {root} is labelled: a.wav: no folder above it names an emotion"
    )


def test_a_speaker_pattern_that_finds_nobody(root: Path) -> None:
    assert refused("folder", root, label_map={"wavs": "sad"}, speaker=r"spk(\d+)") == (
        r"folder: the speaker pattern 'spk(\\d+)' finds nobody in any of 1 path, such as 'wavs/a.wav'"
    )


def test_a_name_that_is_not_utf8_is_left_out(root: Path) -> None:
    (root / "sad").mkdir()
    (root / "sad" / "a.wav").write_bytes(b"sound")
    try:
        Path(str(root / "sad" / "b\udce4.wav")).write_bytes(b"sound")
    except OSError:
        pytest.skip("this file system has no such names")
    found = open_corpus("folder", root, OwnLabels()).scan()
    assert [clip.id for clip in found.clips] == ["mine/sad/a"]
    assert "its name is not UTF-8, as a manifest wants it; rename it" in {skip.why for skip in found.skipped}


# Tables.


def test_no_table(root: Path) -> None:
    assert refused("table", root / "none.csv") == f"table: no file {root / 'none.csv'}"


def test_a_folder_given_as_table(root: Path) -> None:
    assert refused("table", root) == (
        f"table: {root} is a folder; folder={root} reads one whose folders name emotions"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("\ufeff", "is empty"),
        ("path,label\n", "has a header and no rows"),
        ("path,label\n,\n\n", "has a header and no rows"),
        (b"RIFF\x00\x00\x00\x00WAVE", "is no text; give CSV, TSV, Parquet or JSON lines (.jsonl)"),
        (b"PK\x03\x04\x00\x00", "is a spreadsheet or another archive; save it as CSV"),
        ("path,label,label\na.wav,x,y\n", "has more than one column 'label'"),
    ],
    ids=repr,
)
def test_what_is_no_table(content: str | bytes, words: str, table: Read) -> None:
    assert table(content) == f"table: ROOT/calls.csv {words}"


def test_a_table_that_may_not_be_read(table: Read, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    (root / "calls.csv").write_text("path,label\na.wav,sad\n")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert (
        refused("table", root / "calls.csv")
        == f"table: {root / 'calls.csv'} cannot be read: Permission denied"
    )


def test_broken_parquet(table: Read) -> None:
    pytest.importorskip("pandas")
    words = table(b"PAR1 and then nothing", name="calls.parquet")
    assert words.startswith("table: ROOT/calls.parquet cannot be read as Parquet: ")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("c.jsonl", '{"path": "a.wav"}\n{"path":\n', "table: ROOT/c.jsonl, line 2 is no JSON: "),
        (
            "c.jsonl",
            '["a.wav", "sad"]\n',
            'table: ROOT/c.jsonl, line 1 is no object, such as {"path": "a.wav"}',
        ),
        (
            "c.jsonl",
            f'{{"path": "a.wav", "label": "sad", "age": {"9" * 5000}}}\n',
            "table: ROOT/c.jsonl, line 1 cannot be read: it holds a number of thousands of digits",
        ),
        (
            "c.jsonl",
            f'{{"path": "a.wav", "label": "sad", "votes": {"[" * 100_000}',
            "table: ROOT/c.jsonl, line 1 cannot be read: it holds lists or objects in one another too deeply",
        ),
        (
            "c.jsonl",
            '{"path": "a.wav", "label": "sad", "text": "\\ud800"}\n',
            "table: ROOT/c.jsonl, line 1 cannot be read: it holds half of a character (\\ud800 to \\udfff), "
            "which no file can",
        ),
        ("c.json", "[]", "table: ROOT/c.json: give one object a line, in a file named .jsonl, or CSV"),
    ],
)
def test_json_that_does_not_do(name: str, content: str, words: str, table: Read) -> None:
    assert table(content, name=name).startswith(words)


def test_a_row_with_too_many_cells(table: Read) -> None:
    assert table("path,label\na.wav,sad\nb.wav,sad,really\n") == (
        "table: ROOT/calls.csv, line 3 has 3 cells where the header has 2; a cell that holds ',' is put into "
        "quotation marks"
    )


def test_a_quotation_mark_that_is_never_closed(table: Read) -> None:
    assert table('path,label,text\na.wav,sad,"he said\nb.wav,sad,\n') == (
        "table: ROOT/calls.csv, line 3: unexpected end of data; a cell that holds a quotation "
        "mark is put into "
        "quotation marks, and its own are doubled"
    )


def test_a_cell_that_is_too_long(table: Read) -> None:
    assert table(f"path,label,text\na.wav,sad,{'x' * 140_000}\n") == (
        "table: ROOT/calls.csv, line 2: a cell has more than 131072 characters; is a quotation mark never "
        "closed, or another delimiter meant?"
    )


def test_a_head_that_is_too_long(table: Read) -> None:
    assert table(f"path,label,{'x' * 140_000}\na.wav,sad,\n") == (
        "table: ROOT/calls.csv, line 1: a cell has more than 131072 characters; is a quotation mark never "
        "closed, or another delimiter meant?"
    )


def test_labels_that_are_true_and_false(root: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"path": ["a.wav", "b.wav"], "label": [True, False]})
    frame.to_parquet(root / "calls.parquet")
    words = refused("table", root / "calls.parquet")
    assert "has labels that cannot be guessed: 'False' (1), 'True' (1); say what each means" in words


@pytest.mark.parametrize(
    "votes",
    [
        "[" * 100_000,
        '{"sad": ' + "9" * 5000 + "}",
        '{"sad": ' + "9" * 400 + "}",
        '{"sad": 1e308, "joy": 1e308}',
    ],
    ids=["deep", "digits", "large", "sum"],
)
def test_extreme_votes_are_left_out_and_told(votes: str, root: Path) -> None:
    (root / "c.csv").write_text(
        'path,label,votes,raters\na.wav,sad,"{}",{}\n'.format(votes.replace('"', '""')[:100_000], "9" * 400)
    )
    found = open_corpus("table", root / "c.csv", OwnLabels()).scan()
    assert found.clips[0].votes is None
    (note,) = (note for note in found.notes if note.startswith("votes left out"))
    assert len(note) < 200


def test_an_age_of_hundreds_of_digits_is_left_out(root: Path) -> None:
    row = f'{{"path": "a.wav", "label": "sad", "age": {"9" * 400}}}'
    (root / "c.jsonl").write_text(row)
    assert open_corpus("table", root / "c.jsonl", OwnLabels()).scan().clips[0].age is None


def test_a_misspelt_column(table: Read) -> None:
    assert table("path,lable\na.wav,sad\n") == (
        "table: calls.csv has no column 'label'; did you mean 'lable'? its columns, as the "
        "first line names them: "
        "'path', 'lable'; --column label=lable names the one to take"
    )


def test_a_column_that_nothing_is_near(table: Read) -> None:
    assert table("x,label\na.wav,sad\n") == (
        "table: calls.csv has no column 'path'; its columns, as the first line names them: 'x', 'label'; "
        "--column path=NAME names the one to take"
    )


def test_a_misspelt_option_for_a_column(table: Read) -> None:
    assert table("path,emo\na.wav,sad\n", columns={"label": "emoo"}) == (
        "--column label=emoo: calls.csv: unknown column 'emoo'; did you mean 'emo'? known: path, emo"
    )


def test_a_table_without_a_header(table: Read) -> None:
    assert table("a.wav,sad\nb.wav,sad\n") == (
        "table: calls.csv has no column 'path': its first line is 'a.wav', 'sad'; put a line "
        "in front that names "
        "the columns: path,label"
    )


def test_two_columns_that_could_be_the_label(table: Read) -> None:
    assert table("path,label,emotion\na.wav,1,sad\n") == (
        "table: calls.csv: is 'label' or 'emotion' the label? --column label=label decides"
    )


def test_unknown_labels_are_named_with_their_counts(table: Read) -> None:
    assert table("path,label\na.wav,meh\nb.wav,angrry\nwavs/a.wav,meh\n") == (
        "table: column 'label' of calls.csv has labels that cannot be guessed: 'meh' (2), "
        "'angrry' (1); say what "
        "each means: --map meh=other,angrry=angry"
    )


def test_no_meaning_is_made_up_for_labels_that_are_numbers(table: Read) -> None:
    assert table("path,label\na.wav,0\nb.wav,1\nwavs/a.wav,0\n").endswith(
        "'0' (2), '1' (1); say what each means: --map 0=neutral"
    )


def test_a_column_that_holds_no_labels(table: Read) -> None:
    words = table("path,label\n" + "".join(f"a.wav,sentence {'x' * n}\n" for n in range(12)))
    assert " and 2 more; say what each means: --map " in words
    assert words.endswith("; or does --column label=NAME name the column of the labels?")


def test_unknown_labels_within_votes(table: Read) -> None:
    words = table('path,label,votes\na.wav,sad,"{""meh"": 1}"\n')
    assert "labels that cannot be guessed: 'meh' (1); say what each means: --map meh=other" in words


def test_no_row_with_both_a_path_and_a_label(table: Read) -> None:
    assert (
        table("path,label\na.wav,\n,sad\n") == "table: no row of ROOT/calls.csv has both a path and a label"
    )


def test_recordings_that_are_not_there(table: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert table("path,label\nx/a.wav,sad\nb.wav,sad\nc.wav,sad\n").replace(str(tmp_path), "HERE") == (
        "table: 2 of 3 recordings in calls.csv are not there; the first was looked for at ROOT/x/a.wav and "
        "HERE/x/a.wav; write paths as they are seen from the folder of the table, or move the table"
    )


def test_the_only_recording_is_not_there(table: Read) -> None:
    assert "1 of 1 recordings in calls.csv is not there; " in table("path,label\nc.wav,sad\n")


@pytest.mark.parametrize(
    ("column", "cells", "words"),
    [
        ("speaker", ("ann", "eve"), "speaker 'ann' and 'eve'"),
        ("speaker", ("ann", ""), "speaker 'ann' and none"),
        ("gender", ("f", "m"), "sex 'f' and 'm'"),
        ("race", ("x", "y"), "ethnicity 'x' and 'y'"),
        ("heard_intensity", ("0.5", "0.6"), "heard_intensity '0.5' and '0.6'"),
        ("corpus", ("x", "y"), "corpus 'x' and 'y'"),
        ("votes", ("[sad]", "[joy]"), "votes '[sad]' and '[joy]'"),
    ],
)
def test_two_rows_that_differ_about_one_recording(
    column: str, cells: tuple[str, str], words: str, table: Read
) -> None:
    rows = "".join(f"a.wav,sad,{cell}\n" for cell in cells)
    assert table(f"path,label,{column}\n{rows}") == (
        f"table: calls.csv says two things of a.wav: {words}; keep one row"
    )


def test_a_published_corpus_in_a_table_that_is_no_manifest(table: Read) -> None:
    assert table("path,label,corpus\na.wav,sad,emodb\n") == (
        "table: corpus 'emodb' in calls.csv is one that affectone knows, and the table is no manifest; give "
        "yours another name, or scan emodb=FOLDER"
    )


def test_two_labels_of_one_recording(table: Read) -> None:
    assert table("path,label\na.wav,joy\nb.wav,sad\n./a.wav,sad\n") == (
        "table: calls.csv says both 'joy' and 'sad' of a.wav; keep one row, and put what "
        "several listeners heard "
        'into a column votes, such as {"happy": 3, "sad": 1}'
    )


def test_a_speaker_pattern_that_finds_nobody_in_a_table(table: Read) -> None:
    assert table("path,label\na.wav,joy\nb.wav,sad\n", speaker="x") == (
        "table: the speaker pattern 'x' finds nobody in any of 2 paths, such as 'a.wav'"
    )


def test_the_name_of_a_corpus_with_a_slash(table: Read) -> None:
    assert table("path,label,corpus\na.wav,sad,x/y\n") == (
        "table: corpus 'x/y' in calls.csv: the name of a corpus has no '/'"
    )
