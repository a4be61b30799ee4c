"""Notices of a server that runs: asked for over a real connection, found in the mailbox."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from mailcatch import Catcher, Limits
from mailcatch.mailbox import events
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.reader import Reader
from mailcatch.notifying.notices import Notice
from mailcatch.notifying.report import MARK
from tests.reading import eventually, messages, sessions, transactions
from tests.talk import Talk

BODY = b"Subject: hi\r\nMessage-ID: <1@app>\r\n\r\nGood day.\r\n"
GONE = '[[faults.rule]]\nid = "gone"\nat = "rcpt"\nmatch.recipient = "gone@*"\nbounce_later = {}\n'


@contextmanager
def running(mailbox: Path, rules: str = "", **options: object) -> Iterator[Catcher]:
    faults = [rules] if rules else []
    catcher = Catcher(port=0, mailbox=mailbox, faults=faults, **options)  # type: ignore[arg-type]
    with catcher.in_thread():
        yield catcher


def send(
    catcher: Catcher,
    *recipients: str,
    rcpt: tuple[str, ...] = (),
    mail: tuple[str, ...] = (),
    sender: str = "app@example.org",
) -> None:
    with smtplib.SMTP(catcher.host, catcher.port) as client:
        to = recipients or ("bob@example.com",)
        assert client.sendmail(sender, to, BODY, mail_options=mail, rcpt_options=rcpt) == {}


def made(mailbox: Path) -> list[bytes]:
    return [one for one in messages(mailbox) if MARK.encode() in one.partition(b"\r\n\r\n")[0]]


def notice_in(mailbox: Path) -> Message:
    """Return the one notice there is, as soon as it is there."""
    (only,) = eventually(lambda: made(mailbox))
    return message_from_bytes(only)


def groups(notice: Message) -> list[Message]:
    """Return the fields of the message, and those of each recipient."""
    status = notice.get_payload(1)
    assert isinstance(status, Message)
    found = status.get_payload()
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, Message)]


def recipient_fields(notice: Message, number: int = 1) -> Message:
    return groups(notice)[number]


def settled(catcher: Catcher) -> None:
    """Wait until a notice that was asked for after all others has come."""
    before = catcher.counters.notifications
    send(catcher, "last@example.com", rcpt=("NOTIFY=SUCCESS",))
    eventually(lambda: catcher.counters.notifications > before)


def test_a_client_that_asks_for_it_hears_of_success(mailbox: Path) -> None:
    with running(mailbox, dsn=True) as catcher:
        notify = ("NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Bob+2Bx@Example.COM")
        send(catcher, rcpt=notify, mail=("RET=HDRS", "ENVID=QQ+2B1"))
        notice = notice_in(mailbox)
    assert groups(notice)[0]["Original-Envelope-Id"] == "QQ+1"
    fields = recipient_fields(notice)
    assert fields["Original-Recipient"] == "rfc822; Bob+x@Example.COM"
    assert fields["Final-Recipient"] == "rfc822; bob@example.com"
    assert (fields["Action"], fields["Status"]) == ("delivered", "2.0.0")


def test_binary_mail_that_came_in_chunks_comes_back_as_it_was(mailbox: Path) -> None:
    content = BODY + b"\x00\xff\n.\r"
    with running(mailbox, GONE) as catcher, Talk(catcher) as talk:
        talk.ask(b"EHLO app.example.org")
        talk.ask(b"MAIL FROM:<app@example.org> BODY=BINARYMIME RET=FULL")
        talk.ask(b"RCPT TO:<gone@example.com> NOTIFY=FAILURE")
        talk.say(b"BDAT 5\r\n" + content[:5])
        talk.hear()
        talk.say(b"BDAT %d LAST\r\n" % len(content[5:]) + content[5:])
        assert talk.hear().startswith(b"250 ")
        (raw,) = eventually(lambda: made(mailbox))
    assert content in raw


def test_by_lmtp_each_recipient_that_was_taken_is_told_of(mailbox: Path) -> None:
    rules = '[[faults.rule]]\nat = "eom"\nmatch.recipient = "full@*"\nreply = 452\n'
    rules += '[[faults.rule]]\nat = "eom"\nmatch.recipient = "gone@*"\nbounce_later = true\n'
    with running(mailbox, rules, dsn=True, lmtp=True) as catcher, Talk(catcher) as talk:
        talk.ask(b"LHLO app.example.org")
        talk.ask(b"MAIL FROM:<app@example.org>")
        for name in (b"full", b"gone", b"bob"):
            talk.ask(b"RCPT TO:<%b@example.com> NOTIFY=SUCCESS,FAILURE" % name)
        talk.ask(b"DATA")
        talk.say(BODY + b".\r\n")
        assert [talk.hear()[:3] for _ in range(3)] == [b"452", b"250", b"250"]
        notices = eventually(lambda: found if len(found := made(mailbox)) == 2 else [])
    told = [recipient_fields(message_from_bytes(one)) for one in notices]
    assert {(one["Final-Recipient"], one["Action"]) for one in told} == {
        ("rfc822; gone@example.com", "failed"),
        ("rfc822; bob@example.com", "delivered"),
    }


def test_a_server_that_was_not_told_to_tells_no_success(mailbox: Path) -> None:
    with running(mailbox, GONE) as catcher:
        send(catcher, rcpt=("NOTIFY=SUCCESS",))
        send(catcher, "gone@example.com")
        assert recipient_fields(notice_in(mailbox))["Action"] == "failed"


def test_the_null_sender_never_hears_of_anything(mailbox: Path) -> None:
    with running(mailbox, GONE, dsn=True) as catcher:
        send(catcher, "gone@example.com", rcpt=("NOTIFY=SUCCESS,FAILURE",), sender="")
        settled(catcher)
        assert len(made(mailbox)) == 1


def test_a_recipient_that_was_refused_is_the_clients_affair(mailbox: Path) -> None:
    rules = '[[faults.rule]]\nat = "rcpt"\nmatch.recipient = "no@*"\nreply = 550\n'
    with running(mailbox, rules, dsn=True) as catcher:
        with smtplib.SMTP(catcher.host, catcher.port) as client:
            options = ["NOTIFY=FAILURE"]
            to = ["no@example.com", "b@example.com"]
            refused = client.sendmail("app@example.org", to, BODY, rcpt_options=options)
            assert list(refused) == ["no@example.com"]
        settled(catcher)
        assert len(made(mailbox)) == 1


def test_a_bounce_says_what_the_rule_gives(mailbox: Path) -> None:
    rules = GONE.replace("{}", '"550 5.1.1 No {rcpt} here"')
    with running(mailbox, rules) as catcher:
        send(catcher, "bob@example.com", "gone@example.com")
        notice = notice_in(mailbox)
    assert notice["Subject"] == "Delivery Status Notification (Failure)"
    fields = recipient_fields(notice)
    assert fields["Final-Recipient"] == "rfc822; gone@example.com"
    assert fields["Diagnostic-Code"] == "smtp; 550 5.1.1 No gone@example.com here"
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert len(groups(notice)) == 2


def test_a_rule_at_eom_bounces_for_all_recipients(mailbox: Path) -> None:
    rules = '[[faults.rule]]\nat = "eom"\nmatch.subject = "hi"\nbounce_later = "gmail-no-user"\n'
    with running(mailbox, rules) as catcher:
        send(catcher, "bob@example.com", "ann@example.com")
        notice = notice_in(mailbox)
    assert recipient_fields(notice, 2)["Final-Recipient"] == "rfc822; ann@example.com"
    assert "The email account that you tried" in recipient_fields(notice)["Diagnostic-Code"]


@pytest.mark.parametrize(("ret", "kind"), [("FULL", "message/rfc822"), ("HDRS", "text/rfc822-h")])
def test_ret_says_how_much_comes_back(mailbox: Path, ret: str, kind: str) -> None:
    with running(mailbox, GONE) as catcher:
        send(catcher, "gone@example.com", mail=(f"RET={ret}",))
        octets = bytes(notice_in(mailbox))
    assert f"Content-Type: {kind}".encode() in octets
    assert (b"Good day." in octets) is (ret == "FULL")


def test_of_a_message_that_is_too_large_the_header_comes_back(mailbox: Path) -> None:
    with running(mailbox, GONE, limits=Limits(returned=len(BODY) - 1)) as catcher:
        send(catcher, "gone@example.com", mail=("RET=FULL",))
        assert b"Content-Type: text/rfc822-headers" in bytes(notice_in(mailbox))


def test_of_a_message_that_is_gone_the_header_comes_back(mailbox: Path) -> None:
    rules = GONE.replace("{}", '{ delay = "300ms" }')
    with running(mailbox, rules) as catcher:
        send(catcher, "gone@example.com", mail=("RET=FULL",))
        (message,) = (mailbox / "messages").glob("*.eml")
        message.unlink()
        octets = bytes(notice_in(mailbox))
    assert b"Content-Type: text/rfc822-headers" in octets
    assert b"Subject: hi" in octets.partition(b"text/rfc822-headers")[2]


def test_a_bounce_that_takes_its_time_keeps_nobody_waiting(mailbox: Path) -> None:
    rules = GONE.replace("{}", '{ delay = "300ms" }')
    with running(mailbox, rules) as catcher:
        send(catcher, "gone@example.com")
        (stored,) = transactions(mailbox)
        assert stored.answer.startswith("250")
        assert made(mailbox) == []
        assert recipient_fields(notice_in(mailbox))["Action"] == "failed"


def test_bounces_come_in_the_order_of_their_delays(mailbox: Path) -> None:
    rules = GONE.replace("{}", '{ delay = "600ms" }') + GONE.replace("gone", "soon")
    with running(mailbox, rules) as catcher:
        send(catcher, "gone@example.com")
        send(catcher, "soon@example.com")
        eventually(lambda: len(made(mailbox)) == 2)
        both = made(mailbox)
    found = [recipient_fields(message_from_bytes(one))["Final-Recipient"] for one in both]
    assert found == ["rfc822; soon@example.com", "rfc822; gone@example.com"]


def test_a_4xx_reports_a_delay(mailbox: Path) -> None:
    rules = GONE.replace("{}", '"451 4.4.1 No answer from host"')
    with running(mailbox, rules) as catcher:
        send(catcher, "gone@example.com", rcpt=("NOTIFY=DELAY",))
        fields = recipient_fields(notice_in(mailbox))
    assert (fields["Action"], fields["Status"]) == ("delayed", "4.4.1")


def test_a_bounce_is_counted_as_every_other_effect(mailbox: Path) -> None:
    with running(mailbox, GONE + "times = 2\n") as catcher:
        for _ in range(3):
            send(catcher, "gone@example.com")
        eventually(lambda: catcher.counters.notifications == 2)
        (rule,) = catcher.faults.state().rules
        assert (rule.fired, rule.remaining) == (2, 0)


def test_a_dry_run_makes_none(mailbox: Path) -> None:
    with running(mailbox, GONE + "dry_run = true\n", dsn=True) as catcher:
        send(catcher, "gone@example.com")
        settled(catcher)
        assert len(made(mailbox)) == 1
    effects = [one.effect for one in sessions(mailbox)[0] if isinstance(one, events.Fault)]
    assert effects == ["bounce later with 550 5.1.1"]


def test_a_magic_recipient_bounces(mailbox: Path) -> None:
    with running(mailbox) as catcher:
        send(catcher, "ann+mc-bounce-552-5.2.2@example.test")
        assert recipient_fields(notice_in(mailbox))["Status"] == "5.2.2"


def test_what_is_taken_and_not_kept_bounces_with_its_header(mailbox: Path) -> None:
    rules = '[[faults.rule]]\nid = "away"\nat = "eom"\nstore = false\nbounce_later = true\n'
    with running(mailbox, rules) as catcher:
        send(catcher, mail=("RET=FULL",))
        octets = bytes(notice_in(mailbox))
    (notice,) = [one for one in transactions(mailbox) if one.status_of]
    assert notice.status_of.endswith(".jsonl")
    assert b"Subject: hi" in octets.partition(b"text/rfc822-headers")[2]


def test_it_is_on_record_as_made_by_the_server(mailbox: Path) -> None:
    with running(mailbox, dsn=True) as catcher:
        send(catcher, rcpt=("NOTIFY=SUCCESS",))
        notice_in(mailbox)
        eventually(lambda: catcher.counters.notifications)
        counters = catcher.counters
    assert (counters.messages, counters.notifications) == (1, 1)
    (sent, notice) = transactions(mailbox)
    assert (notice.sender, notice.outcome) == ("", "stored")
    assert [one.address for one in notice.recipients] == ["app@example.org"]
    assert notice.status_of == sent.file
    opening, _, close = sessions(mailbox)[1]
    assert isinstance(opening, events.Connect)
    assert isinstance(close, events.Close)
    assert (opening.peer, close.how) == (events.SELF, "made")


def test_readers_find_it(mailbox: Path) -> None:
    with running(mailbox, dsn=True) as catcher:
        send(catcher, rcpt=("NOTIFY=SUCCESS",))
        notice_in(mailbox)
        eventually(lambda: catcher.counters.notifications)
    with Reader(mailbox) as reader:
        reader.refresh()
        (name,) = reader.search("is:dsn")
        (other,) = reader.search("-is:dsn")
        found = reader.message(name)
        assert (found.sender, found.recipients) == ("", ("app@example.org",))
        assert found.status_of == other
        assert reader.message(other).status_of == ""
        assert [one.made for one in reader.story(name).attempts] == [True]
        assert list(reader.search("peer:mailcatch")) == [name]


def test_a_server_that_stops_makes_what_is_due_and_says_what_it_drops(
    mailbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    later = GONE.replace("gone", "later").replace("{}", '{ delay = "1h" }')
    with caplog.at_level(logging.WARNING, "mailcatch"), running(mailbox, GONE + later) as catcher:
        send(catcher, "later@example.com")
        send(catcher, "gone@example.com")
    assert len(made(mailbox)) == 1
    assert "dropped 1 delivery status notifications that were to come later" in caplog.text


def test_no_more_wait_than_are_allowed(mailbox: Path) -> None:
    rules = GONE.replace("{}", '{ delay = "1h" }')
    with running(mailbox, rules, limits=Limits(notifications=2)) as catcher:
        for _ in range(3):
            send(catcher, "gone@example.com")
        state = catcher.mailbox / "server.json"
        eventually(lambda: "more than 2 delivery status" in state.read_text())


def test_a_disk_that_is_full_costs_the_notice_and_not_the_message(
    mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_session = Mailbox.new_session

    def fail(self: Mailbox, opening: events.Connect) -> object:
        if opening.peer == events.SELF:
            raise OSError(28, "No space left on device")
        return new_session(self, opening)

    monkeypatch.setattr(Mailbox, "new_session", fail)
    with running(mailbox, dsn=True) as catcher:
        send(catcher, rcpt=("NOTIFY=SUCCESS",))
        state = catcher.mailbox / "server.json"
        eventually(lambda: "No space left on device" in state.read_text())
        assert [one.outcome for one in transactions(mailbox)] == ["stored"]


def watched(heard: list[tuple[str, str]]) -> Callable[[Notice, str], None]:
    return lambda notice, file: heard.append((notice.action, file))


def test_whoever_watches_is_told(mailbox: Path) -> None:
    heard: list[tuple[str, str]] = []
    with running(mailbox, dsn=True, on_notification=watched(heard)) as catcher:
        send(catcher, rcpt=("NOTIFY=SUCCESS",))
        eventually(lambda: heard)
    ((action, file),) = heard
    assert action == "delivered"
    assert (mailbox / "messages" / file).read_bytes() in made(mailbox)


def test_a_watcher_that_fails_does_no_harm(mailbox: Path) -> None:
    def fail(_notice: Notice, _file: str) -> None:
        raise RuntimeError("mine")

    with running(mailbox, dsn=True, on_notification=fail) as catcher:
        settled(catcher)
        settled(catcher)
    assert len(made(mailbox)) == 2


def test_an_address_in_utf8_is_answered_in_utf8(mailbox: Path) -> None:
    with running(mailbox, dsn=True) as catcher:
        with smtplib.SMTP(catcher.host, catcher.port) as client:
            client.ehlo()
            client.command_encoding = "utf-8"
            client.mail("änn@example.org", ["SMTPUTF8"])
            client.rcpt("日本@example.com", ["NOTIFY=SUCCESS", r"ORCPT=utf-8;\x{65E5}@example.com"])
            client.data(BODY)
        (octets,) = eventually(lambda: made(mailbox))
    assert b"Content-Type: message/global-delivery-status\r\n" in octets
    assert "\r\nOriginal-Recipient: utf-8; 日@example.com\r\n".encode() in octets
    assert "\r\nFinal-Recipient: utf-8; 日本@example.com\r\n".encode() in octets
    (notice,) = [one for one in transactions(mailbox) if one.status_of]
    assert notice.parameters == ("SMTPUTF8",)
