"""`affectone plot augment`: what augmentation makes of a recording, before it is trained with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile as sf
from typer.testing import Result

from affectone.cli.plot import place

if TYPE_CHECKING:
    from matplotlib.figure import Figure

pytest.importorskip("matplotlib")
pytest.importorskip("audiomentations")

RATE = 16000


@pytest.fixture
def a440(tmp_path: Path) -> Path:
    """Return a WAV with one second of a tone."""
    sf.write(tmp_path / "a440.wav", 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE), RATE)
    return tmp_path / "a440.wav"


@pytest.fixture
def draw(affectone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Result, Figure]]:
    """Return a function that runs `affectone plot augment ARGUMENTS` and returns what was drawn, too."""
    drawn: list[Figure] = []
    monkeypatch.setattr(place, "save_figure", lambda figure, path, **how: drawn.append(figure))

    def run(*arguments: object) -> tuple[Result, Figure]:
        result = affectone("plot", "augment", *arguments, "-o", tmp_path / "a.png")
        return result, drawn.pop()

    return run


def rows(figure: Figure) -> list[tuple[str, str]]:
    """Return the titles of each row: what made it, and which copy it is."""
    titles = [axes.get_title(loc="left") for axes in figure.axes[:-1]]
    return list(zip(titles[::2], titles[1::2], strict=True))


def loudest(figure: Figure, number: int) -> float:
    """Return the mel band in which a row is loudest."""
    return float(figure.axes[2 * number + 1].images[0].get_array().mean(axis=1).argmax())


def test_a_row_for_the_recording_and_one_for_each_copy(draw, a440: Path) -> None:
    result, figure = draw(a440, "--by", "noise", "--by", "telephone", "--copies", 2, "--seed", 5)
    assert rows(figure) == [
        ("as it is", "a440.wav, 1.00 s"),
        ("noise", "seed 5, 1.00 s"),
        ("noise", "seed 6, 1.00 s"),
        ("telephone", "seed 5, 1.00 s"),
        ("telephone", "seed 6, 1.00 s"),
    ]
    assert result.exit_code == 0
    assert result.stderr.endswith(": a440.wav and 4 copies\n")


def test_without_a_choice_it_is_what_the_packaged_model_learnt_from(draw, a440: Path) -> None:
    _, figure = draw(a440)
    assert [made for made, _ in rows(figure)] == ["as it is", "field"]


def test_a_copy_shows_its_change(draw, a440: Path, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('[[augment.steps]]\nkind = "pitch"\nsemitones = [12, 12]\n')
    _, figure = draw(a440, "--by", config)
    assert loudest(figure, 1) > loudest(figure, 0) + 5


def test_the_same_seed_gives_the_same_picture(affectone, a440: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        assert affectone("plot", "augment", a440, "--by", "noise", "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--by", "nois"], "unknown augmentation 'nois'; did you mean 'noise'? known: field, classic, "),
        (["--by", "none.toml"], "cannot read none.toml"),
        (["--by", "svm.toml"], "svm.toml: svm_rbf is a classic model, which learns from no copies"),
        (["--by", "bad.toml"], "unknown augmentation step 'nois'; did you mean 'noise'"),
        (
            ["--copies", "12", "--by", "noise", "--by", "pitch"],
            "at most 23 copies beside the recording; got",
        ),
    ],
)
def test_what_cannot_be_is_a_wrong_command(
    affectone, a440: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(a440.parent)
    Path("svm.toml").write_text('model = "svm_rbf"\n')
    Path("bad.toml").write_text('[[augment.steps]]\nkind = "nois"\n')
    result = affectone("plot", "augment", a440, *arguments, "-o", "a.png")
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_recording_that_no_row_can_show_is_refused(affectone, tmp_path: Path) -> None:
    sf.write(tmp_path / "long.wav", np.zeros(61 * 8000), 8000)
    result = affectone("plot", "augment", tmp_path / "long.wav", "-o", tmp_path / "a.png")
    assert result.exit_code == 3
    assert "long.wav: is longer than 60 s, more than a row shows; cut it" in result.stderr
