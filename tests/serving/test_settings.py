"""Settings: one class, by flags, by the environment and in Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic_settings")

from affectone.errors import ConfigError
from affectone.serving import ServiceSettings, service_settings
from affectone.serving.settings import PREFIX

REPO_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ServiceSettings.model_fields)
def test_every_setting_is_a_flag_and_stands_in_the_documentation(
    invoke: Callable[..., Any], name: str
) -> None:
    assert f"--{name.replace('_', '-')} " in invoke(["serve", "--help"]).stdout
    assert f"`{PREFIX}{name.upper()}`" in (REPO_ROOT / "docs" / "reference" / "service.md").read_text("utf-8")
    assert ServiceSettings.model_fields[name].description


def test_what_is_given_goes_before_the_environment_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert service_settings().port == 8000
    monkeypatch.setenv("AFFECTONE_SERVE_PORT", "9000")
    assert service_settings().port == 9000
    assert service_settings(port="9001", host=None).port == 9001


def test_lists_and_sizes_are_read_from_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTONE_SERVE_MODEL", "base, edge")
    monkeypatch.setenv("AFFECTONE_SERVE_API_KEYS", "one,two")
    monkeypatch.setenv("AFFECTONE_SERVE_MAX_BYTES", "5MiB")
    settings = service_settings()
    assert settings.model == ("base", "edge")
    assert settings.max_bytes == 5 * 2**20
    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]


@pytest.mark.parametrize("value", ["", " "])
def test_keys_that_are_set_to_nothing_let_nobody_in(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTONE_SERVE_API_KEYS", value)
    with pytest.raises(ConfigError, match="AFFECTONE_SERVE_API_KEYS holds no key"):
        service_settings()
    assert service_settings(api_keys=["one"]).api_keys


def test_secrets_are_not_shown() -> None:
    settings = ServiceSettings(api_keys=("hidden",), database="postgresql://me:hidden@host/x")
    assert "hidden" not in f"{settings!r} {settings}"


def test_nobody_else_is_let_in_unless_it_is_said() -> None:
    settings = ServiceSettings()
    assert (settings.host, settings.cors_origins) == ("127.0.0.1", ())


@pytest.mark.parametrize(
    "name",
    ["keep_days", "request_seconds", "max_seconds", "max_live_seconds", "idle_seconds", "max_job_seconds"],
)
@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e10])
def test_times_without_end_are_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{name} of the service: input should be "):
        service_settings(**{name: value})
