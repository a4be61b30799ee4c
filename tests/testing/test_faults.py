"""Breaking delivery on purpose, for one test."""

from __future__ import annotations

import re
import smtplib

import pytest

from mailcatch import RuleError
from mailcatch.testing import Mailbox, MailcatchFailure, MailcatchMisuse, MailServer
from tests.talk import Talk
from tests.testing.sending import later, send


def test_a_reply_of_ones_own_twice_and_then_as_usual(inbox: Mailbox) -> None:
    rule = inbox.fail("RCPT", "451 4.7.1 Greylisted", to="bob@example.com", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="Greylisted"):
            send(inbox)
    send(inbox, to="ann@example.com")
    send(inbox)
    assert rule.fired == 2
    attempts = inbox.attempts(to="bob@example.com")
    assert [one.reply.code for one in attempts] == [451, 451, 250]
    assert [one.outcome for one in attempts] == ["refused", "refused", "stored"]
    assert attempts[0].reply.enhanced == "4.7.1"
    assert attempts[0].rule == rule.name
    assert attempts[1].gap >= 0
    assert "test_faults.py" in inbox.transcript
    assert inbox.unmet() == []


def test_a_rule_in_a_block_ends_with_it(inbox: Mailbox) -> None:
    with inbox.fail("RCPT", 550, to="*@gone.example") as rule:
        with smtplib.SMTP(*inbox.addr) as client:
            refused = client.sendmail("a@x.io", ["ok@x.io", "eve@gone.example"], "Subject: x\n\n")
        assert refused.keys() == {"eve@gone.example"}
    assert rule.fired == 1
    assert inbox.one().envelope.rejected[0].address == "eve@gone.example"
    send(inbox, to="eve@gone.example")
    assert len(inbox) == 2


def test_rules_are_gone_with_their_mailbox(server: MailServer) -> None:
    with server.inbox() as inbox:
        rule = inbox.fail("MAIL", 451)
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(inbox)
    assert rule.fired == 1
    with server.inbox() as after:
        send(after)


def test_rules_of_a_port_are_for_that_port(server: MailServer) -> None:
    with server.inbox(isolation="port") as broken, server.inbox(isolation="port") as whole:
        broken.fail("CONNECT", 421)
        send(whole)
        with pytest.raises(smtplib.SMTPConnectError):
            send(broken)
        assert [one.reply.code for one in broken.attempts()] == [421]


def test_a_rule_that_never_fired_is_a_failure(server: MailServer) -> None:
    with pytest.raises(MailcatchFailure) as failure, server.inbox() as inbox:
        inbox.fail("RCPT", 550, to="nobody@example.com")
        send(inbox)
    assert re.search(r"test_faults.py:\d+ never fired: it was asked once", str(failure.value))
    assert "'Hello' to bob@example.com" in str(failure.value)


def test_a_rule_that_need_not_fire_says_so(server: MailServer) -> None:
    with server.inbox() as inbox:
        inbox.fail("RCPT", 550, optional=True)
        inbox.faults.at("rcpt").reply(550).optional()
    with server.inbox(strict=False) as inbox:
        inbox.fail("RCPT", 550)
    with server.inbox() as inbox:
        inbox.fail("RCPT", 550)
        inbox.faults.clear()


def test_an_unfired_rule_in_a_block_is_told_at_its_end_and_once(server: MailServer) -> None:
    with server.inbox() as inbox:
        with pytest.raises(MailcatchFailure, match="never fired"), inbox.fail("DATA", 552):
            pass
        with pytest.raises(ZeroDivisionError), inbox.fail("DATA", 552, optional=True):
            raise ZeroDivisionError


def test_a_rule_without_an_effect_is_told(server: MailServer) -> None:
    with pytest.raises(MailcatchFailure, match="does nothing: say"), server.inbox() as inbox:
        inbox.faults.at("rcpt").to("bob@*")


def test_a_rule_that_cannot_be_says_why_and_where(inbox: Mailbox) -> None:
    with pytest.raises(RuleError, match=r"test_faults.py:\d+: .*bogus.* is no stage"):
        inbox.fail("bogus", 550)
    with pytest.raises(RuleError, match="999"):
        inbox.fail("RCPT", 999)
    with pytest.raises(RuleError, match="no stage 'rctp': did you mean rcpt"):
        inbox.faults.add("rctp-451")
    assert len(inbox.faults) == 0


def test_replies_one_after_the_other(inbox: Mailbox) -> None:
    inbox.sequence("DATA_END", 451, "421 4.3.2 Later")
    for code in (451, 421):
        with pytest.raises(smtplib.SMTPException, match=str(code)):
            send(inbox)
    send(inbox)
    assert [one.reply.code for one in inbox.attempts()] == [451, 421, 250]
    refused = inbox.attempts()[0].message
    assert refused is not None
    assert refused.subject == "Hello"
    assert len(inbox) == 1


def test_a_lost_reply_and_the_duplicate_that_follows(inbox: Mailbox) -> None:
    rule = inbox.lose_reply(times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(inbox, subject="Invoice")
    send(inbox, subject="Invoice")
    assert rule.fired == 1
    with pytest.raises(MailcatchFailure, match="same mail, sent again"):
        inbox.assert_delivered_once(subject="Invoice")
    with pytest.raises(MailcatchFailure, match="sent 2 times"):
        inbox.assert_no_duplicates()


def test_dropping_in_the_middle_of_a_message(inbox: Mailbox) -> None:
    inbox.drop(after_bytes=100, times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(inbox, text="x" * 10_000_000)
    inbox.drop("RCPT", how="fin", times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(inbox)
    inbox.settle(0.01)
    assert [one.outcome for one in inbox.attempts()] == ["aborted", "aborted"]
    with pytest.raises(MailcatchFailure, match=r"within 0.05 s"):
        inbox.wait_for(timeout=0.05)


def test_delays_and_silence(inbox: Mailbox) -> None:
    inbox.delay("MAIL", "50ms")
    send(inbox)
    inbox.hang("EHLO")
    with smtplib.SMTP(timeout=0.2) as client:
        client.connect(*inbox.addr)
        with pytest.raises((smtplib.SMTPServerDisconnected, TimeoutError)):
            client.ehlo()


def test_windows_go_by_a_clock_that_can_be_moved_on(inbox: Mailbox) -> None:
    inbox.greylist("10m")
    with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"4.7.1 Greylisted"):
        send(inbox)
    inbox.clock.advance("5m")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(inbox)
    inbox.clock.advance("5m")
    send(inbox)
    assert len(inbox) == 1


def test_a_rate_limit(inbox: Mailbox) -> None:
    inbox.rate_limit(2, per="1m", reply=450)
    for _ in range(2):
        send(inbox)
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(inbox)
    inbox.clock.advance(61)
    send(inbox)


def test_presets_shorthand_and_rule_files(inbox: Mailbox) -> None:
    inbox.preset("gmail-no-user", to="bob@*")
    with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"5.1.1"):
        send(inbox)
    inbox.faults.clear()
    rule = inbox.faults.add("mail-451-x1")
    (other,) = inbox.faults.add_toml(
        """
        [[faults.rule]]
        at = "eom"
        match.subject = "Inv*"
        reply = "552 5.3.4 Too big"
        """
    )
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(inbox)
    with pytest.raises(smtplib.SMTPDataError):
        send(inbox, subject="Invoice")
    assert (rule.fired, other.fired) == (1, 1)
    assert [one.name for one in inbox.faults] == [rule.name, other.name]
    assert len(inbox.faults) == 2


def test_capabilities_can_be_hidden(inbox: Mailbox) -> None:
    inbox.without("smtputf8")
    with Talk(inbox) as talk:
        assert b"SMTPUTF8" not in talk.ask(b"EHLO x")


def test_every_effect_of_the_language_is_one_here(inbox: Mailbox) -> None:
    handshake = inbox.faults.at("tls").tls(handshake="stall", cert="expired").optional()
    assert inbox.faults.unfired() == []
    assert "'handshake': 'stall'" in repr(handshake)
    switch = inbox.faults.at("eom").set(scenario="outage", set_state="down")
    down = inbox.faults.at("mail").set(scenario="outage", when_state="down").reply(451)
    send(inbox)
    with pytest.raises(smtplib.SMTPSenderRefused):
        send(inbox)
    assert (switch.fired, down.fired) == (1, 1)


def test_rules_said_word_by_word(inbox: Mailbox) -> None:
    rule = (
        inbox.faults.at("eom")
        .to(re.compile("^BOB@", re.IGNORECASE))
        .sender("app@*")
        .subject("H*")
        .match(size=">10", header={"Message-ID": "*"})
        .reply(451)
        .skip(1)
        .every(1)
        .key("fingerprint")
        .times(1)
    )
    send(inbox)
    with pytest.raises(smtplib.SMTPDataError):
        send(inbox)
    send(inbox)
    assert (rule.fired, rule.matched, rule.seen) == (1, 3, 3)
    assert "fired=1" in repr(rule)


def test_a_wait_goes_on_while_a_retry_can_come_and_ends_when_none_can(inbox: Mailbox) -> None:
    inbox.fail("RCPT", 451, times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(inbox)
    with later(inbox, "retried"):
        assert inbox.wait_for(to="bob@example.com", timeout=20).subject == "retried"
    inbox.clear()
    inbox.fail("RCPT", "550 5.1.1 No such user", to="bob@example.com")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(inbox)
    with pytest.raises(MailcatchFailure, match=r"not delivered: bob@.* -> 550 5.1.1 No such user"):
        inbox.wait_for(to="bob@example.com", timeout=60)


def test_a_function_can_say_which_mail_is_meant(inbox: Mailbox) -> None:
    rule = inbox.fail("DATA_END", 552, where=lambda at: (at.size or 0) > 1000)
    send(inbox, text="short")
    with pytest.raises(smtplib.SMTPDataError):
        send(inbox, text="long " * 300)
    assert (rule.matched, rule.fired, len(inbox)) == (1, 1, 1)
    named = inbox.faults.at("eom").reply(451).where(lambda at: at.subject() == "Invoice")
    send(inbox, text="short")
    with pytest.raises(smtplib.SMTPDataError):
        send(inbox, subject="Invoice")
    assert named.fired == 1


def test_an_error_in_such_a_function_is_told(server: MailServer) -> None:
    with pytest.raises(MailcatchFailure) as failure, server.inbox() as inbox:
        inbox.fail("RCPT", 550, where=lambda at: 1 / 0)
        send(inbox)
    assert "test_faults.py:" in str(failure.value)
    assert "its function raised ZeroDivisionError: division by zero" in str(failure.value)


def test_a_condition_that_does_not_exist_names_the_nearest(inbox: Mailbox) -> None:
    with pytest.raises(MailcatchMisuse, match="no 'time': did you mean 'times'"):
        inbox.fail("RCPT", 550, time=2)  # type: ignore[call-arg]
    assert len(inbox.faults) == 0
