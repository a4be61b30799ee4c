"""A client that queues: it tries again, and waits longer each time, until its mail is accepted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mailcatch.faults import Engine, HandClock
from tests.faults.asking import code, mail, rules

STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "body", "eom", "quit")


@dataclass
class Queue:
    """Like Postfix: a new session a try, 4xx and lost sessions are tried again, 5xx bounce."""

    engine: Engine
    clock: HandClock
    wait: float = 10.0
    most: int = 12
    sessions: int = 0
    tries: dict[str, list[str]] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)

    def deliver(self, *subjects: str) -> None:
        """Send all mails, each until it is accepted, bounced or given up."""
        due = [(0.0, number, subject, self.wait) for number, subject in enumerate(subjects)]
        while due:
            due.sort()
            at, number, subject, wait = due.pop(0)
            self.clock.advance(max(at - self.clock.now(), 0))
            outcome = self._try(subject)
            story = self.tries.setdefault(subject, [])
            story.append(outcome)
            if outcome[0] not in "25" and len(story) < self.most:
                due.append((self.clock.now() + wait, number, subject, wait * 2))

    def _try(self, subject: str) -> str:
        self.sessions += 1
        try:
            for stage in STAGES:
                decision = self.engine.decide(mail(stage, session=self.sessions, subject=subject))
                answer = code(decision)
                if stage == "eom" and self._stores(decision, answer):
                    self.stored[subject] = self.stored.get(subject, 0) + 1
                if decision is not None:
                    self.clock.advance(decision.delay)
                    if decision.ending is not None and decision.when == "before":
                        return "lost"
                if answer >= 400 and stage != "quit":
                    return str(answer)
            return "250"
        finally:
            self.engine.forget(self.sessions)

    @staticmethod
    def _stores(decision: object, answer: int) -> bool:
        store = getattr(decision, "store", None)
        return answer < 300 if store is None else bool(store)


@pytest.mark.parametrize(
    ("text", "stories"),
    [
        ("", [["250"]]),
        ("at='eom'\nreply=451\ntimes=2", [["451", "451", "250"]]),
        ("at='connect'\nreply=421\ntimes=1", [["421", "250"]]),
        ("at='rcpt'\nreply=550", [["550"]]),
        ("at='quit'\nreply=421", [["250"]]),
        ("at='eom'\nreply=451\nskip=1\ntimes=1", [["250"], ["451", "250"]]),
        ("at='eom'\nreply=451\nevery=2", [["250"], ["451", "250"]]),
        ("at='eom'\nlost='rst'\ntimes=1\nkey='fingerprint'", [["lost", "250"], ["lost", "250"]]),
        ("at='eom'\nkey='fingerprint'\nsequence=[451, 421, '250']", [["451", "421", "250"]] * 2),
        ("at='eom'\nkey='fingerprint'\nsequence=[451, 552]", [["451", "552"]]),
        ("at='rcpt'\npreset='greylisted'\ngreylist={delay='60s'}", [["450", "450", "450", "250"]]),
        (
            "at='eom'\npreset='ses-throttle'\nquota={limit=1, window='5s'}",
            [["250"], ["454", "250"]],
        ),
        ("at='any'\nreply=421\nactive={for='25s'}", [["421", "421", "250"]]),
        ("at='any'\nreply=421\nttl='65s'", [["421", "421", "421", "250"]]),
        ("at='eom'\nreply=451\nactive={after='5s', for='10s'}", [["250"], ["250"]]),
        ("at='connect'\nreply=421\nconcurrency={limit=1}", [["250"], ["250"]]),
        ("at='eom'\ndelay='3s'", [["250"], ["250"]]),
        (
            "at='mail'\nreply=451\nscenario='s'\nwhen_state='Started'\nset_state='Up'",
            [["451", "250"]],
        ),
    ],
)
def test_the_story_of_each_mail(text: str, stories: list[list[str]]) -> None:
    clock = HandClock()
    queue = Queue(Engine(rules(f"[rule]\n{text}" if text else ""), clock=clock, seed=3), clock)
    queue.deliver(*(f"mail {number}" for number in range(len(stories))))
    assert list(queue.tries.values()) == stories
    for subject, story in queue.tries.items():
        wanted = story.count("250") + story.count("lost")
        assert queue.stored.get(subject, 0) == wanted


def test_with_a_probability_every_mail_gets_through_in_the_end_and_always_the_same_way() -> None:
    def stories() -> dict[str, list[str]]:
        clock = HandClock()
        text = "[rule]\nat='eom'\nreply=451\nprobability=0.5\nkey='fingerprint'"
        queue = Queue(Engine(rules(text), clock=clock, seed=3), clock)
        queue.deliver(*(f"mail {number}" for number in range(40)))
        return queue.tries

    first = stories()
    assert first == stories()
    assert all(story[-1] == "250" for story in first.values())
    assert {len(story) for story in first.values()} > {1, 2, 3}


def test_a_failure_that_never_clears_is_given_up() -> None:
    clock = HandClock()
    queue = Queue(Engine(rules("[rule]\nat='auth'\nreply=451\n"
                               "[rule]\nat='mail'\npreset='sendgrid-credits'"),
                         clock=clock, seed=3), clock)  # fmt: skip
    queue.deliver("mail")
    assert queue.tries["mail"] == ["451"] * 12
