"""“Stay in this browser”: the answers are those of Python, and no sound leaves the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile as sf
import soxr

pytest.importorskip("fastapi")
pytest.importorskip("playwright")

from playwright.sync_api import expect

from affectone.audio import load_audio
from affectone.recognition import Recognizer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

PATIENCE = 120_000
"""Milliseconds: machines may be busy."""
APART = 0.01
"""How far a score in the browser may be from Python's."""
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CLIPS = ("chord.flac", "garden.opus", "keys.flac", "phone.wav", "rain.flac", "train.wav")
MODELS = ("edge", "base")

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server(running_server: Callable[..., Any]) -> Iterator[Any]:
    with running_server("--model", "edge") as running:
        yield running


@dataclass
class Stay:
    """The page with the switch on, and all that it asks for."""

    page: Page
    url: str
    requests: list[Request] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def choose(self, model: str) -> None:
        self.page.locator("#model").select_option(model)

    def give(self, *files: Path) -> None:
        self.page.locator("#file-input").set_input_files([str(file) for file in files])

    def answers(self, file: Path) -> list[dict[str, Any]]:
        """Give a file, and return what the page then saves as JSON."""
        self.give(file)
        expect(self.page.locator("#results-title")).to_have_text(file.name)
        with self.page.expect_download() as download:
            self.page.locator("#export-json").click()
        told: list[dict[str, Any]] = json.loads(Path(download.value.path()).read_text("utf-8"))
        return told


@pytest.fixture
def stay(browser: Browser, server: Any) -> Iterator[Stay]:
    context = browser.new_context(permissions=["microphone"], accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    it = Stay(page, server.url)
    page.on("pageerror", lambda error: it.complaints.append(str(error)))
    page.on("console", lambda told: it.complaints.append(told.text) if told.type == "error" else None)
    page.goto(server.url)
    page.locator("#stay").check()
    expect(page.locator("#model option")).to_have_count(3)
    # Of the context: workers ask, too.
    context.on("request", lambda request: it.requests.append(request))
    page.on("websocket", lambda socket: it.sockets.append(socket.url))
    yield it
    context.close()
    assert it.complaints == []
    assert broken_promises(it) == []


def broken_promises(it: Stay) -> list[str]:
    """Return what the page asked for that could hold sound, or that does not stand on this server."""
    wanted = re.compile(rf"{re.escape(it.url)}/(assets/[\w.-]+|v1/packaged(/[\w./-]+)?)?")
    own = re.compile(r"(blob|data):")
    return it.sockets + [
        f"{one.method} {one.url}"
        for one in it.requests
        if not own.match(one.url)
        and (one.method != "GET" or one.post_data_buffer or not wanted.fullmatch(one.url))
    ]


def at_16_khz(source: Path, folder: Path) -> Path:
    """Return the same sound as a WAV of 16 kHz: what differs then is no decoder and no resampling."""
    path = folder / f"{source.stem}.wav"
    sf.write(path, load_audio(source).samples.T, 16000, subtype="PCM_16")
    return path


def apart(found: dict[str, Any], wanted: dict[str, Any]) -> float:
    """Return the largest difference of a score, a voice or a degree."""
    assert list(found["scores"]) == list(wanted["scores"])
    assert list(found["voice"] or {}) == list(wanted["voice"] or {})
    pairs = [(found["scores"][name], wanted["scores"][name]) for name in wanted["scores"]]
    pairs += [(found["voice"][name], wanted["voice"][name]) for name in wanted["voice"] or {}]
    pairs += [(found[name], wanted[name]) for name in ("intensity", "agreement") if wanted[name] is not None]
    return max((abs(one - other) for one, other in pairs), default=0.0)


NUMBERS = ("scores", "voice", "intensity", "agreement", "confidence")


def check_alike(found: dict[str, Any], recognizer: Recognizer, file: Path) -> None:
    (expected,) = recognizer.predict(file, channels="split")
    wanted = expected.to_dict() | {"file": file.name}
    assert apart(found, wanted) <= APART
    assert list(found) == list(wanted)
    same = [name for name in wanted if name not in NUMBERS]
    assert {name: found[name] for name in same} == {name: wanted[name] for name in same}


@pytest.mark.parametrize("model", MODELS)
def test_the_browser_answers_as_python_does(stay: Stay, model: str, tmp_path: Path) -> None:
    recognizer = Recognizer(model)
    stay.choose(model)
    heard = 0
    for name in CLIPS:
        clip = at_16_khz(EXAMPLES / name, tmp_path)
        (found,) = stay.answers(clip)
        check_alike(found, recognizer, clip)
        heard += bool(found["scores"])
    assert heard == len(CLIPS) - 1  # In one of them nobody speaks.


@pytest.mark.parametrize("model", MODELS)
def test_files_are_answered_alike_as_they_are(stay: Stay, model: str) -> None:
    recognizer = Recognizer(model)
    stay.choose(model)
    for name in CLIPS:
        if name.endswith(".opus"):
            continue  # Two decoders, one of which works at 48 kHz.
        (found,) = stay.answers(EXAMPLES / name)
        check_alike(found, recognizer, EXAMPLES / name)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_sound_of_other_rates_is_answered_alike(stay: Stay, rate: int, tmp_path: Path) -> None:
    speech = load_audio(EXAMPLES / "train.wav").samples[0]
    made = soxr.resample(speech, 16000, rate)
    # What 16 kHz cannot hold must be filtered out, and not folded into what they can.
    hiss = np.random.default_rng(20).normal(0, 0.01, made.size)
    sf.write(tmp_path / "other.wav", made + hiss, rate, subtype="FLOAT")
    recognizer = Recognizer("base")
    stay.choose("base")
    (found,) = stay.answers(tmp_path / "other.wav")
    check_alike(found, recognizer, tmp_path / "other.wav")


@pytest.mark.corpora
@pytest.mark.parametrize("model", MODELS)
def test_actors_are_answered_alike(stay: Stay, model: str, corpora_root: Path, tmp_path: Path) -> None:
    recognizer = Recognizer(model)
    stay.choose(model)
    folders = ("ravdess", "crema_d", "emodb", "tess", "savee", "nemo")
    clips = [clip for folder in folders for clip in spread(corpora_root / folder, 2)]
    assert len(clips) == 12
    for clip in clips:
        given = at_16_khz(clip, tmp_path)
        (found,) = stay.answers(given)
        check_alike(found, recognizer, given)


def spread(folder: Path, count: int) -> list[Path]:
    """Return so many clips, far from one another in a folder's order."""
    found = sorted(folder.rglob("*.opus"))
    return [found[(2 * place + 1) * len(found) // (2 * count)] for place in range(count)]


def test_long_speech_is_judged_in_windows_as_python_does(stay: Stay, tmp_path: Path) -> None:
    parts = [load_audio(EXAMPLES / name).samples[0] for name in ("train.wav", "keys.flac", "rain.flac")]
    pause = np.zeros(24000, np.float32)
    sound = np.concatenate([*parts, pause] * 4)
    assert sound.size > 31 * 16000  # More than is brought to one level together.
    sf.write(tmp_path / "long.wav", sound, 16000)
    (found,) = stay.answers(tmp_path / "long.wav")
    check_alike(found, Recognizer("edge"), tmp_path / "long.wav")


def test_channels_are_answered_each_or_together(stay: Stay, tmp_path: Path) -> None:
    parts = [load_audio(EXAMPLES / name).samples[0][:45000] for name in ("train.wav", "keys.flac")]
    sf.write(tmp_path / "two.wav", np.stack(parts, axis=1), 16000)
    recognizer = Recognizer("edge")
    each = recognizer.predict(tmp_path / "two.wav", channels="split")
    stay.page.locator("summary", has_text="Options").click()
    stay.page.locator("#names").fill("agent, customer")
    found = stay.answers(tmp_path / "two.wav")
    assert [one["channel"] for one in found] == [0, 1]
    assert all(apart(one, other.to_dict()) <= APART for one, other in zip(found, each, strict=True))
    expect(stay.page.locator("#answers h4")).to_have_text(["agent", "customer"])
    stay.page.locator("#channels").select_option("mix")
    with stay.page.expect_event("request"):  # The player reads it anew: it is shown again.
        stay.give(tmp_path / "two.wav")
    expect(stay.page.locator("#answers h4")).to_have_text(["all channels"])
    with stay.page.expect_download() as download:
        stay.page.locator("#export-json").click()
    (mixed,) = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert mixed["channel"] is None
    assert apart(mixed, recognizer.predict(tmp_path / "two.wav").to_dict()) <= APART


def test_only_files_of_the_page_and_of_models_are_asked_for(stay: Stay) -> None:
    (found,) = stay.answers(EXAMPLES / "train.wav")
    assert found["label"]
    stay.choose("base")
    stay.answers(EXAMPLES / "keys.flac")
    paths = [one.url.removeprefix(stay.url) for one in stay.requests if one.url.startswith(stay.url)]
    # Each once: what was fetched is kept. `stay` itself looks at what else there was.
    assert sorted(paths) == sorted(
        [
            *("/assets/ort-wasm-simd-threaded.wasm.gz", "/assets/worker.js", "/v1/packaged/speech.onnx"),
            *("/v1/packaged", "/v1/packaged"),
            *(f"/v1/packaged/{model}/{file}" for model in MODELS for file in ("card.json", "model.onnx")),
        ]
    )


def test_what_is_watched_would_be_seen(stay: Stay) -> None:
    """A request with a body, a socket and another server are each told as a broken promise."""
    stay.page.evaluate("() => fetch('v1/predict', {method: 'POST', body: 'sound'}).catch(() => null)")
    stay.page.evaluate("() => fetch('v1/models?sound=1')")
    with stay.page.expect_websocket(), stay.page.expect_console_message():
        stay.page.evaluate("() => void new WebSocket(location.href.replace('http', 'ws') + 'nowhere')")
    told = broken_promises(stay)
    assert len(told) == 3
    for kept in (stay.requests, stay.sockets, stay.complaints):
        kept.clear()


def test_a_recording_of_the_microphone_stays_and_live_sound_is_not_offered(stay: Stay) -> None:
    expect(stay.page.locator("#live")).to_be_disabled()
    expect(stay.page.locator("#live")).to_have_accessible_description(
        re.compile("live.*what the server does")
    )
    stay.page.locator("#record").click()
    expect(stay.page.locator("#stay")).to_be_disabled()
    expect(stay.page.locator("#microphone-on")).to_contain_text("recording, 0:04")
    stay.page.locator("#stop").click()
    expect(stay.page.locator("#results-title")).to_contain_text("recording")
    expect(stay.page.locator("#answers .badge")).to_have_count(1)
    expect(stay.page.locator("#stay")).to_be_enabled()
    expect(stay.page.locator("#live")).to_be_disabled()


def test_the_switch_is_remembered_told_and_reached_by_keys(stay: Stay) -> None:
    page = stay.page
    switch = page.get_by_role("switch", name="Stay in this browser")
    expect(switch).to_be_checked()
    expect(switch).to_have_accessible_description(re.compile("no sound leaves it"))
    expect(page.locator("#privacy-here")).to_be_visible()
    expect(page.locator("#privacy")).to_be_hidden()
    expect(page.locator("#model")).to_have_value("edge")
    expect(page.locator("#model option").nth(1)).to_contain_text("16 MiB")
    stay.requests.clear()
    page.reload()
    expect(switch).to_be_checked()
    expect(page.locator("#model option")).to_have_count(3)
    for name in ("labels", "window", "hop", "adapt"):
        expect(page.locator(f"#{name}")).to_be_disabled()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    expect(page.locator("#status")).to_have_text("The server answers now.")
    expect(page.locator("#model option")).to_have_count(1)
    expect(page.locator("#labels")).to_be_enabled()
    expect(page.locator("#live")).to_be_enabled()
    expect(page.locator("#privacy")).to_be_visible()
    stay.give(EXAMPLES / "train.wav")
    expect(page.locator("#tracks button.segment").first).to_be_visible()
    assert any(one.method == "POST" for one in stay.requests)
    stay.requests.clear()  # Of the server's page, to which no promise belongs.


def test_text_is_refused_in_the_servers_words(stay: Stay, tmp_path: Path) -> None:
    notes = tmp_path / "notes.wav"
    notes.write_text("These are words, not sound.\n" * 20)
    nothing = tmp_path / "nothing.wav"
    nothing.touch()
    stay.give(notes, nothing)
    alert = stay.page.locator("#alert[role=alert]")
    expect(alert).to_contain_text("notes.wav: is text, not audio")
    expect(alert).to_contain_text("nothing.wav: is empty (0 bytes)")


def test_what_is_too_long_for_a_browser_is_left_to_the_server(stay: Stay, tmp_path: Path) -> None:
    sf.write(tmp_path / "long.flac", np.zeros(8000 * 1810, np.int16), 8000)
    stay.give(tmp_path / "long.flac")
    told = stay.page.locator("#alert[role=alert]")
    expect(told).to_have_text(
        "long.flac: lasts 1810 s; in this browser 1800 s are the most. The server takes more."
    )


@pytest.mark.parametrize(
    ("name", "seconds", "loud"),
    [("silence.wav", 2.0, 0.0), ("short.wav", 0.1, 1.0), ("scrap.wav", 0.45, 1.0)],
)
def test_little_sound_and_none_get_the_servers_reason(
    stay: Stay, name: str, seconds: float, loud: float, tmp_path: Path
) -> None:
    speech = load_audio(EXAMPLES / "train.wav").samples[0][8000:]
    sf.write(tmp_path / name, loud * speech[: round(seconds * 16000)], 16000)
    (found,) = stay.answers(tmp_path / name)
    (sent,) = stay.page.request.post(
        f"{stay.url}/v1/predict?channels=split&model=edge",
        multipart={"file": {"name": name, "mimeType": "audio/wav", "buffer": (tmp_path / name).read_bytes()}},
    ).json()
    assert apart(found, sent) <= APART
    for key in ("label", "unsure", "reason", "warnings", "speech_seconds", "duration_seconds"):
        assert found[key] == sent[key]
    expect(stay.page.locator("#overall")).to_contain_text(str(sent["reason"]))


def test_who_cancels_gets_no_answer_and_the_next_file_gets_one(stay: Stay) -> None:
    stay.page.route("**/v1/packaged/edge/model.onnx", lambda route: None)  # It never comes.
    stay.give(EXAMPLES / "train.wav")
    expect(stay.page.locator(".work-words")).to_contain_text("fetching the model")
    stay.page.locator("[data-testid=cancel]").click()
    expect(stay.page.locator("#status")).to_have_text("train.wav: cancelled")
    stay.page.unroute_all()
    (found,) = stay.answers(EXAMPLES / "keys.flac")
    assert found["label"]


def test_a_key_opens_the_models_too(browser: Browser, running_server: Callable[..., Any]) -> None:
    with running_server("--model", "edge", "--api-keys", "the-key") as server:
        context = browser.new_context(accept_downloads=True)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.url)
        page.locator("#stay").check()
        page.locator("#api-key").fill("the-key")
        page.keyboard.press("Enter")
        expect(page.locator("#model option")).to_have_count(3)
        (found,) = Stay(page, server.url).answers(EXAMPLES / "train.wav")
        assert found["model"] == Recognizer("edge").artefact.title
        context.close()


def test_a_phone_shows_the_switch_without_moving_sideways(browser: Browser, server: Any) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(server.url)
    page.locator("#stay").check()
    Stay(page, server.url).give(EXAMPLES / "train.wav")
    expect(page.locator("#answers .badge")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    context.close()
