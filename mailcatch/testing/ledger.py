"""Whose mail is whose: what the server heard, given to the mailbox that it belongs to.

Mail belongs to the mailbox that was active when its MAIL FROM began: not to the one that is active
when it is complete, so that late mail goes to the test that caused it, and not to the one that the
connection was opened for, so that pooled connections work. A mailbox with a port of its own gets
what came through that port; one with a tag gets what is addressed to the tag.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from weakref import WeakSet, WeakValueDictionary

from mailcatch.mailbox import events
from mailcatch.mailbox.names import SESSION_SUFFIX
from mailcatch.testing.addresses import Address
from mailcatch.testing.attempts import Attempt, attempt_of
from mailcatch.testing.message import Message
from mailcatch.testing.replies import Reply
from mailcatch.testing.session import Session

# How the server ends a session without anything being wrong with it.
_USUAL: Final = frozenset({"stopped", "quit"})


@dataclass(eq=False)
class Share:
    """What belongs to one mailbox.

    name: whose it is, such as the id of a test. tag: what its own addresses end in.
    address: where it has to be sent to. listener: the same where the port is its own, else "".
    sessions: each with its first line that counts.
    """

    name: str
    tag: str
    address: str = ""
    listener: str = ""
    closed: bool = False
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    messages: list[Message] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    sessions: dict[Session, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    numbered: int = 0


@dataclass(frozen=True, slots=True)
class Stray:
    """A message of no mailbox. during: what was going on. belongs: whose it is that was late."""

    message: Message
    during: str
    belongs: str

    def describe(self) -> str:
        """Return one safe line."""
        mail = self.message.describe().partition(" ")[2]
        if self.belongs:
            return f"{mail}, came too late for {self.belongs}"
        return f"{mail}, {self.during or 'came when there was no mailbox'}"


class Ledger:
    """Keeps account of what a server hears; `heard` may be called on any thread.

    shares_outside: whether other runs may be meant by what another server hears; then only what is
    sent to its own addresses belongs to a mailbox.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = 0
        self.begun = 0
        self.during = ""
        self.shares_outside = False
        self.current: Share | None = None
        self.strays: list[Stray] = []
        self.live: dict[Session, Share | None] = {}
        self._by_listener: dict[str, Share] = {}
        self._by_tag: dict[str, Share] = {}
        self._wakers: list[Callable[[], object]] = []
        self._opened = 0
        self._outside: WeakSet[Session] = WeakSet()
        self._owners: WeakValueDictionary[str, Share] = WeakValueDictionary()

    def enter(self, share: Share, *, current: bool) -> Share | None:
        """Begin to give a share what belongs to it; return the one that was current before."""
        with self.changed:
            before = self.current
            self._by_tag[share.tag] = share
            if share.listener:
                self._by_listener[share.listener] = share
            if current:
                self.current = share
            return before

    def leave(self, share: Share, before: Share | None) -> None:
        """Give it nothing any more."""
        with self.changed:
            share.closed = True
            self._by_tag.pop(share.tag, None)
            if self.current is share:
                self.current = before if before is not None and not before.closed else None

    def forget_listener(self, listener: str) -> None:
        """Nobody listens there any more."""
        self._by_listener.pop(listener, None)

    def opened(self, opening: events.Connect, *, outside: bool = False) -> Session:
        """Begin a session; outside: one of another server."""
        with self.changed:
            self._opened += 1
            session = Session(self._opened, opening)
            if opening.peer == events.SELF:
                # Nobody began it; it is known whose it is when it tells what it is about.
                self.begun += 1
                session.begun = self.begun
                self.live[session] = None
                return session
            if outside:
                self._outside.add(session)
            self.live[session] = owner = self._owner(session)
            if owner is not None:
                owner.sessions[session] = 0
            return session

    def heard(self, session: Session, event: events.AnyEvent, content: bytes | None = None) -> None:
        """Take the next event of a session; content: the octets of a transaction's message."""
        with self.changed:
            if isinstance(event, events.Client) and session.begins_transaction(event):
                self.begun += 1
                session.begun = self.begun
                self.live[session] = owner = self._owner(session)
                if owner is not None:
                    owner.sessions.setdefault(session, session.length)
            session.take(event)
            if isinstance(event, events.Transaction):
                self._ended(session, event, content)
            elif isinstance(event, events.Close):
                self._closed(session, event)
            else:
                return
            self._tell()

    def attempts(self, share: Share) -> list[Attempt]:
        """Return the tries of a share, and the sessions in which no MAIL came past a refusal."""
        with self.changed:
            sent = [one for one in share.attempts if not one.made]
            refused = [
                _without_mail(session, self.begun)
                for session, owner in self.live.items()
                if owner is share and session.refusal is not None and not session.begun
            ]
            return [*sent, *refused]

    def busy(self, share: Share) -> list[Session]:
        """Return the sessions in which a transaction is open that may be the share's."""
        return [
            session
            for session, owner in list(self.live.items())
            if session.in_transaction and (owner is share or owner is None)
        ]

    def quiet_since(self, share: Share) -> float:
        """Return when something was last heard that may concern the share (monotonic seconds)."""
        own = (one for one, owner in list(self.live.items()) if owner is share or owner is None)
        heard = max((session.heard_at for session in own), default=0.0)
        return max([heard, *(session.heard_at for session in list(share.sessions))])

    def watch(self, waker: Callable[[], object]) -> Callable[[], None]:
        """Call waker whenever something changed, until the function returned is called."""
        with self.changed:
            self._wakers.append(waker)

        def stop() -> None:
            with self.changed:
                self._wakers.remove(waker)

        return stop

    def _owner(self, session: Session) -> Share | None:
        if self.shares_outside and session in self._outside:
            return None
        return self._by_listener.get(session.listener) or self.current

    def _ended(self, session: Session, event: events.Transaction, content: bytes | None) -> None:
        owner = self._addressed(event) or self.live.get(session)
        if event.status_of:
            # A notice belongs to whom the message does that it tells of; later it is nobody's.
            owner = self._owners.get(event.status_of)
            if owner is None or owner.closed:
                return
        elif owner is not None:
            self._owners[event.file or f"{session.name}{SESSION_SUFFIX}"] = owner
        message = None
        if content is not None:
            number = 0
            if owner is not None and event.outcome == "stored":
                owner.numbered += 1
                number = owner.numbered
            message = Message(number, content, event, session, session.begun)
        if owner is not None and not owner.closed:
            owner.sessions.setdefault(session, 0)
            owner.attempts.append(attempt_of(event, session, message))
            if message is not None:
                owner.files.append(event.file)
                if event.outcome == "stored":
                    owner.messages.append(message)
        elif (
            message is not None
            and event.outcome == "stored"
            and not (self.shares_outside and session in self._outside)
        ):
            name = owner.name if owner is not None else ""
            self.strays.append(Stray(message, self.during, name))

    def _closed(self, session: Session, event: events.Close) -> None:
        owner = self.live.pop(session, None)
        if owner is None or session.tries:
            return
        if session.refusal is not None or (event.by == "server" and event.how not in _USUAL):
            owner.attempts.append(_without_mail(session, self.begun))

    def _addressed(self, event: events.Transaction) -> Share | None:
        for recipient in event.recipients:
            local = recipient.address.partition("@")[0]
            share = self._by_tag.get(local.rpartition("-")[2])
            if share is not None:
                return share
        return None

    def _tell(self) -> None:
        self.version += 1
        self.changed.notify_all()
        for waker in self._wakers:
            waker()


def _without_mail(session: Session, begun: int) -> Attempt:
    """Return what a session was in which no transaction was opened."""
    outcome = "aborted" if session.refusal is None else "refused"
    reply = session.refusal or Reply()
    begun = session.begun or begun
    return Attempt(Address(""), (), reply, outcome, session.began, session, begun, session.rule)
