"""Each schedule against a row of mails: "X" where the rule fires, "." where it lets pass."""

from __future__ import annotations

import pytest

from mailcatch.faults import HandClock
from tests.faults.asking import code, engine, mail

RULE = '[rule]\nid="r"\nat="eom"\n'


@pytest.mark.parametrize(
    ("schedule", "row"),
    [
        ("", "XXXXXX"),
        ("times = 2", "XX...."),
        ("skip = 2", "..XXXX"),
        ("skip = 1\ntimes = 2", ".XX..."),
        ("every = 3", "..X..X"),
        ("every = 2\nskip = 1", "..X.X."),
        ("every = 2\ntimes = 1", ".X...."),
        ("probability = 1", "XXXXXX"),
        ("ttl = '35s'", "XXXX.."),
        ("active = { after = '20s' }", "..XXXX"),
        ("active = { for = '20s' }", "XX...."),
        ("active = { after = '15s', for = '20s' }", "..XX.."),
        ("active = { after = '20s' }\nskip = 1", "...XXX"),
        ("quota = { limit = 2, window = '60s' }", "..XXXX"),
        ("quota = { limit = 2, window = '30s' }", "..X..X"),
        ("quota = { limit = 2, window = '20s' }", "......"),
        ("quota = { limit = 0, window = '20s' }", "XXXXXX"),
        ("greylist = { delay = '25s' }", "XXX..."),
        ("greylist = { delay = '25s', per = 'client' }\ntimes = 1", "X....."),
        ("scenario = 's'\nwhen_state = 'Started'\nset_state = 'Down'", "X....."),
    ],
)
def test_one_mail_every_ten_seconds(schedule: str, row: str) -> None:
    clock = HandClock()
    asked = engine(f"{RULE}reply = 451\n{schedule}", clock=clock)
    found = ""
    for nth in range(1, 7):
        explained = asked.explain(mail(session=nth))[0]
        found += "X" if code(asked.decide(mail(session=nth))) == 451 else "."
        assert explained.fires is (found[-1] == "X"), explained.why
        clock.advance(10)
    assert found == row


@pytest.mark.parametrize(
    ("exhausted", "codes"),
    [
        ("pass", [451, 421, 0, 552, 0, 0, 0]),
        ("last", [451, 421, 0, 552, 552, 552, 552]),
        ("cycle", [451, 421, 0, 552, 451, 421, 0]),
        ("fail", [451, 421, 0, 552, 554, 554, 554]),
    ],
)
def test_a_sequence_goes_step_by_step(exhausted: str, codes: list[int]) -> None:
    asked = engine(
        f"{RULE}exhausted = '{exhausted}'\nsequence = ['451 4.3.0 no', 421, '250', '552 5.3.4 big']"
    )
    assert [code(asked.decide(mail(nth=nth))) for nth in range(1, 8)] == codes


def test_a_step_may_be_a_reply_a_preset_a_table_or_nothing() -> None:
    asked = engine(
        f"{RULE}sequence = [['550-5.7.1 a', '550 5.7.1 b'], 'gmail-temp', {{ lost = 'rst' }},"
        " 'pass', { reply = 452, disconnect = 'half' }, { code = 454, text = 'x' }]"
    )
    decisions = [asked.decide(mail(nth=nth)) for nth in range(1, 7)]
    assert [code(decision) for decision in decisions] == [550, 421, 0, 0, 452, 454]
    assert [decision and decision.ending for decision in decisions] == [
        None,
        "fin",
        "rst",
        None,
        "half",
        None,
    ]


def test_a_concurrency_counts_connections_until_they_end() -> None:
    asked = engine('[rule]\nat="connect"\nreply=421\nconcurrency={limit=2}')
    connect = [mail("connect", session=nth) for nth in range(6)]
    assert [code(asked.decide(connect[nth])) for nth in (0, 1, 2)] == [0, 0, 421]
    asked.forget(2)
    assert code(asked.decide(connect[3])) == 421
    asked.forget(0)
    assert [code(asked.decide(connect[nth])) for nth in (4, 5)] == [0, 421]


def test_a_quota_counts_each_client_for_itself() -> None:
    asked = engine('[rule]\nat="eom"\nreply=454\nquota={limit=1, window="1m"}')
    clients = ["10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.2"]
    found = [
        code(asked.decide(mail(session=nth, client=client))) for nth, client in enumerate(clients)
    ]
    assert found == [0, 454, 0, 454]


def test_greylisting_lets_each_triplet_wait_for_itself() -> None:
    clock = HandClock()
    asked = engine('[rule]\nat="rcpt"\npreset="greylisted"\ngreylist={delay="60s"}', clock=clock)

    def ask(session: int, to: str) -> int:
        return code(asked.decide(mail("rcpt", session=session, to=to)))

    assert [ask(1, "a@x"), ask(1, "b@x")] == [450, 450]
    clock.advance(59)
    assert [ask(2, "A@x"), ask(2, "c@x")] == [450, 450]
    clock.advance(1)
    assert [ask(3, "a@x"), ask(3, "b@x"), ask(3, "c@x")] == [0, 0, 450]


@pytest.mark.parametrize(
    ("key", "same", "other"),
    [
        ("rule", {"sender": "x@y"}, None),
        ("client", {"sender": "x@y"}, {"client": "10.0.0.1"}),
        ("sender", {"to": "x@y"}, {"sender": "x@y"}),
        ("recipient", {"sender": "x@y"}, {"to": "x@y"}),
        ("triplet", {"subject": "x"}, {"client": "10.0.0.1"}),
        ("envelope", {"client": "10.0.0.1"}, {"sender": "x@y"}),
        ("fingerprint", {"client": "10.0.0.1"}, {"subject": "x"}),
        ("connection", {"nth": 9}, {"session": 9}),
    ],
)
def test_a_schedule_counts_apart_by_its_key(
    key: str, same: dict[str, str], other: dict[str, str] | None
) -> None:
    asked = engine(f"{RULE}reply = 451\ntimes = 1\nkey = '{key}'")
    assert code(asked.decide(mail())) == 451
    assert code(asked.decide(mail(**{"nth": 2, **same}))) == 0  # type: ignore[arg-type]
    if other is not None:
        assert code(asked.decide(mail(**{"nth": 3, **other}))) == 451  # type: ignore[arg-type]


def test_two_auth_commands_of_one_login_are_one_occasion() -> None:
    asked = engine('[rule]\nat="auth"\nreply=454\ntimes=1')
    auth = [mail("auth", session=session) for session in (1, 1, 2)]
    assert [code(asked.decide(moment)) for moment in auth] == [454, 454, 0]
    assert asked.counters()[0].fired == 1


def test_two_recipients_of_one_mail_are_one_occasion() -> None:
    asked = engine('[rule]\nat="rcpt"\nreply=451\ntimes=1')
    found = [
        code(asked.decide(mail("rcpt", nth=nth, to=to)))
        for nth, to in ((1, "a@x"), (1, "b@x"), (2, "a@x"))
    ]
    assert found == [451, 451, 0]


def test_counted_by_command_each_is_an_occasion() -> None:
    asked = engine('[rule]\nat="auth"\nreply=454\ntimes=1\ncount="command"')
    assert [code(asked.decide(mail("auth"))) for _ in "ab"] == [454, 0]


def test_what_was_decided_for_a_connection_is_forgotten_with_it() -> None:
    asked = engine('[rule]\nat="auth"\nreply=454\ntimes=1')
    assert code(asked.decide(mail("auth"))) == 454
    asked.forget(1)
    assert code(asked.decide(mail("auth"))) == 0


def test_a_scenario_leads_from_rule_to_rule() -> None:
    asked = engine(
        '[rule]\nat="mail"\nscenario="s"\nwhen_state="Started"\nset_state="Down"\n'
        'match.sender="down@*"\n'
        '[rule]\nat="eom"\nreply=451\nscenario="s"\nwhen_state="Down"\n'
        '[rule]\nat="mail"\nscenario="s"\nwhen_state="Down"\nset_state="Started"\n'
        'match.sender="up@*"\n'
    )

    def send(session: int, sender: str) -> int:
        asked.decide(mail("mail", session=session, sender=sender))
        return code(asked.decide(mail("eom", session=session, sender=sender)))

    senders = ["a@x", "down@x", "a@x", "up@x", "a@x"]
    assert [send(nth, sender) for nth, sender in enumerate(senders)] == [0, 451, 451, 0, 0]
    asked.decide(mail("mail", session=9, sender="down@x"))
    asked.reset()
    assert send(10, "a@x") == 0


def test_at_idle_a_rule_is_asked_once_in_each_quiet_period() -> None:
    asked = engine('[rule]\nat="idle"\nafter="5s"\nreply="421 4.4.2 timeout"\ntimes=2')

    def quiet(*seconds: float) -> list[int]:
        found = []
        for second in seconds:
            moment = mail("idle")
            moment.quiet = second
            found.append(code(asked.decide(moment)))
        return found

    assert quiet(1, 4.9, 5.0, 5.1, 9) == [0, 0, 421, 0, 0]
    assert quiet(0.1, 6) == [0, 421]
    assert quiet(0.1, 6) == [0, 0]
    count = asked.counters()[0]
    assert (count.seen, count.matched, count.fired) == (3, 3, 2)


def test_of_many_keys_the_oldest_are_forgotten() -> None:
    asked = engine(f"[faults]\nkeys = 3\n{RULE}reply=451\ntimes=1\nkey='sender'")

    def send(nth: int, sender: str) -> int:
        return code(asked.decide(mail(nth=nth, sender=sender)))

    assert [send(nth, name) for nth, name in enumerate("abcacb", 1)] == [451, 451, 451, 0, 0, 0]
    assert send(10, "d") == 451
    assert [send(nth, name) for nth, name in enumerate("cb", 20)] == [0, 0]
    assert send(30, "a") == 451
