"""A report on an archive as a page: which table stands where, and which picture over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from affectone.batch.report import Head, Report, Table
from affectone.batch.report.calls import LEAST_SECONDS
from affectone.views.archive_figures import figure_svg, shares_across, shares_down, spread_figure
from affectone.views.archive_page import Drawing, Heading, PageTable, Section, archive_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["archive_html"]

MEANING = (
    "The scores say how a voice sounds to listeners, not what a person feels. The models learned from acted "
    "speech in few languages; expect worse results on real calls than any of their tables shows. Nothing "
    "here may be the only ground for anything that matters to a person: listen to the recordings. More is in "
    "docs/explanation/responsible-use.md of affectone."
)
UNSURE = (
    "Do not use these labels: the model found them too uncertain, or the speech unlike what it learned from. "
    "They are in the shares and means below, since probabilities are calibrated, and each row says how much "
    "of it is unsure."
)
ANGER = (
    "Anger is the mean probability of it over the judged speech, from 0 to 1. A person has to listen before "
    "anything follows from a rank."
)
FALL = (
    "Valence is the probability of what sounds good, less that of what sounds bad, from -1 to 1. The fall is "
    "its mean over the first third of the judged speech, less that over the last."
)
ESCALATIONS = (
    "Surely angry speech after speech of another emotion on the same channel. The rise is that of the "
    "probability of anger from the one to the other."
)
AXES = {
    "confidence": ("confidence", "minutes of speech"),
    "durations": ("length (min)", "recordings"),
    "spread-anger": ("anger", "recordings"),
    "spread-fall": ("fall", "recordings"),
    "spread-judged": ("judged share of the speech (%)", "recordings"),
}


def archive_html(report: Report) -> str:
    """Return a report as HTML."""
    head = report.head
    return archive_page(
        head.archive,
        meaning=MEANING,
        unsure=_unsure(head),
        facts=list(_facts(report)),
        notices=report.notices,
        notes=report.notes,
        sections=list(_sections(report)),
        made=f"Made by affectone {head.affectone}. Its tables stand beside it as CSV and in report.xlsx.",
    )


def _unsure(head: Head) -> tuple[str, str]:
    if head.unsure_percent is None:
        return "Nothing was judged.", ""
    return f"{head.unsure_percent:.1f} % of the judged speech is unsure.", UNSURE


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    head = report.head
    yield "model", head.model
    yield "judged", head.judged
    yield "recordings", f"{head.recordings:,}, in {head.silent:,} of them no judged speech"
    yield "sound", f"{head.audio_seconds / 3600:,.1f} hours"
    judged = f"{head.judged_seconds / 3600:,.1f} hours judged"
    yield "speech", f"{head.speech_seconds / 3600:,.1f} hours of everybody, {judged}"
    kinds = report.tables["failure-kinds"].rows
    told = ", ".join(f"{kind}: {number:,}" for kind, number in kinds)
    yield "failed", f"{head.failed:,}" + (f" ({told})" if told else "")
    if head.begins is not None and head.ends is not None:
        yield "period", f"{head.begins:%Y-%m-%d %H:%M} to {head.ends:%Y-%m-%d %H:%M}, by {head.time_column}"


def _sections(report: Report) -> Iterator[Section]:
    tables = report.tables
    emotions = tables["emotions"]
    shares = list(zip(emotions.values("label"), emotions.values("label_percent"), strict=True))
    judged = report.head.judged_seconds > 0
    yield Section(
        "Emotions",
        ["By label: all of a segment counts for its likeliest emotion. By probability: it counts for each."],
        [_page(emotions), _page(tables["unsure"])],
        shares=shares if judged else (),
    )
    labels = report.head.labels
    for name in ("hours", "days", "weeks"):
        if name in tables:
            yield _cut(tables[name], labels, _across)
    for name, table in tables.items():
        if name.startswith("by-"):
            yield _cut(table, labels, _down)
    for name, words in (("angriest", ANGER), ("falling", FALL), ("escalations", ESCALATIONS)):
        if name in tables:
            yield Section(tables[name].title, [words], [_page(tables[name])])
    talk = [_page(tables["talk"])]
    yield Section(
        "Who speaks how much", ["Two may speak at once, and where nobody does there is silence."], talk
    )
    yield _spreads(tables)
    failed = [_page(tables["failure-kinds"]), _page(tables["failures"])]
    yield Section("Failures", [], failed)


def _page(table: Table, *, folded: bool = False) -> PageTable:
    headings = [Heading(one.heading, one.kind) for one in table.columns]
    file = f"{table.name}.csv" if table.written else "calls.csv"
    return PageTable(table.title, headings, table.rows, table.total, file, folded)


def _cut(table: Table, labels: Sequence[str], draw: Callable[[Table, Sequence[str]], Figure]) -> Section:
    """Return the section of a cut: shares by label are seen, those by probability on request."""
    mean = [place for place, one in enumerate(table.columns) if one.name.startswith("mean_")]
    seen = [place for place in range(len(table.columns)) if place not in mean]
    first, second = _columns(table, seen), replace(_columns(table, [0, *mean]), folded=True)
    title = f"{table.title}, by probability"
    words = f"Shares of the emotions, {table.title.lower()}; the numbers are in the table below"
    drawings = [Drawing(words, figure_svg(draw(table, labels)))] if table.rows else []
    return Section(table.title, [], [first, replace(second, title=title)], drawings)


def _columns(table: Table, places: Sequence[int]) -> PageTable:
    whole = _page(table)
    rows = [[row[place] for place in places] for row in table.rows]
    return replace(whole, headings=[whole.headings[place] for place in places], rows=rows)


def _across(table: Table, labels: Sequence[str]) -> Figure:
    """Draw hours, all of the day, or days."""
    rows = {str(row["part"]): row for row in table.records()}
    parts = [str(hour) for hour in range(24)] if table.name == "hours" else list(rows)
    minutes = [rows[part]["speech_seconds"] / 60 if part in rows else 0.0 for part in parts]
    shares = [
        (label, [rows[part][f"label_{label}_percent"] or 0.0 if part in rows else 0.0 for part in parts])
        for label in labels
    ]
    return shares_across(parts, shares, minutes, name=table.columns[0].heading)


def _down(table: Table, labels: Sequence[str]) -> Figure:
    shares = [(label, [one or 0.0 for one in table.values(f"label_{label}_percent")]) for label in labels]
    return shares_down([str(part) for part in table.values("part")], shares)


def _spreads(tables: dict[str, Table]) -> Section:
    found = [tables[name] for name in AXES if name in tables]
    drawings = [Drawing(f"{one.title}; the numbers are in the table below", _spread(one)) for one in found]
    words = (
        f"Recordings with less than {LEAST_SECONDS} s of judged speech are in no spread of anger, fall or "
        "shares. "
        "The last of the lengths holds all that are longer, too."
    )
    return Section("How values spread", [words], [_page(one, folded=True) for one in found], drawings)


def _spread(table: Table) -> bytes:
    across, up = AXES[table.name]
    scale = 60 if table.name == "durations" else 1
    begins = [one / scale for one in table.values("from")]
    ends = [None if one is None else one / scale for one in table.values("to")]
    values = table.values(table.columns[2].name)
    if table.name == "confidence":
        values = [one / 60 for one in values]
    return figure_svg(spread_figure(begins, ends, values, across=across, up=up))
