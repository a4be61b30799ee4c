"""Taking what a source has into a mailbox, and counting it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mailcatch.cli.importing import MailboxDirectory, Source, open_plain
from mailcatch.mailbox.adding import Adding
from mailcatch.mailbox.marks import Marks
from mailcatch.mailbox.names import time_of


@dataclass(slots=True)
class Taken:
    """What was imported.

    messages, sessions: how many are new. already_there: messages that were there under their name.
    left_out: what a message is called where it comes from, and why it was not taken.
    """

    messages: int = 0
    sessions: int = 0
    already_there: int = 0
    left_out: list[tuple[str, str]] = field(default_factory=list)


class Intake:
    """Takes messages into a mailbox. root: its directory. Raises MailboxError."""

    def __init__(self, root: Path) -> None:
        self._adding = Adding(root)
        self.taken = Taken()

    def take(self, source: Source, report: Callable[[int], None]) -> None:
        """Take all that a source has. report: is told how much was read.

        Raises MailboxError and OSError; what was taken by then stays.
        """
        names: dict[str, str] = {}
        for step in source:
            one = step.message
            if one.octets is None:
                self.taken.left_out.append((one.called, one.why))
            else:
                name, new = self._adding.add_message(one.octets, one.arrived, one.name)
                names[one.called] = name
                self.taken.messages += new
                self.taken.already_there += not new
            report(step.done)
        if isinstance(source, MailboxDirectory):
            self._take_sessions(source, names)
            self._take_marks(source, names)

    def _take_sessions(self, source: MailboxDirectory, names: dict[str, str]) -> None:
        """Take the sessions of a mailbox; names: of its messages, and what they are called now."""
        moved = {old: new for old, new in names.items() if old != new and time_of(old)}
        sessions = source.sessions()
        if sessions and not self._adding.takes_sessions:
            why = "a mailbox of bare .eml files has no place for sessions"
            self.taken.left_out.append((f"sessions of {source.root}", why))
            return
        for path in sessions:
            with open_plain(path) as file:
                octets = file.read()
            for old, new in moved.items():
                octets = octets.replace(f'"file":"{old}"'.encode(), f'"file":"{new}"'.encode())
            self.taken.sessions += self._adding.add_session(octets, path.name)

    def _take_marks(self, source: MailboxDirectory, names: dict[str, str]) -> None:
        """Take what was noted on the messages: read, and tags."""
        marks, _ = Marks(source.root).read_from(0)
        for mark in marks:
            known = [names[name] for name in mark.messages if name in names]
            if known and (mark.mark in ("tag", "untag")) == bool(mark.tag.strip()):
                Marks(self._adding.root).mark(mark.mark, known, mark.tag)
