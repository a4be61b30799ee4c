"""What the list shall show, and the search for it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from threading import Lock

from mailcatch.mailbox.search import Search
from mailcatch.tui.model.arranging import Group, Sort, arranged
from mailcatch.tui.model.contents import Contents
from mailcatch.tui.model.listing import Row


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
    """What was found. rows: of the list. shown: messages and sessions in them, folded ones too.

    whole: whether that is all.
    """

    asked: Asked
    rows: list[Row]
    shown: int
    whole: bool


class Finding:
    """One search for what is asked, which can be stopped while it runs on another thread.

    stopped: whether it was.
    """

    def __init__(self, contents: Contents, asked: Asked) -> None:
        self.asked = asked
        self._contents = contents
        self._searches: list[Search] = []
        self.stopped = False
        self._lock = Lock()

    def answers(self) -> Generator[Answer, None, None]:
        """Give what is found, more each time; on a thread. Raises QueryError and MailboxError."""
        asked = self.asked
        ordered = asked.sort != "time" or bool(asked.group)
        for found in self._contents.find(asked.query, self._note):
            rows: list[Row] = [*found.names]
            if ordered:
                if not found.whole:
                    continue
                rows = arranged(self._contents, found.names, asked.sort, asked.group, asked.toggled)
            whole = found.whole and not self.stopped
            yield Answer(asked, rows, len(found.names), whole)

    def stop(self) -> None:
        """End it: it answers with what it has found so far."""
        with self._lock:
            self.stopped = True
            for search in self._searches:
                search.stop()

    def _note(self, search: Search) -> None:
        with self._lock:
            self._searches.append(search)
            if self.stopped:
                search.stop()
