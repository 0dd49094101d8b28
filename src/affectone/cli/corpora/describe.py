"""`affectone corpora list` and `show`: which corpora can be read, and what is known about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectone.cli.output import Output, cell, open_output
from affectone.cli.status import ALL_DONE
from affectone.labels import VIEWS

if TYPE_CHECKING:
    from affectone.corpora import Corpus, Published
    from affectone.registry import Entry

__all__ = ["list_command", "show_command"]


class FactsFormat(StrEnum):
    """How facts are written."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[FactsFormat, typer.Option("--format", help="How to write it.")]


def list_command(wanted: FormatOption = FactsFormat.TABLE) -> int:
    """List the corpora that can be read, with their licences."""
    from affectone.corpora import CORPORA  # Loads numpy, which other commands may not need.

    facts = [_summary(entry) for entry in CORPORA]
    with open_output(None) as output:
        if wanted is FactsFormat.JSON:
            output.write_json(facts)
        else:
            _write_list(output, facts)
    return ALL_DONE


def show_command(
    name: Annotated[str, typer.Argument(help="Name of a corpus, as `corpora list` has it.")],
    wanted: FormatOption = FactsFormat.TABLE,
) -> int:
    """Show all that is known about a corpus: counts, licence, defects, labels and what they lose."""
    from affectone.corpora import CORPORA

    facts = _facts(CORPORA.entry(name))
    with open_output(None) as output:
        if wanted is FactsFormat.JSON:
            output.write_json(facts)
        else:
            _write_rows(output, list(_rows(facts)))
    return ALL_DONE


def _summary(entry: Entry[type[Corpus]]) -> dict[str, Any]:
    info = entry.value.info
    newest = info.releases[-1] if info.releases else None
    return {
        "name": entry.name,
        "language": info.language,
        "speakers": newest and newest.speakers,
        "clips": newest and newest.clips,
        "licence": info.licence,
        "commercial_use": info.commercial_use,
        "title": info.title,
    }


def _facts(entry: Entry[type[Corpus]]) -> dict[str, Any]:
    corpus = entry.value
    info = corpus.info
    return _summary(entry) | {
        "description": entry.doc,
        "citation": info.citation,
        "home": info.home,
        "rate": info.rate,
        "releases": [_release(release, corpus.labels) for release in info.releases],
        "labels": {own: str(common) for own, common in corpus.labels.items()},
        "views": {view: _view(view, corpus) for view in VIEWS},
        "defects": list(info.defects),
        "protocols": list(_protocols(entry.name)),
    }


def _release(release: Published, labels: Mapping[str, str]) -> dict[str, Any]:
    emotions: dict[str, int] = {}
    for own, clips in release.classes.items():
        emotions[str(labels[own])] = emotions.get(str(labels[own]), 0) + clips
    return {
        "version": release.version,
        "clips": release.clips,
        "speakers": release.speakers,
        "classes": dict(release.classes),
        "emotions": emotions,
    }


def _view(name: str, corpus: type[Corpus]) -> dict[str, Any]:
    """Return what a view keeps, leaves out and joins; clips are those of the newest release."""
    from affectone.corpora.losses import joined_labels, lost_labels

    view = VIEWS[name]
    lost = lost_labels(corpus.labels, view)
    classes = corpus.info.releases[-1].classes if corpus.info.releases else {}
    joined = {place: list(owns) for place, owns in joined_labels(corpus.labels, view).items()}
    clips = sum(classes.get(own, 0) for own in lost) if classes else None
    named = {own: str(corpus.labels[own]) for own in lost}
    return {"labels": list(view.labels), "lost": named, "lost_clips": clips, "joined": joined}


def _protocols(name: str) -> Iterable[str]:
    from affectone.corpora import list_protocols, load_protocol

    return (protocol for protocol in list_protocols() if name in load_protocol(protocol).corpora)


def _write_list(output: Output, facts: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("name", "language", "speakers", "clips", "licence", "commercial use", "title"):
        table.add_column(column, overflow="fold")
    for fact in facts:
        cells = (_language(fact), _number(fact["speakers"]), _number(fact["clips"]), fact["licence"])
        table.add_row(*map(cell, (fact["name"], *cells, _commercial(fact), fact["title"])))
    output.write_table(table)


def _write_rows(output: Output, rows: list[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(cell(name), cell(value))
    output.write_table(table)


def _rows(facts: dict[str, Any]) -> Iterable[tuple[str, str]]:
    yield "corpus", facts["name"]
    yield "title", facts["title"]
    yield "about", facts["description"]
    yield "language", _language(facts)
    yield "licence", facts["licence"]
    yield "commercial use", _commercial(facts)
    yield from ((name, facts[name]) for name in ("citation", "home") if facts[name])
    if facts["rate"]:
        yield "native rate", f"{_number(facts['rate'])} Hz"
    for release in facts["releases"]:
        yield from _release_rows(release)
    for own, common in facts["labels"].items():
        yield "label", f"{own} is {common}"
    yield "the labels lose", _lost(facts["views"]["8"]) or "nothing"
    for name, view in facts["views"].items():
        yield f"--labels {name}", _view_words(view)
    yield from (("defect", defect) for defect in facts["defects"])
    yield from (("protocol", protocol) for protocol in facts["protocols"])


def _release_rows(release: dict[str, Any]) -> Iterable[tuple[str, str]]:
    clips, speakers = _number(release["clips"]), release["speakers"]
    yield "release", f"{release['version']}: {clips} clips, {speakers} speakers"
    for kind in ("classes", "emotions"):
        if release[kind]:
            counts = (f"{name} {_number(clips)}" for name, clips in release[kind].items())
            yield f"  {'own labels' if kind == 'classes' else kind}", ", ".join(counts)


def _view_words(view: dict[str, Any]) -> str:
    words = [f"{', '.join(view['labels'])}; leaves out {_lost(view) or 'nothing'}"]
    words += [f"{place} is {', '.join(owns)}" for place, owns in view["joined"].items()]
    return "; ".join(words)


def _lost(view: dict[str, Any]) -> str:
    lost = ", ".join(own if own == common else f"{own} ({common})" for own, common in view["lost"].items())
    return f"{lost}: {_number(view['lost_clips'])} clips" if view["lost_clips"] else lost


def _language(facts: dict[str, Any]) -> str:
    return facts["language"] or ("several" if facts["clips"] else "yours")


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _commercial(facts: dict[str, Any]) -> str:
    return ("yes" if facts["commercial_use"] else "no") if facts["clips"] else "yours"
