"""What the service refuses, in words, and what it outlives."""

from __future__ import annotations

import collections
import io
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile as sf

pytest.importorskip("fastapi")

from affectone.errors import AffectoneError, AudioDecodeError, AudioError, ConfigError
from affectone.recognition import Recognizer
from affectone.serving import ServiceSettings, create_app, service_settings
from affectone.serving.decoding import DecodeLimits, Recording, TooLongError
from affectone.serving.watch import StoppedError, Watch

if TYPE_CHECKING:
    from starlette.testclient import TestClient

BAD = (
    *(
        "empty.wav",
        "text.wav",
        "utf8.wav",
        "page.mp3",
        "pointer.wav",
        "zeros.wav",
        "noise.wav",
        "picture.wav",
    ),
    *("archive.wav", "notes.mid", "header_only.wav", "half_header.wav", "no_samples.wav", "nan.wav"),
    *("infinite.wav", "film_without_sound.mp4", "cut_to_nothing.wav", "cut.wav", "one_hertz.wav"),
)
ODD = (
    *("aiff.wav", "silent.wav", "short.wav", "film.mp4", "eight_khz.wav", "96_khz.wav", "stereo.wav"),
    *("six_channels.wav", "double.wav"),
)
LIMITS = DecodeLimits(memory=2**30, cpu_seconds=30, seconds=3600.0)


@pytest.fixture(scope="module")
def client(serve: Callable[..., TestClient]) -> TestClient:
    return serve()


@pytest.fixture(scope="module")
def recognizer(tiny_model: Path) -> Recognizer:
    return Recognizer(tiny_model)


def problem(answer: Any, status: int) -> str:
    """Return the words of a refusal, once it is what a refusal is."""
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, told["status"], told["type"]) == (status, status, "about:blank")
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["instance"] == answer.request.url.path
    return str(told["detail"])


@pytest.mark.parametrize("name", BAD)
def test_a_bad_recording_is_refused_in_the_words_of_the_library(
    client: TestClient, recognizer: Recognizer, bad_file: Callable[[str], Path], name: str
) -> None:
    path = bad_file(name)
    with pytest.raises(AudioError) as local:
        recognizer.predict(path)
    answer = client.post("/v1/predict", files={"file": (name, path.read_bytes())})
    assert problem(answer, 422) == str(local.value).replace(str(path), name)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_recording_is_answered_with_the_warnings_of_the_library(
    client: TestClient, recognizer: Recognizer, bad_file: Callable[[str], Path], name: str
) -> None:
    path = bad_file(name)
    (told,) = client.post("/v1/predict", files={"file": (name, path.read_bytes())}).json()
    assert told == {**recognizer.predict(path).to_dict(), "file": name}


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (
            "/v1/predict?model=tiyn",
            404,
            "unknown model of this service 'tiyn'; did you mean 'tiny'? known: tiny",
        ),
        ("/v1/predict?labels=99", 422, "99"),
        ("/v1/predict?chanels=split", 422, "unknown query 'chanels'; did you mean 'channels'? known: "),
        ("/v1/predict?format=csv", 422, "unknown query 'format'; known: "),
        ("/v1/jobs?task=predict&chanels=0", 422, "unknown query 'chanels'; did you mean 'channels'?"),
        ("/v1/predict?channels=both", 422, "query.channels"),
        ("/v1/predict?channels=7", 422, "there is no channel 7"),
        ("/v1/predict?raw=s16le", 422, "encoding:rate:channels"),
        ("/v1/predict?adapt=me", 422, "query.adapt"),
        ("/v1/timeline?window=0", 422, "query.window"),
        ("/v1/timeline?window=nan", 422, "query.window"),
        ("/v1/timeline?hop=5", 422, "hop"),
        ("/v1/timeline?names=one", 422, "1 channel names for 2 channels"),
        ("/v1/timeline?format=pdf", 422, "query.format"),
        ("/v1/jobs", 422, "query.task"),
        ("/v1/jobs?task=sing", 422, "query.task"),
        ("/v1/jobs?task=predict&model=none", 404, "unknown model"),
    ],
)
def test_a_wrong_request_is_refused(
    client: TestClient, call: Path, path: str, status: int, words: str
) -> None:
    assert words in problem(client.post(path, content=call.read_bytes()), status)


def test_a_form_without_a_file_is_refused(client: TestClient) -> None:
    assert "'sound'" in problem(client.post("/v1/predict", files={"sound": b"RIFF"}), 422)
    words = "the form has a field 'channels'; what is asked stands in the query"
    beside = client.post("/v1/predict", data={"channels": "split"}, files={"file": b"RIFF"})
    assert problem(beside, 422) == words
    as_text = client.post("/v1/predict", files={"file": (None, b"RIFF")})
    assert problem(as_text, 422) == "the form has no file in its field 'file'"
    broken = client.post(
        "/v1/predict", content=b"--x\r\nno form", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    problem(broken, 400)
    problem(client.post("/v1/predict", content=b"a", headers={"Content-Type": "multipart/form-data"}), 400)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/none", 404), ("PUT", "/v1/predict", 405)]
)
def test_what_is_not_there_is_said_so(client: TestClient, method: str, path: str, status: int) -> None:
    problem(client.request(method, path), status)


def test_an_id_that_is_no_word_is_replaced(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    odd = client.get("/healthz", headers={"X-Request-ID": "a b"}).headers["x-request-id"]
    assert odd != "a b"
    assert len(odd) == 32


def test_what_is_too_large_is_refused_before_it_is_read(serve: Callable[..., TestClient]) -> None:
    client = serve(max_bytes=1000, max_job_bytes=2000)
    assert "1,000 bytes" in problem(client.post("/v1/predict", content=bytes(1001)), 413)

    def without_end() -> Iterator[bytes]:
        for _ in range(10):
            yield bytes(200)

    assert "1,000 bytes" in problem(client.post("/v1/predict", content=without_end()), 413)
    assert "1,000 bytes" in problem(client.post("/v1/predict", files={"file": bytes(5000)}), 413)
    assert "2,000 bytes" in problem(client.post("/v1/jobs?task=predict", content=bytes(2001)), 413)


def test_what_is_too_long_is_sent_to_the_jobs(serve: Callable[..., TestClient], call: Path) -> None:
    client = serve(max_seconds=3)
    told = problem(client.post("/v1/timeline", content=call.read_bytes()), 413)
    assert told == "<upload>: lasts more than the 3 s that are heard at once; send it to /v1/jobs"


def test_a_length_that_no_header_states_is_found_while_reading(call: Path) -> None:
    samples, rate = sf.read(call, dtype="float32")
    place = io.BytesIO()
    sf.write(place, np.tile(samples, (4, 1)), rate, format="OGG", subtype="OPUS")
    recording = given(place.getvalue(), limits=DecodeLimits(2**30, 30, seconds=5.0))
    with pytest.raises(TooLongError):
        list(recording.open()[0].chunks())


def test_a_request_has_its_time(serve: Callable[..., TestClient], call: Path) -> None:
    client = serve(request_seconds=0.001)
    assert "0.001 s" in problem(client.post("/v1/predict", content=call.read_bytes()), 504)


def test_beyond_capacity_requests_are_refused_and_none_is_lost(
    serve: Callable[..., TestClient], call: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = serve(workers=1, queue=2)
    data = call.read_bytes()
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/timeline?hop=0.1", content=data), range(24)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    for answer in refused:
        assert "ask again later" in problem(answer, 429)
        assert int(answer.headers["retry-after"]) >= 1
    assert client.get("/v1/service").status_code == 200


def test_a_bug_is_told_by_its_request_and_nothing_more(
    serve: Callable[..., TestClient],
    call: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = serve()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(Recognizer, "predict", broken)
    told = problem(client.post("/v1/predict", content=call.read_bytes()), 500)
    assert "a secret" not in told
    assert "a secret" in caplog.text
    assert told.split()[-1] in caplog.text


def given(data: bytes, *, limits: DecodeLimits = LIMITS, watch: Watch | None = None) -> Recording:
    return Recording(lambda: iter([data]), "given.wav", None, limits, watch or Watch())


def test_a_decoder_that_is_killed_is_an_error_and_no_end(call: Path) -> None:
    decoder, _ = given(call.read_bytes()).open()
    (child,) = [one for one in multiprocessing.active_children() if one.name.startswith("ForkServerProcess")]
    child.kill()
    # What was said before it ended may come first.
    with pytest.raises(AudioDecodeError, match="decoding it broke off"):
        list(decoder.chunks())
    decoder.close()


def endless_aac(frames: int) -> bytes:
    """Return hours of silence in a few megabytes."""
    import av

    place = io.BytesIO()
    with av.open(place, "w", format="adts") as output:
        stream = output.add_stream("aac", rate=96000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 96000
        for number in range(8):
            frame.pts = 1024 * number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    data = place.getvalue()
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    last = data[-((data[-length + 3] & 3) << 11 | data[-length + 4] << 3 | data[-length + 5] >> 5) :]
    return data + last * frames


@pytest.mark.skipif(sys.platform == "win32", reason="the system bounds no process's time")
def test_decoding_that_takes_too_much_of_a_processor_is_ended() -> None:
    hours = given(endless_aac(2_000_000), limits=DecodeLimits(2**30, 3, 1e9))
    decoder, _ = hours.open()  # A busy machine may need more than a second for this.
    begun = time.monotonic()
    with pytest.raises(AudioDecodeError, match="more time or memory than is allowed"):
        collections.deque(decoder.chunks(), maxlen=0)
    decoder.close()
    assert time.monotonic() - begun < 60


@pytest.mark.skipif(sys.platform != "linux", reason="the system bounds no process's memory")
def test_decoding_may_not_take_all_memory() -> None:
    program = (
        "from affectone.serving.decoder_process import limit\n"
        "limit(2**26, 10)\n"
        "try:\n"
        "    bytearray(2**30)\n"
        "except MemoryError:\n"
        "    print('bounded')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "bounded\n"


def test_who_stops_waiting_stops_the_decoder(call: Path) -> None:
    watch = Watch()
    decoder, _ = given(call.read_bytes(), watch=watch).open()
    threading.Timer(0.1, watch.stop.set).start()
    with pytest.raises(StoppedError):
        list(map(lambda _: time.sleep(0.2), decoder.chunks()))
    decoder.close()
    assert not [one for one in multiprocessing.active_children() if "ForkServer" in one.name]


def test_a_recording_of_very_many_channels_is_refused(client: TestClient, call: Path) -> None:
    answer = client.post("/v1/predict?raw=s16le:8000:17&name=wide", content=bytes(34 * 8000))
    assert problem(answer, 422) == "wide: has 17 channels; 16 at most are heard here"


def test_a_form_in_no_encoding_is_refused(client: TestClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc\r\n--x--\r\n'
    kind = "multipart/form-data; boundary=x; charset=undefined"
    answer = client.post("/v1/predict", content=body, headers={"Content-Type": kind})
    assert "encoding" in problem(answer, 400)


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://["])
def test_a_page_of_another_site_may_do_nothing(client: TestClient, call: Path, origin: str) -> None:
    header = {"Origin": origin, "Content-Type": "text/plain"}
    for path in ("/v1/predict", "/v1/timeline", "/v1/jobs?task=predict"):
        answer = client.post(path, content=call.read_bytes(), headers=header)
        assert problem(answer, 403) == f"pages of {origin} may not ask here"
    own = client.post("/v1/predict", content=call.read_bytes(), headers={"Origin": "http://testserver"})
    assert own.status_code == 200


@pytest.mark.parametrize("keys", [[""], ",", " ", ["", "good"], ["two words"], "sö"])
def test_a_key_that_is_none_lets_nobody_in(keys: Any) -> None:
    with pytest.raises(ConfigError, match="api_keys of the service"):
        service_settings(api_keys=keys)


SETTINGS = [
    ({"port": "70000"}, "port of the service: input should be less than or equal to 65535; got '70000'"),
    ({"max_bytes": "many"}, "max_bytes of the service"),
    ({"log_level": "loud"}, "log_level of the service"),
    ({"model": ","}, "model of the service"),
    ({"prot": "1"}, "unknown setting of the service 'prot'; did you mean 'port'?"),
]


@pytest.mark.parametrize(("asked", "words"), SETTINGS)
def test_a_wrong_setting_is_named(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        service_settings(**asked)
    assert words in str(caught.value)


def test_a_misspelt_variable_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTONE_SERVE_PROT", "9000")
    with pytest.raises(ConfigError, match="did you mean 'AFFECTONE_SERVE_PORT'"):
        service_settings()


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x", "postgresql+none://user:hidden@host/name"])
def test_a_database_that_is_none_is_refused_without_its_password(tiny_model: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        create_app(ServiceSettings(model=(str(tiny_model),), database=url))
    assert "database of the service is no URL" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    tiny_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(AffectoneError, match="cannot be used") as caught:
        create_app(ServiceSettings(model=(str(tiny_model),), database=f"sqlite:///{tmp_path}/no/jobs.sqlite"))
    assert "no/jobs.sqlite" in str(caught.value)


def test_a_user_without_a_folder_is_told_to_name_a_database(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("no folder")
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(taken))
    with pytest.raises(AffectoneError, match="name a database"):
        create_app(ServiceSettings(model=(str(tiny_model),)))


def test_models_that_are_called_alike_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    settings = ServiceSettings(
        model=(str(tiny_model), str(tiny_model)), database=f"sqlite:///{tmp_path}/jobs.sqlite"
    )
    with pytest.raises(ConfigError, match="two of the models to serve are called tiny"):
        create_app(settings)


def test_the_command_says_what_is_wrong(invoke: Callable[..., Any], tmp_path: Path) -> None:
    import socket

    wrong = invoke(["serve", "--port", "-1"])
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "affectone: port of the service: input should be greater than or equal to 0; got '-1'\n",
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = invoke(["serve", "--port", port])
    assert result.exit_code == 3
    assert result.stderr == f"affectone: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    page = invoke(["serve", "--port", 0, "--page", tmp_path / "nowhere"])
    assert (page.exit_code, page.stderr.count("\n")) == (2, 1)
    assert page.stderr.startswith("affectone: page of the service: path does not point to a directory")
    missing = invoke(
        ["serve", "--port", 0, "--model", "none", "--database", f"sqlite:///{tmp_path}/j.sqlite"]
    )
    assert missing.exit_code == 3
    assert "unknown model 'none'" in missing.stderr
