"""Damaged tables of votes: the words of each refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affectone.corpora import CORPORA
from affectone.corpora.votes import perceived, vote_shares
from affectone.errors import ConfigError, CorpusError

pd = pytest.importorskip("pandas")

HEADER = '"","A","D","F","H","N","S","fileName","numResponses"\n'
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:c6f9\nsize 83512\n"


def crema_d(folder: Path, name: str, content: bytes) -> Path:
    (folder / "1001_DFA_ANG_XX.wav").write_bytes(b"RIFF")
    (folder / name).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            HEADER + '"100001",1,0,0,0,10,0,"1001_DFA_ANG_XX",12\n',
            "{} is damaged, line 2: numResponses is 12 and the votes are 11; get it again from its publisher",
        ),
        (
            HEADER + '"100001",1,0,0,0,10,0,"1001_DFA_ANG_XX",11\n"100002",1,0,0,x,1,0,"1001_DFA_SAD_XX",2\n',
            "{} is damaged, line 3: H is 'x' and no whole number; get it again from its publisher",
        ),
        (
            HEADER + '"100001",1,0,0',
            "{} is damaged, line 2: N is '' and no whole number; get it again from its publisher",
        ),
        (
            HEADER + '"100001",0,0,0,0,0,0,"1001_DFA_ANG_XX",0\n',
            "{} is damaged, line 2: numResponses is 0 and the votes are 0; get it again from its publisher",
        ),
        *(
            (
                HEADER.replace("\n", ',"meanEmoResp"\n')
                + f'"100001",1,0,0,0,10,0,"1001_DFA_ANG_XX",11,{level}\n',
                f"{{}} is damaged, line 2: meanEmoResp is '{level}' and no number from 0 to 100; "
                "get it again from its publisher",
            )
            for level in ("100.5", "-1", "loud", "", "nan")
        ),
        (
            HEADER.replace("numResponses", "responses"),
            "{}: unknown column 'numResponses'; did you mean 'responses'? known: , A, D, F, H, N, S, "
            "fileName, responses",
        ),
        ("", "{} is empty; get it again from its publisher"),
        (POINTER, "{} is a Git LFS pointer and no table: run git lfs pull where it was cloned"),
    ],
)
def test_a_damaged_table_of_votes(content: str, words: str, tmp_path: Path) -> None:
    table = crema_d(tmp_path, "tabulatedVotes.csv", content.encode())
    with pytest.raises(CorpusError) as refusal:
        CORPORA.get("crema_d")(tmp_path).scan()
    assert str(refusal.value) == words.format(table)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    table = crema_d(tmp_path, "tabulatedVotes.csv", HEADER.encode() + b"\xff\xfe\x00")
    with pytest.raises(CorpusError) as refusal:
        CORPORA.get("crema_d")(tmp_path).scan()
    assert str(refusal.value).startswith(f"{table} is damaged, line ")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("1001,fifty,Male", "Age is 'fifty' and no whole number"),
        ("1001,50,Man", "'man' is not a valid Voice"),
    ],
)
def test_a_damaged_table_of_people(row: str, why: str, tmp_path: Path) -> None:
    table = crema_d(tmp_path, "VideoDemographics.csv", f"ActorID,Age,Sex\n{row}\n".encode())
    with pytest.raises(CorpusError) as refusal:
        CORPORA.get("crema_d")(tmp_path).scan()
    assert str(refusal.value) == f"{table} is damaged, line 2: {why}; get it again from its publisher"


@pytest.mark.parametrize("rate", ["viel", "100,5", "-1", "nan", ""])
def test_a_damaged_table_of_recognition_rates(rate: str, tmp_path: Path) -> None:
    (tmp_path / "03a01Fa.wav").write_bytes(b"RIFF")
    table = tmp_path / "erkennung.txt"
    table.write_text(f"Nr.\tSatz\terkannt\n1\t03a01Fa.wav\t{rate}\n", encoding="latin-1")
    with pytest.raises(CorpusError) as refusal:
        CORPORA.get("emodb")(tmp_path).scan()
    assert str(refusal.value) == (
        f"{table} is damaged, line 2: the rate of recognition is {rate!r} and not between 0 and 100; "
        "get it again from its publisher"
    )


@pytest.mark.parametrize(
    "votes", ["happy", "[0.5, 0.5]", '{"happy": "most"}', '{"happy": NaN}', '{"happy": -0.5}', '{"happy": 3}']
)
@pytest.mark.parametrize("read", [perceived, lambda table: vote_shares(table, ("happy",))])
def test_votes_of_a_manifest_that_are_none(votes: str, read: object, tmp_path: Path) -> None:
    table = pd.DataFrame({"emotion": ["happy"], "votes": [votes], "raters": [3.0]})
    with pytest.raises(CorpusError) as refusal:
        read(table)  # type: ignore[operator]
    assert str(refusal.value) == (
        f'votes are written {{"happy": 0.75, "sad": 0.25}}: a share from 0 to 1 for a label; got {votes!r}'
    )


@pytest.mark.parametrize("value", [-0.1, 1.5, "all"])
def test_a_share_of_the_votes_that_is_none(value: object, tmp_path: Path) -> None:
    from affectone.training.config import read_config

    file = tmp_path / "run.toml"
    file.write_text(f"votes = {json.dumps(value)}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"^{file}: votes: Input should be .*; got {value!r}$"):
        read_config(file)
