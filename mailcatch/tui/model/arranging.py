"""The order of the list, and its groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from mailcatch.tui.model.contents import Contents
from mailcatch.tui.model.listing import Heading, Row

Sort = Literal["time", "subject", "sender", "size"]
Group = Literal["", "day", "mail"]


def arranged(
    contents: Contents,
    names: Sequence[str],
    sort: Sort,
    group: Group,
    toggled: Collection[str] = (),
) -> list[Row]:
    """Return names, newest first, in another order or in groups.

    sort: "time", "subject", "sender" or "size". group: "", "day" or "mail". toggled: keys of groups
    that are folded where they usually are not, or the other way round.
    """
    if group == "mail":
        return _by_mail(contents, names, toggled)
    if sort == "size":
        sizes = contents.order_keys("size")
        ordered = sorted(names, key=lambda name: sizes.get(name, 0), reverse=True)
        return [*ordered]
    if sort != "time":
        words = contents.order_keys(sort)
        # Sorting is stable: what is equal stays newest first.
        ordered = sorted(names, key=lambda name: str(words.get(name, "")).casefold())
        return [*ordered]
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
        rows.append(Heading("", f"mail {mail}", tuple(inside), folded))
        rows += [] if folded else inside
    return rows
