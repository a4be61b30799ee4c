"""What five clients make of each fault, beside what was measured once with a raw server.

Where a client tells its application something else than the reply, or "sent" without a message that
is stored, that is the client's: these tests hold that our fault brings it out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from mailcatch import Catcher
from mailcatch.faults.clock import HandClock
from mailcatch.mailbox.reader import Reader
from tests.clients.witnesses import POOLED, WITNESSES
from tests.reading import ended_session, transactions

UNAVAILABLE: Final = '"421 4.3.2 Service currently unavailable"'

Case = tuple[str, int, dict[str, str]]
"""A rule, how many messages are stored, and what each client hears."""


def heard(
    smtplib: str, *, django: str, aiosmtplib: str, nodemailer: str, curl: str | None
) -> dict[str, str]:
    """Return what each client hears; None for one that would wait for minutes."""
    every = {
        "smtplib": smtplib,
        "django": django,
        "aiosmtplib": aiosmtplib,
        "nodemailer": nodemailer,
    }
    return every if curl is None else every | {"curl": curl}


CASES: dict[str, Case] = {
    "greeting 421": (
        f'at = "connect"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPConnectError 421",
            django="SMTPConnectError 421",
            aiosmtplib="SMTPConnectResponseError 421",
            nodemailer="EPROTOCOL 421",
            curl="exit 8 421",
        ),
    ),
    "EHLO 421": (
        f'at = "ehlo"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPServerDisconnected",
            django="SMTPServerDisconnected",
            aiosmtplib="SMTPHeloError 421",
            nodemailer="ECONNECTION 421",
            curl="exit 56",
        ),
    ),
    "MAIL 421": (
        f'at = "mail"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPSenderRefused 421",
            django="SMTPSenderRefused 421",
            aiosmtplib="SMTPSenderRefused 421",
            nodemailer="EENVELOPE 421",
            curl="exit 55 421",
        ),
    ),
    "RCPT 421 for b": (
        f'at = "rcpt"\nmatch.recipient = "b@*"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPRecipientsRefused b 421",
            django="SMTPRecipientsRefused b 421",
            aiosmtplib="SMTPServerDisconnected",
            nodemailer="ECONNECTION 421",
            curl="exit 55 421",
        ),
    ),
    # nodemailer pipelines, and then gives up without the code that ended the session.
    "DATA 421": (
        f'at = "data"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPDataError 421",
            django="SMTPDataError 421",
            aiosmtplib="SMTPDataError 421",
            nodemailer="ECONNECTION",
            curl="exit 55 421",
        ),
    ),
    "end of data 421": (
        f'at = "eom"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPDataError 421",
            django="SMTPDataError 421",
            aiosmtplib="SMTPDataError 421",
            nodemailer="EMESSAGE 421",
            curl="exit 8 421",
        ),
    ),
    "RCPT 550 for b": (
        'at = "rcpt"\nmatch.recipient = "b@*"\nreply = "550 5.1.1 No such user"',
        1,
        heard(
            "sent but b 550",
            django="sent",
            aiosmtplib="sent but b 550",
            nodemailer="sent but b",
            curl="exit 55 550",
        ),
    ),
    "RCPT 452 for b": (
        'at = "rcpt"\nmatch.recipient = "b@*"\nreply = "452 4.5.3 Too many"',
        1,
        heard(
            "sent but b 452",
            django="sent",
            aiosmtplib="sent but b 452",
            nodemailer="sent but b",
            curl="exit 55 452",
        ),
    ),
    # Nobody can tell whether the message was taken: it was.
    "reply lost, FIN": (
        'at = "eom"\nlost = "fin"',
        1,
        heard(
            "SMTPServerDisconnected",
            django="SMTPServerDisconnected",
            aiosmtplib="SMTPServerDisconnected",
            nodemailer="ECONNECTION",
            curl="exit 56",
        ),
    ),
    "reply lost, RST": (
        'at = "eom"\nlost = "rst"',
        1,
        heard(
            "SMTPServerDisconnected",
            django="SMTPServerDisconnected",
            aiosmtplib="SMTPServerDisconnected",
            nodemailer="ESOCKET",
            curl="exit 56",
        ),
    ),
    "reply lost, silence": (
        'at = "eom"\nlost = "hang"',
        1,
        heard(
            "SMTPServerDisconnected",
            django="SMTPServerDisconnected",
            aiosmtplib="SMTPReadTimeoutError",
            nodemailer="ETIMEDOUT",
            curl=None,
        ),
    ),
    # smtplib and Django take half a reply for a whole one.
    "truncated 250": (
        'at = "eom"\ntruncate = 7\ndisconnect = "fin"',
        1,
        heard(
            "sent",
            django="sent",
            aiosmtplib="SMTPServerDisconnected",
            nodemailer="ECONNECTION",
            curl="exit 56",
        ),
    ),
    # nodemailer believes the first line, and so reports a message that was refused.
    "250 and 550 in one reply": (
        'at = "eom"\nreply = ["250 a", "550 b"]',
        0,
        heard(
            "SMTPDataError 550",
            django="SMTPDataError 550",
            aiosmtplib="SMTPDataError 550",
            nodemailer="sent",
            curl="exit 8 550",
        ),
    ),
    # And here a failure of a message that was taken: it will be sent again.
    "550 and 250 in one reply": (
        'at = "eom"\nreply = ["550 a", "250 b"]',
        1,
        heard("sent", django="sent", aiosmtplib="sent", nodemailer="EMESSAGE 550", curl="sent"),
    ),
    # A stored message that Python's clients report as failed.
    "250 with 9 kB": (
        f'at = "eom"\nraw = "250 {"x" * 9000}\\r\\n"',
        1,
        heard(
            "SMTPResponseException 500",
            django="SMTPResponseException 500",
            aiosmtplib="SMTPResponseException -1",
            nodemailer="sent",
            curl="sent",
        ),
    ),
    # Only aiosmtplib limits the time of a whole reply.
    "dribble of 2.6 s": (
        'at = "eom"\nreply = "250 2.0.0 Ok stored it"\ndribble = "110ms"',
        1,
        heard(
            "sent", django="sent", aiosmtplib="SMTPReadTimeoutError", nodemailer="sent", curl="sent"
        ),
    ),
    # We close one half and read on, so that most clients come to read the 552.
    "early 552, then the end": (
        'at = "body"\nreply = "552 5.3.4 Too big"\ndisconnect = "fin"',
        0,
        heard(
            "SMTPDataError 552",
            django="SMTPDataError 552",
            aiosmtplib="SMTPServerDisconnected",
            nodemailer="ECONNECTION",
            curl="exit 8 552",
        ),
    ),
    # `with smtplib.SMTP()` fails after the message was taken.
    "QUIT 421": (
        f'at = "quit"\nreply = {UNAVAILABLE}',
        1,
        heard(
            "SMTPResponseException 421",
            django="sent",
            aiosmtplib="sent",
            nodemailer="sent",
            curl="sent",
        ),
    ),
    "QUIT unanswered": (
        'at = "quit"\nhang = true',
        1,
        heard("sent", django="sent", aiosmtplib="sent", nodemailer="sent", curl=None),
    ),
    "QUIT reset": (
        'at = "quit"\ndisconnect = "rst"',
        1,
        heard("sent", django="sent", aiosmtplib="sent", nodemailer="sent", curl="sent"),
    ),
    "AUTH 454": (
        'at = "auth"\nreply = "454 4.7.0 Temporary authentication failure"',
        0,
        heard(
            "SMTPAuthenticationError 454",
            django="SMTPAuthenticationError 454",
            aiosmtplib="SMTPAuthenticationError 454",
            nodemailer="EAUTH 454",
            curl="exit 67 454",
        ),
    ),
    "AUTH 421": (
        f'at = "auth"\nreply = {UNAVAILABLE}',
        0,
        heard(
            "SMTPServerDisconnected",
            django="SMTPServerDisconnected",
            aiosmtplib="SMTPServerDisconnected",
            nodemailer="EAUTH 421",
            curl="exit 67 421",
        ),
    ),
}
LOGIN: Final = frozenset(name for name in CASES if name.startswith("AUTH"))


@pytest.mark.parametrize(
    ("name", "client"), [(name, client) for name, case in CASES.items() for client in case[2]]
)
def test_what_a_client_hears_of_a_fault(mailbox: Path, name: str, client: str) -> None:
    rule, stored, outcomes = CASES[name]
    with Catcher(port=0, mailbox=mailbox, faults=one_rule(rule)).in_thread() as catcher:
        assert WITNESSES[client](catcher, login=name in LOGIN) == outcomes[client]
        # curl sends nothing where one recipient is refused.
        kept = 0 if outcomes[client].startswith("exit 55") else stored
        assert catcher.counters.messages == kept


HANDSHAKES: dict[str, tuple[str, dict[str, str]]] = {
    "nothing": (
        "",
        heard("sent", django="sent", aiosmtplib="sent", nodemailer="sent", curl="sent"),
    ),
    "STARTTLS answered, then silence": (
        'at = "tls"\ntls = { handshake = "stall" }',
        heard(
            "TimeoutError",
            django="TimeoutError",
            aiosmtplib="SMTPTimeoutError",
            nodemailer="ETIMEDOUT",
            curl="exit 28",
        ),
    ),
    "a certificate that has expired": (
        'at = "tls"\ntls = { cert = "expired" }',
        heard(
            "SSLCertVerificationError",
            django="SSLCertVerificationError",
            aiosmtplib="SSLCertVerificationError",
            nodemailer="ESOCKET",
            curl="exit 60",
        ),
    ),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.mark.parametrize("client", WITNESSES)
@pytest.mark.parametrize("name", HANDSHAKES)
def test_what_a_client_hears_of_a_handshake_that_fails(
    mailbox: Path, authority: Path, name: str, client: str
) -> None:
    rule, outcomes = HANDSHAKES[name]
    faults = one_rule(rule) if rule else ()
    catcher = Catcher(port=0, mailbox=mailbox, tls="starttls", ca_dir=authority, faults=faults)
    with catcher.in_thread():
        trusted = catcher.authority_file
        assert trusted is not None
        assert WITNESSES[client](catcher, trusted=trusted) == outcomes[client]


@pytest.mark.parametrize("client", WITNESSES)
def test_the_third_try_is_taken_after_two_451(mailbox: Path, client: str) -> None:
    rule = 'at = "eom"\nreply = "451 4.3.0 Try later"\ntimes = 2'
    with Catcher(port=0, mailbox=mailbox, faults=one_rule(rule)).in_thread() as catcher:
        outcomes = [WITNESSES[client](catcher) for _ in range(3)]
    assert outcomes[2] == "sent"
    assert [outcome.endswith(" 451") for outcome in outcomes] == [True, True, False]
    assert [one.outcome for one in transactions(mailbox)] == ["refused", "refused", "stored"]


@pytest.mark.parametrize("client", WITNESSES)
def test_a_lost_reply_and_a_second_try_make_a_duplicate_that_is_pointed_out(
    mailbox: Path, client: str
) -> None:
    rule = 'at = "eom"\nlost = "rst"\ntimes = 1\nkey = "fingerprint"'
    with (
        Catcher(port=0, mailbox=mailbox, faults=one_rule(rule)).in_thread() as catcher,
        Reader(mailbox) as reader,
    ):
        assert WITNESSES[client](catcher) != "sent"
        assert catcher.counters.messages == 1
        assert WITNESSES[client](catcher) == "sent"
        assert catcher.counters.messages == 2
        reader.refresh()
        duplicates = reader.search("is:duplicate").first(-1)
        story = reader.story(duplicates[0])
    assert len(duplicates) == 2
    assert [(one.outcome, one.rule, one.reply[:3]) for one in story.attempts] == [
        ("stored", "it", ""),
        ("stored", "", "250"),
    ]


@pytest.mark.parametrize("client", WITNESSES)
def test_a_greylisted_sender_is_taken_when_it_waited_long_enough(
    mailbox: Path, client: str
) -> None:
    rule = 'at = "rcpt"\nreply = "450 4.2.0 Greylisted"\ngreylist = { delay = "60s" }'
    clock = HandClock()
    catcher = Catcher(port=0, mailbox=mailbox, faults=one_rule(rule), clock=clock)
    # curl quits at the first refusal, so it is told of its second recipient a try later.
    seconds_later = (0, 59, 1, 60) if client == "curl" else (0, 59, 1)
    with catcher.in_thread():
        outcomes = []
        for seconds in seconds_later:
            clock.advance(seconds)
            outcomes.append(WITNESSES[client](catcher))
    assert [outcome == "sent" for outcome in outcomes] == [False] * (len(outcomes) - 1) + [True]


@pytest.mark.parametrize("client", WITNESSES)
def test_a_rate_is_limited_until_its_window_is_over(mailbox: Path, client: str) -> None:
    rule = 'at = "mail"\nreply = "450 4.7.1 Slow"\nquota = { limit = 2, window = "60s" }'
    clock = HandClock()
    catcher = Catcher(port=0, mailbox=mailbox, faults=one_rule(rule), clock=clock)
    with catcher.in_thread():
        outcomes = [WITNESSES[client](catcher) for _ in range(3)]
        clock.advance(60)
        outcomes.append(WITNESSES[client](catcher))
    assert [outcome == "sent" for outcome in outcomes] == [True, True, False, True]


@pytest.mark.parametrize(
    ("client", "outcome"),
    [
        ("smtplib", "SMTPSenderRefused 421"),
        ("django", "SMTPSenderRefused 421"),
        ("aiosmtplib", "SMTPServerDisconnected"),
        # It makes another connection.
        ("nodemailer", "sent"),
    ],
)
def test_the_second_mail_of_a_pooled_connection_meets_a_server_that_has_left(
    mailbox: Path, client: str, outcome: str
) -> None:
    rule = 'at = "idle"\nafter = "50ms"\nreply = "421 4.4.2 Idle"'
    with Catcher(port=0, mailbox=mailbox, faults=one_rule(rule)).in_thread() as catcher:
        assert POOLED[client](catcher, lambda: ended_session(mailbox)) == outcome


def one_rule(rule: str) -> str:
    return f'[[faults.rule]]\nid = "it"\n{rule}\n'
