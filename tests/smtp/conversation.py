"""One session as it may go, step by step, with a model of it.

The model knows how many replies are due, and what the session's file has to hold.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Set
from contextlib import suppress
from itertools import pairwise
from typing import Self

from hypothesis import strategies as st

from mailcatch import Catcher, Limits
from mailcatch.mailbox import events
from mailcatch.mailbox.events import AnyEvent, Close, Connect, Proxy, Transaction
from mailcatch.smtp.address import Address, Security
from mailcatch.smtp.command import MASK
from tests.reading import eventually
from tests.smtp.secure import trusting
from tests.talk import stuffed

LINE_LIMIT = 2_000
SECONDS = 20
LIMITS = Limits(command_line=LINE_LIMIT, message=5_000, recipients=4, commands=60, idle=20.0)
SEEN: set[str] = set()

ADDRESSES = st.sampled_from(
    [b"<a@example.com>", b"<b+mc-451@x.test>", b"<>", b"c@x.test", b"<\xc3\xbc@x.test>", b"<d", b""]
)
PARAMETERS = st.sampled_from(
    [b"", b" SIZE=10", b" SIZE=9999", b" BODY=BINARYMIME SMTPUTF8", b" RET=FULL NOTIFY=NEVER X=Y"]
)
COMMANDS = st.one_of(
    st.sampled_from(
        [
            b"EHLO client.test", b"ehlo [127.0.0.1]", b"EHLO", b"HELO x", b"LHLO x", b"LHLO",
            b"RSET", b"NOOP", b"NOOP x", b"VRFY a", b"EXPN a", b"HELP", b"HELP bdat",
            b"ETRN a.test", b"TURN", b"", b".", b"YQ==", b"*", b"STARTTLS now", b"DATA now",
            b"QUIT now", b"XCLIENT", b"XCLIENT NAME=x ADDR=203.0.113.7 LOGIN=ann",
            b"XCLIENT HELO=x PROTO=SMTP", b"XCLIENT PORT=x",
            b"XFORWARD NAME=x IDENT=1 SOURCE=LOCAL", b"XFORWARD ADDR", b"ATRN x y",
            b"BDAT", b"BDAT x", b"GET / HTTP/1.1", b"N" * (LINE_LIMIT + 10),
        ]
    ),
    st.builds(b"%b%b%b".__mod__, st.tuples(
        st.sampled_from([b"MAIL FROM:", b"mail from: ", b"SAML FROM:", b"RCPT TO:", b"RCPT TO:"]),
        ADDRESSES, PARAMETERS,
    )),
    st.binary(max_size=40).filter(lambda octets: b"\n" not in octets),
)  # fmt: skip
SIMPLE = st.sampled_from(
    [b"NOOP", b"RSET", b"HELP", b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>", b"VRFY a", b"nonsense"]
)
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n"])
CUTS = st.sets(st.integers(1, 60), max_size=4)
LOGINS = st.sampled_from(
    [
        b"PLAIN", b"PLAIN AGFubgBzZXNhbWU=", b"PLAIN =", b"PLAIN !", b"LOGIN", b"CRAM-MD5",
        b"NTLM", b"SCRAM-SHA-256 biwsbj1hbm4scj14", b"XOAUTH2", b"OAUTHBEARER", b"EXTERNAL",
        b"X", b"a b c",
    ]
)  # fmt: skip
RESPONSES = st.sampled_from([b"", b"*", b"=", b"AGFubgBzZXNhbWU=", b"YW5u", b"!", b"AQ=="])
PARTS = st.sampled_from(
    [b"Subject: x\r\n", b"\r\n", b"\n.\n", b".\r\n", b"\r", b"x" * 300, b"\r\n\xff\0", b"..", b"\n"]
)
CONTENTS = st.one_of(st.lists(PARTS, max_size=8).map(b"".join), st.just(b"x" * 6_000))
ANSWERS = st.lists(
    st.sampled_from(
        [b"250 ok", b"250-a\r\n250 SIZE", b"354 go", b"550 no", b"451 later", b"hello"]
    ),
    max_size=12,
)
HEADERS = st.sampled_from(
    [
        b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25\r\n",
        b"PROXY TCP6 ::1 ::1 50123 25\r\n",
        b"PROXY UNKNOWN\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12),
    ]
)
SPOILT = st.sampled_from(
    [b"", b"PROXY TCP4 x\r\n", b"EHLO x\r\n", b"\r\n\r\n\0\r\nQUIT\n\x99\0\0\0"]
)
NO_HANDSHAKES = st.sampled_from([b"", b"no TLS", b"\x16\x03\x01\0\5hello"])
INJECTED = st.sampled_from([b"", b"", b"RSET\r\n", b"EHLO evil\r\nDATA\r\n"])
SELDOM = st.integers(0, 7).map(lambda number: number == 7)


class Peer:
    """The client's end: what it said and heard, in plain text or inside of TLS."""

    def __init__(self, where: Address) -> None:
        self.plain = socket.create_connection((where.host, where.port), timeout=SECONDS)
        self.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Wrapping a socket takes it away; this one stays.
        self.socket: socket.socket = self.plain.dup()
        self.name = "{}:{}".format(*self.plain.getsockname())
        self.heard = b""
        self._waiting = b""

    def say(self, octets: bytes, cuts: Set[int] = frozenset()) -> None:
        places = sorted({0, len(octets), *(cut for cut in cuts if cut < len(octets))})
        # A server that has closed hears no more.
        with suppress(OSError):
            for begin, end in pairwise(places):
                self.socket.sendall(octets[begin:end])

    def line(self, *, counts: bool = True) -> bytes:
        """Return the next line; b"" at the end. counts: whether the file has to hold it."""
        while b"\n" not in self._waiting:
            try:
                octets = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError):
                octets = b""
            if not octets:
                line, self._waiting = self._waiting, b""
                break
            self._waiting += octets
        else:
            line, _, self._waiting = self._waiting.partition(b"\n")
            line += b"\n"
        if counts:
            self.heard += line
        return line

    def reply(self) -> bytes:
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return b"".join(lines)

    def shake_hands(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def reset(self) -> None:
        """Vanish."""
        self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.socket.close()
        self.plain.close()

    def leave(self) -> None:
        """Say nothing more, and hear what is still said."""
        with suppress(OSError):
            self.plain.shutdown(socket.SHUT_WR)
        while self.line():
            pass


class Conversation:
    """One session, as it may go.

    over: whether it is. lost: whether octets were lost at its end. accepted: recipients of the
    transaction. said: the lines that the file has to hold. kept: messages by name. opened:
    transactions.
    """

    def __init__(self, catcher: Catcher, where: Address, data: st.DataObject) -> None:
        self.draw = data.draw
        self.context = trusting(catcher)
        self.mailbox = catcher.mailbox
        self.over = self.lost = self.secure = False
        self.lmtp = where.lmtp
        self.accepted = self.opened = 0
        self.said: list[bytes] = []
        self.kept: dict[str, bytes] = {}
        self.where = where
        self.peer = Peer(where)

    def begin(self) -> None:
        """Say what comes before the greeting, and hear it."""
        where = self.where
        if where.proxied:
            spoils = self.draw(SELDOM)
            self.peer.say(self.draw(SPOILT if spoils else HEADERS), self.draw(CUTS))
            self.over = self.lost = spoils
        if where.security is Security.IMPLICIT and not self.over:
            self.shake_hands()
        if not self.over:
            self.hear("")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.peer.close()

    def shake_hands(self) -> None:
        if self.draw(SELDOM):
            self.peer.say(self.draw(NO_HANDSHAKES))
            self.over = self.lost = True
        else:
            self.peer.shake_hands(self.context)
            self.secure = True

    def hear(self, verb: str) -> bytes:
        """Return the reply that is due, and learn from it."""
        reply = self.peer.reply()
        code = reply[:3].decode("latin-1")
        if not reply or code in {"221", "421"} or (verb == "BDAT" and code == "501"):
            self.over = True
            return reply
        assert code.isdecimal(), reply
        assert reply.endswith(b"\r\n"), reply
        if verb in {"MAIL", "SAML"} and code == "250":
            self.accepted = 0
            self.opened += 1
        elif verb == "RCPT" and code == "250":
            self.accepted += 1
        elif (verb in {"RSET", "EHLO", "HELO", "LHLO"} and code == "250") or code == "220":
            self.accepted = 0
        return reply

    def ask(self, line: bytes, end: bytes = b"\r\n", cuts: Set[int] = frozenset()) -> bytes:
        self.peer.say(line + end, cuts)
        if len(line + end) <= LINE_LIMIT:
            self.said.append(line + end)
        words = line.split()
        return self.hear(words[0].decode("latin-1").upper() if words else "")

    def command(self) -> None:
        self.ask(self.draw(COMMANDS), self.draw(ENDS), self.draw(CUTS))

    def commands_together(self) -> None:
        lines = self.draw(st.lists(SIMPLE, min_size=2, max_size=8))
        self.said += [line + b"\r\n" for line in lines]
        self.peer.say(b"".join(line + b"\r\n" for line in lines), self.draw(CUTS))
        for line in lines:
            if not self.over:
                self.hear(line.split()[0].decode())

    def envelope(self) -> None:
        recipients = [b"RCPT TO:<b@x.test>"] * self.draw(st.integers(0, 5))
        for line in [b"MAIL FROM:<a@x.test>", *recipients]:
            if not self.over:
                self.ask(line)

    def data(self) -> None:
        if not self.ask(b"DATA").startswith(b"354"):
            return
        content = self.draw(CONTENTS)
        if not content.endswith(b"\r\n"):
            content += b"\r\n"
        self.peer.say(stuffed(content) + b".\r\n", self.draw(CUTS))
        for _ in range(self.accepted if self.lmtp else 1):
            self.hear_end(content)
        self.accepted = 0

    def hear_end(self, content: bytes | None) -> None:
        reply = self.hear("")
        if content is not None and b"queued as" in reply:
            self.kept[reply.split()[-1].decode()] = content

    def chunk(self) -> None:
        content, last = self.draw(CONTENTS), self.draw(st.booleans())
        line = b"BDAT %d%b\r\n" % (len(content), b" LAST" if last else b"")
        self.said.append(line)
        self.peer.say(line + content, self.draw(CUTS))
        reply = self.hear("BDAT")
        if not (last and self.lmtp and reply):
            return
        # How many are due depends on what became of the chunks before: HELP is what comes after.
        due = max(self.accepted, 1)
        told = 1
        following = self.ask(b"HELP")
        while following and not following.startswith(b"214"):
            told += 1
            following = self.hear("")
        assert not following or told in {1, due}

    def authenticate(self) -> None:
        reply = self.ask(b"AUTH " + self.draw(LOGINS))
        for _ in range(4):
            if reply.startswith(b"334"):
                reply = self.ask(self.draw(RESPONSES))
        if reply.startswith(b"334"):
            reply = self.ask(b"*")
        assert not reply.startswith(b"334")

    def start_tls(self) -> None:
        injected = self.draw(INJECTED)
        self.said.append(b"STARTTLS\r\n")
        self.peer.say(b"STARTTLS\r\n" + injected)
        if self.hear("STARTTLS").startswith(b"220"):
            self.shake_hands()
            return
        for line in injected.splitlines(keepends=True):
            # Where there is no TLS, they are commands like others.
            self.said.append(line)
            if not self.over and self.hear(line.split()[0].decode()).startswith(b"354"):
                self.peer.say(b".\r\n")
                for _ in range(self.accepted if self.lmtp else 1):
                    self.hear_end(None)

    def turn(self) -> None:
        domain = self.draw(st.sampled_from([b"", b" x.test", b" nowhere.test"]))
        if not self.ask(b"ATRN" + domain).startswith(b"250 2.0.0 Ok, now rev"):
            return
        answers = self.draw(ANSWERS)
        self.over = True
        for answer in [b"220 hello", *answers]:
            lines = answer.splitlines()
            self.said += [line + b"\r\n" for line in lines]
            self.peer.say(answer + b"\r\n")
            command = self.peer.line()
            if command == b"DATA\r\n" and answers:
                self.said.append(b"354 go\r\n")
                self.peer.say(b"354 go\r\n")
                while self.peer.line(counts=False) not in {b".\r\n", b""}:
                    pass
            elif not command:
                return

    def quit(self) -> None:
        self.ask(b"QUIT")

    def reset(self) -> None:
        self.peer.reset()
        self.over = self.lost = True

    def end(self) -> None:
        """End it, and compare what was said with what is kept."""
        if self.lost:
            self.peer.close()
        else:
            self.peer.leave()
        session = eventually(self.recorded)
        self.check_words(session)
        self.check_mail(session)

    def recorded(self) -> list[AnyEvent]:
        """Return the events of this session, once it is over; every line of it can be read."""
        for path in (self.mailbox / "sessions").iterdir():
            if path.name in SEEN:
                continue
            octets = path.read_bytes()
            told = events.decode(octets)
            if not told or not isinstance(told[-1], Close):
                continue
            SEEN.add(path.name)
            assert len(told) == len([json.loads(line) for line in octets.splitlines()])
            if self.is_ours(told):
                return told
        return []

    def is_ours(self, told: list[AnyEvent]) -> bool:
        connect, second = told[0], told[1]
        assert isinstance(connect, Connect)
        via = second.via if isinstance(second, Proxy) else connect.peer
        return via == self.peer.name

    def check_words(self, session: list[AnyEvent]) -> None:
        close = session[-1]
        assert isinstance(close, Close)
        assert close.how != "error"
        replies = [
            (one.text.encode() or one.base64) + b"\r\n"
            for one in session
            if isinstance(one, events.Server)
        ]
        heard = self.peer.heard
        assert (b"".join(replies).startswith(heard)) if self.lost else b"".join(replies) == heard
        lines = [one for one in session if isinstance(one, events.Client)]
        assert len(lines) <= len(self.said)
        for line, said in zip(lines, self.said, strict=False):
            text = line.text.encode() or line.base64
            assert text + line.end.encode() == said or MASK in text
        if close.how == "quit":
            assert len(lines) == len(self.said)

    def check_mail(self, session: list[AnyEvent]) -> None:
        ended = [one for one in session if isinstance(one, Transaction)]
        taken = [one for one in ended if one.reply.startswith("250")]
        assert self.lost or len(taken) == self.opened
        for name, content in self.kept.items():
            assert (self.mailbox / "messages" / name).read_bytes() == content
            assert [one.file for one in ended].count(name) == 1


STEPS = st.sampled_from(
    [
        *[Conversation.command] * 4,
        *[Conversation.envelope, Conversation.data, Conversation.chunk] * 2,
        Conversation.commands_together,
        Conversation.authenticate,
        Conversation.start_tls,
        Conversation.turn,
        Conversation.quit,
        Conversation.reset,
    ]
)
