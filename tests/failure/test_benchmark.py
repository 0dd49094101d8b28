"""`affectone benchmark accuracy` on wrong suites and wrong command lines: the words of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

pytest.importorskip("torch")

from affectone.errors import ConfigError
from affectone.evaluation.suite import load_suite

Run = Callable[..., Result]
ROW = {"name": '"one"', "shows": '"it"', "corpora": '["ravdess"]', "protocol": '"loso"', "model": '"knn"'}


def suite(tmp_path: Path, *more: str, **changes: str | None) -> Path:
    """Write a suite of one row, some of its keys changed or left out."""
    told = {key: value for key, value in (ROW | changes).items() if value is not None}
    recipes = ["[recipes]", "few.classifier.neighbours = 3", "many.classifier.neighbours = 0"]
    row = (f"{key} = {value}" for key, value in told.items())
    lines = ['title = "T"', *recipes, "[[rows]]", *row, *more]
    file = tmp_path / "mine.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"modle": '"knn"'}, "one: unknown key 'modle'; did you mean 'model'?"),
        ({"shows": None}, "one: shows is missing"),
        ({"model": '"kn"'}, "one: unknown model 'kn'; did you mean 'knn'?"),
        ({"model": None}, "one: model is needed where nothing says why the row is missing"),
        ({"name": '"a/b"'}, "a/b: name: String should match pattern"),
        ({"seeds": "[0, 0]"}, "one: seeds are different numbers from 0 to 4294967295"),
        ({"seeds": "[]"}, "one: seeds: Tuple should have at least 1 item"),
        ({"labels": '"15"'}, "one: unknown label view '15'"),
        (
            {"copies": '"echo"'},
            "one: copies: Input should be 'none', 'noise', 'noise+stretch' or 'same'; got 'echo'",
        ),
        ({"adaptation": "true"}, "one: model knn cannot be adapted: it is trained on no encoder's states"),
        ({"settings": "{ clasifier = 1 }"}, "one: unknown setting 'clasifier'; did you mean 'classifier'?"),
        ({"settings": "{ classifier = { neighbours = 0 } }"}, "one: classifier.neighbours: Input should be"),
        ({"recipes": '["fewer"]'}, "one: unknown recipe 'fewer'; did you mean 'few'? known: few, many"),
        ({"recipes": '"few"'}, "one: recipes: Input should be a valid tuple; got 'few'"),
        ({"recipes": '["many"]'}, "one: classifier.neighbours: Input should be"),
    ],
)
def test_a_suite_with_a_wrong_row(tmp_path: Path, changes: dict[str, str | None], words: str) -> None:
    file = suite(tmp_path, **changes)
    with pytest.raises(ConfigError) as refusal:
        load_suite(str(file))
    assert str(refusal.value).startswith(f"{file}: {words}")


@pytest.mark.parametrize(
    ("recipes", "words"),
    [
        ("3", "recipes: Input should be a valid dictionary; got 3"),
        ("{ few = 3 }", "recipes.few: Input should be a valid dictionary; got 3"),
    ],
)
def test_recipes_that_are_no_tables(tmp_path: Path, recipes: str, words: str) -> None:
    file = suite(tmp_path)
    row = file.read_text(encoding="utf-8").partition("[[rows]]")[2]
    file.write_text(f'title = "T"\nrecipes = {recipes}\n[[rows]]{row}', encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_suite(str(file))
    assert str(refusal.value) == f"{file}: {words}"


def test_two_rows_of_one_name(tmp_path: Path) -> None:
    again = ["[[rows]]", *(f"{key} = {value}" for key, value in ROW.items())]
    with pytest.raises(ConfigError, match="more than one row is called one"):
        load_suite(str(suite(tmp_path, *again)))


def test_a_suite_that_is_no_toml(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("title = ", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.toml is not TOML: "):
        load_suite(str(file))


def test_a_suite_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the suite .*: No such file or directory"):
        load_suite(str(tmp_path / "none.toml"))


def test_a_suite_file_with_the_name_of_a_packaged_one(tmp_path: Path) -> None:
    file = suite(tmp_path).rename(tmp_path / "honest.toml")
    with pytest.raises(ConfigError, match=r"honest\.toml has the name of a suite of the package"):
        load_suite(str(file))


def refused(invoke: Run, tmp_path: Path, *arguments: object) -> tuple[int, str]:
    result = invoke(["benchmark", "accuracy", "-o", tmp_path / "results", *arguments])
    assert not (tmp_path / "results").exists()
    return result.exit_code, result.stderr


def test_an_unknown_suite(invoke: Run, tmp_path: Path) -> None:
    status, words = refused(invoke, tmp_path, "--suite", "onest")
    assert status == 2
    assert words == (
        "affectone: unknown suite 'onest'; did you mean 'honest'? known: base, edge, honest, precursors, "
        "tuned; or a file whose name ends in .toml\n"
    )


def test_an_unknown_row(invoke: Run, tmp_path: Path) -> None:
    status, words = refused(invoke, tmp_path, "--suite", "honest", "--only", "svm_rfb")
    assert status == 2
    assert words.startswith("affectone: unknown row of honest 'svm_rfb'; did you mean 'svm_rbf'?")


def test_a_row_that_cannot_be_run_yet(invoke: Run, tmp_path: Path) -> None:
    file = suite(tmp_path, model=None, missing='"the corpus is not out"')
    status, words = refused(invoke, tmp_path, "--suite", str(file), "--only", "one")
    assert status == 2
    assert words == "affectone: mine: one cannot be run: the corpus is not out\n"


def test_no_corpora(invoke: Run, tmp_path: Path) -> None:
    status, words = refused(invoke, tmp_path, "--suite", "honest")
    assert status == 2
    assert words == (
        "affectone: --corpora ROOT is needed, a folder with a folder for each corpus: it is not given\n"
    )


def test_corpora_that_are_no_folder(invoke: Run, tmp_path: Path) -> None:
    status, words = refused(invoke, tmp_path, "--suite", "honest", "--corpora", tmp_path / "none")
    assert status == 2
    assert words.endswith(f"{tmp_path / 'none'} is no folder\n")


def test_a_corpus_that_is_not_there_fails_its_rows(invoke: Run, tmp_path: Path) -> None:
    line = ["benchmark", "accuracy", "--suite", suite(tmp_path), "-o", tmp_path / "r", "--corpora", tmp_path]
    result = invoke([*line, "--cache", tmp_path / "cache"])
    assert result.exit_code == 3
    assert result.stderr.startswith("affectone: one: failed: ")
    assert "ravdess" in result.stderr


def test_a_damaged_result_file_is_named(invoke: Run, tmp_path: Path) -> None:
    file = tmp_path / "r" / "mine" / "one.json"
    file.parent.mkdir(parents=True)
    file.write_text("{", encoding="utf-8")
    result = invoke(["benchmark", "accuracy", "--suite", suite(tmp_path), "-o", tmp_path / "r", "--list"])
    assert result.exit_code == 2
    assert f"{file} cannot be read: " in result.stderr
