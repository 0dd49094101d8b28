"""People at work: columns and channels that name them, and what has to be said where they are looked at."""

from __future__ import annotations

import re

from affectone.errors import ConfigError

__all__ = ["AT_WORK_NOTICE", "COMPARED_NOTICE", "at_work", "refuse_people"]

WORDS = frozenset(
    {
        *("agent", "employee", "staff", "operator", "advisor", "adviser", "representative", "rep"),
        *("user", "worker", "handled", "served"),
    }
)
ENDING = re.compile(r"(s|id|name|no|nr)?\d*$")
"""Of a word, as in ``agents``, ``agentid`` and ``agent2``."""
BETWEEN = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")

AT_WORK_NOTICE = (
    "Laws restrict this. The EU AI Act (Regulation (EU) 2024/1689), Article 5(1)(f), prohibits to infer "
    "emotions of people at the workplace, except for medical or safety reasons. This covers employees on a "
    "call centre's line. Telling people, or asking them, does not lift it. This is no legal advice."
)
COMPARED_NOTICE = (
    "Rows of people at work show how the customers sounded to whom they spoke, and not how well anybody "
    "worked. People take different queues, hours and customers, so their rows cannot be compared, and many "
    "are too small. Do not rank people by them. Do not use them for hiring, promoting, paying, dismissing or "
    "watching employees. Tell people, before, in words that they understand."
)


def at_work(name: str) -> bool:
    """Tell whether a name looks like that of people at work.

    Examples
    --------
    >>> at_work("Agent ID"), at_work("input_rep"), at_work("agentName"), at_work("report")
    (True, True, True, False)
    """
    words = {word.lower() for word in BETWEEN.split(name)}
    return bool(WORDS & (words | {ENDING.sub("", word) for word in words}))


def refuse_people(names: list[str]) -> None:
    """Raise `ConfigError` if one of some columns looks like people at work."""
    for name in names:
        if at_work(name):
            raise ConfigError(
                f"--by {name} looks like a column of people at work, whose emotions laws such as the EU AI "
                "Act forbid to infer; to group the customers' speech by it nevertheless, use "
                f"--by-agent {name}"
            )
