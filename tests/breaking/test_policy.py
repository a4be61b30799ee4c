"""The rules as a policy of the wire: when it wants to be asked, and what is magic in a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.breaking.faults import Faults
from mailcatch.faults.loading import load
from mailcatch.mailbox.events import Fault
from mailcatch.mailbox.server_file import read_state
from mailcatch.smtp.policy import AcceptAll, Facts, Stage, Verdict
from tests.reading import ended_session, eventually, transactions
from tests.serving import Serving
from tests.talk import Talk, stuffed

NO_MAGIC = "[faults]\nmagic = false\n"
AT_NOOP = NO_MAGIC + '[[faults.rule]]\nid = "busy"\nat = "noop"\nreply = 451\n'


def armed(text: str) -> Faults:
    """Return the faults of a server whose rule file says this."""
    faults = Faults()
    faults.use(load(text, name="faults.toml"))
    return faults


def facts(line: bytes, ordinal: int = 1) -> Facts:
    known = Facts("127.0.0.1:40000", "127.0.0.1:1025", ordinal)
    known.line = line
    return known


class AtQuit:
    """Another policy, which does not say where it wants to be asked."""

    def decide(self, stage: Stage, _facts: Facts, /) -> Verdict | None:
        return Verdict(store=True) if stage is Stage.QUIT else None


def test_without_rules_and_magic_nobody_is_asked(tmp_path: Path) -> None:
    (tmp_path / "faults.toml").write_text(NO_MAGIC)
    faults = Faults()
    faults.watch(tmp_path)
    assert faults.policy.stages == set()
    (tmp_path / "faults.toml").write_text(AT_NOOP)
    faults.look()
    assert faults.policy.stages == {Stage.NOOP}
    assert AcceptAll.stages == frozenset()


def test_magic_is_looked_for_where_it_can_be_said_and_followed_through_its_session() -> None:
    policy = armed("").policy
    quiet = {Stage.EHLO, Stage.RCPT, Stage.EOM}
    assert policy.stages == quiet
    policy.decide(Stage.RCPT, facts(b"RCPT TO:<ann@example.test>"))
    assert policy.stages == quiet
    said = facts(b"RCPT TO:<ann+mc-rset-451@example.test>")
    policy.decide(Stage.RCPT, said)
    assert policy.stages == set(Stage)
    policy.session_over(said)
    assert policy.stages == quiet


def test_another_policy_is_asked_wherever_it_wants_to_be() -> None:
    policy = Faults(otherwise=AtQuit()).policy
    assert policy.stages == set(Stage)
    assert policy.decide(Stage.QUIT, facts(b"QUIT")) == Verdict(store=True)


def message(talk: Talk, content: bytes, *recipients: bytes) -> bytes:
    """Send a message and return the code that answers it."""
    talk.open_transaction(*recipients)
    assert talk.ask(b"DATA").startswith(b"354")
    talk.say(stuffed(content) + b".\r\n")
    return talk.hear()[:3]


DROPPED = '[[faults.rule]]\nid = "dropped"\nat = "body"\nafter_bytes = 5000\ntimes = 1\n'


def test_a_message_that_ends_before_a_rule_begins_does_not_count(mailbox: Path) -> None:
    mailbox.mkdir()
    slow = '[[faults.rule]]\nid = "slow"\nat = "body"\nbandwidth = "10MB/s"\n'
    (mailbox / "faults.toml").write_text(f'{DROPPED}reply = "552 5.3.4 Too big"\n{slow}')
    with Serving("--port", "0", "--dir", mailbox) as server:
        with server.talk() as talk:
            assert message(talk, b"Subject: x\r\n\r\n", b"a@shop.test") == b"250"
            assert message(talk, b"." + b"x" * 4_996 + b"\r\n", b"a@shop.test") == b"250"
            assert message(talk, b"x" * 5_098 + b"\r\n", b"a@shop.test") == b"552"
            assert message(talk, b"x" * 100_000 + b"\r\n", b"a@shop.test") == b"250"
        told = [one.rule for one in ended_session(mailbox) if isinstance(one, Fault)]
        assert told == ["slow", "slow", "slow", "dropped", "slow"]
        counted = [("dropped", 2, 2, 1), ("slow", 4, 4, 4)]
        eventually(lambda: counters(mailbox) == counted)


def counters(mailbox: Path) -> list[tuple[str, int, int, int]]:
    """Return what server.json tells of the rules."""
    state = read_state(mailbox)
    assert state is not None
    assert state.faults is not None
    return [(one.id, one.seen, one.matched, one.fired) for one in state.faults.rules]


def test_rules_of_a_body_are_asked_each_where_it_begins(mailbox: Path) -> None:
    mailbox.mkdir()
    rules = DROPPED.replace("times = 1", 'disconnect = "fin"') + DROPPED.replace(
        'id = "dropped"', 'id = "earlier"'
    ).replace("5000\ntimes = 1", '1000\nhang = "10ms"')
    (mailbox / "faults.toml").write_text(rules)
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher, Talk(catcher) as talk:
        talk.open_transaction(b"a@shop.test")
        talk.ask(b"DATA")
        talk.say(b"x" * 6_000)
        assert talk.rest() == b""
    told = [one.rule for one in ended_session(mailbox) if isinstance(one, Fault)]
    assert told == ["earlier", "dropped"]


ASKS = b"Subject: Invoice 7\r\nX-Mailcatch-Fault: eom-452-x2\r\n\r\nPlease pay.\r\n"


def test_a_header_field_asks_for_a_fault_of_its_own_message(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as serving, serving.talk() as talk:
        tries = [message(talk, ASKS, b"a@shop.test", b"b@shop.example") for _ in range(3)]
        assert tries == [b"452", b"452", b"250"]
        other = ASKS.replace(b"Invoice 7", b"Invoice 8").replace(b"X-Mail", b"x-mail")
        assert message(talk, other, b"a@shop.test", b"b@shop.example") == b"452"
    found = [one.outcome for one in transactions(mailbox)]
    assert found == ["refused", "refused", "stored", "refused"]


@pytest.mark.parametrize(
    ("content", "recipients"),
    [
        (ASKS, (b"a@shop.test", b"b@company.net")),
        (ASKS, (b"b@example.com",)),
        (b"Subject: x\r\n\r\nX-Mailcatch-Fault: eom-452\r\n", (b"a@shop.test",)),
        (b"Subject: x\r\nX-Mailcatch-Fault: eom-nonsense\r\n\r\n", (b"a@shop.test",)),
        (b"Subject: x\r\nX-Mailcatch-Fault: rcpt-452\r\n\r\n", (b"a@shop.test",)),
        (b"Subject: x\r\nX-Mailcatch-Faulty: 452\r\n\r\n", (b"a@shop.test",)),
        (b"Subject: X-Mailcatch-Fault: 452\r\n\r\n", (b"a@shop.test",)),
    ],
)
def test_other_messages_are_ordinary(
    catcher: Catcher, content: bytes, recipients: tuple[bytes, ...]
) -> None:
    with Talk(catcher) as talk:
        assert message(talk, content, *recipients) == b"250"


def test_the_field_may_name_no_stage_and_be_first_or_last(catcher: Catcher) -> None:
    with Talk(catcher) as talk:
        for content in (
            b"X-Mailcatch-Fault: 550-5.7.1\r\nSubject: x\r\n\r\n",
            b"Subject: x\r\nX-MAILCATCH-FAULT: 550\r\n",
            b"Subject: x\nX-Mailcatch-Fault: 550\n\nbare line feeds\r\n",
        ):
            assert message(talk, content, b"a@shop.test") == b"550"


def test_where_magic_is_off_the_field_is_ordinary(mailbox: Path) -> None:
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(NO_MAGIC)
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher, Talk(catcher) as talk:
        assert message(talk, ASKS, b"a@shop.test") == b"250"


UNNAMED = (
    b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
)


def test_an_attachment_without_a_name_is_one(mailbox: Path) -> None:
    rules = '[[faults.rule]]\nid = "some"\nat = "eom"\nreply = 451\nmatch.attachment = true\n'
    with (
        Catcher(port=0, mailbox=mailbox, faults=rules).in_thread() as catcher,
        Talk(catcher) as talk,
    ):
        assert message(talk, UNNAMED, b"a@shop.test") == b"451"
        assert message(talk, b"Subject: x\r\n\r\nHello\r\n", b"a@shop.test") == b"250"
