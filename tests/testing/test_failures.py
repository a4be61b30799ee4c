"""What a failure says to the person who sees it."""

from __future__ import annotations

import re
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailcatch import RuleError
from mailcatch.testing import Mailbox, MailcatchFailure, MailcatchMisuse, MailServer
from mailcatch.testing.criteria import Criteria
from tests.testing.sending import send, send_raw


def missed(inbox: Mailbox, **criteria: object) -> str:
    """Return what the failure says of the only message, behind the cross."""
    with pytest.raises(MailcatchFailure) as failure:
        inbox.one(**criteria)  # type: ignore[arg-type]
    line = next(one for one in str(failure.value).splitlines() if one.startswith("  #1"))
    return line.partition("\u00d7 ")[2]


def test_why_a_message_is_not_the_one_that_is_meant(inbox: Mailbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = "App <app@example.com>", "bob@example.com", "c@x.io"
    mail["Subject"], mail["X-Tag"] = "Reset your password", "first"
    mail.set_content("Hello Bob,\nyour code is 42.")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    send_raw(inbox, mail.as_bytes(), "bounces@example.com", ["c@x.io"])
    assert missed(inbox, to="carl@example.com") == "to"
    assert missed(inbox, to="bob@example.com") == "to (in the header, and not sent there)"
    assert missed(inbox, to=["c@x.io", "bob@example.com"]).startswith("to (in the header")
    assert missed(inbox, sender="other@example.com") == "sender (From is app@example.com)"
    assert missed(inbox, subject="Welcome") == "subject"
    assert missed(inbox, subject="reset") == "subject (but for capitals)"
    assert missed(inbox, subject=re.compile("reset")) == "subject"
    assert missed(inbox, text="Hello Bob, your code") == "text (but for line breaks and spaces)"
    assert missed(inbox, html="<p>") == "html (has none)"
    assert missed(inbox, header={"X-Tag": "second"}) == "header X-Tag (has 'first')"
    assert missed(inbox, header={"X-None": "x"}) == "header X-None (has none)"
    assert missed(inbox, attachment="*.zip") == "attachment (has 'a.pdf')"
    assert missed(inbox, where=lambda _: False) == "where"
    assert missed(inbox, after=inbox.mark()) == "came before the mark"
    assert missed(inbox, after=inbox[0]) == "came before"
    assert missed(inbox, to="x@x.io", subject="x") == "to, subject"


def test_a_message_without_text_says_so(inbox: Mailbox) -> None:
    send_raw(inbox, b"Subject: bare\n\n")
    assert missed(inbox, text="x") == "text (has none)"
    assert missed(inbox, attachment="*") == "attachment (has none)"


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ({"to": 5}, "to is 5: write an address, a compiled pattern, or a list of addresses"),
        ({"to": []}, "to is []: write an address"),
        ({"to": None}, "to is None: write an address"),
        ({"to": b"bob@example.com"}, "to is b'bob@example.com': write an address"),
        ({"to": ["a@x.io", None]}, "write an address"),
        ({"subject": None}, "subject is None: write a string or a compiled pattern"),
        ({"header": "X-Tag"}, "header is 'X-Tag': write a dict, such as {"),
        ({"header": {"X-Tag": None}}, "write a dict"),
        ({"attachment": re.compile("x")}, "write the name of a file"),
        ({"where": "size > 1"}, "where is 'size > 1': write a function of the message"),
        ({"after": 3}, "after is 3: write a mark() or a message"),
    ],
)
def test_a_criterion_that_cannot_be_is_told_at_once(
    inbox: Mailbox, criteria: Criteria, told: str
) -> None:
    with pytest.raises(MailcatchMisuse, match=re.escape(told)):
        inbox.find(**criteria)
    with pytest.raises(MailcatchMisuse, match=re.escape(told)):
        inbox.wait_for(timeout=60, **criteria)


def test_numbers_that_cannot_be_are_told_at_once(inbox: Mailbox) -> None:
    for wrong in ("bob@example.com", 0, -1, True, 1.5):
        with pytest.raises(MailcatchMisuse, match=r"wait_for\(\) takes a number .* assert_none"):
            inbox.wait_for(wrong)  # type: ignore[arg-type]
    with pytest.raises(MailcatchMisuse, match=r"expect\(\) takes a number of messages"):
        inbox.expect("Welcome")  # type: ignore[arg-type]
    with pytest.raises(MailcatchMisuse, match="ordered is 'Welcome': write a list of subjects"):
        inbox.expect(ordered="Welcome")
    with pytest.raises(MailcatchMisuse, match="count is 3, and ordered has 2"):
        inbox.expect(3, ordered=["a", "b"])
    with pytest.raises(MailcatchMisuse, match="no outcome 'refuse': did you mean 'refused'"):
        inbox.attempts(outcome="refuse")
    assert inbox.unmet() == []


def test_an_expectation_names_its_line_and_no_mark(inbox: Mailbox) -> None:
    inbox.expect(to="bob@example.com", timeout=0.01)
    (unmet,) = inbox.unmet()
    assert re.match(
        r"mailcatch: expected 1 message to='bob@example\.com' within 0\.01 s, got 0"
        r" \(expect\(\) at test_failures\.py:\d+\)\n  nothing was delivered",
        unmet,
    )
    inbox.expect(timeout=60)
    (unmet,) = inbox.unmet(patient=False)
    assert unmet.startswith("mailcatch: expected 1 message, got 0 (expect() at ")


def test_nobody_connected_says_to_where(inbox: Mailbox, server: MailServer) -> None:
    with pytest.raises(MailcatchFailure, match=f"nobody connected to 127.0.0.1:{server.port}: is"):
        inbox.one()
    other = server.inbox(isolation="port")
    with other, pytest.raises(MailcatchFailure, match=f"connected to 127.0.0.1:{other.port}:"):
        other.one()


def test_who_connected_and_sent_nothing_is_named(inbox: Mailbox) -> None:
    with smtplib.SMTP(*inbox.addr, timeout=20) as client:
        client.ehlo("app.example")
    inbox.settle()
    with pytest.raises(MailcatchFailure, match=r"<Session \d+ from .* helo 'app.example'.*> sent"):
        inbox.one()


def test_a_rule_that_never_fired_says_what_there_was(inbox: Mailbox) -> None:
    inbox.fail("RCPT", 550, to="bobby@example.com")
    inbox.fail("DATA_END", 552, subject=["Invoice*", "Bill*"])
    inbox.fail("MAIL", 550, sender="x@x.io", where=lambda _: False)
    inbox.fail("AUTH", 535)
    inbox.fail("RCPT", 451, skip=5)
    inbox.fail("MAIL", 550, where=lambda _: False)
    send(inbox, subject="Welcome")
    (unmet,) = inbox.unmet()
    lines = [line for line in unmet.splitlines() if line.startswith("mailcatch: ")]
    said = [line.split(" never fired: ")[1] for line in lines]
    asked = "it was asked once at"
    right = "; where that is right, pass optional=True"
    assert [one.removesuffix(right).removeprefix(asked) for one in said] == [
        " rcpt, wants recipient bobby@example.com, and there was bob@example.com",
        " eom, wants subject Invoice* or Bill*, and there was Welcome",
        " mail, wants sender x@x.io and what its function says, and there was app@example.com",
        "nothing came to auth",
        " rcpt and matched once, and its schedule let that pass",
        " mail, wants what its function says",
    ]


def test_a_rule_is_called_by_its_line(inbox: Mailbox) -> None:
    rules = [inbox.fail("RCPT", 451, optional=True) for _ in range(2)]
    assert re.fullmatch(r"test_failures\.py:\d+", rules[0].name)
    assert rules[1].name == f"{rules[0].name}+2"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(inbox)
    with pytest.raises(MailcatchFailure, match=r"\(fault rule test_failures\.py:\d+\)"):
        inbox.one()


def test_a_rule_that_cannot_be_names_its_line_once(inbox: Mailbox) -> None:
    with pytest.raises(RuleError) as wrong:
        inbox.fail("RCTP", 550)
    assert re.fullmatch(
        r'test_failures\.py:\d+: at: "rctp" is no stage \(did you mean rcpt\?\)', str(wrong.value)
    )


def test_what_is_there_more_than_once_is_listed(inbox: Mailbox) -> None:
    send(inbox, text="Hi https://example.com/a https://example.com/b")
    mail = inbox.one()
    with pytest.raises(MailcatchFailure, match=r"has more than one link:\n  https://.*/a\n  https"):
        mail.link()
    with pytest.raises(MailcatchFailure, match=r"has no attachment '\*\.pdf', nor any other$"):
        mail.attachment("*.pdf")
    with pytest.raises(MailcatchFailure, match=r"no one-time code; there is\n  the text 'Hi http"):
        mail.code()


def plainly(failure: str) -> list[str]:
    """Return the lines of a failure without times and places."""
    return re.sub(r"\+\d+ms|within \S+ s|\w+\.py:\d+", "...", failure).splitlines()


def test_the_failure_of_the_documentation_is_what_is_said(inbox: Mailbox) -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
    shown = page.split("```\nmailcatch: ")[1].split("\n```")[0]
    send(inbox, to="alice@example.com", subject="Reset your password")
    send(inbox, subject="reset your password")
    with (
        inbox.fail("RCPT", "550 5.1.1 No such user"),
        pytest.raises(smtplib.SMTPRecipientsRefused),
    ):
        send(inbox)
    with pytest.raises(MailcatchFailure) as failure:
        inbox.wait_for(to="bob@example.com", subject="Reset", fail_fast=False, timeout=0.01)
    assert plainly(str(failure.value)) == plainly(f"mailcatch: {shown}")
