"""ATRN (RFC 2645): the roles are reversed, and the mail that waits is sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mailcatch import Catcher, Limits
from mailcatch.mailbox.events import AnyEvent, Relayed, Turned
from mailcatch.mailbox.index.digest import Digest, read_on
from tests.reading import close_of, ended_session, eventually, sessions
from tests.smtp.secure import SecureTalk
from tests.talk import Talk, stuffed

Start = Callable[..., Catcher]


@pytest.fixture
def start_atrn(start: Start) -> Start:
    return partial(start, atrn=True)


def deposit(catcher: Catcher, content: bytes, *recipients: bytes) -> None:
    """Leave a message that can be fetched."""
    with Talk(catcher) as talk:
        assert talk.send(content, *recipients).startswith(b"250")


class Customer(Talk):
    """A client that logs in, and is a server once it said ATRN.

    got: what it was sent: the envelope, and the octets between 354 and the dot.
    refused: its replies to commands, by how they begin.
    """

    def __init__(self, catcher: Catcher, **refused: bytes) -> None:
        super().__init__(catcher)
        self.refused = refused
        self.commands: list[bytes] = []
        self.got: list[tuple[list[bytes], bytes]] = []
        self.ask(b"EHLO customer.test")
        assert self.ask(b"AUTH PLAIN AGEAYg==").startswith(b"235")

    def fetch(self, domains: bytes = b"", *, hello: bytes = b"250 customer.test") -> None:
        """Say ATRN and take all that is sent, to the end."""
        reply = self.ask(b"ATRN" + (b" " + domains if domains else b""))
        assert reply == b"250 2.0.0 Ok, now reversing the connection\r\n"
        self.say(b"220 customer.test ready to receive\r\n")
        envelope: list[bytes] = []
        while line := self.hear_line():
            self.commands.append(line)
            verb = line[:4].upper()
            answer = self.refused.get(verb.decode(), b"250 ok")
            if verb == b"EHLO":
                answer = hello
            elif verb in {b"MAIL", b"RCPT"}:
                envelope.append(line[5:])
            elif verb == b"DATA" and "DATA" not in self.refused:
                self.say(b"354 go ahead\r\n")
                self.got.append((envelope, self.hear_data()))
                envelope, answer = [], self.refused.get(".", b"250 taken")
            elif verb == b"RSET":
                envelope = []
            elif verb == b"QUIT":
                self.say(b"221 bye\r\n")
                assert self.rest() == b""
                return
            self.say(answer + b"\r\n")

    def hear_line(self) -> bytes:
        while b"\r\n" not in self._heard:
            octets = self.socket.recv(65536)
            if not octets:
                return b""
            self._heard += octets
        line, _, self._heard = self._heard.partition(b"\r\n")
        return line

    def hear_data(self) -> bytes:
        while b"\r\n.\r\n" not in b"\r\n" + self._heard:
            self._heard += self.socket.recv(65536)
        data, _, self._heard = (b"\r\n" + self._heard).partition(b"\r\n.\r\n")
        return data[2:] + b"\r\n"


def reversed_session(mailbox: Path) -> list[AnyEvent]:
    """Return the session in which the roles were reversed, once it is over."""

    def find() -> list[AnyEvent]:
        for number, events in enumerate(sessions(mailbox)):
            if any(isinstance(event, Turned) for event in events):
                return ended_session(mailbox, number)
        return []

    return eventually(find)


def test_the_mail_of_the_domains_asked_for_is_sent(start_atrn: Start, mailbox: Path) -> None:
    catcher = start_atrn()
    first = b"Subject: one\r\n\r\n.dot\r\n..\r\n"
    second = b"Subject: two\r\n\r\n" + b"x" * 500_000 + b"\r\n"
    deposit(catcher, first, b"a@one.test", b"b@elsewhere.test", b"c@ONE.test")
    deposit(catcher, b"Subject: not this\r\n", b"a@sub.one.test")
    deposit(catcher, second, b"a@two.test")
    with Customer(catcher) as customer:
        customer.fetch(b"One.test, two.test")
    sender = b"FROM:<a@example.com>"
    assert customer.got == [
        ([sender, b"TO:<a@one.test>", b"TO:<c@ONE.test>"], stuffed(first)),
        ([sender, b"TO:<a@two.test>"], second),
    ]
    assert customer.commands[0] == b"EHLO localhost"
    events = reversed_session(mailbox)
    (turned,) = [event for event in events if isinstance(event, Turned)]
    assert (turned.domains, turned.messages) == (("one.test", "two.test"), 2)
    relayed = [event for event in events if isinstance(event, Relayed)]
    assert [len(event.recipients) for event in relayed] == [2, 1]
    assert all(event.answer == "250 taken" for event in relayed)
    assert (mailbox / "messages" / relayed[0].file).read_bytes() == first
    assert (close_of(events).by, close_of(events).how) == ("server", "quit")


def test_without_domains_all_mail_is_sent_and_each_message_once(start_atrn: Start) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: one\r\n", b"a@one.test", b"b@two.test")
    with Customer(catcher) as customer:
        customer.fetch(b"one.test")
    deposit(catcher, b"Subject: two\r\n", b"a@one.test")
    with Customer(catcher) as customer:
        customer.fetch()
    assert [envelope[1:] for envelope, _ in customer.got] == [
        [b"TO:<b@two.test>"],
        [b"TO:<a@one.test>"],
    ]
    with Customer(catcher) as customer:
        assert customer.ask(b"ATRN") == b"453 4.2.0 You have no mail\r\n"
        assert customer.ask(b"NOOP").startswith(b"250")


def test_mail_of_earlier_runs_is_sent_too_and_what_is_gone_is_not(
    start_atrn: Start, mailbox: Path
) -> None:
    with Catcher(port=0, mailbox=mailbox).in_thread() as before:
        deposit(before, b"Subject: one\r\n", b"a@one.test")
        deposit(before, b"Subject: two\r\n", b"a@one.test")
    next(iter(sorted((mailbox / "messages").iterdir()))).unlink()
    with Customer(start_atrn()) as customer:
        customer.fetch(b"one.test")
    assert [content for _, content in customer.got] == [b"Subject: two\r\n"]


def test_what_was_refused_and_kept_is_not_sent(start_atrn: Start) -> None:
    catcher = start_atrn(faults="eom-550-x1")
    with Talk(catcher) as talk:
        talk.open_transaction(b"a@one.test")
        talk.ask(b"DATA")
        assert talk.ask(b"Subject: x\r\n.").startswith(b"550")
    with Customer(catcher) as customer:
        assert customer.ask(b"ATRN").startswith(b"453 ")


@pytest.mark.parametrize(
    ("refused", "again"),
    [
        ({"MAIL": b"451 later"}, True),
        ({"MAIL": b"550 never"}, False),
        ({"RCPT": b"450 later"}, True),
        ({"RCPT": b"550 never"}, False),
        ({"DATA": b"451 later"}, True),
        ({".": b"452 later"}, True),
        ({".": b"554 never"}, False),
    ],
)
def test_what_is_refused_for_now_waits_for_the_next_time(
    start_atrn: Start, refused: dict[str, bytes], again: bool
) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: one\r\n", b"a@one.test")
    with Customer(catcher, **refused) as customer:
        customer.fetch()
    assert b"QUIT" in customer.commands
    with Customer(catcher) as customer:
        if again:
            customer.fetch()
            assert len(customer.got) == 1
        else:
            assert customer.ask(b"ATRN").startswith(b"453 ")


def test_parameters_are_those_that_the_other_side_knows(start_atrn: Start) -> None:
    catcher = start_atrn()
    with Talk(catcher) as talk:
        talk.ask(b"EHLO x")
        talk.ask("MAIL FROM:<grüß@example.com> BODY=8BITMIME SMTPUTF8".encode())
        talk.ask(b"RCPT TO:<a@one.test>")
        talk.ask(b"DATA")
        talk.ask(b"Subject: x\r\n.")
    hello = b"250-customer.test\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 SMTPUTF8"
    with Customer(catcher, MAIL=b"451 later") as customer:
        customer.fetch(hello=hello)
    wanted = "MAIL FROM:<grüß@example.com> SIZE=12 BODY=8BITMIME SMTPUTF8".encode()
    assert customer.commands[1] == wanted
    with Customer(catcher, EHLO=b"") as customer:
        customer.fetch(hello=b"502 what?")
    assert customer.commands[1:3] == [b"HELO localhost", "MAIL FROM:<grüß@example.com>".encode()]


def test_line_ends_that_stand_alone_smuggle_nothing(start_atrn: Start) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: x\n.\nRSET\r.\rQUIT\n.\r\nNOOP\r\n", b"a@one.test")
    with Customer(catcher) as customer:
        customer.fetch()
    ((_, content),) = customer.got
    assert content == b"Subject: x\r\n..\r\nRSET\r\n..\r\nQUIT\r\n..\r\nNOOP\r\n"


def test_addresses_that_would_break_a_command_are_not_sent(start_atrn: Start) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: x\r\n", b"a\rRSET@one.test", b"b@one.test")
    with Customer(catcher) as customer:
        customer.fetch()
    assert [envelope[1:] for envelope, _ in customer.got] == [[b"TO:<b@one.test>"]]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"ATRN", b"530 5.7.0 Authentication required\r\n"),
        (b"TURN", b"502 5.5.1 Command not implemented\r\n"),
    ],
)
def test_atrn_is_for_those_who_logged_in(start_atrn: Start, line: bytes, reply: bytes) -> None:
    with Talk(start_atrn()) as talk:
        assert b"ATRN" in talk.ask(b"EHLO x")
        assert talk.ask(line) == reply


def test_atrn_has_to_be_asked_for(talk: Talk) -> None:
    assert b"ATRN" not in talk.ask(b"EHLO x")
    assert b"ATRN" not in talk.ask(b"HELP")
    talk.ask(b"AUTH PLAIN AGEAYg==")
    assert talk.ask(b"ATRN").startswith(b"502 ")


@pytest.mark.parametrize(
    "domains",
    [b"one test", b"@one.test", b"[127.0.0.1]", b"one.test,,two.test", b"\xff", b"-", b","],
)
def test_what_is_no_domain_is_refused(start_atrn: Start, domains: bytes) -> None:
    with Customer(start_atrn()) as customer:
        assert customer.ask(b"ATRN " + domains).startswith(b"501 5.5.4 Syntax: ATRN")


def test_atrn_is_not_for_the_middle_of_a_transaction(start_atrn: Start) -> None:
    with Customer(start_atrn()) as customer:
        customer.ask(b"MAIL FROM:<a@b.test>")
        assert customer.ask(b"ATRN").startswith(b"503 ")


@pytest.mark.parametrize(
    ("said", "how", "reason"),
    [
        (b"554 no\r\n", "protocol", "greeted with 554"),
        (b"hello\r\n", "protocol", "no reply code"),
        (b"220-" + b"x" * 5000 + b"\r\n", "limit", "longer than 4096"),
        (b"220-" + b"x" * 90000, "limit", "longer than 4096"),
        (b"220-x\r\n" * 201, "limit", "more than 200 lines"),
        (b"220 x", "eof", "gave no answer"),
        (b"", "eof", "gave no answer"),
        (b"220 x\r\n250 x\r\n250 x\r\n250 x\r\n250 x\r\n", "protocol", "answered DATA with 250"),
    ],
)
def test_a_client_that_is_no_server_is_told_of(
    start_atrn: Start, mailbox: Path, said: bytes, how: str, reason: str
) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: x\r\n", b"a@one.test")
    with Customer(catcher) as customer:
        customer.ask(b"ATRN")
        customer.say(said)
        if how == "eof":
            customer.half_close()
        customer.rest()
    close = close_of(reversed_session(mailbox))
    assert close.how == how
    assert reason in close.reason
    with Customer(catcher) as customer:
        customer.fetch()
        assert len(customer.got) == 1


def test_a_client_that_says_nothing_is_left(start_atrn: Start, mailbox: Path) -> None:
    catcher = start_atrn(limits=Limits(idle=0.3))
    deposit(catcher, b"Subject: x\r\n", b"a@one.test")
    with Customer(catcher) as customer:
        customer.ask(b"ATRN")
        assert customer.rest() == b""
    assert close_of(reversed_session(mailbox)).how == "idle"


def test_two_who_fetch_at_once_do_not_get_the_same(start_atrn: Start) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: x\r\n", b"a@one.test")
    with Customer(catcher) as first, Customer(catcher) as second:
        assert first.ask(b"ATRN").startswith(b"250 ")
        assert second.ask(b"ATRN").startswith(b"453 ")
    with Customer(catcher) as third:
        eventually(lambda: third.ask(b"ATRN").startswith(b"250 "))


def test_mail_is_fetched_inside_of_tls(start_atrn: Start, tmp_path: Path) -> None:
    catcher = start_atrn(tls="starttls", ca_dir=tmp_path)
    deposit(catcher, b"Subject: x\r\n", b"a@one.test")
    with SecureTalk(catcher) as talk:
        talk.start_tls()
        talk.ask(b"EHLO x")
        talk.ask(b"AUTH PLAIN AGEAYg==")
        assert talk.ask(b"ATRN").startswith(b"250 ")
        talk.say(b"220 x\r\n")
        assert talk.hear() == b"EHLO localhost\r\n"


def test_a_server_that_stops_says_nothing_more(mailbox: Path) -> None:
    catcher = Catcher(port=0, mailbox=mailbox, atrn=True)
    with catcher.in_thread():
        deposit(catcher, b"Subject: x\r\n", b"a@one.test")
        customer = Customer(catcher)
        customer.ask(b"ATRN")
    assert customer.rest() == b""
    customer.socket.close()
    assert close_of(reversed_session(mailbox)).how == "stopped"


def test_the_index_knows_replies_from_commands(start_atrn: Start, mailbox: Path) -> None:
    catcher = start_atrn()
    deposit(catcher, b"Subject: x\r\n", b"a@one.test")
    with Customer(catcher) as customer:
        customer.fetch()
    reversed_session(mailbox)
    for path in (mailbox / "sessions").iterdir():
        digest = read_on(path.read_bytes(), 0, Digest()).digest
        assert digest.codes
        assert all(code.isdecimal() for code in digest.codes)
