"""The list: which rows are there, where the focus is, what is in sight. Pure.

What arrives never moves the row in focus away from under the eyes: focus and sight are kept by what
they are on and not by their number. Only who stands at the very top follows what is new.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mailcatch.mailbox.names import MESSAGE_SUFFIX, SESSION_SUFFIX, is_name


@dataclass(frozen=True, slots=True)
class Heading:
    """A row that names a group. title: safe to show; "" for the story of the mail in it.

    key: of the group. names: what is in it, newest first. folded: whether it stands for what is in
    it, which is not shown.
    """

    title: str
    key: str
    names: tuple[str, ...]
    folded: bool = False


_FEW: Final = 16
"""Rows that are taken away one by one: all others stay as they are."""

Row = str | Heading
"""A message or session, by the name of its file; or the heading of a group."""


def is_session(name: str) -> bool:
    """Whether a name is that of a session, and not of a message."""
    return name.endswith(SESSION_SUFFIX)


def tells_its_time(name: str) -> bool:
    """Whether a server gave the name, so that names are in the order in which they came."""
    return is_name(name.removesuffix(MESSAGE_SUFFIX).removesuffix(SESSION_SUFFIX))


class Listing:
    """Rows, newest first, with a focus and a window onto them.

    rows: what is shown. focus: the number of the row in focus, 0 where there are none. height: rows
    in sight. marked: names that the user marked.
    follows: whether who stands at the top stays there when something arrives. above: how many came
    above what is in sight since the top was.
    """

    def __init__(self) -> None:
        self.rows: Sequence[Row] = ()
        self.focus = 0
        self._top = 0
        self.height = 1
        self.above = 0
        self.marked: set[str] = set()
        self.follows = True

    @property
    def top(self) -> int:
        """The number of the first row in sight."""
        return self._top

    @top.setter
    def top(self, number: int) -> None:
        self._top = number
        if not number:
            self.above = 0

    @property
    def focused(self) -> Row | None:
        """The row in focus."""
        return self.rows[self.focus] if self.rows else None

    @property
    def name(self) -> str:
        """The message or session in focus, of a folded group its newest, "" where there is none."""
        row = self.focused
        if isinstance(row, Heading):
            return row.names[0] if row.folded else ""
        return row or ""

    def names(self) -> list[str]:
        """Return all messages and sessions that are shown, those in folded groups too."""
        found: list[str] = []
        for row in self.rows:
            if isinstance(row, str):
                found.append(row)
            elif row.folded:
                found += row.names
        return found

    def chosen(self) -> list[str]:
        """Return what a command is for: the marked ones that are shown, or the one in focus."""
        if self.marked:
            found = [name for name in self.names() if name in self.marked]
            if found:
                return found
        return [self.name] if self.name else []

    def move(self, steps: int) -> None:
        """Move the focus, and the window after it."""
        self.go(self.focus + steps)

    def go(self, number: int) -> None:
        """Put the focus on a row, or the nearest there is."""
        self.focus = max(min(number, len(self.rows) - 1), 0)
        self._show_focus()

    def go_to(self, name: str) -> bool:
        """Put the focus on a message or session; return whether it is shown."""
        for at, row in enumerate(self.rows):
            if row == name or (isinstance(row, Heading) and row.folded and name in row.names):
                self.go(at)
                return True
        return False

    def scroll(self, top: int) -> None:
        """Move the window; the focus stays where it is, even out of sight."""
        self.top = max(min(top, len(self.rows) - self.height), 0)

    def resize(self, height: int) -> None:
        """Give the window another height; what is in focus stays in sight."""
        self.height = max(height, 1)
        self.scroll(self.top)
        self._show_focus()

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows. Focus and window stay on what they are on, as far as it is there."""
        old, focus, top = self.rows, self.focus, self.top
        self.rows = rows
        if not old or not rows or (self.follows and focus == 0 and top == 0):
            self.focus = self.top = 0
            return
        places = _Places(rows)
        self.focus = self._kept(old, focus, places)
        # The first row in sight that is still there stays where it is on the screen.
        for step in range(self.height):
            if top + step < len(old) and (at := places.of(old[top + step])) is not None:
                self.scroll(at - step)
                break
        else:
            self.scroll(self.focus - (focus - top))
        in_sight = top <= focus < top + self.height
        if in_sight and not self.top <= self.focus < self.top + self.height:
            self._show_focus()

    def add(self, names: Iterable[str]) -> None:
        """Show what is newer than all that is shown, oldest first, above it."""
        new = list(names)[::-1]
        if not new:
            return
        at_top = self.follows and self.focus == 0 and self.top == 0
        was_empty = not self.rows
        self.rows = [*new, *self.rows]
        if not at_top and not was_empty:
            self.focus += len(new)
            self.top += len(new)
            self.above += len(new)

    def forget(self, gone: Collection[str]) -> None:
        """Take rows away; the focus goes to what follows."""
        self.marked.difference_update(gone)
        if len(gone) > _FEW:
            self.replace([row for row in self.rows if row not in gone])
        elif gone:
            self._remove(gone)

    def _remove(self, gone: Iterable[str]) -> None:
        rows = [*self.rows]
        for name in gone:
            with suppress(ValueError):
                at = rows.index(name)
                del rows[at]
                self.focus -= at < self.focus
                self.top -= at < self.top
        self.rows = rows
        self.focus = max(min(self.focus, len(rows) - 1), 0)
        self.scroll(self.top)

    def among(self, names: Collection[str]) -> set[str]:
        """Return which names are rows, of a list without groups in the order of arrival."""
        found: set[str] = set()
        least = min(names, default="")
        for row in self.rows if names else ():
            if row in names:
                found.add(str(row))
            elif isinstance(row, str) and row < least and tells_its_time(row):
                break
        return found

    def toggle(self, name: str) -> bool:
        """Mark, or take the mark away; return whether it is marked now."""
        self.marked ^= {name}
        return name in self.marked

    @property
    def in_sight(self) -> range:
        """The numbers of the rows in sight."""
        return range(self.top, min(self.top + self.height, len(self.rows)))

    def _kept(self, old: Sequence[Row], focus: int, places: _Places) -> int:
        """Return where the focus is now: on the same row, or the nearest one after it."""
        for row in old[focus : focus + 2_000]:
            at = places.of(row)
            if at is not None:
                return at
        return min(focus, len(self.rows) - 1)

    def _show_focus(self) -> None:
        if self.focus < self.top:
            self.top = self.focus
        elif self.focus >= self.top + self.height:
            self.top = self.focus - self.height + 1


class _Places:
    """Where rows are, looked up without going through all of them more often than needed."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._all: dict[str, int] | None = None

    def of(self, row: Row) -> int | None:
        """Return the number of a row, or None."""
        key = _key(row)
        if self._all is None:
            # What arrived is at the top, so what was there is mostly near to where it was.
            for at, one in enumerate(self._rows[:64]):
                if _key(one) == key:
                    return at
            self._all = {_key(one): at for at, one in enumerate(self._rows)}
        return self._all.get(key)


def _key(row: Row) -> str:
    return row if isinstance(row, str) else f"\0{row.key}"
