"""A conversation to be had octet by octet: what the client says, and exactly what it hears."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.talk import Listening, Talk, is_silent

QUEUED = rb"250 2\.0\.0 Ok: queued as [-.0-9A-Z]+eml\r\n"


@dataclass(frozen=True)
class Say:
    """The client sends these octets."""

    octets: bytes


@dataclass(frozen=True)
class Hear:
    """The server sends exactly these octets next."""

    octets: bytes


@dataclass(frozen=True)
class Match:
    """The server's next line matches."""

    pattern: bytes


@dataclass(frozen=True)
class End:
    """The server's side ends: "fin", "rst" or "silence"."""

    how: str


@dataclass(frozen=True)
class Again:
    """The client closes and connects anew."""


Step = Say | Hear | Match | End | Again


def line(text: bytes, reply: bytes) -> list[Step]:
    """Return a command and the reply to it, each without its line end."""
    return [Say(text + b"\r\n"), Hear(reply + b"\r\n")]


GREETING: list[Step] = [Match(rb"220 localhost ESMTP mailcatch \S+\r\n")]
HELO = line(b"HELO x", b"250 localhost")
MAIL = line(b"MAIL FROM:<a@shop.test>", b"250 2.1.0 Ok")
RCPT = line(b"RCPT TO:<b@shop.test>", b"250 2.1.5 Ok")
DATA = line(b"DATA", b"354 End data with <CR><LF>.<CR><LF>")
CONTENT = b"Subject: Invoice 7\r\n\r\nHello\r\n"
DOT: list[Step] = [Say(CONTENT + b".\r\n")]
STORED: list[Step] = [Match(QUEUED)]
QUIT: list[Step] = [*line(b"QUIT", b"221 2.0.0 Bye"), End("fin")]

OPENED = [*GREETING, *HELO]
TO_DATA = [*OPENED, *MAIL, *RCPT]
TO_DOT = [*TO_DATA, *DATA, *DOT]


def have(server: Listening, steps: list[Step]) -> None:
    """Have a conversation. Fails where the server says anything else."""
    talk = Talk(server, greeting=False)
    try:
        for number, step in enumerate(steps):
            where = f"at step {number}, {step}"
            match step:
                case Say(octets):
                    talk.say(octets)
                case Hear(octets):
                    assert heard(talk, len(octets)) == octets, where
                case Match(pattern):
                    heard_line = one_line(talk)
                    assert re.fullmatch(pattern, heard_line), f"{where}: {heard_line!r}"
                case End("rst"):
                    assert talk.is_reset(), where
                case End("fin"):
                    assert rest(talk) == b"", where
                case End():
                    assert is_silent(talk), where
                case Again():
                    talk.socket.close()
                    talk = Talk(server, greeting=False)
    finally:
        talk.socket.close()


def heard(talk: Talk, octets: int) -> bytes:
    """Return so many octets, or fewer at the end."""
    got = b""
    while len(got) < octets:
        some = talk.socket.recv(octets - len(got))
        if not some:
            break
        got += some
    return got


def one_line(talk: Talk) -> bytes:
    """Return the octets up to a line feed."""
    got = b""
    while not got.endswith(b"\n") and (octet := talk.socket.recv(1)):
        got += octet
    return got


def rest(talk: Talk) -> bytes:
    """Return what comes before an orderly end."""
    got = b""
    while some := talk.socket.recv(65536):
        got += some
    return got
