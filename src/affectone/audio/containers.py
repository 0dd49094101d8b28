"""Which container some bytes are, decided by the bytes alone; a file's name is only compared with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["CONTAINERS", "EXTENSIONS", "Container", "named_wrongly", "not_audio_because", "sniff"]

HEAD_BYTES = 4096
MOST_TAGS = 100


@dataclass(frozen=True, slots=True)
class Container:
    """One way to wrap sound in bytes."""

    name: str
    """As messages and `AudioStream.format` say it."""
    extensions: frozenset[str]
    """File name endings, lower case with the dot, that are right for it."""
    demuxer: str
    """FFmpeg's name for it. Given explicitly, so that FFmpeg never guesses and never follows a playlist."""
    soundfile: bool = False
    """Whether libsndfile reads it, which is faster and loads faster than FFmpeg."""
    codecs_differ: bool = False
    """Whether the format needs the codec's name beside it, as in ``"ogg/opus"``."""


def _container(name: str, extensions: str, demuxer: str = "", **flags: bool) -> Container:
    return Container(name, frozenset(extensions.split()), demuxer or name, **flags)


_MP4_ENDINGS = ".mp4 .m4a .m4b .m4v .mov .qt .3gp .3g2"
_EBML_ENDINGS = ".webm .weba .mkv .mka"

_KNOWN = (
    _container("wav", ".wav .wave .bwf .rf64", soundfile=True),
    _container("rf64", ".wav .wave .bwf .rf64", "wav", soundfile=True),
    _container("w64", ".w64 .wav", soundfile=True),
    _container("aiff", ".aif .aiff .aifc", soundfile=True),
    _container("au", ".au .snd", soundfile=True),
    _container("caf", ".caf", soundfile=True),
    _container("flac", ".flac .fla", soundfile=True),
    _container("ogg", ".ogg .oga .ogv .ogx .opus .spx", soundfile=True, codecs_differ=True),
    _container("mp3", ".mp3 .mp2 .mpga .mpa", soundfile=True),
    _container("m4a", _MP4_ENDINGS, "mov", codecs_differ=True),
    _container("mp4", _MP4_ENDINGS, "mov", codecs_differ=True),
    _container("mov", _MP4_ENDINGS, codecs_differ=True),
    _container("3gp", _MP4_ENDINGS, "mov", codecs_differ=True),
    _container("webm", _EBML_ENDINGS, "matroska", codecs_differ=True),
    _container("matroska", _EBML_ENDINGS, codecs_differ=True),
    _container("wma", ".wma .asf .wmv", "asf", codecs_differ=True),
    _container("amr", ".amr .awb .3ga"),
    _container("aac", ".aac .adts"),
    _container("avi", ".avi", codecs_differ=True),
    _container("flv", ".flv .f4v", codecs_differ=True),
    _container("mpeg-ts", ".ts .mts .m2ts", "mpegts", codecs_differ=True),
    _container("mpeg-ps", ".mpg .mpeg .vob", "mpeg", codecs_differ=True),
    _container("wavpack", ".wv", "wv"),
    _container("ape", ".ape"),
    _container("ac3", ".ac3"),
)

CONTAINERS: dict[str, Container] = {container.name: container for container in _KNOWN}
"""Name -> container, for every container that is recognised by its bytes."""

_PROGRAM_ENDINGS = {".ts"}  # TypeScript is commoner on disks than MPEG transport streams.

EXTENSIONS: frozenset[str] = (
    frozenset(ending for container in _KNOWN for ending in container.extensions) - _PROGRAM_ENDINGS
)
"""File name endings that promise sound or video."""

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"RF64", "rf64"),
    (0, b"BW64", "rf64"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (0, b".snd", "au"),
    (0, b"dns.", "au"),
    (0, b"caff", "caf"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (4, b"ftypM4A", "m4a"),
    (4, b"ftypM4B", "m4a"),
    (4, b"ftypqt", "mov"),
    (4, b"ftyp3g", "3gp"),
    (4, b"ftyp", "mp4"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
    (0, b"#!AMR", "amr"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x00\x00\x01\xba", "mpeg-ps"),
    (0, b"wvpk", "wavpack"),
    (0, b"MAC ", "ape"),
    (0, b"\x0b\x77", "ac3"),
)

_IFF_KINDS = {
    (b"RIFF", b"WAVE"): "wav",
    (b"RIFX", b"WAVE"): "wav",
    (b"RIFF", b"AVI "): "avi",
    (b"FORM", b"AIFF"): "aiff",
    (b"FORM", b"AIFC"): "aiff",
}

_NOT_AUDIO: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "is a ZIP archive, not audio; unpack it first"),
    (b"\x1f\x8b", "is gzip-compressed, not audio; unpack it first"),
    (b"\x89PNG", "is a PNG picture, not audio"),
    (b"\xff\xd8\xff", "is a JPEG picture, not audio"),
    (b"GIF8", "is a GIF picture, not audio"),
    (b"%PDF", "is a PDF document, not audio"),
    (b"MThd", "is MIDI, which holds notes and no sound"),
)


def sniff(handle: BinaryIO, start: int = 0) -> Container | None:
    """Return the container of a seekable file by its bytes, or None where they are not recognised.

    Parameters
    ----------
    handle : binary file
        Its position is changed.
    start : int
        Where in the file the container begins.
    """
    tagged = False
    for _ in range(MOST_TAGS):
        handle.seek(start)
        head = handle.read(HEAD_BYTES)
        if head[:3] != b"ID3" or len(head) < 10:
            break
        # An ID3 tag may stand before MP3, AAC and FLAC alike.
        tagged = True
        start += 10 + syncsafe(head[6:10])
    name = _IFF_KINDS.get((head[:4], head[8:12])) or _by_magic(head) or _by_structure(head)
    return CONTAINERS[name or "mp3"] if name or tagged else None


def not_audio_because(head: bytes) -> str:
    """Say what bytes that hold no known container seem to be."""
    if head.startswith(b"version https://git-lfs"):
        return "is a Git LFS pointer, not audio; run git lfs pull"
    for magic, words in _NOT_AUDIO:
        if head.startswith(magic):
            return words
    if not any(head):
        return "holds only zero bytes, not audio"
    if _is_text(head):
        page = head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))
        return "is a web page, not audio; its download failed" if page else "is text, not audio"
    return "is not audio in any format that is known here"


def named_wrongly(extension: str, container: Container) -> str | None:
    """Return a warning where a file's ending promises another container than its bytes hold."""
    if extension in container.extensions or extension not in EXTENSIONS:
        return None
    return f"named {extension} but holds {container.name.upper()}"


def syncsafe(four: bytes) -> int:
    """Return the number that ID3 writes as four bytes of seven bits."""
    return four[0] << 21 | four[1] << 14 | four[2] << 7 | four[3]


def _by_magic(head: bytes) -> str | None:
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "matroska"
    return next((name for at, magic, name in _MAGIC if head[at : at + len(magic)] == magic), None)


def _by_structure(head: bytes) -> str | None:
    """Recognise streams that have no magic bytes, only frames that follow one another."""
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpeg-ts"
    for name, length_of in (("aac", adts_frame_bytes), ("mp3", mpeg_frame_bytes)):
        length = length_of(head)
        if length and (length >= len(head) or length_of(head[length:])):
            return name
    return None


def adts_frame_bytes(frame: bytes) -> int:
    """Return the length of the ADTS (AAC) frame that begins here, 0 where none does."""
    if len(frame) < 6 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0 or frame[2] >> 2 & 15 > 12:
        return 0
    length = (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5
    return length if length >= 7 else 0


_KBITS_1 = {
    3: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_KBITS_2 = {
    3: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)


def mpeg_frame_bytes(frame: bytes) -> int:
    """Return the length of the MPEG audio frame (layer I to III) that begins here, 0 where none does.

    Follows the header layout of ISO/IEC 11172-3 and 13818-3, with the half rates of MPEG 2.5.
    """
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return 0
    version, layer = frame[1] >> 3 & 3, frame[1] >> 1 & 3
    kbits_at, rate_at, padding = frame[2] >> 4, frame[2] >> 2 & 3, frame[2] >> 1 & 1
    if version == 1 or layer == 0 or kbits_at in (0, 15) or rate_at == 3:
        return 0
    kbits = (_KBITS_1 if version == 3 else _KBITS_2)[layer][kbits_at - 1]
    rate = _RATES[rate_at] >> {3: 0, 2: 1, 0: 2}[version]
    if layer == 3:
        return (12000 * kbits // rate + padding) * 4
    return (72000 if layer == 1 and version != 3 else 144000) * kbits // rate + padding


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8")
    return all(char.isprintable() or char.isspace() for char in text)
