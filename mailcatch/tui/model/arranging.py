"""The order of the list, and its groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from mailcatch.tui.model.contents import Contents
from mailcatch.tui.model.facts import Facts
from mailcatch.tui.model.listing import Heading, Row

_ORDERS: Final[dict[str, Callable[[Facts], Any]]] = {
    "subject": lambda facts: facts.subject.casefold(),
    "sender": lambda facts: facts.author.casefold(),
    "size": lambda facts: -facts.octets,
}


def arranged(
    contents: Contents, names: Sequence[str], sort: str, group: str, toggled: Collection[str] = ()
) -> list[Row]:
    """Return names, newest first, in another order or in groups.

    sort: "time", "subject", "sender" or "size". group: "", "day" or "mail". toggled: keys of groups
    that are folded where they usually are not, or the other way round.
    """
    if group == "mail":
        return _by_mail(contents, names, toggled)
    if sort != "time":
        order = _ORDERS[sort]
        known = contents.all_facts(names)
        # Sorting is stable: what is equal stays newest first.
        return [one.name for one in sorted(known, key=order)]
    if group == "day":
        return _by_day(contents, names, toggled)
    return [*names]


def _by_day(contents: Contents, names: Sequence[str], toggled: Collection[str]) -> list[Row]:
    days: dict[str, list[str]] = {}
    for name, moment in contents.moments(names):
        days.setdefault(moment.astimezone().strftime("%A, %Y-%m-%d"), []).append(name)
    rows: list[Row] = []
    for day, inside in days.items():
        folded = f"day {day}" in toggled
        rows.append(Heading(day, f"day {day}", tuple(inside), folded))
        rows += [] if folded else inside
    return rows


def _by_mail(contents: Contents, names: Sequence[str], toggled: Collection[str]) -> list[Row]:
    """Put the tries of one mail under one row."""
    groups: dict[str, list[str]] = {}
    for name, mail in contents.mails(names):
        groups.setdefault(mail, []).append(name)
    rows: list[Row] = []
    for mail, inside in groups.items():
        if len(inside) == 1:
            rows += inside
            continue
        folded = f"mail {mail}" not in toggled
        rows.append(Heading(contents.told(inside), f"mail {mail}", tuple(inside), folded))
        rows += [] if folded else inside
    return rows
