"""What the list shall show, and the search for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from mailcatch.mailbox.search import Search
from mailcatch.tui.model.arranging import arranged
from mailcatch.tui.model.contents import Contents
from mailcatch.tui.model.listing import Row

Sort = Literal["time", "subject", "sender", "size"]
Group = Literal["", "day", "mail"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. query: the filter. sort, group: of the list.

    toggled: keys of groups that are folded otherwise than usual.
    """

    query: str = ""
    sort: Sort = "time"
    group: Group = ""
    toggled: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether what arrives simply comes above what is there."""
        return not self.query.strip() and self.sort == "time" and not self.group


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. rows: of the list."""

    asked: Asked
    rows: list[Row]


@dataclass(slots=True)
class Finding:
    """Searches that can be stopped while they run on another thread."""

    contents: Contents
    _running: list[Search] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, asked: Asked) -> Answer:
        """Find it; on a thread. Raises QueryError and MailboxError."""
        with self._lock:
            self._running.clear()
        names = self.contents.find(asked.query, running=self._note)
        return Answer(asked, arranged(self.contents, names, asked.sort, asked.group, asked.toggled))

    def stop(self) -> None:
        """End what runs: it answers with what it has found so far."""
        with self._lock:
            for search in self._running:
                search.stop()

    def _note(self, search: Search) -> None:
        with self._lock:
            self._running.append(search)
