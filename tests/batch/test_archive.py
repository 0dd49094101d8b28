"""What there is to work on: folders, globs, addresses and manifests."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytest.importorskip("fsspec")


import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from affectone.batch.archive import Archive, find_recordings
from affectone.errors import AudioNotFoundError, ConfigError

Written = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of names that look like recordings, and others; nobody listens to them."""
    root = tmp_path / "calls"
    for name in ("a.wav", "b [1].mp3", "deep/er/c.opus", "deep/d*.flac", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"RIFF")
    return root


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return a function that writes a manifest: text, bytes, or rows for Parquet and JSON Lines."""

    def write(name: str, content: Any) -> Path:
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        elif isinstance(content, str):
            place.write_text(content, encoding="utf-8")
        elif place.suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(content), place)
        else:
            place.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return place

    return write


def files(found: Archive, column: str = "file") -> list[str]:
    names: list[str] = found.table.column(column).to_pylist()
    return names


def test_a_folder(folder: Path) -> None:
    found = find_recordings(folder)
    names = ["a.wav", "b [1].mp3", "deep/d*.flac", "deep/er/c.opus"]
    assert sorted(files(found)) == [str(folder / name) for name in names]
    assert files(found, "where") == files(found)
    assert (len(found), len(found.carried), found.problems) == (4, 0, ())


def test_a_path_counts_from_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert files(find_recordings("calls")) == files(find_recordings(folder))
    assert files(find_recordings("calls/*.wav")) == [str(folder / "a.wav")]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.wav", ["a.wav"]),
        ("**/*.opus", ["deep/er/c.opus"]),
        ("[ab]*", ["a.wav", "b [1].mp3"]),
        ("**", ["a.wav", "b [1].mp3", "deep/d*.flac", "deep/er/c.opus"]),
        ("**/**/*.opus", ["deep/er/c.opus"]),  # Python finds it three times.
    ],
)
def test_a_glob(folder: Path, pattern: str, names: list[str]) -> None:
    assert files(find_recordings(f"{folder}/{pattern}")) == [str(folder / name) for name in names]


@pytest.mark.parametrize("name", ["a.wav", "b [1].mp3", "deep/d*.flac"])
def test_one_recording_also_where_its_name_looks_like_a_glob(folder: Path, name: str) -> None:
    assert files(find_recordings(folder / name)) == [str(folder / name)]


def test_a_file_address_is_a_path(folder: Path) -> None:
    assert files(find_recordings(f"file://{folder}")) == files(find_recordings(folder))


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_utf8_become_problems(folder: Path) -> None:
    strange = os.path.join(os.fsencode(folder), b"caf\xe9.wav")
    try:
        Path(os.fsdecode(strange)).write_bytes(b"RIFF")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    found = find_recordings(folder)
    assert len(found) == 4
    (problem,) = found.problems
    assert problem.endswith(": its name is no UTF-8, as a table needs it; rename it")
    with pytest.raises(AudioNotFoundError, match="its name is no UTF-8"):
        find_recordings(os.fsdecode(strange))


@pytest.fixture
def bucket() -> Iterator[str]:
    """Return an address of a folder in fsspec's storage in memory."""
    system = fsspec.filesystem("memory")
    for name in ("a.wav", "deep/b.opus", "notes.txt"):
        system.pipe_file(f"/bucket/calls/{name}", b"RIFF")
    yield "memory://bucket/calls"
    system.store.clear()


def test_an_address(bucket: str) -> None:
    every = ["memory:///bucket/calls/a.wav", "memory:///bucket/calls/deep/b.opus"]
    assert [name.replace(":///", "://") for name in files(find_recordings(bucket))] == [
        name.replace(":///", "://") for name in every
    ]
    assert len(find_recordings(f"{bucket}/**/*.opus")) == len(find_recordings(f"{bucket}/a.wav")) == 1


def test_a_manifest_at_an_address(bucket: str) -> None:
    text = b"path,queue\na.wav,x\ndeep/b.opus,y\nmemory://bucket/else.wav,z\n"
    fsspec.filesystem("memory").pipe_file("/bucket/calls/m.csv", text)
    found = find_recordings(f"{bucket}/m.csv")
    assert files(found, "where") == [f"{bucket}/a.wav", f"{bucket}/deep/b.opus", "memory://bucket/else.wav"]
    assert files(found, "queue") == ["x", "y", "z"]


@pytest.mark.parametrize("what", ["", "/none", "/*.ogg", "/none.csv"])
def test_nothing_at_an_address(bucket: str, what: str) -> None:
    if what:
        with pytest.raises((AudioNotFoundError, ConfigError), match=r"memory://bucket/calls"):
            find_recordings(bucket + what)
    else:
        fsspec.filesystem("memory").store.clear()
        with pytest.raises(AudioNotFoundError, match="no recording in memory://bucket/calls"):
            find_recordings(bucket)


# Manifests.

ROWS = [{"path": "x.wav", "number": "007", "queue": None}, {"path": "y z.wav", "number": "8", "queue": "q"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.csv", 'path,number,queue\nx.wav,007,\n"y z.wav",8,q\n'),
        ("m.CSV", "path,number,queue\r\nx.wav,007,\r\ny z.wav,8,q\r\n"),
        ("m.csv", "\ufeffpath;number;queue\nx.wav;007;\ny z.wav;8;q\n"),
        ("m.tsv", "path\tnumber\tqueue\nx.wav\t007\t\ny z.wav\t8\tq\n"),
        ("m.parquet", ROWS),
        ("m.jsonl", ROWS),
        ("m.ndjson", ROWS),
    ],
)
def test_a_manifest_of_text(written: Written, tmp_path: Path, name: str, text: Any) -> None:
    found = find_recordings(written(name, text))
    assert found.table.to_pylist() == [
        {"file": "x.wav", "where": str(tmp_path / "x.wav"), "number": "007", "queue": None},
        {"file": "y z.wav", "where": str(tmp_path / "y z.wav"), "number": "8", "queue": "q"},
    ]
    assert found.carried == pa.schema([("number", pa.string()), ("queue", pa.string())])


@pytest.mark.parametrize("name", ["m.parquet", "m.jsonl"])
def test_tables_with_types_keep_them(written: Written, name: str) -> None:
    row = {"path": "x.wav", "n": 7, "f": 1.5, "b": True, "code": "007", "several": ["a", "b"]}
    found = find_recordings(written(name, [row]))
    (told,) = found.table.to_pylist()
    assert {key: told[key] for key in row if key != "path"} == {
        key: value for key, value in row.items() if key != "path"
    }


def test_cells_of_csv_are_nothing_but_text(written: Written) -> None:
    text = "path,a,b,c,d\nx.wav,1e5,true,NA,2026-01-05\n"
    (row,) = find_recordings(written("m.csv", text)).table.to_pylist()
    assert [row[name] for name in "abcd"] == ["1e5", "true", "NA", "2026-01-05"]


def test_cells_may_hold_commas_quotes_and_lines(written: Written) -> None:
    text = 'path,said\n"a,b.wav","say ""hi"""\nc.wav,"two\nlines"\n'
    found = find_recordings(written("m.csv", text))
    assert files(found) == ["a,b.wav", "c.wav"]
    assert files(found, "said") == ['say "hi"', "two\nlines"]


def test_cells_late_in_a_table_are_quoted_as_the_first_would_be(written: Written) -> None:
    lines = ["path,q", *(f"{number}.wav,1" for number in range(21_000)), '"y.wav","sales, north"']
    (last,) = find_recordings(written("m.csv", "\n".join(lines))).table.slice(21_000).to_pylist()
    assert (last["file"], last["q"]) == ("y.wav", "sales, north")


def test_a_name_may_begin_as_a_comment_does(written: Written) -> None:
    assert files(find_recordings(written("m.csv", "path,q\na.wav,1\n#5.wav,2\n"))) == ["a.wav", "#5.wav"]


def test_text_beside_numbers_has_no_quotes(written: Written) -> None:
    rows = [{"path": f"{number}.wav", "line": line} for number, line in enumerate((7, "7", "north", None))]
    assert files(find_recordings(written("m.jsonl", rows)), "line") == ["7", "7", "north", None]


def test_paths_count_from_where_the_manifest_lies(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written("deep/m.csv", "path\nx.wav\n../y.wav\n/abs/z.wav\ns3://bucket/w.wav\n")
    monkeypatch.chdir(tmp_path)
    found = find_recordings("deep/m.csv")
    assert files(found) == ["x.wav", "../y.wav", "/abs/z.wav", "s3://bucket/w.wav"]
    assert files(found, "where") == [
        str(tmp_path / "deep" / "x.wav"),
        str(tmp_path / "deep" / "../y.wav"),
        "/abs/z.wav",
        "s3://bucket/w.wav",
    ]


@pytest.mark.parametrize(
    ("header", "carried"),
    [
        ("path,file", ["input_file"]),
        ("file,path", ["input_file"]),
        ("url,queue", ["queue"]),
        ("file,url", ["url"]),
    ],
)
def test_which_column_names_the_recordings(written: Written, header: str, carried: list[str]) -> None:
    first = header.split(",")
    key = next(name for name in ("path", "file", "url") if name in first)
    cells = ["x.wav" if name == key else "other" for name in first]
    found = find_recordings(written("m.csv", f"{header}\n{','.join(cells)}\n"))
    assert files(found) == ["x.wav"]
    assert found.carried.names == carried


def test_columns_with_names_of_ours_get_others(written: Written, tmp_path: Path) -> None:
    text = "path,label,where,model,score_card,row\nx.wav,a,b,c,d,e\n"
    (row,) = find_recordings(written("m.csv", text)).table.to_pylist()
    assert row == {
        "file": "x.wav",
        "where": str(tmp_path / "x.wav"),
        "input_label": "a",
        "input_where": "b",
        "input_model": "c",
        "input_score_card": "d",
        "row": "e",
    }


def test_folders_of_a_manifest_are_no_columns(written: Written) -> None:
    for name, content in (("m.csv", "path\nx.wav\n"), ("m.parquet", ROWS), ("m.jsonl", ROWS)):
        found = find_recordings(written(f"year=2026/{name}", content))
        assert "year" not in found.table.column_names


def test_a_manifest_whose_name_looks_like_a_glob(written: Written) -> None:
    written("calls1.csv", "path\nwrong.wav\n")
    for name in ("calls[1].csv", "calls?.csv", "*.csv"):
        assert files(find_recordings(written(name, f"path\n{name}.wav\n"))) == [f"{name}.wav"]


REFUSED = {
    "no column": ("m.csv", "paths,q\nx.wav,1\n", r"has no column 'path'; .*did you mean 'paths'"),
    "no header": ("m.csv", "", r"has no column 'path'"),
    "twice": ("m.csv", "path,q\nx.wav,1\ny.wav,1\nx.wav,2\n", r"x\.wav stands in more than one row"),
    "no path": ("m.csv", "path,q\nx.wav,1\n,2\n", r"row 2 has no path"),
    "empty path": ("m.csv", 'path,q\n"",1\nx.wav,2\n', r"row 1 has no path"),
    "empty path in JSON": ("m.jsonl", [{"path": ""}], r"row 1 has no path"),
    "null": ("m.jsonl", [{"path": "x.wav"}, {"path": None}], r"row 2 has no path"),
    "one name": ("m.csv", "path,label,input_label\nx.wav,1,2\n", r"one name beside ours: label, input_label"),
    "long row": (
        "m.csv",
        "path,q\n" + "x.wav,1\n" * 30000 + "y.wav,1,2\n",
        r"cannot be read as a table: .*Line: 30002.*Expected Number of Columns: 2 Found: 3$",
    ),
    "short row": ("m.csv", "path,q\nx.wav,1\ny.wav\n", r"its rows have more or fewer cells than its heads$"),
    "latin": ("m.csv", b"path,q\nx.wav,caf\xe9\n", r"cannot be read as a table: .*not utf-8 encoded"),
    "no parquet": ("m.parquet", b"PAR1", r"cannot be read as a table: .*Parquet"),
    "no JSON": ("m.jsonl", '{"path": "x.wav"\n', r"cannot be read as a table: .*Malformed JSON"),
    "no rows of JSON": ("m.jsonl", "[1]\n", r"has no column 'path'"),
}


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_manifest_that_is_none(written: Written, name: str, content: Any, words: str) -> None:
    place = written(name, content)
    with pytest.raises(ConfigError, match=words) as told:
        find_recordings(place)
    assert str(told.value).startswith(f"{place}: ")
    assert "\n" not in str(told.value)


def test_a_manifest_without_rows(written: Written) -> None:
    place = written("m.csv", "path,q\n")
    with pytest.raises(AudioNotFoundError, match=r"no recording in .*m\.csv"):
        find_recordings(place)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("none", r"none: no such file or folder"),
        ("none/*.wav", r"no recording in .*none/\*\.wav"),
        ("empty", r"no (audio|recording)"),
        ("empty/*", r"no recording in"),
    ],
)
def test_nothing_to_work_on(tmp_path: Path, what: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(AudioNotFoundError, match=words):
        find_recordings(tmp_path / what)


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv: no such file$"):
        find_recordings(tmp_path / "none.csv")


def test_an_empty_name() -> None:
    with pytest.raises(ConfigError, match="the input is empty"):
        find_recordings("")


def test_an_address_that_nothing_reads() -> None:
    with pytest.raises(ConfigError, match="Protocol not known: nothing"):
        find_recordings("nothing://bucket/calls")


def test_a_folder_named_as_a_manifest_is_a_folder(folder: Path) -> None:
    place = folder.rename(folder.with_name("calls.csv"))
    assert len(find_recordings(place)) == 4


def test_one_recording_spelled_in_two_ways_is_refused(written: Written, tmp_path: Path) -> None:
    place = written("m.csv", f"path\na.wav\n./x/../a.wav\n{tmp_path}/b.wav\n")
    with pytest.raises(ConfigError, match="stands in more than one row"):
        find_recordings(place)


def test_times_stay_what_they_are(tmp_path: Path) -> None:
    import datetime
    from zoneinfo import ZoneInfo

    berlin = datetime.datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    kinds = pa.schema([("path", pa.string()), ("started", pa.timestamp("us", "Europe/Berlin"))])
    pq.write_table(pa.table({"path": ["a.wav"], "started": [berlin]}, kinds), tmp_path / "m.parquet")
    assert find_recordings(tmp_path / "m.parquet").carried.field("started").type == kinds.field(1).type
    line = {"path": "a.wav", "started": "2026-07-01T09:00:00+02:00", "day": "2026-07-01", "note": None}
    (tmp_path / "m.jsonl").write_text(json.dumps(line), encoding="utf-8")
    found = find_recordings(tmp_path / "m.jsonl")
    assert found.carried == pa.schema([(name, pa.string()) for name in ("started", "day", "note")])
    assert found.table.to_pylist()[0]["started"] == line["started"]


def test_paths_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"path": {"a": 1}}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"the column 'path' holds struct.* not paths"):
        find_recordings(tmp_path / "m.jsonl")


def test_other_tables_are_no_recordings(tmp_path: Path) -> None:
    (tmp_path / "calls.xlsx").write_bytes(b"PK")
    with pytest.raises(ConfigError, match="is no manifest that can be read"):
        find_recordings(tmp_path / "calls.xlsx")


def test_a_column_of_paths_in_capitals(written: Written) -> None:
    assert files(find_recordings(written("m.csv", "Path,queue\na.wav,x\n"))) == ["a.wav"]


def test_where_none_lies_beside_the_manifest_paths_count_from_the_working_directory(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So `corpora scan` writes them."""
    written("deep/m.csv", "path\ncalls/x.wav\ncalls/gone.wav\n")
    written("calls/x.wav", "")
    monkeypatch.chdir(tmp_path)
    found = find_recordings("deep/m.csv")
    assert files(found) == ["calls/x.wav", "calls/gone.wav"]
    assert files(found, "where") == [str(tmp_path / "calls" / name) for name in ("x.wav", "gone.wav")]
    written("deep/calls/gone.wav", "")
    assert find_recordings("deep/m.csv").base == str(tmp_path / "deep")
