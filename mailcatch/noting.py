"""The notes on a message: on its octets, and on how it came."""

from __future__ import annotations

from collections.abc import Iterable

from mailcatch.mail import safe_text
from mailcatch.mail.notes import Note
from mailcatch.mailbox.events import Transaction
from mailcatch.smtp.notes import NOTES


def notes_on(understood: Iterable[Note], transaction: Transaction | None) -> list[Note]:
    """Return what is unusual about a message, once what both tell of; safe to show.

    understood: the notes on its octets, which tell of a thing more exactly than the wire does.
    transaction: the one that brought it, None where it came without a session.
    """
    notes = list(understood)
    known = {note.name for note in notes}
    for seen in transaction.notes if transaction is not None else ():
        if seen.name not in known:
            place = f"session: {safe_text(seen.detail, 200)}" if seen.detail else "session"
            name = safe_text(seen.name, 100)
            notes.append(Note(name, NOTES.get(seen.name, "seen on the wire"), "", place))
    return notes
