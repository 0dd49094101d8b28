"""Jobs: kept in a database until they are heard, heard once, and never lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("fastapi")

from pydantic import SecretStr
from sqlalchemy import create_engine, text

from affectone.recognition import Prediction, Recognizer
from affectone.serving.answers import Asked, Task
from affectone.serving.jobs import JobStore, open_store
from affectone.serving.jobs import store as store_module
from affectone.serving.jobs.store import MOST_ATTEMPTS, Job
from affectone.serving.jobs.work import JobWorkers
from affectone.serving.metrics import Metrics
from affectone.serving.problems import ProblemError
from affectone.serving.watch import check_wanted

if TYPE_CHECKING:
    from starlette.testclient import TestClient

ASKED = Asked(Task.PREDICT, model="tiny", channels="split")
ANSWER = [Prediction(file="call.wav", label="happy", confidence=0.5, scores={"happy": 0.5, "sad": 0.5})]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/jobs.sqlite"
    url: str = request.getfixturevalue("postgres")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS affectone_job_pieces, affectone_jobs"))
    engine.dispose()
    return url


@contextmanager
def opened(database: str, most: int = 100) -> Iterator[JobStore]:
    store = open_store(SecretStr(database), most)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def store(database: str) -> Iterator[JobStore]:
    with opened(database) as made:
        yield made


def add(store: JobStore, *pieces: bytes, owner: str = "") -> str:
    return str(store.add(owner, "call.wav", ASKED, pieces or (b"sound",))["id"])


def count_pieces(database: str) -> int:
    engine = create_engine(database)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM affectone_job_pieces")).scalar_one()
    engine.dispose()
    return int(found)


def test_a_job_is_kept_as_it_was_given(store: JobStore, database: str) -> None:
    job = add(store, b"one", b"two")
    with opened(database) as other:
        claimed = other.claim("worker")
        assert claimed is not None
        assert (claimed.id, claimed.file, claimed.asked) == (job, "call.wav", ASKED)
        assert list(other.pieces(job)) == [b"one", b"two"]


def test_the_oldest_is_heard_first_and_each_by_one(store: JobStore) -> None:
    jobs = [add(store) for _ in range(3)]
    claimed = [store.claim(f"worker {number}") for number in range(4)]
    assert [one.id if one else None for one in claimed] == [*jobs, None]


def test_many_workers_never_share_a_job(store: JobStore) -> None:
    from concurrent.futures import ThreadPoolExecutor

    jobs = {add(store) for _ in range(20)}

    def work(number: int) -> list[str]:
        taken = []
        for _ in range(20):
            claimed = store.claim(f"worker {number}")
            if claimed is not None:
                taken.append(claimed.id)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [job for of_one in pool.map(work, range(4)) for job in of_one]
    assert sorted(taken) == sorted(jobs)


def test_what_was_found_stays_and_the_sound_goes(store: JobStore, database: str) -> None:
    job = add(store, b"a", b"b")
    store.claim("worker")
    assert store.beat("worker", job, 1.0, 4.0)
    told = store.told("", job)
    assert (told["status"], told["progress"], told["attempts"]) == ("running", 0.25, 1)
    store.done("worker", job, ANSWER, 4.0)
    assert store.answer("", job) == ANSWER
    told = store.told("", job)
    assert (told["status"], told["progress"], told["error"]) == ("done", 1.0, None)
    assert count_pieces(database) == 0


def test_a_failure_is_told(store: JobStore, database: str) -> None:
    job = add(store)
    store.claim("worker")
    store.failed("worker", job, "call.wav: is text, not audio")
    assert store.told("", job)["error"] == "call.wav: is text, not audio"
    with pytest.raises(
        ProblemError, match=r"this job is failed and has no result: call\.wav: is text"
    ) as caught:
        store.answer("", job)
    assert caught.value.status == 409
    assert count_pieces(database) == 0


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_by_its_worker(store: JobStore) -> None:
    waiting, running = add(store), add(store)
    first = store.claim("worker")
    assert first is not None
    running, waiting = first.id, ({waiting, running} - {first.id}).pop()
    assert store.cancel("", waiting)["status"] == "cancelled"
    assert store.cancel("", running)["status"] == "running"
    assert not store.beat("worker", running, 1.0, None)
    store.stopped("worker", running)
    assert store.told("", running)["status"] == "cancelled"
    assert store.cancel("", running)["status"] == "cancelled"
    assert store.claim("worker") is None


def test_a_removed_job_is_gone_and_its_worker_stops(store: JobStore, database: str) -> None:
    job = add(store)
    store.claim("worker")
    store.remove("", job)
    assert not store.beat("worker", job, 1.0, None)
    store.done("worker", job, ANSWER, 1.0)
    assert count_pieces(database) == 0
    for ask in (store.told, store.answer, store.cancel, store.remove):
        with pytest.raises(ProblemError, match="there is no job") as caught:
            ask("", job)
        assert caught.value.status == 404


def test_a_job_whose_server_is_gone_is_given_to_another_one(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = add(store)
    store.claim("lost")
    store.recover()
    assert store.told("", job)["status"] == "running"  # It may live.
    monkeypatch.setattr(store_module, "LEASE", timedelta(0))
    time.sleep(0.01)
    store.recover(but=[job])
    assert store.told("", job)["status"] == "running"  # Its own server, kept from saying so, leaves it.
    store.recover()
    assert store.told("", job)["status"] == "queued"
    again = store.claim("alive")
    assert again is not None
    assert again.id == job
    # Who was taken for gone, and comes back, changes nothing.
    assert not store.beat("lost", job, 9.0, None)
    store.failed("lost", job, "late")
    store.give_back("lost", job)
    assert store.told("", job)["status"] == "running"
    store.done("alive", job, ANSWER, 1.0)
    assert store.told("", job)["attempts"] == 2


def test_a_job_that_ends_every_server_fails(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "LEASE", timedelta(0))
    job = add(store)
    for _ in range(MOST_ATTEMPTS):
        assert store.claim("worker") is not None
        time.sleep(0.01)
        store.recover()
    assert store.told("", job)["status"] == "failed"
    assert store.told("", job)["error"] == "the server ended 3 times while it was heard"


def test_what_another_release_was_asked_fails_and_stops_nobody(store: JobStore, database: str) -> None:
    odd, good = add(store), add(store)
    engine = create_engine(database)
    with engine.begin() as connection:
        asked = text("UPDATE affectone_jobs SET asked = :asked WHERE id = :id")
        connection.execute(asked, {"asked": '{"task": "transcribe"}', "id": odd})
    engine.dispose()
    assert store.claim("worker") is None
    assert store.told("", odd)["status"] == "failed"
    assert "another release" in store.told("", odd)["error"]
    claimed = store.claim("worker")
    assert claimed is not None
    assert claimed.id == good


def test_a_server_that_ends_in_order_gives_its_job_back(store: JobStore) -> None:
    job = add(store)
    store.claim("worker")
    store.give_back("worker", job)
    told = store.told("", job)
    assert (told["status"], told["attempts"]) == ("queued", 0)
    assert list(store.pieces(job)) == [b"sound"]


def test_so_many_may_wait(database: str) -> None:
    with opened(database, most=2) as store:
        add(store), add(store)
        with pytest.raises(ProblemError, match="2 jobs wait already") as caught:
            add(store)
        assert (caught.value.status, caught.value.retry_after) == (429, 60)
        store.claim("worker")
        add(store)


def test_the_newest_is_listed_first_and_to_its_owner(store: JobStore) -> None:
    jobs = [add(store, owner="me") for _ in range(3)]
    add(store, owner="you")
    assert [row["id"] for row in store.listed("me", 2)] == [jobs[2], jobs[1]]


def test_old_ones_are_forgotten_once_they_have_ended(store: JobStore) -> None:
    ended, waiting = add(store), add(store)
    store.claim("worker")
    store.done("worker", ended, ANSWER, 1.0)
    store.forget(timedelta(days=1))
    assert len(store.listed("", 10)) == 2
    time.sleep(0.01)
    store.forget(timedelta(0))
    assert [row["id"] for row in store.listed("", 10)] == [waiting]


def wait(client: TestClient, job: str, *statuses: str) -> dict[str, Any]:
    """Wait until a job has one of some statuses, and return it."""
    for _ in range(600):
        told: dict[str, Any] = client.get(f"/v1/jobs/{job}").json()
        if told["status"] in statuses:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


@pytest.fixture(scope="module")
def served(serve: Callable[..., TestClient]) -> TestClient:
    return serve(max_seconds=1)


@pytest.mark.parametrize("task", ["predict", "timeline"])
def test_a_job_finds_what_a_request_is_answered(
    served: TestClient, serve: Callable[..., TestClient], call: Path, task: str
) -> None:
    """The recording is too long for a request here, and is not elsewhere."""
    asked = (
        {"name": "call.wav", "hop": 0.5} if task == "timeline" else {"name": "call.wav", "channels": "split"}
    )
    given = served.post("/v1/jobs", params={"task": task, **asked}, content=call.read_bytes())
    assert given.status_code == 202
    job = given.json()["id"]
    assert given.headers["location"] == f"/v1/jobs/{job}"
    told = wait(served, job, "done", "failed")
    assert (told["status"], told["seconds_total"]) == ("done", pytest.approx(8.0))
    found = served.get(f"/v1/jobs/{job}/result")
    direct = serve().post(f"/v1/{task}", params=asked, content=call.read_bytes())
    assert found.json() == direct.json()
    assert served.delete(f"/v1/jobs/{job}").status_code == 204
    assert served.get(f"/v1/jobs/{job}").status_code == 404


def test_a_result_comes_in_every_format(served: TestClient, call: Path) -> None:
    job = served.post("/v1/jobs?task=timeline", content=call.read_bytes()).json()["id"]
    wait(served, job, "done")
    assert served.get(f"/v1/jobs/{job}/result?format=vtt").text.startswith("WEBVTT")
    of_predictions = served.post("/v1/jobs?task=predict", content=call.read_bytes()).json()["id"]
    wait(served, of_predictions, "done")
    assert served.get(f"/v1/jobs/{of_predictions}/result?format=srt").status_code == 422


def test_a_recording_that_cannot_be_read_fails_in_words(served: TestClient) -> None:
    job = served.post("/v1/jobs?task=timeline&name=notes.wav", content=b"These are words.").json()["id"]
    assert wait(served, job, "failed")["error"] == "notes.wav: is text, not audio"


def endless(*_: object, **__: object) -> None:
    """Hear a recording that never ends."""
    while True:
        check_wanted()
        time.sleep(0.01)


def test_a_running_job_is_cancelled(
    serve: Callable[..., TestClient], call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recognizer, "timeline", endless)
    client = serve(job_workers=1)
    first, second = (
        client.post("/v1/jobs?task=timeline", content=call.read_bytes()).json()["id"] for _ in "ab"
    )
    wait(client, first, "running")
    assert client.post(f"/v1/jobs/{second}/cancel").json()["status"] == "cancelled"
    assert client.post(f"/v1/jobs/{first}/cancel").json()["status"] == "running"
    assert wait(client, first, "cancelled")["finished"] is not None
    assert client.get(f"/v1/jobs/{first}/result").status_code == 409


def test_a_job_that_is_claimed_as_the_server_ends_is_given_back(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = add(store)
    claimed, leave, claim = Event(), Event(), store.claim

    def slowly(worker: str) -> Job | None:
        found = claim(worker)
        claimed.set()
        leave.wait(30)
        return found

    monkeypatch.setattr(store, "claim", slowly)
    monkeypatch.setattr(JobWorkers, "_found", lambda _, job, watch: None if watch.stop.is_set() else ANSWER)
    unused: Any = None
    workers = JobWorkers(store, unused, unused, 1, timedelta(days=1), Metrics())
    workers.start()
    assert claimed.wait(30)
    ending = Thread(target=workers.stop)
    ending.start()
    while not workers._ends.is_set():
        time.sleep(0.01)
    leave.set()
    ending.join(30)
    assert store.told("", job)["status"] == "queued"


def test_a_bug_fails_its_job_alone(
    serve: Callable[..., TestClient], call: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = serve()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    with monkeypatch.context() as patch:
        patch.setattr(Recognizer, "timeline", broken)
        job = client.post("/v1/jobs?task=timeline", content=call.read_bytes()).json()["id"]
        assert (
            wait(client, job, "failed")["error"] == "the service failed on this recording; its log says how"
        )
    after = client.post("/v1/jobs?task=timeline", content=call.read_bytes()).json()["id"]
    assert wait(client, after, "done", "failed")["status"] == "done"
