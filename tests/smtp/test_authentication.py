"""AUTH: every credential is taken, and none is written down."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Auth, Client
from mailcatch.smtp.command import MASK
from tests.reading import ended_session
from tests.talk import Talk

OK = b"235 2.7.0 Authentication successful\r\n"
SECRET = b"open sesame!"
PLAIN = b64encode(b"\0user\0" + SECRET)


def b64(text: bytes) -> bytes:
    return b64encode(text)


def login(talk: Talk) -> None:
    assert talk.ask(b"AUTH LOGIN") == b"334 VXNlcm5hbWU6\r\n"
    assert talk.ask(b64(b"user")) == b"334 UGFzc3dvcmQ6\r\n"
    assert talk.ask(b64(SECRET)) == OK


def login_with_initial_response(talk: Talk) -> None:
    assert talk.ask(b"auth login " + b64(b"user")) == b"334 UGFzc3dvcmQ6\r\n"
    assert talk.ask(b64(SECRET)) == OK


def plain(talk: Talk) -> None:
    assert talk.ask(b"AUTH PLAIN") == b"334 \r\n"
    assert talk.ask(PLAIN) == OK


def plain_with_initial_response(talk: Talk) -> None:
    assert talk.ask(b"Auth Plain " + PLAIN) == OK


WAYS = [login, login_with_initial_response, plain, plain_with_initial_response]


@pytest.mark.parametrize("way", WAYS)
def test_any_credentials_are_accepted_and_masked(
    talk: Talk, mailbox: Path, way: Callable[[Talk], None]
) -> None:
    talk.ask(b"EHLO x")
    way(talk)
    assert talk.send(b"Subject: x\r\n").startswith(b"250")
    talk.ask(b"QUIT")
    events = ended_session(mailbox)
    (auth,) = [event for event in events if isinstance(event, Auth)]
    assert (auth.user, auth.accepted, auth.secret) == ("user", True, "")
    (file,) = (mailbox / "sessions").iterdir()
    kept = file.read_bytes()
    for secret in (SECRET, b64(SECRET), PLAIN):
        assert secret not in kept


@pytest.mark.parametrize("way", WAYS)
def test_credentials_are_kept_where_the_user_asks_for_them(
    start: Callable[..., Catcher], mailbox: Path, way: Callable[[Talk], None]
) -> None:
    with Talk(start(show_credentials=True)) as talk:
        talk.ask(b"EHLO x")
        way(talk)
        talk.ask(b"QUIT")
    (auth,) = [event for event in ended_session(mailbox) if isinstance(event, Auth)]
    assert auth.secret == SECRET.decode()


def test_an_empty_initial_response_is_accepted(talk: Talk) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(b"AUTH PLAIN =") == OK


def test_a_client_of_helo_may_authenticate_too(talk: Talk) -> None:
    talk.ask(b"HELO x")
    assert talk.ask(b"AUTH PLAIN " + PLAIN) == OK


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"AUTH", b"501 5.5.4 "),
        (b"AUTH PLAIN a b", b"501 5.5.4 "),
        (b"AUTH X-UNKNOWN", b"504 5.5.4 "),
        (b"AUTH PLAIN %%%", b"501 5.5.2 "),
        (b"AUTH PLAIN " + b64(b"no NUL"), b"501 5.5.2 "),
    ],
)
def test_what_cannot_be_read_is_refused(talk: Talk, line: bytes, reply: bytes) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(line).startswith(reply)
    assert talk.ask(b"AUTH PLAIN " + PLAIN) == OK


def test_a_client_may_cancel(talk: Talk) -> None:
    talk.ask(b"EHLO x")
    talk.ask(b"AUTH LOGIN")
    assert talk.ask(b"*") == b"501 5.7.0 Authentication cancelled\r\n"


def test_a_response_of_more_than_12288_octets_is_refused(talk: Talk) -> None:
    talk.ask(b"EHLO x")
    talk.ask(b"AUTH PLAIN")
    assert talk.ask(b"a" * 20_000).startswith(b"500 ")
    talk.ask(b"AUTH PLAIN")
    assert talk.ask(b64(b"\0user\0" + b"x" * 9000)) == OK


def test_the_order_is_kept(talk: Talk) -> None:
    assert talk.ask(b"AUTH PLAIN " + PLAIN).startswith(b"503 5.5.1 ")
    talk.open_transaction()
    assert talk.ask(b"AUTH PLAIN " + PLAIN).startswith(b"503 5.5.1 ")
    talk.ask(b"RSET")
    assert talk.ask(b"AUTH PLAIN " + PLAIN) == OK
    assert talk.ask(b"AUTH PLAIN " + PLAIN).startswith(b"503 5.5.1 ")


@pytest.mark.parametrize(
    "refused",
    [
        [b"AUTH CRAM-MD5 " + PLAIN, PLAIN],
        [b"AUTH PLAIN " + PLAIN + b"%", PLAIN],
        [b"\tauth\tPLAIN\t" + PLAIN],
        [b"AUTH PLAIN " + PLAIN + b" " + PLAIN],
        [b"AUTH PLAIN", PLAIN + b"%", PLAIN],
    ],
)
def test_a_refused_secret_is_masked_as_well(
    talk: Talk, mailbox: Path, refused: list[bytes]
) -> None:
    talk.ask(b"EHLO x")
    for line in refused:
        talk.ask(line)
    talk.ask(b"QUIT")
    ended_session(mailbox)
    (file,) = (mailbox / "sessions").iterdir()
    assert PLAIN not in file.read_bytes()


def test_without_auth_the_command_is_not_implemented(start: Callable[..., Catcher]) -> None:
    with Talk(start(without=["AUTH"])) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(b"AUTH PLAIN " + PLAIN).startswith(b"502 5.5.1 ")


REFUSING: list[dict[str, Any]] = [
    {},
    {"without": ["AUTH"]},
    {"auth_users": {"user": "another"}},
    {"tls": "starttls", "require_tls": True},
]


@pytest.mark.parametrize("options", REFUSING, ids=lambda options: " ".join(options) or "open")
@pytest.mark.parametrize(
    "lines",
    [
        (b"AUTH LOGIN", b64(b"user"), b64(SECRET)),
        (b"AUTH LOGIN", b"user", SECRET),
        (b"AUTH LOGIN", b"!", SECRET),
        (b"AUTH LOGIN", b"*", b64(SECRET)),
        (b"AUTH PLAIN", PLAIN),
        (b"AUTH UNKNOWN", b64(b"user"), b64(SECRET)),
        (b"AUTH=PLAIN " + PLAIN,),
        (b"AUTH\x0bPLAIN\x0b" + PLAIN,),
        ("AUTH PLAIN\u00a0".encode() + PLAIN,),
        (b"AUTH " + PLAIN,),
        (b"AUTH=LOGIN", b64(b"user"), b64(SECRET)),
    ],
)
def test_what_a_client_says_in_vain_is_masked_as_well(
    start: Callable[..., Catcher],
    mailbox: Path,
    tmp_path: Path,
    options: dict[str, Any],
    lines: tuple[bytes, ...],
) -> None:
    with Talk(start(ca_dir=tmp_path / "ca", **options)) as talk:
        talk.ask(b"EHLO x")
        for line in lines:
            talk.ask(line)
        talk.ask(b"NOOP x")
        talk.ask(b"UNHEARD of")
        talk.ask(b"QUIT")
    said = [event.text for event in ended_session(mailbox) if isinstance(event, Client)]
    assert said[-3:] == ["NOOP x", "UNHEARD of", "QUIT"]
    assert said[1].startswith("AUTH")
    kept = "\n".join(said).encode()
    for secret in (SECRET, b64(SECRET), PLAIN[:8]):
        assert secret not in kept


@pytest.mark.parametrize(
    ("before", "cut_off"),
    [
        ((), b"AUTH PLAIN " + PLAIN),
        ((b"AUTH UNKNOWN",), PLAIN[:-2]),
        ((b"AUTH LOGIN", b64(b"user")), b64(SECRET)[:-2]),
    ],
)
def test_a_line_that_was_cut_off_is_masked_as_well(
    catcher: Catcher, mailbox: Path, before: tuple[bytes, ...], cut_off: bytes
) -> None:
    with Talk(catcher) as talk:
        for line in (b"EHLO x", *before):
            talk.ask(line)
        talk.say(cut_off)
        talk.socket.shutdown(socket.SHUT_WR)
        talk.rest()
    last = [event for event in ended_session(mailbox) if isinstance(event, Client)][-1]
    assert (last.text.removeprefix("AUTH PLAIN "), last.end) == (MASK.decode(), "")
