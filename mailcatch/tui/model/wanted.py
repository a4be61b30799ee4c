"""A fault as somebody types it: what is meant by it, or what is wrong, and what may come next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mailcatch.faults import STAGES, RuleError, rule_of
from mailcatch.faults.kinds import CERTIFICATES, HANDSHAKES, VERSIONS
from mailcatch.faults.presets import TABLES, catalogue, search
from mailcatch.faults.shorthand import ShorthandError, parse, read
from mailcatch.faults.stages import KNOWN_AT
from mailcatch.mail import safe_text
from mailcatch.tui.model.document import Span
from mailcatch.tui.model.rule_words import reply_lines, sentence

Own = Mapping[str, Mapping[str, object]]
"""The presets of a rule file, as tables."""

_MOST: Final = 40
_REPLY: Final = re.compile(r"[2-5][0-9]{2}( .*)?", re.DOTALL)
_MOD: Final = re.compile(r"-[xep][0-9.]+$")
_EFFECTS: Final = (
    "451", "550", "421", "lost", "hang", "rst", "fin", "slow", "garbage", "trunc", "bounce",
)  # fmt: skip

_HANDSHAKES: Final = (*CERTIFICATES, *HANDSHAKES, *VERSIONS)

_EXAMPLES: Final = (
    "rcpt-451-x2",
    "eom-451-x1",
    "eom-lost-x1",
    "rcpt-550",
    "connect-421-x1",
    "eom-hang-30s-x1",
    "data-rst-x1",
    "rcpt-451-p20",
    "gmail-overquota-x1",
    "auth-535-x1",
    "rcpt-bounce-x1",
    "tls-expired",
    "eom-d5s",
)
"""Shorthand that is offered before anything is typed."""

_REPLIES: Final = (
    "451 4.3.0 Try again later",
    "450 4.2.1 Mailbox busy",
    "421 4.3.2 Service shutting down",
    "452 4.2.2 Mailbox full",
    "550 5.1.1 No such user here",
    "554 5.7.1 Message refused",
)
"""Replies that are offered before anything is typed."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A line of a form. name: of its value. label, hint: what is shown. value: to begin with."""

    name: str
    label: str
    value: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """What was typed, understood. table: the rule, None where it is none. said: lines about it."""

    table: dict[str, object] | None
    said: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be typed. about: what it means, safe to show."""

    text: str
    about: str


Values = Mapping[str, str]

SEARCH: Final = (Blank("fault", "", hint="gmail, mailboxfull, 452, greylisted …"),)
"""The form in which a preset is looked for."""


def shorthand_blanks(text: str = "") -> tuple[Blank, ...]:
    """Return the form of one line. text: to begin with."""
    return (Blank("fault", "", text, "rcpt-451-x2: at RCPT, reply 451, the first 2 times"),)


def refusal_blanks(recipients: str) -> tuple[Blank, ...]:
    """Return the form of a refusal. recipients: to begin with."""
    return (
        Blank("to", "To", recipients, "ann@example.com, *@shop.test"),
        Blank("reply", "Say", _REPLIES[0], "a reply, a preset, or such as eom-lost"),
        Blank("times", "Times", "1", "how often; empty for always"),
    )


RULE_BLANKS: Final = (
    Blank("at", "Stage", "rcpt", "connect ehlo auth mail rcpt data eom quit …"),
    Blank("reply", "Say", "451 4.3.0 Try again later", "a reply, or a preset"),
    Blank("effect", "Or do", "", "lost, rst, fin, half, hang-30s, trunc, garbage, slow, bounce"),
    Blank("delay", "Delay", "", "2s: before the reply"),
    Blank("recipient", "Only to", "", "bob@*, *@shop.test"),
    Blank("sender", "Only from", "", "app@*"),
    Blank("subject", "Subject", "", "*invoice*; at eom only"),
    Blank("times", "Times", "2", "how often; empty for always"),
    Blank("probability", "Chance", "", "20%: of the time"),
    Blank("id", "Name", "", "made of stage and effect without it"),
)
"""The form of a rule."""


def understand_shorthand(values: Values, own: Own) -> Meant:
    """Understand a few letters, such as rcpt-451-x2."""
    text = values["fault"].strip()
    if not text:
        return Meant(None, ((Span("Choose one with ↓, or type your own.", "dim"),),))
    try:
        return _checked(parse(text, _stages(own)), own)
    except ShorthandError as error:
        pointed = safe_text(error.text, 80)
        mark = (Span(f"{'':{min(error.at, 70)}}^", "bad"),)
        return Meant(None, ((Span(pointed),), mark, (Span(safe_text(str(error), 300), "bad"),)))


def understand_refusal(values: Values, own: Own) -> Meant:
    """Understand who is refused, with what, and how often."""
    said = values["reply"].strip()
    recipients = _list(values["to"])
    try:
        table = _answer(said, own, default="rcpt")
        if not said:
            return _mistake("say what is answered: a reply such as 451, or a preset")
        if recipients:
            table["match"] = {"recipient": _one_or_all(recipients)}
            table = _at_known_recipients(table, said)
        table |= _times(values)
    except ShorthandError as error:
        return _mistake(str(error))
    return _checked(table, own)


def understand_rule(values: Values, own: Own) -> Meant:
    """Understand the form of a rule."""
    table: dict[str, object] = {"id": values["id"].strip()} if values["id"].strip() else {}
    stages = _list(values["at"].replace(" ", ","))
    reply, effect = values["reply"].strip(), values["effect"].strip()
    try:
        if reply:
            table |= {key: one for key, one in _answer(reply, own).items() if key != "at"}
        if effect:
            stage = "eom-" if effect.lower().startswith("lost") else "rcpt-"
            found = read(f"{stage}{effect}").table()
            table |= {key: one for key, one in found.items() if key != "at"}
        table |= {"at": _one_or_all(stages)} if stages else {}
        table |= _times(values)
    except ShorthandError as error:
        return _mistake(str(error))
    if values["delay"].strip():
        table["delay"] = values["delay"].strip()
    chance = values["probability"].strip()
    if chance:
        number = _number(chance.removesuffix("%").strip())
        if number is None:
            return _mistake("the chance is a number, such as 20%")
        table["probability"] = number / 100 if chance.endswith("%") or number > 1 else number
    match = {
        key: _one_or_all(_list(values[key]))
        for key in ("recipient", "sender")
        if values[key].strip()
    }
    if values["subject"].strip():
        match["subject"] = values["subject"].strip()
    table |= {"match": match} if match else {}
    return _checked(table, own)


def understand_preset(values: Values, own: Own) -> Meant:
    """Understand the name of a preset, and show its exact reply and where it was read."""
    name = values["fault"].strip()
    preset = catalogue().get(name)
    if preset is None and name not in own:
        found = len(suggest_preset(name, own))
        said = f"{found} to choose from with ↓" if found else "no preset has that in it"
        return Meant(None, ((Span(said, "dim"),),))
    if preset is None:
        return _checked({"at": "rcpt", **own[name], "preset": name}, own)
    about = f", {preset.about}" if preset.about else ""
    lines = [
        *((Span("S: ", "bad"), Span(safe_text(one, 600))) for one in preset.sent),
        (Span(f"{preset.provider}, {preset.reason}, at {preset.at}{about}"),),
        (Span(f"read in {safe_text(preset.source, 300)}", "dim"),),
    ]
    return Meant({"at": preset.at, "preset": name}, tuple(lines))


def suggest_preset(text: str, own: Own) -> list[Suggestion]:
    """Return the presets in which some words are."""
    words = text.lower().split()
    mine = [
        Suggestion(safe_text(name, 60), "of faults.toml")
        for name in own
        if all(word in name.lower() for word in words)
    ]
    return [*mine, *(Suggestion(one.name, safe_text(one.lines[0], 300)) for one in search(*words))]


def exactly(address: str) -> str:
    """Return the pattern that fits one address alone."""
    odd = any(char in address for char in "*?,") or address.startswith(("re:", "="))
    return f"={address}" if odd else address


def suggest_shorthand(text: str, own: Own) -> list[Suggestion]:
    """Return what a few letters may become."""
    text = text.strip().lower()
    if not text:
        return [Suggestion(one, _about(one, own)) for one in _EXAMPLES]
    found: dict[str, None] = {}
    stage, dash, rest = text.partition("-")
    if dash and stage in STAGES:
        effects = _HANDSHAKES if stage == "tls" else _EFFECTS
        found |= dict.fromkeys(f"{stage}-{one}" for one in effects if one.startswith(rest))
    names = [*own, *catalogue()]
    found |= dict.fromkeys(one for one in names if one.startswith(text))
    found |= dict.fromkeys(f"{one}-451-x2" for one in STAGES if one.startswith(text))
    if _valid(text, own):
        bare = _MOD.sub("", text)
        often = (f"{bare}-x1", f"{bare}-x2", f"{bare}-p20", bare)
        found |= dict.fromkeys(one for one in often if _valid(one, own))
    found |= dict.fromkeys(one.name for one in search(*text.split("-")))
    found.pop(text, None)
    return [Suggestion(one, _about(one, own)) for one in list(found)[:_MOST] if _valid(one, own)]


def suggest_reply(text: str, own: Own) -> list[Suggestion]:
    """Return replies and presets in which some words are; all where one of them stands there."""
    chosen = text.strip() in _REPLIES or text.strip() in catalogue()
    words = [] if chosen else text.lower().split()
    offered = [
        Suggestion(one, "") for one in _REPLIES if all(word in one.lower() for word in words)
    ]
    mine = [
        Suggestion(name, "of faults.toml")
        for name in own
        if all(word in name.lower() for word in words)
    ]
    known = [Suggestion(one.name, safe_text(one.lines[0], 300)) for one in search(*words)]
    found = [one for one in (*offered, *mine, *known) if one.text != text.strip()]
    return found[:_MOST]


def suggest_stage(text: str, own: Own) -> list[Suggestion]:
    """Return the stages that begin as some text."""
    del own
    start = text.strip().lower()
    return [
        Suggestion(one, "") for one in (*STAGES, "any") if one.startswith(start) and one != start
    ]


def _answer(said: str, own: Own, default: str = "rcpt") -> dict[str, object]:
    """Return the table of a reply, a preset or shorthand. Raises ShorthandError."""
    if _REPLY.fullmatch(said):
        return {"at": default, "reply": said}
    if not said:
        return {}
    return read(said, default=default, own=_stages(own)).table()


def _at_known_recipients(table: dict[str, object], said: str) -> dict[str, object]:
    """Have a preset of an early stage said where the recipient is known."""
    at = str(table.get("at", ""))
    if at in KNOWN_AT["recipient"] or said.lower().startswith(f"{at}-"):
        return table
    return {**table, "at": "rcpt"}


def _times(values: Values) -> dict[str, object]:
    text = values["times"].strip()
    if not text:
        return {}
    number = _number(text)
    if number is None or number < 1 or number != int(number):
        raise ShorthandError(text, 0, "times is a number from 1 on, or empty for always")
    return {"times": int(number)}


def _checked(table: dict[str, object], own: Own) -> Meant:
    try:
        rule_of(table, where="", presets={**TABLES, **own})
    except RuleError as error:
        first = error.problems[0]
        return _mistake(f"{first.what}{f' ({first.hint})' if first.hint else ''}")
    lines: list[tuple[Span, ...]] = [(Span(sentence(table), "good"),)]
    lines += [(Span("S: ", "bad"), Span(one)) for one in reply_lines(table)]
    return Meant(table, tuple(lines))


def _mistake(why: str) -> Meant:
    shown = safe_text(why, 300)
    return Meant(None, ((Span(f"{shown[:1].upper()}{shown[1:]}", "bad"),),))


def _about(text: str, own: Own) -> str:
    try:
        table = parse(text, _stages(own))
    except ShorthandError:
        return ""
    return sentence(table)


def _valid(text: str, own: Own) -> bool:
    try:
        parse(text, _stages(own))
    except ShorthandError:
        return False
    return True


def _stages(own: Own) -> dict[str, str]:
    return {name: str(table.get("at", "")) for name, table in own.items()}


def _list(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _one_or_all(values: list[str]) -> object:
    return values[0] if len(values) == 1 else values


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
