from __future__ import annotations

from collections.abc import Mapping

import pytest

from mailcatch.faults import Engine, HandClock, Supposed
from mailcatch.faults.shorthand import parse
from tests.faults.asking import code, engine, fired, mail, rules


def test_without_rules_nothing_is_decided() -> None:
    assert engine("").decide(mail()) is None


def test_at_other_stages_a_rule_is_not_asked() -> None:
    asked = engine('[rule]\nat="rcpt"\nreply=451')
    assert asked.decide(mail("eom")) is None
    assert asked.counters()[0].seen == 0


def test_delays_add_up_and_the_first_rule_that_replies_decides() -> None:
    asked = engine(
        '[rule]\nid="slow"\nat="any"\ndelay="1s"\n'
        '[rule]\nid="first"\nat="eom"\nreply=451\ndelay=2\n'
        '[rule]\nid="second"\nat="eom"\nreply=550\ndelay=4\n'
        '[rule]\nid="slower"\nat="eom"\ndelay=8\nbefore="read"\ndribble="1s"\n'
        '[rule]\nid="slowest"\nat="eom"\ndelay=16\ndribble="10ms"\n'
    )
    decision = asked.decide(mail())
    assert decision is not None
    assert fired(decision) == ["slow", "first", "slower", "slowest"]
    assert (code(decision), decision.delay, decision.reading, decision.dribble) == (451, 19, 8, 1)


def test_capabilities_of_all_rules_come_together() -> None:
    asked = engine(
        '[rule]\nat="ehlo"\ncapabilities={hide=["size", "STARTTLS"], add="XFOO bar"}\n'
        '[rule]\nat="ehlo"\ncapabilities={hide="PIPELINING", add=["XFOO bar", "X"], size="1kB"}\n'
        '[rule]\nat="ehlo"\ncapabilities={size=2000}\n'
    )
    decision = asked.decide(mail("ehlo"))
    assert decision is not None
    assert decision.hide == {"SIZE", "STARTTLS", "PIPELINING"}
    assert decision.add == ("XFOO bar", "X")
    assert decision.size == 1000


def test_the_slowest_bandwidth_counts() -> None:
    asked = engine('[rule]\nat="body"\nbandwidth="1kB/s"\n[rule]\nat="body"\nbandwidth=500')
    decision = asked.decide(mail("body"))
    assert decision is not None
    assert decision.bandwidth == 500


def test_lower_priority_comes_first_and_ties_stay_in_order() -> None:
    asked = engine(
        '[rule]\nid="c"\nat="eom"\ndelay=1\n[rule]\nid="a"\nat="eom"\ndelay=1\npriority=-1\n'
        '[rule]\nid="d"\nat="eom"\ndelay=1\n[rule]\nid="b"\nat="eom"\ndelay=1\npriority=4'
    )
    assert fired(asked.decide(mail())) == ["a", "b", "c", "d"]


def test_a_rule_that_does_not_fire_yields_to_the_next() -> None:
    asked = engine('[rule]\nat="eom"\nreply=451\ntimes=1\n[rule]\nat="eom"\nreply=550\n')
    assert [code(asked.decide(mail(nth=nth))) for nth in (1, 2)] == [451, 550]
    assert [count.seen for count in asked.counters()] == [2, 1]


def test_a_final_rule_keeps_later_ones_from_being_asked_even_when_it_does_not_fire() -> None:
    asked = engine(
        '[rule]\nat="eom"\nmatch.sender="a@*"\nreply=451\ntimes=1\nfinal=true\n'
        '[rule]\nat="eom"\nreply=550\n[rule]\nat="eom"\ndelay=1'
    )
    found = [asked.decide(mail(nth=nth, sender=who)) for nth, who in enumerate(["a@x", "a@x", "b"])]
    assert [code(decision) for decision in found] == [451, 0, 550]
    assert [count.seen for count in asked.counters()] == [3, 1, 1]


def test_a_dry_run_tells_what_it_would_do_and_does_nothing() -> None:
    asked = engine(
        '[rule]\nid="dry"\nat="eom"\nreply=451\ndry_run=true\n[rule]\nat="eom"\nreply=550'
    )
    decision = asked.decide(mail())
    assert decision is not None
    assert [(firing.effect, firing.dry) for firing in decision.firings] == [
        ("reply 451", True),
        ("reply 550", False),
    ]
    assert code(decision) == 550
    assert [count.fired for count in asked.counters()] == [1, 1]


def test_disabled_rules_and_disabled_files_do_nothing() -> None:
    asked = engine('[rule]\nat="eom"\nreply=451\nenabled=false')
    assert asked.decide(mail()) is None
    asked.replace(rules('[faults]\nenabled=false\n[rule]\nat="eom"\nreply=451'))
    assert asked.decide(mail()) is None
    assert asked.counters()[0].seen == 0


def test_counters_tell_what_came_of_a_rule() -> None:
    clock = HandClock(100)
    asked = engine('[rule]\nid="r"\nat="eom"\nmatch.sender="a@*"\nreply=451\ntimes=2', clock=clock)
    for nth, sender in enumerate(["a@x", "b@x", "a@x", "a@x"]):
        asked.decide(mail(nth=nth, sender=sender))
        clock.advance(1)
    count = asked.counters()[0]
    assert (count.seen, count.matched, count.fired, count.remaining) == (4, 3, 2, 0)
    assert count.last_fired == 102


@pytest.mark.parametrize(
    ("schedule", "remaining"),
    [
        ("reply=451", None),
        ("reply=451\ntimes=3", 2),
        ("reply=451\ntimes=3\nkey='sender'", None),
        ("sequence=[451, 'pass', 452]", 1),
        ("sequence=[451, 452]\nexhausted='last'", None),
        ("sequence=[451, 452, 453]\ntimes=2", 1),
    ],
)
def test_how_often_a_rule_can_still_fire(schedule: str, remaining: int | None) -> None:
    asked = engine(f'[rule]\nat="eom"\n{schedule}')
    asked.decide(mail())
    assert asked.counters()[0].remaining == remaining


def test_a_firing_names_rule_effect_ordinal_and_seed() -> None:
    asked = engine('[rule]\nid="r"\nat="eom"\nlost="rst"\nskip=1', seed=7)
    asked.decide(mail())
    decision = asked.decide(mail(nth=2))
    assert decision is not None
    firing = decision.firings[0]
    assert (firing.rule, firing.ordinal, firing.seed, firing.dry) == ("r", 2, 7, False)
    assert firing.effect == "lose the reply, close with rst"


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        ("reply=451", "reply 451"),
        ("reply={codes=[250, 550]}", "reply 250/550"),
        ("reply=421", "reply 421, close with fin after the reply"),
        ("reply=421\ndisconnect=false", "reply 421"),
        ("hang=true", "hang instead of the reply"),
        ("hang='30s'", "hang 30 s instead of the reply"),
        ("disconnect='rst'\nwhen='mid-reply'", "close with rst in the middle of the reply"),
        ("raw='+OK\\r\\n'", "5 octets instead of a reply"),
        ("truncate=7\ndisconnect='fin'",
         "reply cut after 7 octets, close with fin after the reply"),
        ("reply=250\nrepeat=2\ncrlf=false",
         "reply 250, reply without line end, reply said 2 times"),
        ("store=false", "do not store"),
        ("lost='hang'", "lose the reply, hang"),
        ("lost='rst'\nstore=false", "close with rst instead of the reply, do not store"),
        ("delay='90ms'", "delay 0.09 s"),
        ("scenario='s'\nset_state='Down'", "scenario s to Down"),
    ],
)  # fmt: skip
def test_effects_are_told_in_words(effects: str, words: str) -> None:
    decision = engine(f'[rule]\nat="eom"\n{effects.replace("+OK", "+OK")}'.replace(
        "raw='+OK\\r\\n'", 'raw="+OK\\r\\n"')).decide(mail())  # fmt: skip
    assert decision is not None
    assert decision.firings[0].effect == words


@pytest.mark.parametrize(
    ("effects", "store"),
    [
        ("reply=451", None),
        ("reply=250", None),
        ("reply=451\nstore=true", True),
        ("store=false", False),
        ("lost='fin'", True),
        ("lost='hang'", True),
        ("lost='rst'\nstore=false", False),
        ("disconnect='rst'", None),
        ("disconnect='rst'\nstore=false", False),
        ("disconnect='rst'\nstore=true", True),
        ("hang=true", None),
        ("hang='1s'", None),
        ("disconnect='fin'\nwhen='after'", None),
    ],
)
def test_what_becomes_of_the_message(effects: str, store: bool | None) -> None:
    decision = engine(f'[rule]\nat="eom"\n{effects}').decide(mail())
    assert decision is not None
    assert decision.store is store


def test_placeholders_are_filled_in_with_what_the_client_said_made_harmless() -> None:
    asked = engine(
        '[rule]\nat="rcpt"\n'
        'reply="550 5.1.1 <{rcpt}> {rcpt_domain} {sender} {ip} {host} {helo} {x y}"'
    )
    moment = mail("rcpt", to="b\r\n250 \x1b[2J@x.test", sender="a@y")
    decision = asked.decide(moment)
    assert decision is not None
    assert decision.reply is not None
    line = decision.reply.lines[0]
    assert line.text == "<b??250 ?[2J@x.test> x.test a@y 127.0.0.1 localhost app.test {x y}"


def test_a_reply_that_grows_too_long_is_cut() -> None:
    asked = engine('[rule]\nat="rcpt"\nreply="550 5.1.1 {rcpt} {rcpt} {rcpt}"')
    decision = asked.decide(mail("rcpt", to="ü" * 300))
    assert decision is not None
    assert decision.reply is not None
    line = decision.reply.lines[0]
    assert 500 < len(f"550 5.1.1 {line.text}\r\n".encode()) <= 512


def test_a_token_differs_each_time_and_is_the_same_with_the_same_seed() -> None:
    text = '[rule]\nat="eom"\nreply="421 4.3.0 {token} - gsmtp"'

    def tokens(seed: int) -> list[str]:
        asked = engine(text, seed=seed)
        decisions = [asked.decide(mail(nth=nth)) for nth in (1, 2)]
        return [d.reply.lines[0].text for d in decisions if d is not None and d.reply is not None]

    assert tokens(1) == tokens(1)
    assert len(set(tokens(1) + tokens(2))) == 4


FLAKY = '[rule]\nid="flaky"\nat="eom"\nreply=451\ntimes=2\n'


def test_rules_that_did_not_change_keep_their_counters() -> None:
    asked = engine(FLAKY + '[rule]\nid="other"\nat="eom"\ndelay=1\n')
    asked.decide(mail())
    asked.replace(rules('[rule]\nid="other"\nat="eom"\ndelay=2\n' + FLAKY + "description='x'\n"))
    assert [(count.id, count.seen) for count in asked.counters()] == [("other", 0), ("flaky", 1)]
    assert [code(asked.decide(mail(nth=nth))) for nth in (2, 3)] == [451, 0]


def test_another_generation_and_a_reset_begin_anew() -> None:
    asked = engine(FLAKY)
    for nth in (1, 2, 3):
        asked.decide(mail(nth=nth))
    asked.replace(rules(FLAKY))
    assert code(asked.decide(mail(nth=4))) == 0
    asked.replace(rules("[faults]\ngeneration=1\n" + FLAKY))
    assert code(asked.decide(mail(nth=4))) == 451
    asked.reset()
    assert asked.counters()[0].seen == 0
    assert [code(asked.decide(mail(nth=nth))) for nth in (5, 6, 7)] == [451, 451, 0]


def test_a_rule_that_is_enabled_again_keeps_its_counters_and_begins_its_time_anew() -> None:
    clock = HandClock()
    text = FLAKY + "ttl='1m'\n"
    asked = engine(text, clock=clock)
    asked.decide(mail())
    asked.replace(rules(text + "enabled=false"))
    clock.advance(100)
    assert asked.decide(mail(nth=2)) is None
    asked.replace(rules(text))
    assert code(asked.decide(mail(nth=3))) == 451
    assert asked.counters()[0].fired == 2


def test_the_seed_is_given_or_that_of_the_rules_or_random_and_stays() -> None:
    assert Engine(rules("[faults]\nseed=5"), clock=HandClock()).seed == 5
    assert Engine(rules("[faults]\nseed=5"), clock=HandClock(), seed=6).seed == 6
    first, second = (Engine(rules(FLAKY), clock=HandClock()) for _ in "ab")
    assert first.seed != second.seed
    before = first.seed
    first.replace(rules(""))
    first.replace(rules(FLAKY))
    assert first.seed == before
    first.replace(rules("[faults]\nseed=0"))
    assert first.seed == 0


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("reply=451\nenabled=false", "is disabled"),
        ("reply=451\nmatch.sender='b@*'", "wants sender b@*, and this is a@app.test"),
        ("reply=451\nmatch.tls_sni='x'", "wants tls_sni x, and there is none"),
        ("reply=451\nmatch.not.sender='a@*'", "wants any sender but a@*, and this is a@app.test"),
        ("reply=451\nmatch.recipient_count='>3'", "wants recipient_count >=4, and this is 1"),
        ("reply=451\nskip=2", "lets the first 2 pass, and this is number 1"),
        ("reply=451\nevery=2", "fires every 2nd time, and this is number 1"),
        ("reply=451\nskip=1\nevery=11", "lets the first pass, and this is number 1"),
        ("reply=451\nevery=11", "fires every 11th time, and this is number 1"),
        ("reply=451\nquota={limit=3, window='1m'}", "lets 3 pass in 60 s, and 0 did so far"),
        ("reply=451\nconcurrency={limit=3}", "lets 3 connections be open, and 0 are"),
        ("reply=451\nactive={after='5s'}", "is active from 5 s after its loading, which was 0.0"),
        ("reply=451\nprobability=0.001", "fires with probability 0.001, and drew 0."),
        ("reply='451 4.7.1 {sender}: later'", "would: reply 451 4.7.1 a@app.test: later"),
        ("reply=['550-5.7.1 no', 'never']", "would: reply 550 5.7.1 no …"),
        ("reply=451\ndry_run=true", "only says that it would: reply 451 4.3.0 Requested"),
    ],
)
def test_why_a_rule_would_or_would_not_fire(rule: str, why: str) -> None:
    explained = engine(f'[rule]\nat="eom"\n{rule}').explain(mail())[0]
    assert explained.why.startswith(why)
    assert explained.fires is ("would" in why)


def test_explaining_counts_nothing_and_knows_who_answers_first() -> None:
    asked = engine(
        FLAKY + '[rule]\nid="last"\nat="eom"\nreply=550\n[rule]\nid="r"\nat="rcpt"\nhang=1'
    )
    for _ in "abc":
        first, last, elsewhere = asked.explain(mail())
    assert first.fires
    assert (last.matches, last.fires, last.why) == (
        True,
        False,
        "is not asked, because rule flaky answers",
    )
    assert elsewhere.why == "stands at rcpt, and this is eom"
    assert [count.seen for count in asked.counters()] == [0, 0, 0]
    asked.replace(rules("[faults]\nenabled=false\n" + FLAKY))
    assert asked.explain(mail())[0].why == "is not asked, because all rules are disabled"


def magic_engine(text: str = "") -> Engine:
    def table(words: str) -> Mapping[str, object]:
        return {key: value for key, value in parse(words).items() if key != "id"}

    return Engine(rules(text), clock=HandClock(), seed=1, magic=table)


def test_a_magic_recipient_brings_its_own_rule_counted_by_address() -> None:
    asked = magic_engine()
    magic = [("a+mc-451-x2@example.test", 451), ("A+MC-451-X2@sub.example.test", 451)]
    for nth, (to, wanted) in enumerate(magic, 1):
        found = [code(asked.decide(mail("rcpt", session=10 * nth + n, to=to))) for n in range(3)]
        assert found == [wanted, wanted, 0]
    (count,) = asked.counters()
    assert (count.id, count.fired, count.remaining) == ("mc-451-x2", 4, None)


@pytest.mark.parametrize(
    "to",
    [
        "a+mc-451@example.org.real",
        "a+mc-451@gmail.com",
        "a+mc-nonsense@example.test",
        "a+mc-451+x@example.test",
        "mc-451@example.test",
        "a+mc-",
        "+mc-451",
    ],
)
def test_other_addresses_are_ordinary(to: str) -> None:
    assert magic_engine().decide(mail("rcpt", to=to)) is None


def test_magic_reaches_later_stages_and_works_where_it_is_allowed() -> None:
    asked = magic_engine('[faults]\nmagic="*"')
    to = "a+mc-eom-552@gmail.com"
    assert [code(asked.decide(mail(stage, to=to))) for stage in ("rcpt", "data", "eom")] == [
        0,
        0,
        552,
    ]
    assert magic_engine("[faults]\nmagic=false").decide(mail(to="a+mc-eom-552@x.test")) is None


def test_a_magic_ehlo_name_brings_a_rule_for_its_sessions() -> None:
    asked = magic_engine()

    def ask(stage: str, name: str) -> int:
        return code(asked.decide(Supposed(stage=stage, helo_name=name)))

    assert ask("starttls", "mc-starttls-454.example.test") == 454
    assert ask("mail", "MC-mail-550-5.7.1-x9.example.test") == 550
    assert ask("mail", "mc-mail-550.gmail.com") == 0


def test_magic_is_explained_too() -> None:
    asked = magic_engine()
    explained = asked.explain(mail("rcpt", to="a+mc-550-x1@x.test"))
    assert [(one.rule, one.fires, one.why[:16]) for one in explained] == [
        ("mc-550-x1", True, "would: reply 550")
    ]
    asked.replace(rules('[rule]\nid="mine"\nat="rcpt"\nreply=452'))
    why = asked.explain(mail("rcpt", to="a+mc-550-x1@x.test"))[1].why
    assert why == "is not asked, because rule mine answers"


def test_rules_win_over_magic() -> None:
    asked = magic_engine('[rule]\nid="mine"\nat="rcpt"\nreply=452')
    assert fired(asked.decide(mail("rcpt", to="a+mc-550@x.test"))) == ["mine"]


def test_magic_wins_over_rules_where_it_comes_first() -> None:
    asked = magic_engine(
        '[faults]\nmagic_first = true\n[rule]\nid="mine"\nat="rcpt"\nreply=452\n'
        '[rule]\nid="late"\nat="rcpt"\ndelay=1\n'
    )
    moment = mail("rcpt", to="a+mc-550@x.test")
    assert [one.why[:40] for one in asked.explain(moment)] == [
        "would: reply 550 5.1.1 Requested action ",
        "is not asked, because rule mc-550 answer",
        "would: delay 1 s",
    ]
    assert fired(asked.decide(moment)) == ["mc-550", "late"]
    assert [(one.id, one.seen) for one in asked.counters()] == [
        ("mine", 0),
        ("late", 1),
        ("mc-550", 1),
    ]
    assert fired(asked.decide(mail("rcpt", nth=2))) == ["mine", "late"]


def test_connections_that_never_end_are_forgotten_in_the_end() -> None:
    asked = engine('[rule]\nat="connect"\nreply=421\nconcurrency={limit=10000, per="rule"}')
    found = [code(asked.decide(mail("connect", session=nth))) for nth in range(10_050)]
    assert found[:10_000] == [0] * 10_000
    assert 421 in found[10_000:]
