"""What is offered in reply to EHLO, and how that is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from mailcatch import Catcher, Limits
from mailcatch.smtp.extensions import OFFERED, ON_REQUEST, offers
from tests.reading import eventually, only_transaction, transactions
from tests.smtp.secure import SecureTalk
from tests.talk import Talk

Start = Callable[..., Catcher]


def offered_by(catcher: Catcher) -> dict[str, str]:
    with Talk(catcher) as talk:
        return lines_of(talk.ask(b"EHLO x"))


def lines_of(reply: bytes) -> dict[str, str]:
    lines = [line[4:] for line in reply.decode().splitlines()[1:]]
    return {name: rest for name, _, rest in (line.partition(" ") for line in lines)}


def test_by_default_it_is_what_large_servers_offer(start: Start) -> None:
    offered = offered_by(start())
    assert list(offered) == [name for name in OFFERED if name != "REQUIRETLS"]
    assert offered["SIZE"] == "67108864"
    assert offered["LIMITS"] == "RCPTMAX=1000"
    told = {"SIZE", "LIMITS", "XCLIENT", "XFORWARD", "AUTH"}
    assert {name for name, rest in offered.items() if rest} == told


def test_everything_can_be_offered(start: Start) -> None:
    offered = offered_by(start(offer=["all"]))
    assert offered.keys() == (OFFERED | ON_REQUEST).keys() - {"REQUIRETLS"}
    interval, until = offered["FUTURERELEASE"].split()
    assert interval == "999999999"
    assert datetime.fromisoformat(until).year > 2050


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("deliverby", "DELIVERBY"),
        ("DELIVERBY 60", "DELIVERBY 60"),
        ("NO-SOLICITING net.example:ADV a:{0}", "NO-SOLICITING net.example:ADV a:{0}"),
        ("MT-PRIORITY MIXER", "MT-PRIORITY MIXER"),
        ("SIZE 10", "SIZE 10"),
    ],
)  # fmt: skip
def test_one_can_be_offered_with_parameters_of_its_own(start: Start, asked: str, line: str) -> None:
    with Talk(start(offer=[asked])) as talk:
        assert re.search(rb"\r\n250[ -]" + re.escape(line.encode()) + rb"\r\n", talk.ask(b"EHLO x"))


@pytest.mark.parametrize("name", [*OFFERED, *ON_REQUEST])
def test_each_can_be_hidden(start: Start, name: str) -> None:
    catcher = start(offer=["all"], without=[name.lower()])
    assert name not in offered_by(catcher)
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250 ")


def test_the_limits_that_are_told_are_those_in_force(start: Start) -> None:
    with Talk(start(limits=Limits(recipients=2))) as talk:
        assert lines_of(talk.ask(b"EHLO x"))["LIMITS"] == "RCPTMAX=2"
        talk.ask(b"MAIL FROM:<a@b>")
        codes = [talk.ask(b"RCPT TO:<%d@c>" % number)[:3] for number in range(3)]
        assert codes == [b"250", b"250", b"452"]


def test_a_limit_that_has_no_room_in_its_parameter_is_told_as_the_largest(start: Start) -> None:
    assert offered_by(start(limits=Limits(recipients=10**7)))["LIMITS"] == "RCPTMAX=999999"


@pytest.mark.parametrize("wrong", ["NOVELTY", "DNS", ""])
def test_what_nothing_is_known_of_cannot_be_chosen(wrong: str) -> None:
    with pytest.raises(
        ValueError, match=f"there is no extension {wrong!r}: choose from PIPELINING"
    ):
        offers([wrong])
    with pytest.raises(ValueError, match="there is no extension"):
        offers([], [wrong])


@pytest.mark.parametrize("wrong", ["SIZE 1\r\n250 X", "SIZE ä", "SIZE \x1b"])
def test_a_parameter_that_cannot_stand_in_a_reply_cannot_be_chosen(wrong: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a reply"):
        offers([wrong])


def test_etrn_is_answered_and_kept_in_the_transcript(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(b"ETRN @example.com") == b"251 2.0.0 Ok, no messages waiting\r\n"
    assert talk.ask(b"ETRN #queue").startswith(b"251")
    assert talk.ask(b"ETRN").startswith(b"501")


@pytest.mark.parametrize(
    ("extension", "command"),
    [
        ("AUTH", b"AUTH PLAIN AGFubgBzZXNhbWU="),
        ("CHUNKING", b"BDAT 0 LAST"),
        ("ETRN", b"ETRN example.com"),
        ("HELP", b"HELP"),
        ("XCLIENT", b"XCLIENT NAME=spike.example.com"),
        ("XFORWARD", b"XFORWARD NAME=spike.example.com"),
    ],
)
def test_the_command_of_what_is_hidden_is_none(
    start: Start, extension: str, command: bytes
) -> None:
    with Talk(start(without=[extension])) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(command).startswith(b"502 5.5.1")
        if extension != "HELP":
            assert command.split()[0] not in talk.ask(b"HELP")


def test_requiretls_belongs_into_tls(start: Start, mailbox: Path, tmp_path: Path) -> None:
    catcher = start(tls="starttls", ca_dir=tmp_path / "ca")
    with Talk(catcher) as talk:
        assert "REQUIRETLS" not in lines_of(talk.ask(b"EHLO x"))
        assert talk.ask(b"MAIL FROM:<a@b> REQUIRETLS").startswith(b"250")
    assert [note.name for note in only_transaction(mailbox).notes] == ["unknown-parameter"]
    with SecureTalk(catcher) as secure:
        secure.start_tls()
        assert "REQUIRETLS" in lines_of(secure.ask(b"EHLO x"))
        assert secure.ask(b"MAIL FROM:<a@b> REQUIRETLS").startswith(b"250")
    inside = eventually(lambda: transactions(mailbox)[1:])[0]
    assert (inside.parameters, inside.notes) == (("REQUIRETLS",), ())
