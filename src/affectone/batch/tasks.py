"""What is done with each recording: each task turns one into rows, on whatever engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from affectone.audio import AudioSource, RawFormat
from affectone.batch.schema import features_schema, rows_schema
from affectone.errors import ConfigError
from affectone.labels import VOICES
from affectone.recognition import Prediction, Recognizer
from affectone.recognition.rows import flat
from affectone.recognition.turns import Speakers
from affectone.recognition.windows import Grid
from affectone.units import Seconds

if TYPE_CHECKING:
    import pyarrow as pa

    from affectone.features import Settings
    from affectone.features.plan import Plan
    from affectone.models import ModelArtefact

__all__ = ["Answer", "FeaturesTask", "PredictTask", "StatesTask", "Task", "TimelineTask"]

ChannelChoice: TypeAlias = Literal["mix", "split"]
"""One answer for all channels, or one for each."""

STEP = 2.0**-16
"""What sums of states are counted in: whole numbers have one sum, in whatever order they are added."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task makes of one recording.

    Parameters
    ----------
    rows : pyarrow.RecordBatch
        All columns but the recording's name.
    channels : int
        How many were heard; 1 where they were mixed.
    duration_seconds : float
    speech_seconds : float or None
        Of all channels together; None where nobody looked for speech.
    warnings : tuple of str
    """

    rows: pa.RecordBatch
    channels: int
    duration_seconds: Seconds
    speech_seconds: Seconds | None
    warnings: tuple[str, ...] = ()


class Task(ABC):
    """Turns one recording into rows. Plain data that goes to other processes and machines."""

    name: ClassVar[str]
    """As ``--task`` has it."""
    table: ClassVar[str]
    """Folder of its rows."""
    hears: ClassVar[bool] = True
    """Whether a model is needed."""

    def settings(self) -> dict[str, Any]:
        """Return what decides the rows, as JSON holds it."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]

    def check(self, artefact: ModelArtefact) -> None:  # noqa: B027 - most tasks take every model
        """Raise `ConfigError`, before an archive is heard, if the model cannot do this."""

    @abstractmethod
    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        """Work on one recording.

        Raises
        ------
        AffectoneError
            If it cannot be done.
        """


@dataclass(frozen=True, slots=True)
class PredictTask(Task):
    """One prediction a recording, or one a channel.

    Parameters
    ----------
    channels : "mix" or "split", default "mix"
    """

    channels: ChannelChoice = "mix"

    name = "predict"
    table = "predictions"

    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        """Return a row a prediction."""
        model = _needed(recognizer)
        if self.channels == "split":
            answers = model.predict(source, channels="split", raw=raw)
        else:
            answers = [model.predict(source, raw=raw)]
        return Answer(
            _rows(model, answers),
            len(answers),
            answers[0].duration_seconds or 0.0,
            sum(one.speech_seconds or 0.0 for one in answers),
            answers[0].warnings if len(answers) == 1 else _together(answers),
        )


@dataclass(frozen=True, slots=True)
class TimelineTask(Task):
    """The segments of a recording; one in which nobody speaks has none.

    Parameters
    ----------
    window, hop : float
        In seconds, as `Recognizer.timeline` takes them.
    channels : "split" or "mix", default "split"
    names : tuple of str, optional
        Who speaks, one a channel.
    speakers : int, optional
        How many voices to tell apart within each channel.
    """

    window: Seconds = 3.0
    hop: Seconds = 1.0
    channels: ChannelChoice = "split"
    names: tuple[str, ...] | None = None
    speakers: int | None = None

    name = "timeline"
    table = "segments"

    def check(self, artefact: ModelArtefact) -> None:
        """Refuse windows that the model cannot hear, and speakers that it cannot tell apart."""
        Grid.of(artefact.card, self.window, self.hop)
        if self.speakers is not None:
            Speakers.of(artefact, self.speakers, None, 1)

    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        """Return a row a segment."""
        model = _needed(recognizer)
        heard = model.timeline(
            source,
            window=self.window,
            hop=self.hop,
            channels=self.channels,
            names=self.names,
            speakers=self.speakers,
            raw=raw,
        )
        speech = sum(float(one.speech_seconds.sum()) for one in heard.windows)
        return Answer(
            _rows(model, heard, over_time=True),
            len(heard.channels),
            heard.duration_seconds,
            speech,
            heard.warnings,
        )


@dataclass(frozen=True, slots=True)
class FeaturesTask(Task):
    """What is measured of a recording, or of each of its frames.

    Parameters
    ----------
    plan : Plan
    """

    plan: Plan

    name = "features"
    table = "features"
    hears = False

    @classmethod
    def of(
        cls,
        sets: Iterable[str],
        *,
        settings: Settings | None = None,
        level: Literal["frames", "clip"] = "clip",
        functionals: Iterable[str] | None = None,
    ) -> FeaturesTask:
        """Return the task for what `affectone.extract` takes.

        Raises
        ------
        ConfigError
            As it does.
        """
        from affectone.features import Settings
        from affectone.features.plan import Plan

        plan = Plan.of(sets, settings or Settings(), level, functionals)
        plan.check_joined()
        return cls(plan)

    def settings(self) -> dict[str, Any]:
        """Return the sets, and everything that they are measured by."""
        told = {part.name: getattr(self.plan, part.name) for part in fields(self.plan)}
        return told | {"settings": self.plan.settings.model_dump(mode="json")}

    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        """Return one row, or one a frame."""
        import pyarrow as pa

        from affectone.features.batch import measure
        from affectone.features.sound import listen

        if raw is not None:
            raise ConfigError("headerless samples are not measured; give them a header first")
        sound = listen(source, self.plan.settings)
        found = measure(self.plan, sound)
        values = np.ascontiguousarray(np.atleast_2d(found.values).T)
        over_time = self.plan.level == "frames"
        schema = features_schema(found.names, over_time=over_time).remove(0)
        times = [found.times] if over_time else []  # type: ignore[union-attr]
        rows = pa.RecordBatch.from_arrays([pa.array(one) for one in (*times, *values)], schema=schema)
        return Answer(rows, 1, sound.duration, None, found.warnings)


@dataclass(frozen=True, slots=True)
class StatesTask(Task):
    """What a model is adapted by: sums over the windows of a recording, as whole numbers of a small step.

    Parameters
    ----------
    channels : "mix" or "split"
        All channels count as one voice.
    """

    channels: ChannelChoice

    name = "adaptation"
    table = "adaptation"

    def answer(self, recognizer: Recognizer | None, source: AudioSource, raw: RawFormat | None) -> Answer:
        """Return one row: the windows and two lists of sums. A recording without speech has no windows."""
        import pyarrow as pa

        model = _needed(recognizer)
        sums = model.state_sums()
        model.listen_for(sums, source, channels=self.channels, raw=raw)
        windows, shifts, squares = sums.totals()
        counted = [pa.array([np.rint(one / STEP).astype(np.int64)]) for one in (shifts, squares)]
        rows = pa.RecordBatch.from_arrays([pa.array([windows]), *counted], ["windows", "shifts", "squares"])
        return Answer(rows, 1, 0.0, None)


def _needed(recognizer: Recognizer | None) -> Recognizer:
    if recognizer is None:
        raise ValueError("this task needs a model")
    return recognizer


def _rows(model: Recognizer, answers: Iterable[Any], *, over_time: bool = False) -> pa.RecordBatch:
    import pyarrow as pa

    schema = rows_schema(model.labels, VOICES, over_time=over_time).remove(0)
    return pa.RecordBatch.from_pylist([flat(one.to_dict()) for one in answers], schema=schema)


def _together(answers: Iterable[Prediction]) -> tuple[str, ...]:
    """Return the warnings of all channels, each once."""
    return tuple(dict.fromkeys(warning for one in answers for warning in one.warnings))
