"""Whose voices are judged: the customers', where it is known who they are."""

from __future__ import annotations

from dataclasses import dataclass

from affectone.batch.report.database import Database
from affectone.batch.report.people import at_work
from affectone.errors import ConfigError, unknown_name

__all__ = ["ALL", "Judged", "judge"]

ALL = "all"
CUSTOMERS = ("customer", "caller", "client")


@dataclass(frozen=True, slots=True)
class Judged:
    """Whose speech the emotions of a report are those of.

    Parameters
    ----------
    words : str
        Who, and by whose choice.
    who : tuple of str
        What they are called.
    others : bool
        Whether somebody else speaks, too.
    """

    words: str
    who: tuple[str, ...]
    others: bool

    @property
    def at_work(self) -> bool:
        """Whether it looks as if people at work are judged."""
        return any(map(at_work, self.who))


def judge(db: Database, wanted: str | None) -> Judged:
    """Choose who is judged, and make the view ``judged``: their rows of ``spoken``.

    Parameters
    ----------
    db : Database
    wanted : str, optional
        A name, the number of a channel, or ``"all"``. By default customers, by whatever name; all channels
        where nobody is called so.

    Raises
    ------
    ConfigError
        If nobody has that name or number.
    """
    voices = [
        (str(who), channel)
        for who, channel in db.rows("SELECT DISTINCT who, channel FROM spoken ORDER BY channel, who")
    ]
    chosen, words = _chosen(voices, wanted)
    db.run("CREATE TABLE heard (who VARCHAR, channel INTEGER)")
    for who, channel in chosen:
        db.run("INSERT INTO heard VALUES (?, ?)", who, channel)
    db.run(
        "CREATE VIEW judged AS SELECT * FROM spoken AS s WHERE EXISTS ("
        "SELECT 1 FROM heard AS h WHERE h.who = s.who AND h.channel IS NOT DISTINCT FROM s.channel)"
    )
    return Judged(words, tuple(dict.fromkeys(who for who, _ in chosen)), len(chosen) < len(voices))


Voice = tuple[str, int | None]


def _chosen(voices: list[Voice], wanted: str | None) -> tuple[list[Voice], str]:
    names = list(dict.fromkeys(who for who, _ in voices))
    if wanted is None:
        return _by_default(voices, names)
    if not voices:
        return [], f"{wanted}, as --channel says"
    if wanted.lower() == ALL:
        return voices, "all channels together, as --channel says"
    if wanted.isdecimal():
        chosen = [voice for voice in voices if voice[1] == int(wanted)]
        words = f"channel {wanted}, as --channel says"
    else:
        chosen = [voice for voice in voices if voice[0].lower() == wanted.lower()]
        words = f"{wanted}, as --channel says"
    if not chosen:
        numbers = sorted({str(channel) for _, channel in voices if channel is not None})
        raise ConfigError(f"--channel: {unknown_name('channel', wanted, [*names, *numbers, ALL])}")
    return chosen, words


def _by_default(voices: list[Voice], names: list[str]) -> tuple[list[Voice], str]:
    for wanted in CUSTOMERS:
        chosen = [voice for voice in voices if voice[0].lower() == wanted]
        if chosen:
            return chosen, f"{chosen[0][0]}, by its name"
    if not voices:
        return [], "nobody: no speech was found"
    if names == ["all channels"]:
        return voices, "all channels, which were heard as one"
    if len(names) == 1:
        return voices, f"{names[0]}, which is the only one"
    if all(name.startswith("channel ") for name in names):
        return voices, (
            f"all {len(names)} channels together, since the batch was not told their names; "
            "whoever is at work in these calls is judged with the others. Choose one with --channel"
        )
    return voices, (
        f"all together ({', '.join(names)}), since none of them is called customer, caller or client; "
        "choose one with --channel"
    )
