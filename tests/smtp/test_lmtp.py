"""LMTP (RFC 2033): LHLO, and a reply for each recipient at the end of the message."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mailcatch import Catcher, Facts, Limits, Reply, Stage, Verdict
from mailcatch.mailbox.events import Transaction
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from mailcatch.mailbox.server_file import read_state
from tests.reading import ended_session, messages, only_transaction, transactions
from tests.talk import Talk

Start = Callable[..., Catcher]
MAIL = b"Subject: x\r\n\r\nhello\r\n"


@pytest.fixture
def lmtp(start: Start) -> Start:
    return partial(start, lmtp=True)


def deliver(talk: Talk, *recipients: bytes, content: bytes = MAIL) -> list[bytes]:
    """Send a message and return the replies to its end, one for each recipient."""
    assert talk.ask(b"LHLO client.test").startswith(b"250")
    assert talk.ask(b"MAIL FROM:<a@example.com>").startswith(b"250")
    taken = sum(
        talk.ask(b"RCPT TO:<" + recipient + b">").startswith(b"250") for recipient in recipients
    )
    assert talk.ask(b"DATA").startswith(b"354")
    talk.say(content + b".\r\n")
    return [talk.hear() for _ in range(taken)]


def answers(transaction: Transaction) -> list[tuple[str, str]]:
    return [(one.address, one.answer[:3]) for one in transaction.recipients]


def test_lhlo_stands_in_the_place_of_ehlo_and_helo(lmtp: Start) -> None:
    with Talk(lmtp()) as talk:
        assert talk.greeting.startswith(b"220 localhost LMTP mailcatch ")
        for verb in (b"EHLO", b"HELO"):
            assert talk.ask(verb + b" x") == b"500 5.5.1 This is LMTP: say LHLO\r\n"
        offered = talk.ask(b"LHLO x")
        assert b"250-PIPELINING\r\n" in offered
        assert b"250-ENHANCEDSTATUSCODES\r\n" in offered
        verbs = talk.ask(b"HELP").split()
        assert b"LHLO" in verbs
        assert b"EHLO" not in verbs


def test_smtp_knows_no_lhlo(talk: Talk) -> None:
    assert talk.ask(b"LHLO x").startswith(b"500 ")
    assert b"LHLO" not in talk.ask(b"HELP").split()


def test_each_recipient_has_its_reply_and_the_message_is_kept_once(
    lmtp: Start, mailbox: Path
) -> None:
    with Talk(lmtp()) as talk:
        replies = deliver(talk, b"b@example.com", b"c@example.com", b"b@example.com")
        name = only_transaction(mailbox).file
        assert replies == [f"250 2.0.0 Ok: queued as {name}\r\n".encode()] * 3
        assert talk.ask(b"NOOP").startswith(b"250")
    assert messages(mailbox) == [MAIL]
    transaction = only_transaction(mailbox)
    assert transaction.outcome == "stored"
    assert answers(transaction) == [
        ("b@example.com", "250"),
        ("c@example.com", "250"),
        ("b@example.com", "250"),
    ]


def test_a_rule_refuses_one_recipient_at_the_end(lmtp: Start, mailbox: Path) -> None:
    rule = """
        [[faults.rule]]
        at = "eom"
        match.recipient = "full@*"
        reply = "452 4.2.2 Mailbox full"
    """
    with Talk(lmtp(faults=rule)) as talk:
        replies = deliver(talk, b"b@example.com", b"full@example.com", b"c@example.com")
        assert [one[:3] for one in replies] == [b"250", b"452", b"250"]
        assert replies[1] == b"452 4.2.2 Mailbox full\r\n"
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer[:3]) == ("stored", "250")
    assert [one.address for one in transaction.receivers] == ["b@example.com", "c@example.com"]
    assert messages(mailbox) == [MAIL]
    with Reader(mailbox) as reader:
        reader.refresh()
        assert list(reader.search("rcpt:c@example.com smtp:452"))
        assert not list(reader.search("rcpt:full@example.com"))


def test_what_all_refuse_is_kept_aside_and_refused(lmtp: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nat = "eom"\nreply = "550 5.7.1 no"\n'
    with Talk(lmtp(faults=rule)) as talk:
        replies = deliver(talk, b"b@example.com", b"c@example.com")
        assert replies == [b"550 5.7.1 no\r\n"] * 2
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer) == ("refused", "550 5.7.1 no")
    assert messages(mailbox) == [MAIL]
    with Reader(mailbox) as reader:
        reader.refresh()
        assert list(reader.search("is:refused stage:eom", Found.SESSIONS))
        assert list(reader.search("rcpt:b@example.com rcpt:c@example.com"))


def test_a_rule_counts_a_transaction_once_however_many_recipients_it_has(lmtp: Start) -> None:
    with Talk(lmtp(faults="eom-451-x1")) as talk:
        first = deliver(talk, b"b@example.com", b"c@example.com")
        assert [one[:3] for one in first] == [b"451", b"451"]
        second = deliver(talk, b"b@example.com", b"c@example.com")
        assert [one[:3] for one in second] == [b"250", b"250"]


def test_recipients_that_were_refused_get_no_reply_at_the_end(lmtp: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nat = "rcpt"\nmatch.recipient = "no@*"\nreply = "550 5.1.1 no"\n'
    with Talk(lmtp(faults=rule)) as talk:
        assert len(deliver(talk, b"no@example.com", b"b@example.com")) == 1
        assert talk.ask(b"NOOP").startswith(b"250")
    assert answers(only_transaction(mailbox)) == [("no@example.com", ""), ("b@example.com", "250")]


def test_data_without_recipients_fails_with_503(lmtp: Start) -> None:
    """RFC 2033 section 4.2."""
    with Talk(lmtp()) as talk:
        talk.ask(b"LHLO x")
        talk.ask(b"MAIL FROM:<a@example.com>")
        assert talk.ask(b"DATA") == b"503 5.5.1 No valid recipients\r\n"


def test_a_message_that_is_too_large_is_refused_for_each(lmtp: Start, mailbox: Path) -> None:
    with Talk(lmtp(limits=Limits(message=10))) as talk:
        replies = deliver(talk, b"b@example.com", b"c@example.com")
        assert [one[:3] for one in replies] == [b"552", b"552"]
    assert only_transaction(mailbox).outcome == "refused"
    assert messages(mailbox) == []


def test_a_reply_that_ends_the_session_is_the_last(lmtp: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nat = "eom"\nmatch.recipient = "c@*"\ndisconnect = "fin"\n'
    with Talk(lmtp(faults=rule)) as talk:
        talk.ask(b"LHLO x")
        talk.ask(b"MAIL FROM:<a@example.com>")
        for recipient in (b"b", b"c", b"d"):
            talk.ask(b"RCPT TO:<" + recipient + b"@example.com>")
        talk.ask(b"DATA")
        talk.say(MAIL + b".\r\n")
        assert talk.rest().count(b"\r\n") == 1
    ended_session(mailbox)
    transaction = only_transaction(mailbox)
    assert answers(transaction) == [
        ("b@example.com", "250"),
        ("c@example.com", ""),
        ("d@example.com", ""),
    ]
    assert messages(mailbox) == [MAIL]


def test_an_answer_in_the_middle_of_the_data_is_for_everybody(lmtp: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nat = "body"\nafter_bytes = 5\nreply = "552 5.3.4 too much"\n'
    with Talk(lmtp(faults=rule)) as talk:
        replies = deliver(talk, b"b@example.com", b"c@example.com")
        assert replies == [b"552 5.3.4 too much\r\n"] * 2
        assert talk.ask(b"NOOP").startswith(b"250")
    assert [one.answer[:3] for one in only_transaction(mailbox).recipients] == ["552", "552"]


class Dropping:
    """Keeps nothing for some, and is asked once for each recipient."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        if stage is not Stage.EOM or facts.recipient is None:
            return None
        self.asked.append(facts.recipient.address)
        local = facts.recipient.address.partition("@")[0]
        return {
            "drop": Verdict(store=False),
            "later": Verdict(reply=Reply(451, "4.3.0", "Later")),
        }.get(local)


def test_a_policy_is_asked_for_each_recipient(lmtp: Start, mailbox: Path) -> None:
    policy = Dropping()
    with Talk(lmtp(policy=policy)) as talk:
        replies = deliver(talk, b"drop@x.test", b"later@x.test", b"b@x.test")
        assert [one[:3] for one in replies] == [b"250", b"451", b"250"]
        assert b"queued" not in replies[0]
        deliver(talk, b"drop@x.test")
    ended_session(mailbox)
    assert policy.asked == ["drop@x.test", "later@x.test", "b@x.test", "drop@x.test"]
    assert [one.outcome for one in transactions(mailbox)] == ["stored", "dropped"]
    assert len(messages(mailbox)) == 1


def test_a_message_that_cannot_be_kept_is_refused_for_each(lmtp: Start, mailbox: Path) -> None:
    with Talk(lmtp()) as talk:
        # Nothing can be put under a name in what is no directory.
        kept = mailbox / "messages"
        kept.rename(mailbox / "away")
        kept.touch()
        replies = deliver(talk, b"b@example.com", b"c@example.com")
        assert [one[:3] for one in replies] == [b"452", b"452"]
        kept.unlink()
        (mailbox / "away").rename(kept)
        assert [one[:3] for one in deliver(talk, b"b@example.com")] == [b"250"]
    ended_session(mailbox)
    assert [one.outcome for one in transactions(mailbox)] == ["refused", "stored"]


def test_a_listener_may_be_marked_and_a_unix_socket_too(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    catcher = start(listen=["127.0.0.1:0", "lmtp:127.0.0.1:0", f"lmtp:unix:{path}"])
    assert [address.protocol for address in catcher.addresses] == ["smtp", "lmtp", "lmtp"]
    state = read_state(catcher.mailbox)
    assert state is not None
    assert [one.protocol for one in state.smtp] == ["smtp", "lmtp", "lmtp"]
    with Talk(catcher.addresses[0]) as talk:
        assert b" ESMTP " in talk.greeting
    with Talk(catcher.addresses[1]) as talk:
        assert b" LMTP " in talk.greeting
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        assert b" LMTP " in client.recv(1000)
        client.sendall(b"LHLO x\r\n")
        assert client.recv(1000).startswith(b"250-")


def test_a_handler_of_aiosmtpd_answers_for_all(lmtp: Start) -> None:
    class Handler:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
            return "451 not today"

    with Talk(lmtp(handler=Handler())) as talk:
        assert deliver(talk, b"b@x.test", b"c@x.test") == [b"451 not today\r\n"] * 2


def begin(talk: Talk, *recipients: bytes) -> None:
    talk.ask(b"LHLO client.test")
    talk.ask(b"MAIL FROM:<a@example.com>")
    for recipient in recipients:
        assert talk.ask(b"RCPT TO:<" + recipient + b">").startswith(b"250")


def test_the_last_chunk_is_answered_for_each_recipient(lmtp: Start, mailbox: Path) -> None:
    with Talk(lmtp()) as talk:
        begin(talk, b"b@x.test", b"c@x.test")
        talk.say(b"BDAT 5\r\nSubje")
        assert talk.hear().startswith(b"250 ")
        talk.say(b"BDAT 6 LAST\r\nct: x\n")
        name = only_transaction(mailbox).file
        assert [talk.hear() for _ in range(2)] == [
            f"250 2.0.0 Ok: queued as {name}\r\n".encode()
        ] * 2
        assert talk.ask(b"NOOP").startswith(b"250 2.0.0 Ok\r\n")
    assert messages(mailbox) == [b"Subject: x\n"]
    assert answers(only_transaction(mailbox)) == [("b@x.test", "250"), ("c@x.test", "250")]


@pytest.mark.parametrize(
    "chunks", [[b"BDAT 4 LAST\r\nabcd"], [b"BDAT 2\r\nab", b"BDAT 2 LAST\r\ncd"]]
)
def test_a_last_chunk_that_fails_is_answered_for_each_recipient(
    lmtp: Start, chunks: list[bytes]
) -> None:
    with Talk(lmtp(faults="data-451-x1")) as talk:
        begin(talk, b"b@x.test", b"c@x.test")
        talk.say(b"".join(chunks))
        heard = [talk.hear()[:3] for _ in range(len(chunks) + 1)]
        assert heard == ([b"451", b"451"] if len(chunks) == 1 else [b"451", b"503", b"503"])
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"


def test_an_answer_in_the_middle_of_a_last_chunk_is_for_everybody(lmtp: Start) -> None:
    rule = '[[faults.rule]]\nat = "body"\nafter_bytes = 5\nreply = "552 5.3.4 too much"\n'
    with Talk(lmtp(faults=rule)) as talk:
        begin(talk, b"b@x.test", b"c@x.test")
        talk.say(b"BDAT 10 LAST\r\n0123456789")
        assert [talk.hear() for _ in range(2)] == [b"552 5.3.4 too much\r\n"] * 2
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"
