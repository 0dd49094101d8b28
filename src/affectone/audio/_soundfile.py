"""Decoding with libsndfile: WAV, FLAC, Ogg, MP3, AIFF, AU, CAF and headerless samples."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import soundfile

from affectone.audio.containers import Container
from affectone.audio.headers import Payload
from affectone.audio.raw import RAW_ENCODINGS, RawFormat
from affectone.audio.signal import FloatArray
from affectone.audio.sources import ByteSource, GuardedHandle
from affectone.errors import AudioDecodeError

__all__ = ["SoundFileDecoder", "decoded"]

CHUNK_FRAMES = 65536
# Where FLAC breaks off, libsndfile throws the whole read away: small reads lose little.
FLAC_CHUNK_FRAMES = 4096
LONGEST_FRAMES = 2**48
SLACK_SECONDS = 0.1
_PLAINLY = {
    "Internal error : SF_INFO struct incomplete": "its header states an impossible rate or number of channels"
}


class _Sequential(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file that is only read forwards.

    soundfile seeks to where it already is after every read; libmpg123 then loses its bit reservoir and the
    samples of MP3 depend on the block size.
    """

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Close as soundfile does, but where Ctrl-C comes meanwhile, never a second time: that crashes."""
        handle, self._file = getattr(self, "_file", None), None
        if handle is not None:
            soundfile._snd.sf_close(handle)

    def _init_virtual_io(self, guard: GuardedHandle) -> object:
        """Call back as soundfile does, but let no exception get lost: see `GuardedHandle`."""
        ffi = soundfile._ffi

        def read(target: object, count: int, _: object) -> int:
            data = guard.read(count)
            ffi.memmove(target, data, len(data))
            return len(data)

        def length(_: object) -> int:
            return guard.size

        def seek(offset: int, whence: int, _: object) -> int:
            return guard.seek(offset, whence)

        def tell(_: object) -> int:
            return guard.tell()

        calls = {"get_filelen": length, "seek": seek, "read": read, "tell": tell}
        # soundfile keeps them alive under this name; a struct of C does not.
        self._virtual_io = {
            name: ffi.callback(f"sf_vio_{name}", call, onerror=guard.keep) for name, call in calls.items()
        }
        return ffi.new("SF_VIRTUAL_IO*", self._virtual_io)


class SoundFileDecoder:
    """Sound that libsndfile decodes.

    Parameters
    ----------
    source : ByteSource
    container : Container or None
        None where the bytes were not recognised and libsndfile is to try.
    payload : Payload or None
        What the header promises.
    raw : RawFormat or None
        Of headerless samples.

    Raises
    ------
    AudioDecodeError
        If libsndfile refuses the bytes.
    """

    slack_seconds = SLACK_SECONDS

    def __init__(
        self,
        source: ByteSource,
        container: Container | None,
        payload: Payload | None,
        raw: RawFormat | None = None,
    ) -> None:
        self._guard = GuardedHandle(source)
        try:
            self._file = _Sequential(self._guard, "r", **_raw_arguments(raw))
        except (soundfile.SoundFileError, ValueError, TypeError) as error:
            self._guard.check()
            raise AudioDecodeError(f"{source.name}: {_refusal(container, error)}") from error
        self._guard.check()
        self.format = _format(container, self._file)
        self.subtype: str = self._file.subtype
        self.sample_rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.promised_frames = _promised(container, payload, self._file.frames)
        self.damage = payload.damage if payload else None

    @classmethod
    def raw(cls, source: ByteSource, raw: RawFormat) -> SoundFileDecoder:
        """Open headerless samples."""
        decoder = cls(source, None, None, raw)
        left_over = source.size % raw.frame_bytes
        if left_over:
            decoder.damage = f"{left_over} bytes are left over: it may not be {raw}"
        return decoder

    def chunks(self) -> Iterator[FloatArray]:
        """Yield the sound; where the decoder breaks off, say so in `damage` and end."""
        frames = FLAC_CHUNK_FRAMES if self.format == "flac" else CHUNK_FRAMES
        while True:
            try:
                chunk = self._file.read(frames, dtype="float32", always_2d=True)
            except soundfile.SoundFileError as error:
                self.damage = f"the decoder broke off: {_words(error)}"
                chunk = ()
            self._guard.check()
            if not len(chunk):
                return
            yield chunk.T

    def close(self) -> None:
        """Close libsndfile's side."""
        self._file.close()


def decoded(raw: RawFormat, data: bytes) -> FloatArray:
    """Return headerless samples, one whole frame of them or more, as shape (channels, samples)."""
    samples, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True, **_raw_arguments(raw))
    return np.asarray(samples, np.float32).T


def _raw_arguments(raw: RawFormat | None) -> dict[str, object]:
    if raw is None:
        return {}
    subtype, endian, _ = RAW_ENCODINGS[raw.encoding]
    return {
        "format": "RAW",
        "samplerate": raw.sample_rate,
        "channels": raw.channels,
        "subtype": subtype,
        "endian": endian,
    }


def _format(container: Container | None, file: soundfile.SoundFile) -> str:
    if container is None:
        return str(file.format).lower()
    return f"{container.name}/{str(file.subtype).lower()}" if container.codecs_differ else container.name


def _promised(container: Container | None, payload: Payload | None, frames: int) -> int | None:
    if not 0 <= frames < LONGEST_FRAMES:
        return None
    if container is not None and container.name in ("mp3", "ogg"):
        # Without a Xing header libmpg123 estimates the length; Ogg never states it.
        return frames if payload is not None and payload.samples is not None else None
    return payload.promised(frames) if payload else frames


def _refusal(container: Container | None, error: Exception) -> str:
    held = container.name.upper() if container else "audio"
    return f"holds {held} that cannot be decoded: {_words(error)}"


def _words(error: Exception) -> str:
    words = str(getattr(error, "error_string", error)).strip().rstrip(".")
    return _PLAINLY.get(words, words)
