"""Sound that is heard as it comes: a microphone, headerless samples through a pipe, pieces of a recording."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, BinaryIO, Self

from affectone.audio.raw import RawFormat
from affectone.audio.signal import FloatArray
from affectone.audio.sources import arriving, read_error
from affectone.errors import AudioDecodeError, AudioError
from affectone.registry import require_extra
from affectone.units import Hertz

__all__ = ["PIECES", "Microphone", "heard_pieces", "microphones", "raw_blocks"]

PIECES = ("opus", "webm", "ogg")
"""What `heard_pieces` decodes: single packets of Opus, and containers as browsers record them."""
OPUS_RATE = 48_000
DEMUXERS = {"webm": "matroska", "ogg": "ogg"}
MOST_WAITING = 512
"""Blocks of a microphone that may wait; what comes then is lost, and told."""
PATIENCE = 0.2
"""Seconds after which a wait for sound lets Python look for signals."""


def raw_blocks(handle: BinaryIO, raw: RawFormat, name: str) -> Iterator[FloatArray]:
    """Yield headerless samples as they come through a file object.

    Yields
    ------
    numpy.ndarray of float32, shape (channels, samples)

    Raises
    ------
    AudioError
        If it cannot be read.
    """
    from affectone.audio._soundfile import decoded

    left = b""
    try:
        for block in arriving(handle, name):
            data = left + bytes(block)
            whole = len(data) - len(data) % raw.frame_bytes
            left = data[whole:]
            if whole:
                yield decoded(raw, data[:whole])
    except OSError as error:
        raise read_error(error, name) from error


def heard_pieces(
    read: Callable[[], bytes], form: str, channels: int = 1
) -> Iterator[tuple[Hertz, FloatArray]]:
    """Decode a recording while it is made.

    Parameters
    ----------
    read : callable
        Waits for the next piece and returns it; nothing at the end. With ``"opus"`` a piece is a packet.
    form : str
        One of `PIECES`.
    channels : int, default 1
        Of packets, one or two; containers know their own.

    Yields
    ------
    tuple of int and numpy.ndarray of float32, shape (channels, samples)
        The rate, and samples as soon as they are known.

    Raises
    ------
    AudioDecodeError
        If the pieces are not what they are said to be, or rate or channels change within.
    """
    import av
    import av.error

    from affectone.audio._pyav import frame_samples

    known: tuple[int, int] | None = None
    try:
        for frame in _packets(read, channels) if form == "opus" else _contained(read, form):
            samples = frame_samples(frame)
            told = (int(frame.sample_rate), len(samples))
            if known not in (None, told):
                raise AudioDecodeError(f"{form}: rate or channels change within")
            known = told
            yield told[0], samples
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise AudioDecodeError(f"what comes is no {form} that can be decoded: {_reason(error)}") from None


def _packets(read: Callable[[], bytes], channels: int) -> Iterator[Any]:
    import av

    codec: Any = av.CodecContext.create("opus", "r")
    codec.sample_rate, codec.layout = OPUS_RATE, "mono" if channels == 1 else "stereo"
    while piece := read():
        yield from codec.decode(av.Packet(piece))


def _contained(read: Callable[[], bytes], form: str) -> Iterator[Any]:
    import av

    # As little as possible is read before the first sound is told.
    eager = {"analyzeduration": "0", "probesize": "4096", "fflags": "nobuffer"}
    with av.open(_Pieces(read), "r", format=DEMUXERS[form], options=eager) as container:
        if not container.streams.audio:
            raise AudioDecodeError(f"what comes is {form} without sound")
        yield from container.decode(audio=0)


class _Pieces:
    """A file object for FFmpeg, which asks for a number of bytes and takes fewer."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read, self._left, self._ended = read, b"", False

    def read(self, count: int) -> bytes:
        """Return what there is, or wait for it; nothing at the end."""
        if not self._left and not self._ended:
            self._left = self._read()
            self._ended = not self._left
        given, self._left = self._left[:count], self._left[count:]
        return given


def microphones() -> list[str]:
    """Return the names of the devices that sound comes in by, in their order.

    Raises
    ------
    MissingExtraError
        If sounddevice is not installed.
    AudioError
        If the system's library for sound is missing.
    """
    return [device["name"] for device in _sounddevice().query_devices() if device["max_input_channels"] > 0]


class Microphone:
    """A microphone, or another device that sound comes in by, at its own rate.

    Parameters
    ----------
    device : str or int, optional
        Part of its name, or its number; the system's choice without.
    channels : int, default 1

    Raises
    ------
    MissingExtraError
        If sounddevice is not installed.
    AudioError
        If there is no such device, or it cannot be opened.

    Attributes
    ----------
    name : str
    sample_rate : int
        In Hz.
    lost : int
        Blocks that came faster than they were taken.
    """

    def __init__(self, device: str | int | None = None, channels: int = 1) -> None:
        sound = _sounddevice()
        self._waiting: queue.Queue[FloatArray] = queue.Queue(MOST_WAITING)
        self.lost = 0
        try:
            about = sound.query_devices(device, "input")
            self.name, self.sample_rate = str(about["name"]), int(about["default_samplerate"])
            self._stream = sound.InputStream(
                device=device,
                samplerate=self.sample_rate,
                channels=channels,
                dtype="float32",
                callback=self._take,
            )
        except (sound.PortAudioError, ValueError) as error:
            if not microphones():
                raise AudioError("there is no microphone here that the system knows of") from None
            named = "the microphone" if device is None else f"microphone {device!r}"
            raise AudioError(f"{named} cannot be opened: {_first_line(error)}") from None

    def __enter__(self) -> Self:
        self._stream.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def blocks(self) -> Iterator[FloatArray]:
        """Yield sound as it comes, shape (channels, samples), without end."""
        while True:
            try:
                yield self._waiting.get(timeout=PATIENCE)
            except queue.Empty:
                if not self._stream.active:
                    raise AudioError(f"{self.name}: no more sound comes; was it unplugged?") from None

    def _take(self, block: FloatArray, frames: int, time: Any, status: Any) -> None:
        """Take a block in the thread of the device, whose memory is used again."""
        if status.input_overflow:
            self.lost += 1
        try:
            self._waiting.put_nowait(block.T.copy())
        except queue.Full:
            self.lost += 1


def _sounddevice() -> Any:
    require_extra("mic", "listening to a microphone")
    try:
        import sounddevice
    except OSError as error:
        raise AudioError(
            f"the system's library for sound is missing: {_first_line(error)}; "
            "on Debian and Ubuntu: apt-get install libportaudio2"
        ) from None
    return sounddevice


def _reason(error: Exception) -> str:
    """Return what FFmpeg says, without its numbers."""
    return str(getattr(error, "strerror", None) or error)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
