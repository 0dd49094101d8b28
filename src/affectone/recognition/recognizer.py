"""`Recognizer`: from a recording to its emotion."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Event
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from affectone.audio import AudioSource, AudioStream, Channels, RawFormat, open_audio, source_name
from affectone.audio.sources import with_rate
from affectone.errors import AffectoneError, AudioDecodeError, AudioValueError
from affectone.labels import LabelSet, LabelView, label_view
from affectone.models import ModelArtefact, ModelCard, OnnxRunner, find_model
from affectone.models.runner import StateScale, whole_number
from affectone.recognition.adaptation import StateSums
from affectone.recognition.answer import answered
from affectone.recognition.hearing import Verdict
from affectone.recognition.judge import ChannelJudge
from affectone.recognition.live import LIVE, LiveSession
from affectone.recognition.over_time import OverTime, timeline_of
from affectone.recognition.prediction import NO_SPEECH, Prediction
from affectone.recognition.segments import Smoothing
from affectone.recognition.several import check_several, flat_answers, in_order, readable_twice
from affectone.recognition.timeline import Timeline
from affectone.recognition.track import Spread
from affectone.recognition.turns import Speakers
from affectone.recognition.view import ScoreView
from affectone.recognition.windows import Grid
from affectone.units import Hertz, Samples, Seconds, samples_to_seconds, seconds_to_samples

__all__ = ["DEFAULT_MODEL", "MOST_JOBS", "Recognizer"]

DEFAULT_MODEL = "base"
MOST_JOBS = 256
DEFAULT_SMOOTHING = Smoothing()
LEAST_OF_CUT: Seconds = 0.3
"""A recording that was cut needs this much speech for an answer."""


class Recognizer:
    """Tells what voices sound like. Safe to share between threads, and it pickles.

    Parameters
    ----------
    model : str, path or OnnxRunner, default "base"
        Name of a packaged or installed model, or a folder with ``model.onnx`` and ``card.json``; or a model
        that is loaded and may be shared with others, such as a `BatchingRunner`.
    threads : int, default 1
        Threads that one prediction may use, of a model that is loaded here.
    labels : str or LabelView, optional
        Answer in other labels than the model's: what `affectone.labels.label_view` takes, such as ``"4"`` or
        ``"valence"``. A score is the sum of the model's scores that have their place there, divided by what
        all such hold together. Calibrated probabilities stay probabilities so: those of a voice that is
        known to sound like one of these. Label, confidence and doubt follow, by the model's threshold.

    Raises
    ------
    ModelNotFoundError
        If there is no such model.
    ModelIntegrityError
        If the model is not the one its card describes.
    ConfigError
        If `model` is no name and no path, `threads` is not from 1 to 256, or `labels` is no view or asks
        for a label that the model knows nothing of.

    Examples
    --------
    >>> recognizer = Recognizer()  # doctest: +SKIP
    >>> recognizer.predict("call.wav").label  # doctest: +SKIP
    'angry'
    >>> Recognizer(labels="valence").predict("call.wav").label  # doctest: +SKIP
    'negative'
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | OnnxRunner = DEFAULT_MODEL,
        *,
        threads: int = 1,
        labels: str | LabelView | None = None,
    ) -> None:
        self._runner = (
            model if isinstance(model, OnnxRunner) else OnnxRunner(find_model(model), threads=threads)
        )
        self._adapted: StateScale | Literal["self"] | None = None
        self._view = None if labels is None else self._viewed(labels)

    @property
    def artefact(self) -> ModelArtefact:
        """The model that answers."""
        return self._runner.artefact

    @property
    def card(self) -> ModelCard:
        """What the model knows, what it was trained on, and how well it did."""
        return self.artefact.card

    @property
    def labels(self) -> LabelSet:
        """What it answers with, in the order of the scores: the model's labels, or those of the view."""
        return LabelSet(self.card.labels) if self._view is None else self._view.labels

    def relabelled(self, labels: str | LabelView) -> Recognizer:
        """Return a recogniser that answers in other labels, with the same model and what it is adapted to.

        Raises
        ------
        ConfigError
            As `Recognizer` does.
        """
        other = copy.copy(self)
        other._view = self._viewed(labels)
        return other

    def _viewed(self, labels: str | LabelView) -> ScoreView:
        view = labels if isinstance(labels, LabelView) else label_view(labels)
        return ScoreView(view, LabelSet(self.card.labels), self.artefact.title)

    def adapt(
        self,
        sources: Iterable[AudioSource] | Literal["self"],
        *,
        channels: Literal["mix", "split"] | int = "mix",
        raw: RawFormat | None = None,
    ) -> Recognizer:
        """Return a recogniser that is fitted to a voice, a channel or an archive. No labels are needed.

        What differs in these recordings from those that the model learned from, apart from the emotions that
        are heard in them, is taken for their voice and their channel. The fewer they are, the less is done.

        Parameters
        ----------
        sources : iterable of recordings, or "self"
            Any number of recordings of one voice or one kind; ``"self"`` fits to each recording by itself
            before it is answered, which reads it twice.
        channels : "mix", "split" or int, default "mix"
            Of these recordings; ``"split"`` takes all channels.
        raw : RawFormat, optional
            What headerless samples are.

        Raises
        ------
        ConfigError
            If the model cannot be adapted.
        AudioError
            If a recording cannot be read.
        AudioValueError
            If there is no speech in any, or `sources` is itself a recording.
        """
        sums = self.state_sums()
        if isinstance(sources, str) and sources == "self":
            return self.adapted_to("self")
        check_several(sources, "adapt")
        for source in sources:
            self.listen_for(sums, source, channels=channels, raw=raw)
        return self.adapted_to(sums.scale())

    def state_sums(self) -> StateSums:
        """Return empty sums, which recordings are added to by `listen_for`: `adapt` in steps.

        Raises
        ------
        ConfigError
            If the model cannot be adapted.
        """
        return StateSums.of(self._runner)

    def listen_for(
        self,
        sums: StateSums,
        source: AudioSource,
        *,
        channels: Channels = "mix",
        raw: RawFormat | None = None,
    ) -> None:
        """Add what `adapt` needs of one recording.

        Raises
        ------
        AudioError
            If it cannot be read; then windows of its beginning may have been added.
        """
        self._listen(source, channels, raw, sums=sums)

    def adapted_to(self, scale: StateScale | Literal["self"]) -> Recognizer:
        """Return a recogniser adapted to what `StateSums.scale` gave, or to each recording by itself."""
        adapted = copy.copy(self)
        adapted._adapted = scale
        return adapted

    @overload
    def predict(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        sample_rate: Hertz | None = None,
        channels: Literal["mix"] | int = "mix",
        raw: RawFormat | None = None,
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        sample_rate: Hertz | None = None,
        channels: Literal["split"],
        raw: RawFormat | None = None,
    ) -> list[Prediction]: ...

    def predict(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        sample_rate: Hertz | None = None,
        channels: Channels = "mix",
        raw: RawFormat | None = None,
    ) -> Prediction | list[Prediction]:
        """Tell what a recording sounds like.

        Only speech is judged, in windows of at most the model's length, pooled by speech time. Memory does
        not grow with the length of the recording.

        Parameters
        ----------
        source : path, bytes, binary file object, Signal, or array of shape (samples,) or (channels, samples)
        sample_rate : int, optional
            Of an array, in Hz; everything else knows its own.
        channels : "mix", "split" or int, default "mix"
            The mean of all channels, each by itself, or one, counted from 0.
        raw : RawFormat, optional
            What headerless samples are.

        Returns
        -------
        Prediction, or list of Prediction with ``channels="split"``

        Raises
        ------
        AudioError
            If the recording cannot be read; the message names it.
        """
        answers = self._predict(with_rate(source, sample_rate), channels, raw)
        return answers if channels == "split" else answers[0]

    def predict_many(
        self,
        sources: Iterable[AudioSource],
        *,
        jobs: int = 1,
        channels: Channels = "mix",
        raw: RawFormat | None = None,
    ) -> Iterator[Prediction]:
        """Tell what many recordings sound like, in their order, each as soon as it is ready.

        A recording that cannot be read gives a `Prediction` with `error`; the others go on.

        Parameters
        ----------
        sources : iterable
            Read only as far as needed.
        jobs : int, default 1
            Recordings that are worked on at once.
        channels : "mix", "split" or int, default "mix"
            ``"split"`` gives one prediction per channel, one after the other.
        raw : RawFormat, optional
            What headerless samples are.

        Raises
        ------
        ConfigError
            If `jobs` is not from 1 to 256.
        AudioValueError
            If `sources` is itself a recording.
        """
        whole_number("jobs", jobs, MOST_JOBS)
        check_several(sources, "predict_many")
        stop = Event()

        def work(source: AudioSource) -> list[Prediction]:
            try:
                return self._predict(source, channels, raw, stop)
            except AffectoneError as error:
                return [Prediction.failed(source_name(source), str(error))]

        return flat_answers(map(work, sources) if jobs == 1 else in_order(work, sources, jobs, stop))

    def timeline(
        self,
        source: AudioSource | npt.ArrayLike,
        *,
        window: Seconds = 3.0,
        hop: Seconds = 1.0,
        channels: Channels = "split",
        names: Sequence[str] | None = None,
        speakers: int | None = None,
        smoothing: Smoothing = DEFAULT_SMOOTHING,
        jobs: int = 1,
        sample_rate: Hertz | None = None,
        raw: RawFormat | None = None,
    ) -> Timeline:
        """Tell what a recording sounds like over time.

        Each step of `hop` seconds is judged by the window in whose middle it stands. Level, speech, smoothing
        and adaptation know only what was before the end of the window, as with live sound: a step is judged
        ``(window - hop) / 2`` after it, and a change of emotion is told after `smoothing.min_seconds` more.
        Memory does not grow with the length of the recording, but for the answer.

        Parameters
        ----------
        source : path, bytes, binary file object, Signal, or array of shape (samples,) or (channels, samples)
        window : float, default 3
            In seconds, as long as the model hears at once or shorter.
        hop : float, default 1
            From one window to the next, in seconds.
        channels : "split", "mix" or int, default "split"
            Each channel by itself, the mean of all, or one, counted from 0.
        names : sequence of str, optional
            Of the speakers, one a channel, such as ``["agent", "customer"]``; with `speakers`, of those of
            the only channel, in the order in which they are first heard.
        speakers : int, optional
            How many voices to tell apart within each channel at most, 2 to 8. Segments then end where another
            speaker begins. All of the recording is heard before, so that a live session has no such thing.
            The models ``base`` and ``base-commercial`` can.
        smoothing : Smoothing, optional
            How windows become segments.
        jobs : int, default 1
            Windows that are judged at once.
        sample_rate : int, optional
            Of an array, in Hz.
        raw : RawFormat, optional
            What headerless samples are.

        Raises
        ------
        AudioError
            If the recording cannot be read; the message names it.
        ConfigError
            If `window`, `hop`, `jobs` or `speakers` is out of range, or there are not as many names as
            channels or speakers; or if the model tells no speakers apart.

        Examples
        --------
        >>> Recognizer().timeline("call.wav", names=["agent", "customer"]).to_frame()  # doctest: +SKIP
        """
        whole_number("jobs", jobs, MOST_JOBS)
        with ExitStack() as stack:
            given, rate = with_rate(source, sample_rate), self.card.sample_rate
            stream = stack.enter_context(open_audio(given, sample_rate=rate, channels=channels, raw=raw))
            # Channels first: finding speech is work as well. Workers that remain share a channel's windows.
            beside, within = (
                map if count == 1 else stack.enter_context(ThreadPoolExecutor(count)).map
                for count in (min(jobs, stream.channels), max(1, jobs // stream.channels))
            )
            settings = self._over_time(window, hop, smoothing, within)
            if speakers is not None:
                within_channel = Speakers.of(self._runner.artefact, speakers, names, stream.channels)
                settings = replace(settings, speakers=within_channel)
            return timeline_of(stream, settings, channels, names, _check_cut, beside)

    def stream(
        self,
        sample_rate: Hertz,
        *,
        channels: int = 1,
        names: Sequence[str] | None = None,
        window: Seconds = 3.0,
        hop: Seconds = 1.0,
        smoothing: Smoothing = DEFAULT_SMOOTHING,
        file: str = LIVE,
    ) -> LiveSession:
        """Hear sound that comes in block by block, such as a microphone's.

        The answers are those of `timeline` for the same sound, but for `speakers`: who speaks is known when
        all was heard.

        Parameters
        ----------
        sample_rate : int
            Of the blocks, in Hz.
        channels : int, default 1
        names : sequence of str, optional
            Of the speakers, one a channel.
        window, hop, smoothing : optional
            As `timeline` takes them.
        file : str, default "<live>"
            What the answers call the sound.

        Raises
        ------
        AudioValueError
            If the rate or the number of channels is not sound.
        ConfigError
            If a setting is out of range.

        Examples
        --------
        >>> with Recognizer().stream(8000) as live:  # doctest: +SKIP
        ...     for block in microphone:
        ...         for segment in live.push(block):
        ...             print(segment.start, segment.prediction.label)
        ...     rest = live.finish()
        """
        settings = self._over_time(window, hop, smoothing, map)
        return LiveSession(settings, sample_rate, channels, names, file)

    def _over_time(self, window: Seconds, hop: Seconds, smoothing: Smoothing, spread: Spread) -> OverTime:
        grid = Grid.of(self.card, window, hop)
        return OverTime(self._runner, self._view, grid, smoothing, self._adapted, spread)

    def embed(
        self, source: AudioSource | npt.ArrayLike, *, sample_rate: Hertz | None = None
    ) -> npt.NDArray[np.float32]:
        """Return what the model makes of a recording before it decides, pooled by speech time.

        Returns
        -------
        numpy.ndarray of float32, shape (dim,)

        Raises
        ------
        AudioError
            If the recording cannot be read.
        AudioValueError
            If there is no speech in it.
        """
        stream, (verdict,) = self._answered(with_rate(source, sample_rate), "mix", None)
        if verdict is None:
            raise AudioValueError(f"{stream.source}: no speech to embed")
        return verdict.embedding.astype(np.float32)

    def _predict(
        self, source: AudioSource, channels: Channels, raw: RawFormat | None, stop: Event | None = None
    ) -> list[Prediction]:
        stream, verdicts = self._answered(source, channels, raw, stop)
        if channels == "mix":
            return [self._answer(stream, None, verdicts[0])]
        first = 0 if channels == "split" else int(channels)
        return [self._answer(stream, index, verdict) for index, verdict in enumerate(verdicts, first)]

    def _answered(
        self, source: AudioSource, channels: Channels, raw: RawFormat | None, stop: Event | None = None
    ) -> tuple[AudioStream, list[Verdict | None]]:
        """Listen with what the model is adapted to; to fit it to the recording itself, listen twice."""
        if self._adapted != "self":
            return self._listen(source, channels, raw, stop, scale=self._adapted)
        sums = StateSums.of(self._runner)
        source = readable_twice(source)
        heard = self._listen(source, channels, raw, stop, sums=sums)
        if not sums.windows:
            return heard
        return self._listen(source, channels, raw, stop, scale=sums.scale())

    def _listen(
        self,
        source: AudioSource,
        channels: Channels,
        raw: RawFormat | None,
        stop: Event | None = None,
        *,
        scale: StateScale | None = None,
        sums: StateSums | None = None,
    ) -> tuple[AudioStream, list[Verdict | None]]:
        rate = self.card.sample_rate
        with open_audio(source, sample_rate=rate, channels=channels, raw=raw) as stream:
            judges = [ChannelJudge(self._runner, scale, sums) for _ in range(stream.channels)]
            for block in stream.blocks():
                if stop is not None and stop.is_set():
                    raise CancelledError
                for judge, samples in zip(judges, block, strict=True):
                    judge.push(samples)
            verdicts = [judge.finish() for judge in judges]
            _check_cut(stream, max((one.speech_samples for one in verdicts if one), default=0))
            return stream, verdicts

    def _answer(self, stream: AudioStream, channel: int | None, verdict: Verdict | None) -> Prediction:
        known = Prediction(
            file=stream.source,
            channel=channel,
            unsure=True,
            reason=NO_SPEECH,
            speech_seconds=0.0,
            duration_seconds=stream.seconds_read,
            model=self.artefact.title,
            adapted=self._adapted is not None and verdict is not None,
            warnings=stream.warnings,
        )
        return known if verdict is None else answered(known, self.card, verdict, self._view)


def _check_cut(stream: AudioStream, speech: Samples) -> None:
    """Refuse a cut recording in which next to no speech is left: it would be taken for one without speech."""
    if stream.cut and speech < seconds_to_samples(LEAST_OF_CUT, stream.sample_rate):
        left = samples_to_seconds(speech, stream.sample_rate)
        raise AudioDecodeError(f"{stream.source}: {stream.cut}; {left:.2f} s of speech is left")
