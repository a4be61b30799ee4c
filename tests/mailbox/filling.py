"""A mailbox directory filled by hand: messages, and sessions that tell of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailcatch.mailbox import events
from mailcatch.mailbox.events import AnyEvent, encode
from mailcatch.mailbox.names import written_out

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LETTER = (
    b"From: App <app@example.org>\r\nTo: ann@example.com\r\nSubject: Hello\r\n\r\nGood day.\r\n"
)


def named(at: datetime, serial: int = 0) -> str:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = "".join(alphabet[serial >> shift & 31] for shift in (15, 10, 5, 0))
    return f"{at:%Y%m%dT%H%M%S.%f}Z-{letters}"


class Filling:
    """Puts files into a mailbox; each is a second later than the one before."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = NOON
        self._serial = 0
        (root / "messages").mkdir(parents=True)
        (root / "sessions").mkdir()

    def name(self) -> str:
        self.now += timedelta(seconds=1)
        self._serial += 1
        return named(self.now, self._serial)

    def message(self, raw: bytes = LETTER) -> str:
        """Put a message there that no session tells of; return its name."""
        name = f"{self.name()}.eml"
        self.write(name, raw)
        return name

    def write(self, name: str, raw: bytes) -> None:
        aside = self.root / "messages" / ".part"
        aside.write_bytes(raw)
        aside.rename(self.root / "messages" / name)

    def stored(
        self,
        raw: bytes = LETTER,
        sender: str = "app@example.org",
        to: tuple[str, ...] = ("ann@example.com",),
        *,
        answer: str = "250 2.0.0 OK",
        peer: str = "127.0.0.1:50000",
        user: str = "",
        more: tuple[AnyEvent, ...] = (),
    ) -> str:
        """Put a message there with its session; return its name."""
        name = self.message(raw)
        happened = self.transaction("stored", sender, to, answer=answer, file=name)
        if user:
            happened.insert(0, events.Auth(5, "PLAIN", user, True))
        self.session([*happened, *more], peer=peer)
        return name

    def notified(self, about: str, raw: bytes = LETTER, to: str = "app@example.org") -> str:
        """Put a notification there that the server made itself; return its name."""
        name = self.message(raw)
        told = events.Transaction(
            0,
            "stored",
            "MAIL",
            sender="",
            reply="",
            recipients=(events.Recipient(to, "", accepted=True),),
            file=name,
            status_of=about,
        )
        session = self.name()
        opening = events.Connect(
            0, 1, session, written_out(session), events.SELF, events.SELF, "mailcatch"
        )
        close = events.Close(0, "server", "made", "delivery status")
        (self.root / "sessions" / f"{session}.jsonl").write_bytes(encode([opening, told, close]))
        return name

    def refused_and_kept(
        self,
        raw: bytes = LETTER,
        sender: str = "app@example.org",
        to: tuple[str, ...] = ("ann@example.com",),
        *,
        reply: str = "451 4.3.0 later",
        rule: str = "keep",
    ) -> str:
        """Put a message there that was refused at its end, with its session; return its name."""
        name = self.message(raw)
        happened = self.transaction("refused", sender, to, stage="eom", reply=reply, file=name)
        self.session([*happened, events.Fault(21, "eom", rule, f"reply {reply[:3]}")])
        return name

    def refused(
        self,
        stage: str = "rcpt",
        sender: str = "app@example.org",
        to: tuple[str, ...] = ("ann@example.com",),
        *,
        reply: str = "451 4.3.0 later",
        rule: str = "",
        peer: str = "127.0.0.1:50000",
    ) -> str:
        """Put a session there whose only transaction failed; return its name."""
        outcome = "reset" if stage == "rcpt" else "refused"
        happened = self.transaction(outcome, sender, to, stage=stage, reply=reply)
        if rule:
            at = len(happened) if stage in ("mail", "eom") else len(happened) - 1
            happened.insert(at, events.Fault(18, stage, rule, f"reply {reply[:3]}"))
        return self.session(happened, peer=peer)

    def turned_away(self, command: str, reply: str, *, rule: str = "", closed: bool = True) -> str:
        """Put a session there in which a command was refused before any mail; return its name."""
        happened: list[AnyEvent] = [events.Client(10, command), events.Server(12, reply)]
        if rule:
            happened.append(events.Fault(11, "auth", rule, f"reply {reply[:3]}"))
        return self.session(happened, closed=closed)

    def transaction(
        self,
        outcome: str,
        sender: str = "app@example.org",
        to: tuple[str, ...] = ("ann@example.com",),
        *,
        stage: str = "",
        reply: str = "",
        answer: str = "",
        file: str = "",
    ) -> list[AnyEvent]:
        recipients = tuple(
            events.Recipient(one, reply if stage == "rcpt" else "250 OK", stage != "rcpt")
            for one in to
        )
        return [
            events.Client(10, f"MAIL FROM:<{sender}>"),
            events.Transaction(
                20,
                outcome,
                "MAIL",
                sender,
                reply if stage == "mail" else "250 OK",
                reply if stage in ("data", "eom") else answer,
                () if stage == "mail" else recipients,
                80 if stage == "eom" or outcome == "stored" else 0,
                file,
            ),
        ]

    def session(
        self, happened: list[AnyEvent], *, peer: str = "127.0.0.1:50000", closed: bool = True
    ) -> str:
        """Put a session there; return its name."""
        name = self.name()
        lines = [self.opening(name, peer), *happened]
        if closed:
            lines.append(events.Close(900, "client", "quit"))
        (self.root / "sessions" / f"{name}.jsonl").write_bytes(encode(lines))
        return f"{name}.jsonl"

    def opening(self, name: str, peer: str = "127.0.0.1:50000") -> AnyEvent:
        return events.Connect(0, 1, name, written_out(name), peer, "127.0.0.1:1025", "mailcatch")

    def append(self, session: str, happened: list[AnyEvent]) -> None:
        with (self.root / "sessions" / session).open("ab") as file:
            file.write(encode(happened))

    def remove(self, message: str) -> None:
        (self.root / "messages" / message).unlink()


def letter(
    subject: str = "Hello",
    text: str = "Good day.",
    *,
    author: str = "App <app@example.org>",
    to: str = "ann@example.com",
    head: str = "",
) -> bytes:
    lines = [f"From: {author}", f"To: {to}", f"Subject: {subject}"]
    lines.append("Content-Type: text/plain; charset=utf-8")
    if head:
        lines.append(head)
    return "\r\n".join([*lines, "", text, ""]).encode()
