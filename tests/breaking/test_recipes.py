"""The recipes of docs/faults.md, as they stand there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.faults.clock import HandClock
from mailcatch.mailbox.reader import Reader
from tests.breaking.queueing import Queue
from tests.reading import ended_session, eventually, messages, only_transaction, transactions
from tests.talk import Talk, is_silent

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
RECIPES = {
    recipe.partition("\n")[0]: recipe.partition("```toml\n")[2].partition("```")[0]
    for recipe in PAGE.read_text().partition("\n## Recipes\n")[2].split("\n### ")[1:]
}
Trial = Callable[[Catcher, HandClock], None]


def retry(catcher: Catcher, clock: HandClock) -> None:
    queue = Queue(catcher, clock)
    assert queue.send("one") == ["451", "421", "250"]
    assert queue.send("two") == ["451", "421", "250"]


def greylisting(catcher: Catcher, clock: HandClock) -> None:
    queue = Queue(catcher, clock)
    assert queue.send("one") == ["450"] * 5 + ["250"]
    assert queue.send("two") == ["250"]


def throttling(catcher: Catcher, clock: HandClock) -> None:
    with Talk(catcher) as talk:
        replies = [talk.send(b"Subject: x\r\n") for _ in range(15)]
        assert [reply[:3] for reply in replies] == [b"250"] * 14 + [b"454"]
        assert replies[-1] == b"454 Throttling failure: Maximum sending rate exceeded.\r\n"
        clock.advance(1)
        assert talk.send(b"Subject: x\r\n").startswith(b"250")


def one_full_mailbox(catcher: Catcher, _: HandClock) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction(b"ann@shop.test")
        assert talk.ask(b"RCPT TO:<full@shop.test>").startswith(b"452-4.2.2 ")
        talk.ask(b"DATA")
        assert talk.ask(b"Subject: x\r\n.").startswith(b"250")
    (stored,) = transactions(catcher.mailbox)
    assert [one.address for one in stored.recipients if one.accepted] == ["ann@shop.test"]


def lost_reply(catcher: Catcher, clock: HandClock) -> None:
    assert Queue(catcher, clock).send("one") == ["lost", "250"]
    assert len(messages(catcher.mailbox)) == 2
    with Reader(catcher.mailbox) as reader:
        reader.refresh()
        assert len(reader.search("is:duplicate").first(-1)) == 2


def slow_server(catcher: Catcher, _: HandClock) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        eventually(lambda: messages(catcher.mailbox))
        assert is_silent(talk)
    assert only_transaction(catcher.mailbox).outcome == "stored"


def bounce(catcher: Catcher, _: HandClock) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction(b"ann@shop.test", b"gone@shop.test")
        talk.ask(b"DATA")
        assert talk.ask(b"Subject: x\r\n.").startswith(b"250")
    assert len(messages(catcher.mailbox)) == 1
    notice = eventually(lambda: messages(catcher.mailbox)[1:])[0]
    assert b"\r\nFinal-Recipient: rfc822; gone@shop.test\r\nAction: failed\r\n" in notice
    assert b"https://support.google.com/mail/?p=NoSuchUser" in notice
    assert b"ann@shop.test" not in notice


def flaky_connection(catcher: Catcher, clock: HandClock) -> None:
    queue = Queue(catcher, clock)
    for number in range(10):
        assert queue.send(f"Message {number}")[-1] == "250"
    assert [number for number, story in enumerate(queue.story) if "lost" in story] == [0, 2, 4]


def auth_outage(catcher: Catcher, _: HandClock) -> None:
    for code in (b"454", b"454", b"454", b"235"):
        with Talk(catcher) as talk:
            talk.ask(b"EHLO x")
            assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(code)
            if code == b"454":
                assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(code)


def capacity(catcher: Catcher, _: HandClock) -> None:
    with Talk(catcher) as first, Talk(catcher) as second:
        assert first.greeting.startswith(b"220")
        assert second.greeting.startswith(b"220")
        with Talk(catcher) as third:
            assert third.greeting.startswith(b"421 4.7.0 localhost Error: too many connections")
            assert third.rest() == b""
        second.ask(b"QUIT")
        assert second.rest() == b""
        with Talk(catcher) as fourth:
            assert fourth.greeting.startswith(b"220")


def size_limit(catcher: Catcher, _: HandClock) -> None:
    with Talk(catcher) as talk:
        assert b"SIZE" not in talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b> SIZE=1000001").startswith(b"552 5.3.4")
        assert talk.send(b"x" * 78 + b"\r\n").startswith(b"250")
        assert talk.send((b"x" * 78 + b"\r\n") * 12_501).startswith(b"552 5.3.4")


def dropped_in_the_body(catcher: Catcher, _: HandClock) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"x" * 20_000)
        assert talk.is_reset()
    ended_session(catcher.mailbox)
    assert messages(catcher.mailbox) == []
    with Talk(catcher) as talk:
        assert talk.send(b"x" * 20_000 + b"\r\n").startswith(b"250")


def outage(catcher: Catcher, clock: HandClock) -> None:
    for seconds, greeted in ((0, True), (9, True), (1, False), (29, False), (1, True)):
        clock.advance(seconds)
        with Talk(catcher) as talk:
            assert talk.greeting.startswith(b"220") is greeted


TRIALS: dict[str, Trial] = {
    "Does my retry work?": retry,
    "Do I come through greylisting?": greylisting,
    "Do I keep to the rate of my provider?": throttling,
    "One of my recipients has a full mailbox": one_full_mailbox,
    "Do I send twice when the answer is lost?": lost_reply,
    "Is my timeout shorter than a slow server?": slow_server,
    "Do I notice that an address is gone?": bounce,
    "A connection that breaks now and then": flaky_connection,
    "Nobody can log in": auth_outage,
    "The server is full": capacity,
    "My message is too large": size_limit,
    "The line drops in the middle of a message": dropped_in_the_body,
    "An outage of thirty seconds": outage,
}


def test_every_recipe_is_tried() -> None:
    assert list(RECIPES) == list(TRIALS)


@pytest.mark.parametrize("title", TRIALS)
def test_a_recipe_does_what_it_says(mailbox: Path, title: str) -> None:
    clock = HandClock()
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(RECIPES[title])
    with Catcher(port=0, mailbox=mailbox, clock=clock).in_thread() as catcher:
        assert catcher.faults.armed
        TRIALS[title](catcher, clock)
