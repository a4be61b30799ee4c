"""Every shape of failure, octet by octet, each by rules as a user writes them.

The numbers are those of the table of shapes that the rules were made for. F27, replies for each
recipient in LMTP, needs a server that speaks it; F30 and F31 happen outside of a session.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.breaking.conversation import (
    CONTENT,
    DATA,
    DOT,
    GREETING,
    HELO,
    MAIL,
    OPENED,
    QUIT,
    RCPT,
    STORED,
    TO_DATA,
    TO_DOT,
    Again,
    End,
    Hear,
    Say,
    Step,
    have,
    line,
)
from tests.reading import eventually, transactions

Shape = tuple[str, list[Step], list[str]]
"""Rules, the conversation, and the outcomes of its transactions."""

LONG = "x" * 9000
BYE_421 = b"421 4.3.2 Service currently unavailable"


def rule(at: str, **fields: str) -> str:
    """Return the text of a rule; values are TOML."""
    lines = "".join(f"{key.replace('__', '.')} = {value}\n" for key, value in fields.items())
    return f'[[faults.rule]]\nid = "{at}-rule"\nat = "{at}"\n{lines}'


def closing(at: str) -> str:
    return rule(at, reply='"421 4.3.2 Service currently unavailable"')


BUSY = '"451 4.3.0 Try later"'
BUSY_OCTETS = b"451 4.3.0 Try later"

SHAPES: dict[str, Shape] = {
    "F1 reply lost, FIN": (
        rule("eom", lost='"fin"'),
        [*TO_DOT, End("fin")],
        ["stored"],
    ),
    "F1 reply lost, RST": (
        rule("eom", lost='"rst"', times="1"),
        [*TO_DOT, End("rst"), Again(), *TO_DOT, *STORED],
        ["stored", "stored"],
    ),
    "F1 reply lost, silence": (
        rule("eom", lost='"hang"'),
        [*TO_DOT, End("silence")],
        ["stored"],
    ),
    "F2 421 at connect": (closing("connect"), [Hear(BYE_421 + b"\r\n"), End("fin")], []),
    "F2 421 at EHLO": (
        closing("ehlo"),
        [*GREETING, *line(b"EHLO x", BYE_421), End("fin")],
        [],
    ),
    "F2 421 at MAIL": (
        closing("mail"),
        [*OPENED, *line(b"MAIL FROM:<a@b>", BYE_421), End("fin")],
        ["refused"],
    ),
    "F2 421 at RCPT": (
        closing("rcpt"),
        [*OPENED, *MAIL, *line(b"RCPT TO:<a@b>", BYE_421), End("fin")],
        ["refused"],
    ),
    "F2 421 at DATA": (
        closing("data"),
        [*TO_DATA, *line(b"DATA", BYE_421), End("fin")],
        ["refused"],
    ),
    "F2 421 at the end of the data": (
        closing("eom"),
        [*TO_DOT, Hear(BYE_421 + b"\r\n"), End("fin")],
        ["refused"],
    ),
    "F2 421 that does not close": (
        rule("rcpt", reply='"421 4.3.2 Service currently unavailable"', disconnect="false"),
        [*OPENED, *MAIL, *line(b"RCPT TO:<a@b>", BYE_421), *line(b"NOOP", b"250 2.0.0 Ok")],
        ["refused"],
    ),
    "F3 421 unasked": (
        rule("idle", after='"50ms"', reply='"421 4.4.2 Idle"'),
        [*OPENED, Hear(b"421 4.4.2 Idle\r\n"), End("fin")],
        [],
    ),
    "F3 FIN unasked": (
        rule("idle", after='"50ms"', disconnect='"fin"'),
        [*OPENED, End("fin")],
        [],
    ),
    "F4 reply said twice": (
        rule("eom", reply='"250 2.0.0 Ok"', repeat="2"),
        [*TO_DOT, Hear(b"250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n"), *line(b"NOOP", b"250 2.0.0 Ok")],
        ["stored"],
    ),
    "F5 greeting of several lines": (
        rule("connect", reply='["220 one", "220 two"]'),
        [Hear(b"220-one\r\n220 two\r\n"), *HELO],
        [],
    ),
    "F5 NOOP of several lines": (
        rule("noop", reply='["250 2.0.0 one", "250 2.0.0 two"]'),
        [*OPENED, *line(b"NOOP", b"250-2.0.0 one\r\n250 2.0.0 two")],
        [],
    ),
    "F6 codes 250 and 550 in one reply": (
        rule("eom", reply='["250 2.0.0 yes", "550 5.7.1 no"]'),
        [*TO_DOT, Hear(b"250-2.0.0 yes\r\n550 5.7.1 no\r\n")],
        ["refused"],
    ),
    "F6 codes 550 and 250 in one reply": (
        rule("eom", reply='["550 5.7.1 no", "250 2.0.0 yes"]'),
        [*TO_DOT, Hear(b"550-5.7.1 no\r\n250 2.0.0 yes\r\n")],
        ["stored"],
    ),
    "F7 one recipient refused": (
        rule("rcpt", match__recipient='"bob@*"', reply='"550 5.1.1 No such user {rcpt}"'),
        [
            *OPENED,
            *MAIL,
            *line(b"RCPT TO:<bob@shop.test>", b"550 5.1.1 No such user bob@shop.test"),
            *RCPT,
            *DATA,
            *DOT,
            *STORED,
        ],
        ["stored"],
    ),
    "F8 all recipients refused": (
        rule("rcpt", reply='"550 5.1.1 No such user"'),
        [
            *OPENED,
            *MAIL,
            *line(b"RCPT TO:<a@b>", b"550 5.1.1 No such user"),
            *line(b"RCPT TO:<c@d>", b"550 5.1.1 No such user"),
            *line(b"DATA", b"554 5.5.1 No valid recipients"),
        ],
        ["refused"],
    ),
    "F9 too many recipients": (
        rule("rcpt", match__recipient_nth='">1"', reply='"452 4.5.3 Too many recipients"'),
        [
            *TO_DATA,
            *line(b"RCPT TO:<c@d>", b"452 4.5.3 Too many recipients"),
            *DATA,
            *DOT,
            *STORED,
        ],
        ["stored"],
    ),
    "F10 slow reply": (
        rule("mail", delay='"0.5s"'),
        [*OPENED, Say(b"MAIL FROM:<a@b>\r\n"), End("silence"), Hear(b"250 2.1.0 Ok\r\n")],
        ["aborted"],
    ),
    "F10 slow to read on": (
        rule("mail", delay='"0.5s"', before='"read"'),
        [*OPENED, *MAIL, Say(b"NOOP\r\n"), End("silence"), Hear(b"250 2.0.0 Ok\r\n")],
        ["aborted"],
    ),
    "F11 dribble": (
        rule("eom", reply='"250 2.0.0 Ok"', dribble='"5ms"'),
        [*TO_DOT, Hear(b"250 2.0.0 Ok\r\n"), *line(b"NOOP", b"250 2.0.0 Ok")],
        ["stored"],
    ),
    "F12 truncated reply": (
        rule("eom", truncate="7", disconnect='"fin"'),
        [*TO_DOT, Hear(b"250 2.0"), End("fin")],
        ["stored"],
    ),
    "F12 one digit": (
        rule("eom", truncate="1", disconnect='"rst"'),
        [*TO_DOT, Hear(b"2"), End("rst")],
        ["stored"],
    ),
    "F12 end in the middle of the reply": (
        rule("noop", reply='"250 2.0.0 Okay"', disconnect='"fin"', when='"mid-reply"'),
        [*OPENED, Say(b"NOOP\r\n"), Hear(b"250 2.0."), End("fin")],
        [],
    ),
    "F12 no line end": (
        rule("noop", reply='"250 2.0.0 Ok"', crlf="false"),
        [*OPENED, Say(b"NOOP\r\n"), Hear(b"250 2.0.0 Ok"), End("silence")],
        [],
    ),
    "F13 banner of a web server": (
        rule("connect", garbage='"http"'),
        [Hear(b"HTTP/1.1 400 Bad Request\r\n")],
        [],
    ),
    "F13 TLS alert": (
        rule("ehlo", garbage='"tls-alert"'),
        [*GREETING, Say(b"EHLO x\r\n"), Hear(b"\x15\x03")],
        [],
    ),
    "F14 endless reply": (
        rule("eom", raw=f'"250 2.0.0 {LONG}\\r\\n"'),
        [*TO_DOT, Hear(b"250 2.0.0 " + LONG.encode() + b"\r\n")],
        ["stored"],
    ),
    "F15 STARTTLS refused": (
        rule("starttls", reply='"454 4.7.0 TLS not available due to local problem"'),
        [*OPENED, *line(b"STARTTLS", b"454 4.7.0 TLS not available due to local problem")],
        [],
    ),
    "F15 STARTTLS stalls": (
        rule("starttls", reply='"220 Ready to start TLS"', hang="true"),
        [*OPENED, *line(b"STARTTLS", b"220 Ready to start TLS"), Say(b"\x16\x03"), End("silence")],
        [],
    ),
    "F15 STARTTLS closes": (
        rule("starttls", reply='"220 Ready to start TLS"', disconnect='"fin"'),
        [*OPENED, *line(b"STARTTLS", b"220 Ready to start TLS"), End("fin")],
        [],
    ),
    "F16 capabilities hidden and told otherwise": (
        rule(
            "ehlo",
            capabilities='{ hide = ["AUTH", "PIPELINING", "SMTPUTF8", "HELP", "CHUNKING",'
            ' "XCLIENT", "XFORWARD"], add = ["X 1"], size = 7 }',
        ),
        [
            *GREETING,
            *line(
                b"EHLO x",
                b"250-localhost\r\n250-SIZE 7\r\n250-8BITMIME\r\n250-BINARYMIME\r\n"
                b"250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250-ETRN\r\n250-LIMITS RCPTMAX=1000\r\n"
                b"250 X 1",
            ),
            *line(b"AUTH PLAIN AGEAYg==", b"502 5.5.1 Command not implemented"),
        ],
        [],
    ),
    "F17 AUTH sent twice in one login": (
        rule("auth", reply='"454 4.7.0 Temporary authentication failure"', times="1"),
        [
            *OPENED,
            *line(b"AUTH PLAIN AGEAYg==", b"454 4.7.0 Temporary authentication failure"),
            *line(b"AUTH PLAIN AGEAYg==", b"454 4.7.0 Temporary authentication failure"),
            Again(),
            *OPENED,
            *line(b"AUTH PLAIN AGEAYg==", b"235 2.7.0 Authentication successful"),
        ],
        [],
    ),
    "F17 AUTH refused for one user": (
        rule("auth", match__sasl_username='"a"', reply='"535 5.7.8 No"'),
        [*OPENED, *line(b"AUTH PLAIN AGEAYg==", b"535 5.7.8 No")],
        [],
    ),
    "F18 250, then the end": (
        rule("eom", reply='"250 2.0.0 Ok"', disconnect='"fin"'),
        [*TO_DOT, Hear(b"250 2.0.0 Ok\r\n"), End("fin")],
        ["stored"],
    ),
    "F19 QUIT 421": (
        closing("quit"),
        [*TO_DOT, *STORED, *line(b"QUIT", BYE_421), End("fin")],
        ["stored"],
    ),
    "F19 QUIT unanswered": (
        rule("quit", hang="true"),
        [*OPENED, Say(b"QUIT\r\n"), End("silence")],
        [],
    ),
    "F19 QUIT reset": (
        rule("quit", disconnect='"rst"', when='"before"'),
        [*OPENED, Say(b"QUIT\r\n"), End("rst")],
        [],
    ),
    "F20 RSET refused after delivery": (
        rule("rset", reply=BUSY),
        [*TO_DOT, *STORED, *line(b"RSET", BUSY_OCTETS), *QUIT],
        ["stored"],
    ),
    "F21 early 552 and half a close": (
        rule("body", reply='"552 5.3.4 Too big"', disconnect='"half"', after_bytes="4"),
        [
            *TO_DATA,
            *DATA,
            Say(b"Subject: x\r\n"),
            Hear(b"552 5.3.4 Too big\r\n"),
            End("fin"),
            Say(CONTENT),
        ],
        ["refused"],
    ),
    "F22 reset inside the body": (
        rule("body", disconnect='"rst"', after_bytes="4"),
        [*TO_DATA, *DATA, Say(b"Subject: x\r\n"), End("rst")],
        ["aborted"],
    ),
    "F22 FIN instead of a greeting": (
        rule("connect", disconnect='"fin"', when='"before"'),
        [End("fin")],
        [],
    ),
    "F23 DATA answered 250": (
        rule("data", reply='"250 2.0.0 Ok"'),
        [
            *TO_DATA,
            *line(b"DATA", b"250 2.0.0 Ok"),
            *line(b"Subject: x", b"500 5.5.2 Command not recognized"),
        ],
        ["aborted"],
    ),
    "F24 late greeting": (
        rule("connect", delay='"0.5s"'),
        [End("silence"), *OPENED],
        [],
    ),
    "F24 client that talks before the greeting": (
        rule("connect", delay='"0.5s"'),
        [Say(b"HELO x\r\n"), End("silence"), *GREETING, Hear(b"250 localhost\r\n")],
        [],
    ),
    "F24 greeting in pieces": (
        rule("connect", reply='"220 hello"', dribble='"5ms"'),
        [Hear(b"220 hello\r\n"), *HELO],
        [],
    ),
    "F25 SIZE refused at MAIL": (
        rule("mail", match__size='">1MB"', reply='"552 5.3.4 Message size exceeds fixed limit"'),
        [
            *OPENED,
            *line(b"MAIL FROM:<a@b> SIZE=2000000", b"552 5.3.4 Message size exceeds fixed limit"),
            *line(b"MAIL FROM:<a@b> SIZE=2000", b"250 2.1.0 Ok"),
        ],
        ["refused", "aborted"],
    ),
    "F25 size refused at the end of the data": (
        rule("eom", match__size='">10"', reply='"552 5.3.4 Error: message file too big"'),
        [*TO_DOT, Hear(b"552 5.3.4 Error: message file too big\r\n")],
        ["refused"],
    ),
    "F26 pipelined, RCPT refused, lone dot": (
        rule("rcpt", reply=BUSY),
        [
            *OPENED,
            Say(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"),
            Hear(b"250 2.1.0 Ok\r\n451 4.3.0 Try later\r\n554 5.5.1 No valid recipients\r\n"),
            *line(b".", b"554 5.5.1 No message: DATA was refused"),
        ],
        ["refused"],
    ),
    "F26 pipelined, MAIL refused": (
        rule("mail", reply=BUSY),
        [
            *OPENED,
            Say(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"),
            Hear(
                b"451 4.3.0 Try later\r\n503 5.5.1 Send MAIL first\r\n503 5.5.1 Send MAIL first\r\n"
            ),
        ],
        ["refused"],
    ),
    "F28 greylisted": (
        rule("rcpt", reply='"450 4.2.0 Greylisted"', greylist='{ delay = "60s" }'),
        [*OPENED, *MAIL, *line(b"RCPT TO:<b@shop.test>", b"450 4.2.0 Greylisted")],
        ["refused"],
    ),
    "F28 rate limit": (
        rule("mail", reply='"450 4.7.1 Too much mail"', quota='{ limit = 1, window = "60s" }'),
        [
            *OPENED,
            *MAIL,
            *line(b"RSET", b"250 2.0.0 Ok"),
            *line(b"MAIL FROM:<a@shop.test>", b"450 4.7.1 Too much mail"),
        ],
        ["reset", "refused"],
    ),
    "F29 4xx that never clears": (
        rule("eom", reply=BUSY),
        [*TO_DOT, Hear(BUSY_OCTETS + b"\r\n"), Again(), *TO_DOT, Hear(BUSY_OCTETS + b"\r\n")],
        ["refused", "refused"],
    ),
    "F29 5xx that clears": (
        rule("eom", reply='"550 5.7.1 No"', times="1"),
        [*TO_DOT, Hear(b"550 5.7.1 No\r\n"), Again(), *TO_DOT, *STORED],
        ["refused", "stored"],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_failure_of_each_shape(mailbox: Path, name: str) -> None:
    rules, steps, outcomes = SHAPES[name]
    with Catcher(port=0, mailbox=mailbox, faults=rules).in_thread() as catcher:
        have(catcher, steps)
        eventually(lambda: [one.outcome for one in transactions(mailbox)] == outcomes)


def test_a_connection_too_many_is_turned_away_until_one_ends(mailbox: Path) -> None:
    rules = rule("connect", reply='"421 4.7.0 Too many"', concurrency="{ limit = 1 }")
    turned: list[Step] = [Hear(b"421 4.7.0 Too many\r\n"), End("fin")]
    with Catcher(port=0, mailbox=mailbox, faults=rules).in_thread() as catcher:
        from tests.talk import Talk

        with Talk(catcher) as first:
            first.ask(b"HELO x")
            have(catcher, turned)
            first.ask(b"QUIT")
            assert first.rest() == b""
        have(catcher, OPENED)
