"""Rules under which a mail is accepted, and bounces later."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch.faults import Engine, HandClock, RuleError, Supposed, load
from mailcatch.faults.bouncing import FIELDS
from mailcatch.faults.decision import Bounce
from mailcatch.faults.shorthand import ShorthandError, magic, parse
from mailcatch.faults.values import Field

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()


def moment(stage: str = "eom", recipient: str = "bob@example.com") -> Supposed:
    asked = recipient if stage == "rcpt" else None
    recipients = () if asked else (recipient,)
    return Supposed(stage=stage, sender="app@example.org", recipient=asked, recipients=recipients)


def engine(effect: str, *, at: str = "eom", seed: int = 1) -> Engine:
    text = f'[[faults.rule]]\nid = "gone"\nat = "{at}"\n{effect}\n'
    return Engine(load(text, name="faults.toml"), clock=HandClock(), seed=seed)


def bounce(effect: str, *, at: str = "eom") -> Bounce:
    decision = engine(effect, at=at).decide(moment(at))
    assert decision is not None
    assert decision.bounce is not None
    return decision.bounce


def mistake(effect: str, *, at: str = "eom") -> str:
    with pytest.raises(RuleError) as raised:
        engine(effect, at=at)
    return str(raised.value)


@pytest.mark.parametrize(
    ("value", "code", "enhanced", "text"),
    [
        ("true", 550, "5.1.1", "Requested action not taken: mailbox unavailable"),
        ("552", 552, "5.2.2", "Requested mail action aborted: exceeded storage allocation"),
        ('"550 5.1.1 No such user"', 550, "5.1.1", "No such user"),
        ('{ reply = "550 gone" }', 550, "", "gone"),
        ('{ reply = { code = 550, enhanced = "5.1.6", text = "moved" } }', 550, "5.1.6", "moved"),
        ('"greylisted"', 450, "4.2.0", "<bob@example.com>: Recipient address rejected: Greylisted"),
        ('{ preset = "user-unknown" }', 550, "5.1.1", "<bob@example.com>: Recipient address"),
        ("{}", 550, "5.1.1", "Requested action not taken: mailbox unavailable"),
    ],
)
def test_it_bounces_with_a_reply(value: str, code: int, enhanced: str, text: str) -> None:
    (line,) = bounce(f"bounce_later = {value}").reply.lines
    assert (line.code, line.enhanced) == (code, enhanced)
    assert line.text.startswith(text)


def test_what_stands_in_braces_is_filled_in() -> None:
    found = bounce('bounce_later = "550 5.1.1 No {rcpt}"', at="rcpt")
    assert found.reply.lines[0].text == "No bob@example.com"


@pytest.mark.parametrize(
    ("value", "action"),
    [
        ("550", "failed"),
        ("451", "delayed"),
        ('{ reply = 451, action = "failed" }', "failed"),
        ('{ reply = 550, action = "delayed" }', "delayed"),
        ('"greylisted"', "delayed"),
    ],
)
def test_5xx_is_failure_and_4xx_delay_unless_it_is_said(value: str, action: str) -> None:
    assert bounce(f"bounce_later = {value}").action == action


def test_its_delay_may_be_drawn_and_is_drawn_again_from_the_same_seed() -> None:
    effect = 'count = "command"\nbounce_later = { delay = { uniform = ["1s", "9s"] } }'
    drawn = []
    for _ in range(2):
        rules = engine(effect, seed=42)
        found = [rules.decide(moment()) for _ in range(3)]
        drawn.append([one.bounce.seconds for one in found if one and one.bounce])
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 3
    assert all(1 <= seconds <= 9 for seconds in drawn[0])


def test_a_step_of_a_sequence_bounces() -> None:
    text = '[[faults.rule]]\nat = "eom"\ncount = "command"\n'
    text += 'sequence = [451, { bounce_later = "user-unknown" }, "pass"]\n'
    rules = Engine(load(text, name="x"), clock=HandClock(), seed=1)
    found = [rules.decide(moment()) for _ in range(3)]
    assert [bool(one and one.bounce) for one in found] == [False, True, False]


def test_it_is_told_in_words() -> None:
    effect = 'bounce_later = { reply = "550 5.1.1 gone", delay = "2s" }'
    (explained,) = engine(effect).explain(moment())
    assert explained.why == "would: bounce later after 2 s with 550 5.1.1"
    (explained,) = engine("bounce_later = 451").explain(moment())
    assert explained.why == "would: report a delay later with 451 4.3.0"


@pytest.mark.parametrize(
    ("effect", "why"),
    [
        ("bounce_later = false", "bounce_later: it is true, a reply, a preset or a table"),
        ("bounce_later = 250", "250 is no failure: a mail bounces with 4xx or 5xx"),
        ("bounce_later = 999", "999 is no reply code"),
        ('bounce_later = "gmail-nouser"', "did you mean gmail-no-user?"),
        ("bounce_later = { to = 1 }", '"to" is no key of bounce_later'),
        ('bounce_later = { delay = "soon" }', 'bounce_later: delay: "soon" is no duration'),
        ('bounce_later = { action = "lost" }', 'bounce_later: action: "lost" is not known here'),
        ('bounce_later = { reply = 550, preset = "greylisted" }', "the reply is there already"),
        ("bounce_later = { preset = 5 }", "5 is neither a reply nor a preset"),
        ("reply = 550\nbounce_later = true", "has to be accepted first"),
        ('preset = "greylisted"\nbounce_later = true', "has to be accepted first"),
        ('raw = "250"\nbounce_later = true', "has to be accepted first"),
        ('bounce_later = "550 {nobody}"', "nothing is called {nobody}"),
        ("bounce = true", "did you mean bounce_later?"),
    ],
)
def test_a_mistake_is_told(effect: str, why: str) -> None:
    assert why in mistake(effect)
    assert mistake(effect).startswith("faults.toml:")


@pytest.mark.parametrize("stage", ["connect", "mail", "data", "body", "quit", "any"])
def test_a_mail_that_bounces_is_accepted_first(stage: str) -> None:
    assert "at must be rcpt or eom" in mistake("bounce_later = true", at=stage)


def test_a_preset_without_a_reply_cannot_bounce() -> None:
    text = '[faults.preset.slow]\ndelay = "2s"\n'
    text += '[[faults.rule]]\nat = "eom"\nbounce_later = "slow"\n'
    with pytest.raises(RuleError, match='preset "slow" has no reply'):
        load(text, name="x")


def test_ones_own_preset_bounces() -> None:
    text = '[faults.preset.mine]\nreply = "554 5.7.1 never"\n'
    text += '[[faults.rule]]\nat = "eom"\nbounce_later = "mine"\n'
    (rule,) = load(text, name="x").rules
    assert rule.id == "eom-bounce"
    assert rule.answer is not None
    assert rule.answer.bounce is not None
    assert rule.answer.bounce.reply.lines[0].text == "never"


@pytest.mark.parametrize(
    ("words", "at", "value"),
    [
        ("bounce", "rcpt", True),
        ("eom-bounce-x1", "eom", True),
        ("bounce-552", "rcpt", {"reply": 552}),
        ("bounce-550-5.1.1", "rcpt", {"reply": {"code": 550, "enhanced": "5.1.1"}}),
        ("bounce-gmail-no-user", "rcpt", {"preset": "gmail-no-user"}),
        ("bounce-d5s", "rcpt", {"delay": "5s"}),
        ("eom-bounce-451-d5s-p20", "eom", {"reply": 451, "delay": "5s"}),
    ],
)
def test_shorthand(words: str, at: str, value: object) -> None:
    table = parse(words)
    assert (table["at"], table["bounce_later"]) == (at, value)
    assert "delay" not in table
    assert parse(str(table["id"])) == table


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("data-bounce", "a mail that bounces is accepted first: at rcpt or eom"),
        ("bounce-250", "250 is no failure"),
        ("bounce-lost", "with a code or a preset, not with 'lost'"),
        ("bounce-550-4.1.1", "4.1.1 does not go with 550"),
        ("bounce-nothing", "with a code or a preset, not with 'nothing'"),
    ],
)
def test_a_mistake_in_shorthand_is_told(words: str, why: str) -> None:
    with pytest.raises(ShorthandError, match=why):
        parse(words)


def test_magic_bounces_where_it_stands() -> None:
    assert magic("bounce-550") == {"bounce_later": {"reply": 550}}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_reference_tells_of_each_key_what_the_code_says(field: Field[object]) -> None:
    row = f"| `{field.name}` | {field.kind.words} | {field.default} | {field.about} |"
    assert row in PAGE
