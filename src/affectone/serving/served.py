"""The models that the service answers with: each is loaded once and shared by all requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy.typing as npt

from affectone.audio import find_audio
from affectone.errors import ConfigError, ModelNotFoundError, unknown_name
from affectone.models import BatchingRunner, RawScores, find_model
from affectone.models.runner import StateScale
from affectone.recognition import Recognizer
from affectone.serving.settings import ServiceSettings
from affectone.serving.watch import check_wanted

__all__ = ["ServedModels"]

SELF = "self"


class _WantedRunner(BatchingRunner):
    """Runs what somebody still waits for."""

    def run(self, waveform: npt.ArrayLike, scale: StateScale | None = None) -> RawScores:
        check_wanted()
        return super().run(waveform, scale)


class ServedModels:
    """The models of a service by their names.

    Parameters
    ----------
    settings : ServiceSettings
    watch : callable
        Is told how many windows a model ran together.

    Raises
    ------
    AffectoneError
        If a model is not there, or cannot be fitted to what the settings say.
    """

    def __init__(self, settings: ServiceSettings, watch: Callable[[int], object]) -> None:
        self._recognizers: dict[str, Recognizer] = {}
        self._runners: list[BatchingRunner] = []
        for name in settings.model:
            runner = _WantedRunner(find_model(name), workers=settings.workers, watch=watch)
            self._runners.append(runner)
            recognizer = _fitted(Recognizer(runner, labels=settings.labels), settings.adapt)
            if runner.artefact.card.name in self._recognizers:
                raise ConfigError(f"two of the models to serve are called {runner.artefact.card.name}")
            self._recognizers[runner.artefact.card.name] = recognizer
        self.default = next(iter(self._recognizers))

    def __iter__(self) -> Iterator[tuple[str, Recognizer]]:
        return iter(self._recognizers.items())

    def named(self, name: str | None) -> Recognizer:
        """Return a model, the default without a name.

        Raises
        ------
        ModelNotFoundError
            If it is not served.
        """
        wanted = name or self.default
        if wanted not in self._recognizers:
            raise ModelNotFoundError(unknown_name("model of this service", wanted, self._recognizers))
        return self._recognizers[wanted]

    def close(self) -> None:
        """End the models' threads."""
        for runner in self._runners:
            runner.close()

    def asked(self, name: str | None, labels: str | None, adapt: str | None) -> Recognizer:
        """Return a model that answers as a request asks.

        Raises
        ------
        AffectoneError
            If it is not served, or cannot answer so.
        """
        recognizer = self.named(name)
        if labels:
            recognizer = recognizer.relabelled(labels)
        if adapt:
            if adapt != SELF:
                raise ConfigError(f"adapt must be {SELF}; got {adapt!r}")
            recognizer = recognizer.adapt(SELF)
        return recognizer


def _fitted(recognizer: Recognizer, adapt: tuple[str, ...]) -> Recognizer:
    if not adapt:
        return recognizer
    if adapt == (SELF,):
        return recognizer.adapt(SELF)
    found, problems = find_audio(adapt)
    if problems:
        raise problems[0]
    return recognizer.adapt(found)
