"""`/v1/predict` and `/v1/timeline` answer what the library answers for the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from starlette.testclient import TestClient

from affectone.recognition import Prediction, Recognizer, Timeline
from affectone.serving.answers import TimelineFormat


def named(told: Prediction, name: str) -> dict[str, object]:
    return replace(told, file=name).to_dict()


@pytest.mark.parametrize("channels", ["mix", "split", 1])
def test_a_prediction_is_the_librarys(
    client: TestClient, recognizer: Recognizer, call: Path, channels: object
) -> None:
    answer = client.post("/v1/predict", params={"channels": channels}, files={"file": call.read_bytes()})
    told = recognizer.predict(call, channels=channels)  # type: ignore[call-overload]
    expected = told if isinstance(told, list) else [told]
    assert answer.status_code == 200
    assert answer.json() == [named(one, "upload") for one in expected]


def test_a_body_is_a_recording_as_a_forms_file_is(client: TestClient, call: Path) -> None:
    data = call.read_bytes()
    as_body = client.post("/v1/predict", content=data, params={"name": "call.wav"})
    as_file = client.post("/v1/predict", files={"file": ("call.wav", data)})
    assert as_body.json() == as_file.json()
    assert as_body.json()[0]["file"] == "call.wav"


def test_samples_without_a_header_are_what_the_request_says(
    client: TestClient, recognizer: Recognizer, call: Path
) -> None:
    samples, rate = sf.read(call, dtype="int16")
    data = samples.astype("<i2").tobytes()
    answer = client.post("/v1/predict", params={"raw": f"s16le:{rate}:2", "name": "call.wav"}, content=data)
    assert answer.json() == [named(recognizer.predict(call), "call.wav")]


def test_labels_are_those_that_were_asked_for(client: TestClient, recognizer: Recognizer, call: Path) -> None:
    answer = client.post("/v1/predict", params={"labels": "valence"}, content=call.read_bytes())
    expected = recognizer.relabelled("valence").predict(call)
    assert answer.json() == [named(expected, "<upload>")]
    assert set(answer.json()[0]["scores"]) == {"negative", "neutral", "positive"}


def test_a_timeline_is_the_librarys(client: TestClient, recognizer: Recognizer, call: Path) -> None:
    asked = {"window": 2.0, "hop": 0.5, "names": "agent, customer"}
    answer = client.post("/v1/timeline", params=asked, files={"file": ("call.wav", call.read_bytes())})
    expected = recognizer.timeline(call.read_bytes(), window=2.0, hop=0.5, names=["agent", "customer"])
    told = Timeline.from_dict(answer.json())
    assert len(told) > 0
    assert [one.speaker for one in told] == [one.speaker for one in expected]
    for name in ("windows", "duration_seconds", "channels", "speakers", "model", "warnings"):
        assert getattr(told, name) == getattr(expected, name)
    assert [replace(one.prediction, file="") for one in told] == [
        replace(one.prediction, file="") for one in expected
    ]


@pytest.mark.parametrize("wanted", [one for one in TimelineFormat if one is not TimelineFormat.HTML])
def test_a_timeline_comes_in_every_format(client: TestClient, call: Path, wanted: TimelineFormat) -> None:
    def ask(form: str) -> str:
        asked = {"format": form, "name": "call.wav"}
        return client.post("/v1/timeline", params=asked, content=call.read_bytes()).text

    told = Timeline.from_dict(client.post("/v1/timeline?name=call.wav", content=call.read_bytes()).json())
    assert ask(wanted) == getattr(told, f"to_{wanted}")()


def test_a_page_of_a_timeline_may_do_nothing(client: TestClient, call: Path) -> None:
    answer = client.post("/v1/timeline?format=html", files={"file": ("<b>.wav", call.read_bytes())})
    assert answer.headers["content-type"].startswith("text/html")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "<b>.wav" not in answer.text
    assert "&lt;b&gt;.wav" in answer.text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\calls\\one.wav", "one.wav"),
        ("a\x1b[31mb.wav", "a\\x1b[31mb.wav"),
        ("", "<upload>"),
    ],
)
def test_a_name_is_a_word_and_no_path(client: TestClient, call: Path, given: str, told: str) -> None:
    answer = client.post("/v1/predict", params={"name": given}, content=call.read_bytes())
    assert answer.json()[0]["file"] == told


def test_fitting_a_model_that_cannot_be_fitted_is_refused(client: TestClient, call: Path) -> None:
    answer = client.post("/v1/predict", params={"adapt": "self"}, content=call.read_bytes())
    assert answer.status_code == 422
    assert "cannot be adapted" in answer.json()["detail"]


def test_speakers_within_a_channel_are_told_apart(
    serve: Callable[..., TestClient], packaged_base: Path, call: Path
) -> None:
    client = serve(model=(str(packaged_base),))
    asked = {"speakers": 2, "channels": "mix", "names": "one,two"}
    told = Timeline.from_dict(client.post("/v1/timeline", params=asked, content=call.read_bytes()).json())
    expected = Recognizer(packaged_base).timeline(call, speakers=2, channels="mix", names=["one", "two"])
    assert [(one.start, one.speaker) for one in told] == [(one.start, one.speaker) for one in expected]
    refused = client.post("/v1/timeline?speakers=9", content=call.read_bytes())
    assert refused.status_code == 422


def test_a_model_is_fitted_to_a_recording_that_is_read_twice(
    serve: Callable[..., TestClient], packaged_base: Path, call: Path
) -> None:
    client = serve(model=(str(packaged_base),))
    answer = client.post("/v1/predict", params={"adapt": "self"}, content=call.read_bytes())
    expected = Recognizer(packaged_base).adapt("self").predict(call)
    assert answer.json() == [named(expected, "<upload>")]
    assert answer.json()[0]["adapted"] is True


def test_many_at_once_are_answered_as_each_alone(client: TestClient, call: Path) -> None:
    data = call.read_bytes()
    alone = client.post("/v1/predict", content=data).json()
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: client.post("/v1/predict", content=data).json(), range(32)))
    for (one,) in told:
        assert one["label"] == alone[0]["label"]
        assert list(one["scores"].values()) == pytest.approx(list(alone[0]["scores"].values()), abs=1e-6)


def test_counters_tell_what_was_heard(client: TestClient, call: Path) -> None:
    def sound() -> float:
        lines = client.get("/metrics").text.splitlines()
        return sum(
            float(line.split()[-1])
            for line in lines
            if line.startswith('affectone_sound_seconds_total{door="predict"')
        )

    before = sound()
    client.post("/v1/predict", content=call.read_bytes())
    assert sound() - before == pytest.approx(sf.info(call).duration)
    assert (
        'affectone_requests_total{method="POST",route="/v1/predict",status="200"}'
        in client.get("/metrics").text
    )


def test_models_are_told_with_their_cards(client: TestClient, recognizer: Recognizer) -> None:
    (row,) = client.get("/v1/models").json()["models"]
    assert (row["name"], row["default"]) == ("tiny", True)
    assert row["labels"] == list(recognizer.labels)
    assert client.get("/v1/models/tiny").json()["sha256"] == recognizer.card.sha256


def test_the_first_model_answers_unless_another_is_asked_for(
    serve: Callable[..., TestClient], tiny_model: Path, call: Path
) -> None:
    client = serve(model=(str(tiny_model), "edge"))
    asked = {
        name: client.post(f"/v1/predict?model={name}", content=call.read_bytes()) for name in ("", "edge")
    }
    assert {name: answer.json()[0]["model"].partition("@")[0] for name, answer in asked.items()} == {
        "": "tiny",
        "edge": "edge",
    }


def test_silence_is_answered(client: TestClient) -> None:
    place = io.BytesIO()
    sf.write(place, np.zeros(16000), 16000, format="FLAC")
    (told,) = client.post("/v1/predict", content=place.getvalue()).json()
    assert (told["label"], told["reason"], told["scores"]) == (None, "no speech", {})
