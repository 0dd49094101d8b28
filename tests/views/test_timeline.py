"""A timeline as a picture and as a page: each segment where it is, doubt in plain sight, nothing loaded."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.colors import to_hex

from affectone.errors import ConfigError
from affectone.views import Sound, Span, Track, colour_of, timeline_figure, timeline_page
from affectone.views.theme import tint
from affectone.views.timeline_page import clock

LABELS = ("neutral", "sad", "angry")
SPANS = (
    Span(0.5, 2.0, "neutral", 0.6, False, None, spoken=1.5),
    Span(2.0, 4.0, "sad", 0.4, True, "low confidence", spoken=1.0),
    Span(5.0, 7.0, None, None, True, "music"),
    Span(7.0, 9.0, "angry", 0.9, False, None, spoken=1.5),
)
AGENT = Track(
    "agent",
    low=np.linspace(-1, 0, 50),
    high=np.linspace(1, 0, 50),
    spans=SPANS,
    labels=LABELS,
    times=np.array([[0, 1], [1, 2], [2, 3], [3, 4], [7, 8], [8, 9]], float),
    scores=np.tile([0.5, 0.3, 0.2], (6, 1)),
)
SILENT = replace(AGENT, name="customer", spans=(), times=np.zeros((0, 2)), scores=np.zeros((0, 3)))


def page(tracks: list[Track], **changes: object) -> str:
    given = {"facts": [("model", "base@0.1.0")], "warnings": [], **changes}
    return timeline_page("call.wav", tracks, 10.0, **given)  # type: ignore[arg-type]


class Reader(HTMLParser):
    """Checks that what is opened is closed, and keeps the tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


def test_steps_that_touch_are_drawn_together() -> None:
    runs = AGENT.runs()
    assert [(times[0], times[-1], len(times)) for times, _ in runs] == [(0, 4, 8), (7, 9, 4)]
    assert SILENT.runs() == []


def test_a_picture_has_a_bar_for_each_segment_in_its_colour() -> None:
    (axes,) = timeline_figure([AGENT], 10.0).axes
    bars = [one for one in axes.collections if one.get_hatch() or one.get_linewidth()[0] == 0.5]
    ends = [
        (one.get_paths()[0].vertices[:, 0].min(), one.get_paths()[0].vertices[:, 0].max()) for one in bars
    ]
    assert ends == [(span.start, span.end) for span in SPANS]
    shades = [to_hex(one.get_facecolor()[0]) for one in bars]
    assert shades[0] == colour_of("neutral")
    assert shades[1] == tint(colour_of("sad"))
    assert shades[3] == colour_of("angry")
    assert [bool(one.get_hatch()) for one in bars] == [False, True, True, False]
    assert "music" in [text.get_text() for text in axes.texts]


def test_a_picture_has_a_panel_for_each_channel_and_one_axis_of_time() -> None:
    figure = timeline_figure([AGENT, SILENT], 10.0, title="call.wav")
    assert len(figure.axes) == 2
    assert {axes.get_xlim() for axes in figure.axes} == {(0, 10.0)}
    assert figure.axes[1].get_xlabel() == "time (s)"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(LABELS)


@pytest.mark.parametrize(("tracks", "duration"), [([], 10.0), ([AGENT] * 25, 10.0), ([AGENT], 0.0)])
def test_what_cannot_be_drawn_is_refused(tracks: list[Track], duration: float) -> None:
    with pytest.raises(ConfigError):
        timeline_figure(tracks, duration)


@pytest.mark.parametrize("sound", [None, Sound(b"RIFF", "audio/wav")])
def test_a_page_is_whole_and_loads_nothing(sound: Sound | None) -> None:
    reader = read(page([AGENT, SILENT], sound=sound))
    sources = [value for _, given in reader.tags for name, value in given.items() if name in ("src", "href")]
    assert all(value is not None and value.startswith(("data:", "#")) for value in sources)
    assert ("script" in {tag for tag, _ in reader.tags}) == (sound is not None)


def test_a_page_has_every_segment_where_it_is() -> None:
    text = page([AGENT], sound=Sound(b"RIFF", "audio/wav"))
    strip = re.findall(
        r'data-start="([\d.]+)" data-end="([\d.]+)" class="(\w*)" style="left: ([\d.]+)%; width: ([\d.]+)%',
        text,
    )
    assert [tuple(map(float, (*one[:2], *one[3:]))) for one in strip] == [
        (span.start, span.end, 10 * span.start, pytest.approx(10 * (span.end - span.start))) for span in SPANS
    ]
    assert [one[2] for one in strip] == ["", "unsure", "none", ""]
    assert text.count("<tr") == 1 + len(SPANS)


def test_links_of_a_silent_page_lead_to_its_rows() -> None:
    reader = read(page([AGENT, SILENT]))
    links = [given["href"] for tag, given in reader.tags if tag == "a"]
    rows = [f"#{given['id']}" for tag, given in reader.tags if tag == "tr" and "id" in given]
    assert sorted(links) == sorted(rows)
    assert len(links) == len(SPANS)


def test_shares_are_of_the_speech_alone() -> None:
    text = page([AGENT, SILENT])
    assert "neutral: 38 % (0:01.5)" in text
    assert "sad: 25 % (0:01.0)" in text
    assert "angry: 38 % (0:01.5)" in text
    assert "Nobody speaks." in text


def test_the_strongest_moments_are_sure_and_not_neutral() -> None:
    moments = re.findall(r"<li>(.*?)</li>", page([AGENT]))
    assert moments == ["0:07.0 to 0:09.0, agent: angry 90%"]


def test_names_are_text() -> None:
    text = page([replace(AGENT, name="<img src=x onerror=alert(1)>")], warnings=["<b>odd</b>"])
    assert "<img" not in text
    assert "<b>" not in text
    read(text)


def test_areas_fill_the_height_and_stand_on_one_another() -> None:
    paths = re.findall(r'<path d="([^"]+)" fill="#', page([AGENT]))
    assert len(paths) == len(LABELS)
    heights = [[float(point.split()[1]) for point in path[1:].split("Z")[0].split("L")] for path in paths]
    assert [(max(one), min(one)) for one in heights] == [(50, 25), (25, 10), (10, 0)]


def test_times_in_words() -> None:
    assert [clock(seconds) for seconds in (0, 59.96, 3599.96)] == ["0:00.0", "1:00.0", "1:00:00.0"]


def spoken_by(*people: str | None) -> Track:
    """Return the agent's track with its segments spoken by several."""
    return replace(AGENT, spans=[replace(span, who=who) for span, who in zip(SPANS, people, strict=True)])


def test_each_speaker_has_a_row_and_what_nobody_says_is_in_all() -> None:
    track = spoken_by("Ada", "Bo", None, "Ada")
    lanes = {who: [span.start for span in spans] for who, spans in track.lanes()}
    assert lanes == {"Ada": [0.5, 5.0, 7.0], "Bo": [2.0, 5.0]}
    assert [who for who, _ in AGENT.lanes()] == ["agent"]


def test_a_picture_names_the_speakers() -> None:
    (axes,) = timeline_figure([spoken_by("Ada", "Bo", None, "Ada")], 10.0).axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["probability", "Ada", "Bo", "sound"]
