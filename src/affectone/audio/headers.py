"""How long a file says it is, where decoders read less without a word: WAV, AIFF, AU, MP3, Ogg."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import BinaryIO

from affectone.audio.containers import Container, mpeg_frame_bytes, syncsafe

__all__ = ["Payload", "payload_of"]

MOST_CHUNKS = 1000
LEAST_UNDERSTATED = 1024  # Fewer bytes behind the sound are padding.
OGG_REACH = 65536 + 1024  # One page has 65,307 bytes at most.
OGG_BEGINS = 2  # Flag of a stream's first page.
# Tools that write to a pipe cannot go back to fill in the size, and leave 0, or a number near 2 or 4 GiB.
_UNKNOWN_SIZES = ((0, 0), (0x7FFF0000, 0x80000100), (0xFFFF0000, 0xFFFFFFFF), (2**63 - 1, 2**64 - 1))
# Bytes between a layer III frame's header and its Xing header, by whether it is MPEG 1 and whether mono.
_SIDE_INFO = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}


@dataclass(frozen=True, slots=True)
class Payload:
    """The sound's bytes within a file: what its header claims, and what is there.

    Parameters
    ----------
    claimed : int or None
        Bytes that the header promises; None where it makes no promise.
    available : int
        Bytes that the file has from the sound's beginning to its own end.
    samples : int or None
        Samples per channel that the header promises, where it counts them itself (MP3).
    damage : str or None
        A fault that is seen without decoding.
    left_open : bool
        Whether the header says 0 bytes although there is sound: the writer could not go back to it.
    chained : bool
        Whether other streams follow on those that the file begins with, as in Ogg files that were put behind
        one another (RFC 3533, section 4).
    """

    claimed: int | None
    available: int
    samples: int | None = None
    damage: str | None = None
    left_open: bool = False
    chained: bool = False

    @property
    def off_by(self) -> float:
        """Share by which the bytes there differ from those claimed."""
        return abs(self.claimed - self.available) / self.claimed if self.claimed else 0.0

    @property
    def missing(self) -> int:
        """Bytes that were promised and are not there."""
        return max(0, (self.claimed or 0) - self.available)

    def promised(self, frames_there: int) -> int:
        """Return how many samples per channel were promised, given how many the bytes there hold."""
        if self.samples is not None:
            return self.samples
        if not self.missing or not self.available:
            return frames_there
        return round(frames_there * (self.available + self.missing) / self.available)


def payload_of(handle: BinaryIO, container: Container, size: int) -> Payload | None:
    """Read what a file's header promises.

    Parameters
    ----------
    handle : binary file
        Seekable; its position is changed.
    container : Container
        As `sniff` found it.
    size : int
        Length of the file in bytes.

    Returns
    -------
    Payload or None
        None for containers whose decoder reports missing sound itself.
    """
    if container.name in ("wav", "rf64", "aiff"):
        return _iff_payload(handle, size)
    if container.name == "au":
        return _au_payload(handle, size)
    if container.name == "caf":
        return _caf_payload(handle, size)
    if container.name == "mp3":
        return _mp3_payload(handle, size)
    if container.name == "ogg":
        return _ogg_payload(handle, size)
    return None


def _known(claimed: int) -> int | None:
    return None if any(low <= claimed <= high for low, high in _UNKNOWN_SIZES) else claimed


def _iff_payload(handle: BinaryIO, size: int) -> Payload | None:
    """Walk the chunks of RIFF, RIFX, RF64 or FORM to the one that holds the sound."""
    handle.seek(0)
    head = handle.read(12)
    order = ">" if head[:4] in (b"FORM", b"RIFX") else "<"
    at, long_size = 12, None
    for _ in range(MOST_CHUNKS):
        if at + 8 > size:
            return None
        handle.seek(at)
        kind, claimed = struct.unpack(f"{order}4sI", handle.read(8))
        if kind == b"ds64" and at + 24 <= size:
            long_size = struct.unpack("<QQ", handle.read(16))[1]
        elif kind in (b"data", b"SSND"):
            chunk = _sound_chunk(claimed, at + 8, size, head, long_size)
            return replace(chunk, damage=_understated(handle, chunk, at + 8))
        at += 8 + claimed + claimed % 2
    return None


def _sound_chunk(claimed: int, at: int, size: int, head: bytes, long_size: int | None) -> Payload:
    if claimed == 0xFFFFFFFF and long_size is not None:
        claimed = long_size
    available = max(size - at, 0)
    whole = struct.unpack("<I", head[4:8])[0]
    if claimed == 0 and head[:4] == b"RIFF" and whole >= available and _known(whole) is not None:
        # An empty data chunk with others after it: nothing was left open, there is no sound.
        return Payload(0, 0)
    return Payload(_known(claimed), available, left_open=claimed == 0 and available > 0)


def _understated(handle: BinaryIO, chunk: Payload, at: int) -> str | None:
    """See whether sound goes on behind the chunk that should hold it all."""
    claimed, available = chunk.claimed or 0, chunk.available
    if not claimed or available - claimed < LEAST_UNDERSTATED:
        return None
    handle.seek(at + claimed)
    behind = handle.read(5)
    # Other chunks may follow, with or without a byte of padding before their names, and so may zeros.
    if any(all(32 <= byte < 127 for byte in behind[pad : pad + 4]) for pad in (0, 1)) or not any(behind):
        return None
    return f"its header promises {claimed} bytes of sound, but {available} are there"


def _au_payload(handle: BinaryIO, size: int) -> Payload | None:
    handle.seek(0)
    head = handle.read(12)
    if len(head) < 12:
        return None
    order = ">" if head[:4] == b".snd" else "<"
    at, claimed = struct.unpack(f"{order}II", head[4:12])
    return Payload(_known(claimed), max(size - at, 0))


def _caf_payload(handle: BinaryIO, size: int) -> Payload | None:
    at = 8
    for _ in range(MOST_CHUNKS):
        if at + 12 > size:
            return None
        handle.seek(at)
        kind, claimed = struct.unpack(">4sQ", handle.read(12))
        if kind == b"data":
            return Payload(_known(claimed), size - at - 12)
        at += 12 + claimed
    return None


def _mp3_payload(handle: BinaryIO, size: int) -> Payload | None:
    """Read the Xing or Info header that most encoders put into the first frame."""
    handle.seek(0)
    tag = handle.read(10)
    at = 10 + syncsafe(tag[6:]) if tag[:3] == b"ID3" and len(tag) == 10 else 0
    handle.seek(at)
    frame = handle.read(64)
    if len(frame) < 64 or not mpeg_frame_bytes(frame):
        return None
    mpeg1, mono = frame[1] >> 3 & 3 == 3, frame[3] >> 6 == 3
    xing = 4 + _SIDE_INFO[mpeg1, mono]
    flags, frames, length = struct.unpack(">III", frame[xing + 4 : xing + 16])
    if frame[xing : xing + 4] not in (b"Xing", b"Info") or flags & 3 != 3:
        return None
    return Payload(length, size - at, samples=frames * (1152 if mpeg1 else 576))


def _ogg_payload(handle: BinaryIO, size: int) -> Payload:
    """See whether the last page is whole and no later stream's; Ogg says nowhere how long it is."""
    handle.seek(max(size - OGG_REACH, 0))
    tail = handle.read(OGG_REACH)
    at = tail.rfind(b"OggS")
    header = tail[at : at + 27] if at >= 0 else b""
    segments = tail[at + 27 : at + 27 + header[26]] if len(header) == 27 else b""
    whole = len(header) == 27 and len(segments) == header[26]
    whole = whole and at + 27 + len(segments) + sum(segments) <= len(tail)
    chained = whole and header[14:18] not in _ogg_streams(handle)
    return Payload(None, size, damage=None if whole else "the last Ogg page is cut off", chained=chained)


def _ogg_streams(handle: BinaryIO) -> set[bytes]:
    """Return the serial numbers of the streams that a file begins with: their first pages are its first."""
    at, found = 0, set[bytes]()
    while len(found) < MOST_CHUNKS:
        handle.seek(at)
        page = handle.read(27 + 255)
        if page[:4] != b"OggS" or len(page) < 27 or not page[5] & OGG_BEGINS:
            break
        found.add(page[14:18])
        at += 27 + page[26] + sum(page[27 : 27 + page[26]])
    return found
