"""A queue that tries again, through every schedule, with a clock that nobody waits for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.faults.clock import HandClock
from mailcatch.mailbox.reader import Reader
from tests.breaking.queueing import MOST_TRIES, Queue
from tests.reading import messages
from tests.talk import Talk

LATER = 'at = "eom"\nreply = "451 4.3.0 later"\n'
OK = ["250"]

Case = tuple[str, list[list[str]]]
"""The end of a rule, and the story of each message that is sent, one after the other."""

CASES: dict[str, Case] = {
    "always": (LATER, [["451"] * MOST_TRIES]),
    "times": (LATER + "times = 2", [["451", "451", "250"], OK]),
    "skip": (LATER + "skip = 1\ntimes = 1", [OK, ["451", "250"], OK]),
    "every": (LATER + "every = 2", [OK, ["451", "250"], ["451", "250"]]),
    "sequence": (
        'at = "eom"\nsequence = ["451 4.3.0 a", "452 4.3.1 b", "250", "421 4.3.2 c"]',
        [["451", "452", "250"], ["421", "250"], OK],
    ),
    "sequence, last": (
        'at = "eom"\nsequence = ["451 4.3.0 a", "452 4.3.1 b"]\nexhausted = "last"',
        [["451"] + ["452"] * (MOST_TRIES - 1)],
    ),
    "sequence, cycle": (
        'at = "eom"\nsequence = ["451 4.3.0 a", "250"]\nexhausted = "cycle"',
        [["451", "250"], ["451", "250"], ["451", "250"]],
    ),
    "sequence, fail": (
        'at = "eom"\nsequence = ["451 4.3.0 a"]\nexhausted = "fail"',
        [["451", "554"], ["554"]],
    ),
    "active": (
        LATER + 'active = { after = "60s", for = "120s" }',
        [OK, OK],
    ),
    "ttl": (LATER + 'ttl = "5m"', [["451"] * 5 + ["250"], OK]),
    "quota": (LATER + 'quota = { limit = 1, window = "60s" }', [OK, ["451", "250"]]),
    "greylist": (
        'at = "rcpt"\nreply = "450 4.2.0 later"\ngreylist = { delay = "100s" }',
        [["450", "450", "250"], OK],
    ),
    "greylist, per recipient": (
        'at = "rcpt"\nreply = "450 4.2.0 later"\ngreylist = { delay = "50s", per = "recipient" }',
        [["450", "250"], OK],
    ),
    "key": (LATER + 'times = 1\nkey = "fingerprint"', [["451", "250"], ["451", "250"]]),
    "key, sender": (LATER + 'times = 1\nkey = "sender"', [["451", "250"], OK]),
    "lost": ('at = "eom"\nlost = "rst"\ntimes = 1', [["lost", "250"], OK]),
    "dry run": (LATER + "dry_run = true", [OK]),
    "disabled": (LATER + "enabled = false", [OK]),
}


def one_rule(rule: str) -> str:
    return f'[[faults.rule]]\nid = "it"\n{rule}\n'


@pytest.mark.parametrize("name", CASES)
def test_a_queue_tries_again_until_the_schedule_lets_it_pass(mailbox: Path, name: str) -> None:
    rule, stories = CASES[name]
    clock = HandClock()
    catcher = Catcher(port=0, mailbox=mailbox, faults=one_rule(rule), clock=clock)
    with catcher.in_thread():
        queue = Queue(catcher, clock)
        for number in range(len(stories)):
            queue.send(f"Message {number}")
        assert queue.story == stories
        taken = sum(tries[-1] == "250" for tries in stories)
        lost = sum(tries.count("lost") for tries in stories)
        assert catcher.counters.messages == taken + lost


def test_an_outage_begins_and_ends_by_the_clock(mailbox: Path) -> None:
    clock = HandClock()
    rules = one_rule(LATER + 'active = { after = "60s", for = "120s" }')
    with Catcher(port=0, mailbox=mailbox, faults=rules, clock=clock).in_thread() as catcher:
        queue = Queue(catcher, clock)
        assert queue.send("before") == OK
        clock.advance(60)
        assert queue.send("during") == ["451", "451", "250"]
        assert queue.send("after") == OK


def test_each_recipient_has_its_own_turn(mailbox: Path) -> None:
    clock = HandClock()
    rules = one_rule('at = "rcpt"\nreply = "450 4.2.1 later"\ntimes = 1\nkey = "recipient"')
    with Catcher(port=0, mailbox=mailbox, faults=rules, clock=clock).in_thread() as catcher:
        queue = Queue(catcher, clock)
        assert queue.send("one", "ann@shop.test") == ["450", "250"]
        assert queue.send("two", "bob@shop.test") == ["450", "250"]
        assert queue.send("three", "ann@shop.test") == OK


def test_a_scenario_goes_from_state_to_state(mailbox: Path) -> None:
    clock = HandClock()
    rules = """
    [[faults.rule]]
    id = "warn"
    at = "eom"
    reply = "451 4.3.0 first"
    scenario = "outage"
    when_state = "Started"
    set_state = "worse"

    [[faults.rule]]
    id = "worse"
    at = "connect"
    reply = "421 4.3.2 second"
    scenario = "outage"
    when_state = "worse"
    set_state = "over"
    """
    with Catcher(port=0, mailbox=mailbox, faults=rules, clock=clock).in_thread() as catcher:
        queue = Queue(catcher, clock)
        assert queue.send("one") == ["451", "421", "250"]
        assert queue.send("two") == OK


def test_a_connection_too_many_waits_for_another_to_end(mailbox: Path) -> None:
    clock = HandClock()
    rule = 'at = "connect"\nreply = "421 4.7.0 too many"\nconcurrency = { limit = 1 }\n'
    with Catcher(
        port=0, mailbox=mailbox, faults=one_rule(rule), clock=clock
    ).in_thread() as catcher:
        queue = Queue(catcher, clock)
        with Talk(catcher) as other:
            assert queue.send("one") == ["421"] * MOST_TRIES
            other.ask(b"QUIT")
            assert other.rest() == b""
        assert queue.send("two") == OK


def test_chance_is_the_same_with_the_same_seed_and_about_what_was_asked_for(
    tmp_path: Path,
) -> None:
    def stories(seed: int) -> list[list[str]]:
        clock = HandClock()
        rules = one_rule(LATER + "probability = 0.5")
        mailbox = tmp_path / f"{seed}-{len(list(tmp_path.iterdir()))}"
        catcher = Catcher(port=0, mailbox=mailbox, faults=rules, clock=clock, seed=seed)
        with catcher.in_thread():
            queue = Queue(catcher, clock)
            for number in range(30):
                queue.send(f"Message {number}")
            assert len(messages(mailbox)) == sum(map(len, queue.story))
            return queue.story

    first = stories(1)
    assert first == stories(1)
    assert first != stories(2)
    told = Counter(code for tries in first for code in tries)
    assert 0.3 < told["451"] / told.total() < 0.7


def test_the_story_of_a_message_tells_the_rule_and_the_gaps(mailbox: Path) -> None:
    clock = HandClock()
    rules = one_rule(LATER + "times = 2")
    with (
        Catcher(port=0, mailbox=mailbox, faults=rules, clock=clock).in_thread() as catcher,
        Reader(mailbox) as reader,
    ):
        Queue(catcher, clock).send("one")
        reader.refresh()
        story = reader.story(reader.search().first(-1)[0])
    assert [(one.outcome, one.rule, one.reply[:3]) for one in story.attempts] == [
        ("refused", "it", "451"),
        ("refused", "it", "451"),
        ("stored", "", "250"),
    ]
