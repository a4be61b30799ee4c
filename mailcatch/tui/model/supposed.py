"""A message of the mailbox, as rules look at it: to explain what they would do with it again."""

from __future__ import annotations

from collections.abc import Sequence

from mailcatch.faults import Supposed
from mailcatch.mail.errors import MailError
from mailcatch.mailbox.events import AnyEvent, Auth, Client, Connect, Transaction
from mailcatch.tui.model.opened import Opened


def recipients_of(opened: Opened) -> tuple[str, ...]:
    """Return the recipients that a message, or a refused try, was for. Not safe to show."""
    found = _transaction(opened)
    if found is not None and found.recipients:
        return tuple(dict.fromkeys(who.address for who in found.recipients if who.address))
    message = opened.message
    return message.recipients if message is not None else ()


def suppose_again(opened: Opened) -> Supposed:
    """Return a message as rules would see it if it were sent again. Reads it: not on the loop.

    Raises MailboxError.
    """
    happened = opened.events
    found = _transaction(opened)
    message = opened.message
    sender = found.sender if found is not None else message.sender if message is not None else None
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    names: tuple[str, ...] = ()
    if message is not None:
        try:
            headers = tuple((field.name, field.value) for field in opened.fields)
            text = opened.understood.plain
            parts = opened.understood.parts
            names = tuple(one.filename or "unnamed" for one in parts if one.is_attachment)
        except MailError:
            # What cannot be read is not known of it, as on the wire.
            pass
    return Supposed(
        transaction_nth=1,
        client_address=_client(happened),
        helo_name=_hello(happened),
        sasl_username=next((one.user for one in happened if isinstance(one, Auth)), None),
        sender=sender,
        recipients=recipients_of(opened),
        size=message.size if message is not None else None,
        subject_text=message.subject if message is not None else None,
        headers=headers,
        body_text=text,
        attachment_names=names,
    )


def _transaction(opened: Opened) -> Transaction | None:
    """Return the transaction of a message; of a session, the first that was refused, or any."""
    if not opened.is_session:
        return opened.transaction
    all_ = [one for one in opened.events if isinstance(one, Transaction)]
    refused = (one for one in all_ if one.outcome != "stored")
    return next(refused, all_[0] if all_ else None)


def _client(happened: Sequence[AnyEvent]) -> str:
    peer = next((one.peer for one in happened if isinstance(one, Connect)), "")
    host = peer.rpartition(":")[0].strip("[]")
    return host or "127.0.0.1"


def _hello(happened: Sequence[AnyEvent]) -> str | None:
    for one in happened:
        if isinstance(one, Client):
            verb, _, name = one.text.partition(" ")
            if verb.upper() in ("EHLO", "HELO"):
                return name.strip() or None
    return None
