"""The page in a real browser: files, the timeline, the live microphone, errors and exports."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("fastapi")
pytest.importorskip("playwright")

from playwright.sync_api import expect

from affectone.recognition import Recognizer, Timeline

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PATIENCE = 60_000
"""Milliseconds: machines may be busy."""
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server(running_server: Callable[..., Any]) -> Iterator[Any]:
    with running_server("--model", "edge", "--max-seconds", 20) as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Any) -> Iterator[Page]:
    """Return the page, freshly loaded; what its scripts complain of fails the test."""
    context = browser.new_context(permissions=["microphone"], accept_downloads=True)
    shown = context.new_page()
    shown.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(server.url)
    yield shown
    context.close()
    assert complaints == []
    elsewhere = [url for url in asked if not re.match(rf"{server.url}|blob:|data:", url)]
    assert elsewhere == []


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of two channels, of which each speaks in its own half."""
    samples, rate = sf.read(EXAMPLES / "train.wav", dtype="float32")
    quiet = np.zeros_like(samples)
    path: Path = tmp_path_factory.mktemp("talk") / "talk.wav"
    both = [np.concatenate([samples, quiet]), np.concatenate([quiet, samples])]
    sf.write(path, np.stack(both, axis=1), rate)
    return path


def choose(page: Page, *files: Path) -> None:
    page.locator("#file-input").set_input_files([str(file) for file in files])


def test_a_file_is_answered_and_its_timeline_plays(page: Page, talk: Path) -> None:
    expected = Recognizer("edge").timeline(talk)
    choose(page, talk)
    expect(page.locator("#results-title")).to_contain_text("talk.wav")
    expect(page.locator("#tracks section.channel")).to_have_count(2)
    segments = page.locator("#tracks button.segment")
    expect(segments).to_have_count(len(expected))
    found = [one.evaluate("one => ({...one.dataset})") for one in segments.all()]
    told = {(segment.channel, segment.prediction.label) for segment in expected}
    assert {(int(one["channel"]), one["label"]) for one in found} == told
    later = page.locator("#tracks button.segment[data-channel='1']").first
    start = float(later.get_attribute("data-start") or 0)
    later.click()
    expect(page.locator("#audio")).to_have_js_property("paused", False)
    assert page.locator("#audio").evaluate("one => one.currentTime") >= start - 0.1
    expect(page.locator("#audio")).to_have_js_property("paused", True)  # It stops where the segment ends.
    assert page.locator("#audio").evaluate("one => one.currentTime") <= expected.duration_seconds


def test_the_keyboard_is_enough(page: Page) -> None:
    choose(page, EXAMPLES / "train.wav")
    first = page.locator("#tracks button.segment").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#audio")).to_have_js_property("paused", False)
    named = "one => one.ariaLabel || one.textContent.trim() || one.labels?.[0]?.textContent.trim()"
    controls = page.locator("button:visible, input:visible, select:visible")
    assert all(controls.evaluate_all(f"all => all.map({named})"))


def test_what_is_unsure_is_said_in_words(page: Page, tmp_path: Path) -> None:
    samples, rate = sf.read(EXAMPLES / "phone.wav", dtype="float32")
    doubtful = tmp_path / "second.wav"
    sf.write(doubtful, samples[int(0.7 * rate) : int(1.7 * rate)], rate)
    expected = Recognizer("edge").predict(doubtful)
    assert expected.unsure
    choose(page, doubtful)
    badge = page.locator(".badge").first
    expect(badge).to_have_attribute("data-unsure", "true")
    expect(page.locator("#overall")).to_contain_text(f"unsure: {expected.reason}")


def test_a_text_file_is_refused_in_the_servers_words(page: Page, tmp_path: Path) -> None:
    notes = tmp_path / "notes.wav"
    notes.write_text("These are words, not sound.\n" * 20)
    choose(page, notes)
    alert = page.locator("#alert[role=alert]")
    expect(alert).to_contain_text("notes.wav: is text, not audio")
    choose(page, EXAMPLES / "train.wav")
    expect(page.locator("#results-title")).to_contain_text("train.wav")
    expect(alert).to_be_hidden()


def test_what_is_too_long_becomes_a_job(page: Page, tmp_path: Path) -> None:
    samples, rate = sf.read(EXAMPLES / "train.wav", dtype="float32")
    sf.write(tmp_path / "long.wav", np.tile(samples, 10), rate)
    choose(page, tmp_path / "long.wav")
    expect(page.locator("#results-title")).to_contain_text("long.wav")
    assert page.locator("#tracks button.segment").count() > 0
    assert page.request.get(f"{page.url}v1/jobs").json() == {"jobs": []}


def test_all_exports_say_what_is_shown(page: Page, talk: Path, tmp_path: Path) -> None:
    choose(page, talk)
    expect(page.locator("#tracks button.segment").first).to_be_visible()

    def saved(kind: str) -> Path:
        with page.expect_download() as download:
            page.locator(f"#export-{kind}").click()
        path = tmp_path / f"saved.{kind}"
        download.value.save_as(path)
        return path

    told = Timeline.from_dict(json.loads(saved("json").read_text("utf-8")))
    expected = Recognizer("edge").timeline(talk)
    assert [one.start for one in told] == [one.start for one in expected]
    assert saved("csv").read_text("utf-8") == told.to_csv()
    assert saved("srt").read_text("utf-8") == told.to_srt()
    assert saved("png").read_bytes().startswith(b"\x89PNG")


def test_the_microphone_is_heard_live(page: Page) -> None:
    page.locator("#live").click()
    expect(page.locator("#microphone-on")).to_contain_text("The microphone is on")
    expect(page.locator("#live-label")).to_contain_text(re.compile("|".join(Recognizer("edge").labels)))
    expect(page.locator("#live-track button, #live-track [data-label]").first).to_be_visible()
    page.locator("#stop").click()
    expect(page.locator("#microphone-on")).to_be_hidden()
    expect(page.locator("#results-title")).to_contain_text("live")
    assert page.locator("#tracks button.segment").count() > 0
    expect(page.locator("[data-testid=history-entry]")).to_have_count(1)


def test_a_recording_of_the_microphone_is_answered(page: Page) -> None:
    page.locator("#record").click()
    expect(page.locator("#microphone-on")).to_contain_text("recording, 0:04")
    page.locator("#stop").click()
    expect(page.locator("#results-title")).to_contain_text("recording")


def test_the_history_shows_what_was_before(page: Page) -> None:
    choose(page, EXAMPLES / "train.wav", EXAMPLES / "garden.opus")
    expect(page.locator("[data-testid=history-entry]")).to_have_count(2)
    page.locator("[data-testid=history-entry]", has_text="garden.opus").click()
    expect(page.locator("#results-title")).to_contain_text("garden.opus")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_moving_sideways(
    browser: Browser, server: Any, talk: Path, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    choose(page, talk)
    expect(page.locator("#tracks button.segment").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    context.close()


def test_a_key_is_asked_for(browser: Browser, running_server: Callable[..., Any]) -> None:
    with running_server("--model", "edge", "--api-keys", "the-key") as server:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.url)
        page.locator("#api-key").fill("the-key")
        page.keyboard.press("Enter")
        expect(page.locator("#model option")).to_have_count(1)
        choose(page, EXAMPLES / "train.wav")
        expect(page.locator("#results-title")).to_contain_text("train.wav")
        context.close()
