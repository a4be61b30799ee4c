"""Any split of what a client sends gives the same replies, the same record, the same messages."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any, cast

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailcatch.smtp.connection import Connection
from mailcatch.smtp.recorder import Forgetful, MemoryDeposit
from mailcatch.smtp.service import Service
from mailcatch.smtp.transaction import Outcome, Transaction


class Kept(Forgetful):
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.messages: list[bytes] = []

    def client(self, line: bytes, end: str, /) -> None:
        self.told.append(("client", line, end))

    def server(self, octets: bytes, /) -> None:
        self.told.append(("server", octets))

    def transaction(self, transaction: Transaction, outcome: Outcome, file: str, /) -> None:
        names = sorted(note.name for note in transaction.notes)
        self.told.append((outcome, transaction.sender.address, transaction.octets, names, file))

    def close(self, by: str, how: str, reason: str, /) -> None:
        self.told.append((by, how))

    def deposit(self) -> MemoryDeposit:
        kept = self.messages

        class Deposit(MemoryDeposit):
            async def commit(self) -> str:
                kept.append(self.content())
                return str(len(kept))

        return Deposit()


class Loopback:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def get_extra_info(self, name: str) -> object:
        return {"peername": ("192.0.2.1", 4242), "sockname": ("127.0.0.1", 1025)}.get(name)

    def write(self, octets: bytes) -> None:
        self.writes.append(octets)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def can_write_eof(self) -> bool:
        return False

    abort = pause_reading = resume_reading = close


Led = tuple[bytes, list[tuple[Any, ...]], list[bytes]]


def run(segments: list[bytes]) -> Led:
    """Lead a session with these segments: what was written, what was told, what was kept."""
    transport, recorder = lead(segments)
    return b"".join(transport.writes), recorder.told, recorder.messages


def lead(segments: list[bytes]) -> tuple[Loopback, Kept]:
    """Lead a session with these segments, ended by the client's half-close."""
    recorder = Kept()
    transport = Loopback()

    async def session() -> None:
        service = Service(open_recorder=lambda _client, _server: recorder)
        connection = Connection(service=service)
        connection.connection_made(cast(asyncio.Transport, transport))
        for segment in segments:
            await asyncio.sleep(0)
            connection.data_received(segment)
        await asyncio.sleep(0)
        connection.eof_received()
        await connection.ended

    asyncio.run(session())
    return transport, recorder


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(octets), *(place % (len(octets) + 1) for place in places)})
    return [octets[start:stop] for start, stop in pairwise(edges)]


def test_each_reply_leaves_in_one_write() -> None:
    transport, _ = lead([b"EHLO x\r\n", b"NOOP\r\n", b"HELP\r\n"])
    greeting, hello, *others = transport.writes
    assert greeting.startswith(b"220 ")
    assert (hello.startswith(b"250-"), hello.endswith(b"\r\n250 HELP\r\n")) == (True, True)
    assert len(others) == 2


def test_replies_to_commands_that_came_together_leave_in_one_write() -> None:
    transport, _ = lead([b"NOOP\r\n" * 20, MAIL + b".\r\nNOOP\r\nQUIT\r\n"])
    _, first, second = transport.writes
    assert first.count(b"\r\n") == 20
    assert second.endswith(b"221 2.0.0 Bye\r\n")


COMMANDS = st.sampled_from(
    [
        b"EHLO x\r\n",
        b"HELO x\n",
        b"MAIL FROM:<a@example.com>\r\n",
        b"mail from: a@example.com SIZE=10\r\n",
        b"RCPT TO:<b@example.com>\r\n",
        b"RCPT TO:<>\r\n",
        b"DATA\r\n",
        b"DATA\r\n",
        b"AUTH PLAIN AGEAYg==\r\n",
        b"AUTH LOGIN\r\n",
        b"YQ==\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"QUIT\r\n",
        b"\xff\x00\r\n",
        b"\n",
        b"Subject: x\r\n\r\nbody\r\n.\r\n",
        b"..stuffed\r\n.\r\n",
        b".\r\n",
        b"\n.\n",
        b"\r\n.\n",
        b"\n.\r\n",
    ]
)
SESSIONS = st.lists(COMMANDS, max_size=15).map(b"".join)
MAIL = b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"


@settings(max_examples=150, deadline=None)
@given(SESSIONS, st.lists(st.integers(0, 400), max_size=12))
def test_any_split_of_any_session_is_the_same_session(octets: bytes, places: list[int]) -> None:
    whole = run([octets])
    assert run(cut(octets, places)) == whole
    assert run([bytes([octet]) for octet in octets]) == whole


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"\r", b".", b"\0"]), max_size=12),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_a_smuggled_message_stays_inside_its_own(parts: list[bytes], places: list[int]) -> None:
    """Whatever stands before it, only CRLF . CRLF lets the next command be obeyed."""
    body = b"".join(parts) + b"\n.\n"
    assume(b"\r\n.\r\n" not in b"\r\n" + body)
    smuggled = MAIL + body + b"MAIL FROM:<evil@example.com>\r\n.\r\nQUIT\r\n"
    _, told, messages = run(cut(smuggled, places))
    assert len(messages) == 1
    assert messages[0].endswith(b"MAIL FROM:<evil@example.com>\r\n")
    assert told[-1] == ("client", "quit")
