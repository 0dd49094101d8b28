"""A recording that was left with a service."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from affectone.client.talk import Talk, understood
from affectone.recognition import Prediction, Timeline
from affectone.units import Seconds

__all__ = ["ClientJob", "Task", "named_as"]

Task: TypeAlias = Literal["timeline", "predict"]

LOOK: Seconds = 1.0
GOING_ON = ("queued", "running")


class ClientJob:
    """A recording that a service hears when its turn comes; made by `Client.submit`.

    Attributes
    ----------
    id : str
    told : dict
        What the service said of it last: status, progress and more.
    """

    def __init__(self, talk: Talk, told: Mapping[str, Any], name: str) -> None:
        self._talk, self._name = talk, name
        self.id, self.told = str(told["id"]), {"status": told["status"], "task": told["task"], **told}

    def __repr__(self) -> str:
        return f"<ClientJob {self.id}: {self.status}>"

    @property
    def status(self) -> str:
        """As it was last told: queued, running, done, failed or cancelled."""
        return str(self.told["status"])

    def refresh(self) -> dict[str, Any]:
        """Ask how far it is.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or knows it no more.
        """
        answer = self._talk.ask("GET", f"/v1/jobs/{self.id}")
        with understood(self._talk.url):
            self.told = {**self.told, **answer.json()}
        return self.told

    def wait(self, timeout: Seconds | None = None) -> Timeline | list[Prediction]:
        """Wait until it is done, and return what it has found.

        Parameters
        ----------
        timeout : float, optional
            In seconds.

        Raises
        ------
        TimeoutError
            If it is not done in that time.
        ServiceError
            If it has failed or was cancelled, or the service cannot be reached.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while self.refresh()["status"] in GOING_ON:
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(f"job {self.id} is {self.status} after {timeout:g} s")
            time.sleep(LOOK)
        return self.result()

    def result(self) -> Timeline | list[Prediction]:
        """Return what it has found: a timeline, or a prediction a channel.

        Raises
        ------
        ServiceError
            If it has found nothing, or the service cannot be reached.
        """
        answer = self._talk.ask("GET", f"/v1/jobs/{self.id}/result")
        with understood(self._talk.url):
            if self.told["task"] == "timeline":
                return named_as(Timeline.from_dict(answer.json()), self._name)
            return [replace(Prediction.from_dict(row), file=self._name) for row in answer.json()]

    def cancel(self) -> None:
        """Let the service work on it no more.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or knows it no more.
        """
        answer = self._talk.ask("POST", f"/v1/jobs/{self.id}/cancel")
        with understood(self._talk.url):
            self.told = {**self.told, **answer.json()}

    def delete(self) -> None:
        """Let the service forget it, its recording and what it has found.

        Raises
        ------
        ServiceError
            If the service cannot be reached, or knows it no more.
        """
        self._talk.ask("DELETE", f"/v1/jobs/{self.id}")


def named_as(told: Timeline, name: str) -> Timeline:
    """Return a timeline whose recording is called as it is here."""
    segments = (replace(one, prediction=replace(one.prediction, file=name)) for one in told)
    return replace(told, file=name, segments=tuple(segments))
