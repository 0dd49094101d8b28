"""Speaker turns within one channel: which voice each piece of speech is, and steps cut where it changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from affectone.errors import ConfigError
from affectone.models import ModelArtefact
from affectone.recognition.clustering import clustered
from affectone.recognition.names import checked_names
from affectone.recognition.pieces import LONGEST
from affectone.recognition.segments import Told
from affectone.recognition.voices import Voices, VoiceSpace
from affectone.speech.network import FRAME
from affectone.units import Samples

__all__ = ["MOST_SPEAKERS", "Speakers", "Turn", "parts_of", "turns_of"]

MOST_SPEAKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who may speak within a channel.

    Parameters
    ----------
    space : VoiceSpace
    count : int
        How many at most.
    names : tuple of str
        In the order in which they are first heard.
    """

    space: VoiceSpace
    count: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, artefact: ModelArtefact, count: int, names: Sequence[str] | None, channels: int) -> Speakers:
        """Return what was asked for.

        Raises
        ------
        ConfigError
            If that is no number from 2 to 8, or there are names and not one for each speaker of one
            channel, or the model tells no speakers apart.
        """
        whole = isinstance(count, int) and not isinstance(count, bool)
        if not whole or not 2 <= count <= MOST_SPEAKERS:
            raise ConfigError(f"speakers must be a number from 2 to {MOST_SPEAKERS}; got {count!r}")
        if names is not None and channels != 1:
            raise ConfigError(f"names beside speakers name those of one channel; got {channels} channels")
        named = checked_names(names, count, "speaker")
        called = [name or f"speaker {number}" for number, name in enumerate(named, 1)]
        return cls(VoiceSpace.of(artefact), count, tuple(called))


@dataclass(frozen=True, slots=True)
class Turn:
    """Samples ``[start, end)`` of one channel in which one voice speaks.

    Parameters
    ----------
    start, end : int
    speaker : int
        Counted from 0, in the order in which they are first heard.
    """

    start: Samples
    end: Samples
    speaker: int


def turns_of(voices: Voices, speakers: Speakers) -> list[Turn]:
    """Return who speaks in each piece of a channel, pieces of one voice joined."""
    turns: list[Turn] = []
    found = in_order_of_appearance(
        clustered(voices.rows, _weights(voices), speakers.space.spread, speakers.count)
    )
    for (start, end), speaker in zip(voices.places.tolist(), found.tolist(), strict=True):
        if turns and turns[-1].speaker == speaker:
            turns[-1] = dataclasses.replace(turns[-1], end=end)
        else:
            turns.append(Turn(start, end, speaker))
    return turns


def in_order_of_appearance(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return labels counted from 0 in the order in which they first appear.

    Examples
    --------
    >>> in_order_of_appearance(np.array([7, 7, 2, 7])).tolist()
    [0, 0, 1, 0]
    """
    _, first, places = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[places]


def parts_of(steps: Iterable[Told], turns: Sequence[Turn]) -> Iterator[tuple[int | None, Told]]:
    """Yield the speaker of each step and the step, cut where another one speaks; None of music.

    Parameters
    ----------
    steps : iterable of Told
        In order.
    turns : sequence of Turn
        In order, not overlapping.
    """
    first = 0
    for step in steps:
        while first < len(turns) and turns[first].end <= step.start:
            first += 1
        if step.heard is None:
            yield None, step
        else:
            yield from _parts(step, turns, first)


def _parts(step: Told, turns: Sequence[Turn], first: int) -> Iterator[tuple[int | None, Told]]:
    """Yield the parts of one step, each with its share of the speech."""
    here = []
    for turn in turns[first:]:
        if turn.start >= step.end:
            break
        here.append((max(step.start, turn.start), min(step.end, turn.end), turn.speaker))
    total = sum(end - start for start, end, _ in here)
    for start, end, speaker in here:
        speech = max(1, round(step.speech_samples * (end - start) / total))
        yield (
            speaker,
            dataclasses.replace(step, start=start, end=end, speech_samples=min(speech, end - start)),
        )


def _weights(voices: Voices) -> npt.NDArray[np.float64]:
    """Return how much each piece tells about a voice: a whole one 1, a short one less."""
    length = voices.places[:, 1] - voices.places[:, 0]
    return np.minimum(1.0, length / (LONGEST * FRAME))
