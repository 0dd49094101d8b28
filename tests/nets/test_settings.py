"""Settings of networks: typed, with limits, and the same in the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from affectone.errors import ConfigError  # noqa: E402
from affectone.models.nets import NETWORKS, check_settings  # noqa: E402
from affectone.models.nets.settings import defaults  # noqa: E402

NAMES = [entry.name for entry in NETWORKS]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "models.md"


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_are_good(name: str) -> None:
    network = NETWORKS.get(name)
    given = {
        key: list(value) if isinstance(value, tuple) else value for key, value in defaults(network).items()
    }
    assert given
    assert check_settings(network, given) == given


def changed(value: Any) -> Any:
    """Return another good value."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return 0.77
    return value // 2 or 2 if isinstance(value, int) else [8 * (place + 1) for place in range(len(value))]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_reaches_the_network(name: str) -> None:
    def look(**settings: Any) -> str:
        torch.manual_seed(3)
        network = NETWORKS.get(name)(bands=64, labels=3, **settings).eval()
        with torch.inference_mode():
            logits = network(torch.linspace(-1, 1, 40 * 64).reshape(1, 40, 64).sin()).emotion_logits
        return f"{network} {logits.tolist()}"

    plain = look()
    for setting, value in defaults(NETWORKS.get(name)).items():
        assert look(**check_settings(NETWORKS.get(name), {setting: changed(value)})) != plain, setting


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [0, -1, 1.5, "many", 10**9, True, None, [[1]]])
def test_no_setting_takes_nonsense(name: str, bad: object) -> None:
    network = NETWORKS.get(name)
    for setting, value in defaults(network).items():
        if (bad == 0 and isinstance(value, float)) or (bad is True and isinstance(value, bool)):
            continue  # No dropout is good.
        with pytest.raises(ConfigError, match=rf"^network\.{setting}[.:\d]"):
            check_settings(network, {setting: bad})


def test_a_value_is_answered_with_what_is_good() -> None:
    with pytest.raises(ConfigError, match=r"^network\.width: Input should be greater than 0; got -3$"):
        check_settings(NETWORKS.get("lstm"), {"width": -3})
    with pytest.raises(
        ConfigError, match=r"^network\.channels\.1: Input should be a valid integer; got 'x'$"
    ):
        check_settings(NETWORKS.get("cnn2d"), {"channels": [8, "x"]})


def test_a_misspelt_setting_is_answered() -> None:
    with pytest.raises(ConfigError, match=r"unknown setting 'network.widht'; did you mean 'network.width'\?"):
        check_settings(NETWORKS.get("gru"), {"widht": 3})


def test_heads_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"network\.heads: 5 does not divide network\.width, which is 96"):
        NETWORKS.get("transformer")(bands=64, labels=2, heads=5)


def table() -> dict[str, list[str]]:
    """Return the rows of the documentation, by name."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {cells[0].strip("`"): cells for cells in rows}


def test_the_documentation_has_every_network_and_no_other() -> None:
    assert sorted(table()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_how_large_it_is(name: str) -> None:
    network = NETWORKS.get(name)(bands=64, labels=8)
    assert table()[name][2] == f"{sum(value.numel() for value in network.parameters()):,}"


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_names_the_paper_of_the_code(name: str) -> None:
    named = re.findall(r"([A-Z]\S+) et al\. (\d{4})|([A-Z]\w+) (\d{4})", table()[name][1])
    doc = NETWORKS.get(name).__doc__ or ""
    assert named
    for author, year in [(one or other, first or second) for one, first, other, second in named]:
        assert author in doc
        assert year in doc


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_has_its_settings(name: str) -> None:
    def shown(value: Any) -> str:
        if isinstance(value, tuple):
            return f"[{', '.join(map(str, value))}]"
        return str(value).lower() if isinstance(value, bool) else str(value)

    settings = ", ".join(f"`{key} = {shown(value)}`" for key, value in defaults(NETWORKS.get(name)).items())
    assert table()[name][4] == settings


def test_the_network_of_the_documentation_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NETWORKS, "_entries", dict(NETWORKS._entries))
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    exec(program, {})  # noqa: S102
    network = NETWORKS.get("average")
    with pytest.raises(ConfigError, match=r"network\.width"):
        check_settings(network, {"width": 0})
    assert network(bands=8, labels=3)(torch.zeros(2, 5, 8)).emotion_logits.shape == (2, 3)
