"""The mail of one test: choosing, waiting, telling apart."""

from __future__ import annotations

import asyncio
import re
import smtplib
import socket
import threading
from functools import partial
from time import monotonic

import pytest

from mailcatch.testing import Mailbox, MailcatchFailure, MailcatchMisuse, MailServer
from mailcatch.testing.criteria import Criteria
from tests.talk import Talk
from tests.testing.sending import later, send, send_raw


def test_a_mailbox_is_a_sequence_of_what_was_delivered(inbox: Mailbox) -> None:
    assert inbox == []
    for subject in ("one", "two", "three"):
        send(inbox, subject=subject)
    assert len(inbox) == 3
    assert inbox.subjects == ["one", "two", "three"]
    assert inbox[0].subject == "one"
    assert [one.subject for one in inbox[1:]] == ["two", "three"]
    assert inbox.last is inbox[-1]
    assert inbox == inbox.messages
    assert [one.number for one in inbox] == [1, 2, 3]
    assert repr(inbox).startswith("<Mailbox of 3 messages: #1 'one' to bob@example.com, #2")


def test_a_message_that_is_not_there_says_how_many_are(inbox: Mailbox) -> None:
    with pytest.raises(IndexError, match=r"there is no message \[0\], got 0\n *nothing was del"):
        inbox[0]
    send(inbox)
    with pytest.raises(IndexError, match=r"there is no message \[-2\], got 1\n *#1 .*'Hello'"):
        inbox[-2]
    assert inbox[0:3] == [inbox[0]]


def test_the_last_of_none_is_a_failure(inbox: Mailbox) -> None:
    with pytest.raises(MailcatchFailure, match="expected a message, got none"):
        inbox.last  # noqa: B018


@pytest.mark.parametrize(
    ("criteria", "fits"),
    [
        ({"to": "bob@example.com"}, True),
        ({"to": "BOB@EXAMPLE.COM"}, True),
        ({"to": "ob@example.com"}, False),
        ({"to": re.compile("^bob@")}, True),
        ({"to": ["bob@example.com", "x@example.com"]}, False),
        ({"sender": "app@example.com"}, True),
        ({"sender": "bob@example.com"}, False),
        ({"subject": "Wel"}, True),
        ({"subject": "wel"}, False),
        ({"subject": re.compile("wel", re.IGNORECASE)}, True),
        ({"text": "inside"}, True),
        ({"text": re.compile(r"^outside")}, False),
        ({"html": "<p>"}, False),
        ({"header": {"Message-ID": "@example.com"}}, True),
        ({"header": {"X-None": ""}}, False),
        ({"attachment": "*.pdf"}, False),
        ({"where": lambda message: message.size > 10}, True),
        ({"after": None}, True),
        ({"to": "bob@example.com", "subject": "other"}, False),
    ],
)
def test_criteria(inbox: Mailbox, criteria: Criteria, fits: bool) -> None:
    send(inbox, subject="Welcome", text="inside")
    assert len(inbox.find(**criteria)) == fits


def test_a_criterion_that_does_not_exist_names_the_nearest(inbox: Mailbox) -> None:
    with pytest.raises(MailcatchMisuse, match="no criterion 'subjct': did you mean 'subject'"):
        inbox.find(subjct="x")  # type: ignore[call-arg]


def test_one_says_what_each_message_missed(inbox: Mailbox) -> None:
    send(inbox, to="ann@example.com", subject="Reset")
    send(inbox, to="bob@example.com", subject="Welcome")
    with pytest.raises(MailcatchFailure) as failure:
        inbox.one(to="bob@example.com", subject="Reset")
    lines = str(failure.value).splitlines()
    assert lines[0] == ("mailcatch: expected 1 message to='bob@example.com' subject~'Reset', got 0")
    assert re.search(r"#1 \+\d+ms .* 'Reset' to ann@example.com  \u00d7 to$", lines[1])
    assert re.search(r"#2 \+\d+ms .* 'Welcome' to bob@example.com  \u00d7 subject$", lines[2])


def test_waiting_ends_when_the_mail_comes(inbox: Mailbox) -> None:
    with later(inbox, "first", "second"):
        assert inbox.wait_for(subject="second", timeout=20).subject == "second"
    assert [one.subject for one in inbox.wait_for(2)] == ["first", "second"]


def test_a_message_is_there_before_its_250(inbox: Mailbox) -> None:
    for number in range(50):
        send(inbox, subject=str(number))
        assert inbox.last.subject == str(number)


def test_more_than_was_waited_for_is_a_failure(inbox: Mailbox) -> None:
    send(inbox, subject="a")
    send(inbox, subject="b")
    with pytest.raises(MailcatchFailure, match="expected 1 message, got 2; pass first=True"):
        inbox.wait_for()
    assert inbox.wait_for(first=True).subject == "a"


def test_waiting_in_vain_says_what_came(inbox: Mailbox) -> None:
    with pytest.raises(MailcatchFailure, match=r"within 0.05 s, got 0\n  nothing.*\n.*nobody conn"):
        inbox.wait_for(to="bob@example.com", timeout=0.05)


def test_a_refusal_ends_the_wait_at_once(inbox: Mailbox, server: MailServer) -> None:
    def send_too_much() -> None:
        with Talk(inbox) as talk:
            talk.ask(b"EHLO x")
            size = server._service.limits.message + 1
            refused.append(talk.ask(b"MAIL FROM:<a@example.com> SIZE=%d" % size))

    refused: list[bytes] = []
    thread = threading.Timer(0.05, send_too_much)
    thread.start()
    with pytest.raises(MailcatchFailure, match=r"it was not delivered: .* -> 552 5.3.4"):
        inbox.wait_for(to="bob@example.com", timeout=3600)
    thread.join()
    assert refused


def test_a_sender_that_vanishes_ends_the_wait_at_once(inbox: Mailbox) -> None:
    def vanish() -> None:
        with Talk(inbox) as talk:
            talk.open_transaction(b"bob@example.com")
            talk.ask(b"DATA")
            talk.say(b"Subject: never finis")

    thread = threading.Timer(0.05, vanish)
    thread.start()
    with pytest.raises(MailcatchFailure, match=r"not delivered: bob@.*closed by the client"):
        inbox.wait_for(to="bob@example.com", timeout=60)
    thread.join()


def test_a_later_try_makes_an_earlier_refusal_good(inbox: Mailbox, server: MailServer) -> None:
    with Talk(inbox) as talk:
        talk.ask(b"EHLO x")
        size = server._service.limits.message + 1
        assert talk.ask(b"MAIL FROM:<a@example.com> SIZE=%d" % size).startswith(b"552")
    with later(inbox, "again"), Talk(inbox) as talk:
        talk.open_transaction(b"bob@example.com")
        with pytest.raises(MailcatchFailure, match=r"within 0.01 s"):
            inbox.wait_for(subject="nothing", timeout=0.01)
        talk.ask(b"RSET")
        assert inbox.wait_for(fail_fast=False, timeout=20).subject == "again"


def test_assert_none_fails_at_the_first_that_fits(inbox: Mailbox) -> None:
    with later(inbox, "other", "spam"), pytest.raises(MailcatchFailure, match="no message subj"):
        inbox.assert_none(subject="spam", settle=20, timeout=20)


def test_assert_none_waits_for_transactions_that_are_open(inbox: Mailbox) -> None:
    with Talk(inbox) as talk:
        talk.open_transaction(b"bob@example.com")
        finish = threading.Timer(0.3, lambda: talk.say(b"DATA\r\n\r\n.\r\n"))
        finish.start()
        with pytest.raises(MailcatchFailure, match="got 1"):
            inbox.assert_none(to="bob@example.com", settle=0.01, timeout=20)
        finish.join()


def test_assert_none_does_not_wait_for_idle_connections(inbox: Mailbox) -> None:
    with Talk(inbox) as talk:
        talk.ask(b"EHLO pooled")
        inbox.assert_none(settle=0.05, timeout=20)


def test_a_transaction_that_never_ends_is_no_quiet(inbox: Mailbox) -> None:
    with Talk(inbox) as talk:
        talk.open_transaction()
        with pytest.raises(MailcatchFailure, match=r"quiet within 0.05 s\n(.*\n)*  open:  "):
            inbox.settle(0.01, timeout=0.05)


def test_expect_counts_what_was_begun_inside_the_block(inbox: Mailbox) -> None:
    send(inbox, subject="before")
    with inbox.expect(to="bob@example.com") as again, later(inbox, "inside"):
        pass
    assert again.message.subject == "inside"
    with inbox.expect(2, ordered=["x", "y"]) as both:
        send(inbox, subject="x")
        send(inbox, subject="y")
    assert [one.subject for one in both.messages] == ["x", "y"]
    with inbox.expect(0):
        pass
    assert inbox.unmet() == []


def test_expect_fails_at_the_end_of_its_block(inbox: Mailbox) -> None:
    with pytest.raises(MailcatchFailure, match="expected 1 message"), inbox.expect(timeout=0.01):
        pass
    with (
        pytest.raises(MailcatchFailure, match="subjects in this order"),
        inbox.expect(ordered=["b", "a"]),
    ):
        send(inbox, subject="a")
        send(inbox, subject="b")
    with pytest.raises(MailcatchFailure, match="no message, got 1"), inbox.expect(0):
        send(inbox)


def test_an_error_inside_the_block_is_left_alone(inbox: Mailbox) -> None:
    with pytest.raises(ZeroDivisionError), inbox.expect(timeout=60):
        raise ZeroDivisionError
    assert inbox.unmet() == []


def test_expect_without_a_block_is_checked_at_the_end(inbox: Mailbox) -> None:
    inbox.expect(subject="never", timeout=0.01)
    inbox.expect(subject="sent")
    send(inbox, subject="sent")
    (unmet,) = inbox.unmet()
    assert "subject~'never'" in unmet


def test_clearing_takes_all_and_loses_none(inbox: Mailbox) -> None:
    done = threading.Event()

    def work() -> None:
        with smtplib.SMTP(*inbox.addr) as client:
            for number in range(200):
                client.sendmail("a@example.com", ["b@example.com"], f"Subject: {number}\n\n")
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    taken = []
    while not done.is_set():
        taken += inbox.clear()
    thread.join()
    taken += inbox.clear()
    assert [one.subject for one in taken] == [str(number) for number in range(200)]
    assert inbox == []


def test_mail_after_a_mark_or_a_message(inbox: Mailbox) -> None:
    send(inbox, subject="old")
    mark = inbox.mark()
    send(inbox, subject="new")
    assert inbox.one(after=mark).subject == "new"
    assert inbox.one(after=inbox[0]).subject == "new"


def test_attempts_tell_the_story_of_refusals(inbox: Mailbox) -> None:
    with Talk(inbox) as talk:
        talk.open_transaction(b"bob@example.com")
        talk.ask(b"RSET")
        talk.ask(b"MAIL FROM:<a@example.com>")
        talk.ask(b"RCPT TO:<bob@example.com>")
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        talk.hear()
        tried = inbox.attempts(to="BOB@example.com")
    assert [one.outcome for one in tried] == ["reset", "stored"]
    assert [one.reply.code for one in tried] == [0, 250]
    assert tried[0].gap == 0
    assert tried[1].gap > 0
    assert tried[1].message is not None
    assert tried[1].message.subject == "x"
    assert inbox.attempts(to="other@example.com") == []
    assert inbox.attempts(outcome="reset", sender="a@example.com")[0].addresses == [
        "bob@example.com"
    ]


def test_duplicates_are_named(inbox: Mailbox) -> None:
    send(inbox, subject="Invoice")
    inbox.assert_no_duplicates()
    inbox.assert_unique_message_ids()
    assert inbox.assert_delivered_once(subject="Invoice").subject == "Invoice"
    send(inbox, subject="Invoice")
    send_raw(inbox, b"Subject: no id\n\n")
    assert [len(group) for group in inbox.duplicates()] == [2]
    with pytest.raises(MailcatchFailure, match="same mail was sent 2 times"):
        inbox.assert_no_duplicates()
    with pytest.raises(MailcatchFailure, match=r"got 2; some are the same mail"):
        inbox.assert_delivered_once(subject="Invoice")
    with pytest.raises(MailcatchFailure, match=r"have no Message-ID:\n.*'no id'"):
        inbox.assert_unique_message_ids()
    inbox.clear()
    send(inbox, subject="Twice")
    send(inbox, subject="Twice")
    with pytest.raises(MailcatchFailure, match="2 have the Message-ID"):
        inbox.assert_unique_message_ids()


def test_mail_belongs_to_the_mailbox_that_was_active_at_mail_from(server: MailServer) -> None:
    with Talk(server) as talk:
        with server.inbox(name="first") as first:
            send(first)
            talk.open_transaction(b"late@example.com")
            assert talk.ask(b"DATA").startswith(b"354")
        with server.inbox() as second:
            talk.say(b"Subject: late\r\n.\r\n")
            talk.hear()
            talk.ask(b"MAIL FROM:<a@example.com>")
            talk.ask(b"RCPT TO:<second@example.com>")
            talk.ask(b"DATA")
            talk.say(b"Subject: mine\r\n.\r\n")
            talk.hear()
            assert second.subjects == ["mine"]
            assert "DATA" in second.transcript
            assert "late@example.com" not in second.transcript
    assert first.subjects == ["Hello"]
    assert server.ledger.strays.pop().describe() == (
        "'late' to late@example.com, came too late for first"
    )


def test_mail_of_nobody_is_kept_as_stray(server: MailServer) -> None:
    send(server, subject="whose?")
    assert "'whose?'" in server.ledger.strays.pop().describe()


def test_an_inner_mailbox_takes_over_and_gives_back(server: MailServer) -> None:
    with server.inbox() as outer:
        with server.inbox() as inner:
            send(server, subject="inner")
        send(server, subject="outer")
    assert (inner.subjects, outer.subjects) == (["inner"], ["outer"])


def test_a_mailbox_can_have_a_port_of_its_own(server: MailServer) -> None:
    with (
        server.inbox(isolation="port") as one,
        server.inbox(isolation="port") as other,
        server.inbox() as view,
    ):
        assert len({one.port, other.port, server.port}) == 3
        send(one, subject="one")
        send(other, subject="other")
        send(server, subject="view")
        assert (one.subjects, other.subjects, view.subjects) == (["one"], ["other"], ["view"])
        port = one.port
    with pytest.raises(ConnectionError):
        _connect_until_refused(port)


def _connect_until_refused(port: int) -> None:
    deadline = monotonic() + 20
    while monotonic() < deadline:
        socket.create_connection(("127.0.0.1", port), timeout=20).close()


def test_what_is_sent_to_its_address_belongs_to_a_mailbox(server: MailServer) -> None:
    with server.inbox(isolation="address") as mine, server.inbox() as current:
        address = mine.address("bob")
        assert re.fullmatch(r"bob-[0-9a-f]{8}@test\.example", address)
        send(server, to=address, subject="mine")
        send(server, subject="not mine")
        assert mine.one(to=address).subject == "mine"
        assert current.subjects == ["not mine"]


def test_close_waits_for_a_transaction_in_flight(server: MailServer) -> None:
    mailbox = server.inbox()
    with Talk(mailbox) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        threading.Timer(0.05, lambda: talk.say(b"Subject: in flight\r\n.\r\n")).start()
        mailbox.close()
        assert mailbox.subjects == ["in flight"]
        mailbox.close()


def test_files_of_a_temporary_directory_go_with_their_mailbox() -> None:
    with MailServer() as server:
        with server.inbox() as mailbox:
            send(mailbox)
            assert len(list(server.mailbox.glob("messages/*.eml"))) == 1
        assert list(server.mailbox.glob("messages/*.eml")) == []
    assert mailbox.one().text.strip() == "Hello, world"


async def test_async_forms_wait_in_asyncio(inbox: Mailbox) -> None:
    async def work() -> None:
        await asyncio.to_thread(send, inbox, subject="from the loop")

    task = asyncio.create_task(work())
    assert (await inbox.async_wait_for()).subject == "from the loop"
    await task
    inbox.clear()
    await inbox.async_assert_none(settle=0.01)
    await inbox.async_settle(0.01)
    async with inbox.expect() as expected:
        task = asyncio.create_task(work())
    await task
    assert expected.message.subject == "from the loop"
    with pytest.raises(MailcatchFailure, match="got 0"):
        await inbox.async_wait_for(subject="never", timeout=0.01)


async def test_the_blocking_form_in_a_loop_says_what_to_write(inbox: Mailbox) -> None:
    with pytest.raises(MailcatchMisuse, match=r"await mailcatch.async_wait_for\(\.\.\.\)"):
        inbox.wait_for()
    with pytest.raises(MailcatchMisuse, match=r"await mailcatch.async_assert_none\(\.\.\.\)"):
        inbox.assert_none()
    advice = r"`async with mailcatch.expect\(\.\.\.\)`"
    with pytest.raises(MailcatchMisuse, match=advice), inbox.expect():
        pass
    await asyncio.to_thread(send, inbox)
    assert inbox.wait_for().subject == "Hello"


def test_async_forms_wait_in_trio(inbox: Mailbox) -> None:
    import trio

    async def main() -> None:
        with pytest.raises(MailcatchMisuse, match="async_wait_for"):
            inbox.wait_for()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, partial(send, inbox))
            assert (await inbox.async_wait_for()).subject == "Hello"
        with pytest.raises(MailcatchFailure, match="got 0"):
            await inbox.async_wait_for(subject="never", timeout=0.01)

    trio.run(main)


def test_a_mailbox_used_as_a_block_checks_what_was_expected(server: MailServer) -> None:
    with pytest.raises(MailcatchFailure, match="expected 1 message"), server.inbox() as inbox:
        inbox.expect(timeout=0.01)
    with pytest.raises(ZeroDivisionError), server.inbox() as inbox:
        inbox.expect(timeout=60)
        raise ZeroDivisionError


def test_ways_to_tell_an_application_where_the_server_is(inbox: Mailbox) -> None:
    port = str(inbox.port)
    assert inbox.url == f"smtp://127.0.0.1:{port}"
    assert inbox.env("MYAPP_SMTP") == {"MYAPP_SMTP_HOST": "127.0.0.1", "MYAPP_SMTP_PORT": port}
    assert inbox.env("mail_server") == {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port}
    assert {"SMTP_HOST", "EMAIL_URL", "MAILER_DSN", "MAIL_SERVER"} <= inbox.env().keys()
