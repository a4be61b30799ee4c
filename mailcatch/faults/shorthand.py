"""Faults in a few letters: `rcpt-451-x2`, `eom-lost-x1`, `gmail-overquota-p20`.

    [stage-]effect[-mod...]

An effect is a reply code (`451`), a code with its enhanced code (`451-4.3.0`), the name of a
preset, or one of `lost rst fin half hang trunc garbage slow`; `lost-fin`, `lost-hang` and `hang-30s`
say it more exactly. A mod is `x2` (the first 2, then as usual), `e3` (every third), `p20` (20 %)
or `d5s` (5 seconds late; it may stand without an effect). Letters may be in any case.

The same words are in magic recipients (`user+mc-451-x2@example.test`), in magic EHLO names
(`mc-starttls-454.example.test`) and in the magic header field `X-Mailcatch-Fault`. They hold
nothing but letters, digits, ".", "+" and "-", since validators of addresses refuse the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from mailcatch.faults.presets import catalogue

DEFAULT_STAGE: Final = "rcpt"
"""Where a fault is whose words name no stage."""

RESERVED: Final = ("test", "example")
"""Domains in which magic names work unless others are set: no real mail goes there (RFC 2606)."""

HEADER: Final = "X-Mailcatch-Fault"
"""The header field whose value is a fault for its message."""

_STAGES: Final = (
    "connect", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "data", "body", "eom", "rset",
    "noop", "vrfy", "quit", "idle", "any",
)  # fmt: skip
_MEANT: Final = {"dot": "eom", "helo": "ehlo", "hello": "ehlo"}
_EFFECTS: Final[Mapping[str, Mapping[str, object]]] = {
    "lost": {"lost": "rst"},
    "lost-rst": {"lost": "rst"},
    "lost-fin": {"lost": "fin"},
    "lost-hang": {"lost": "hang"},
    "rst": {"disconnect": "rst", "when": "before"},
    "fin": {"disconnect": "fin", "when": "before"},
    "half": {"disconnect": "half", "when": "before"},
    "hang": {"hang": True},
    "trunc": {"truncate": 7, "disconnect": "fin"},
    "garbage": {"garbage": "binary"},
    "slow": {"dribble": "250ms"},
}
_LONGEST: Final = 200
_REPLY: Final = re.compile(r"([0-9]{3})(?:-([0-9]\.[0-9]{1,3}\.[0-9]{1,3}))?")
_TIME: Final = r"[0-9]{1,6}(?:\.[0-9]{1,3})?(?:ms|s|m|h)"
_HANG: Final = re.compile(rf"hang-({_TIME})")
_MODS: Final = (
    ("times", re.compile(r"x([0-9]{1,9})")),
    ("every", re.compile(r"e([0-9]{1,9})")),
    ("percent", re.compile(r"p([0-9]{1,3}(?:\.[0-9]{1,6})?)")),
    ("delay", re.compile(rf"d({_TIME})")),
)
_FOREIGN: Final = re.compile(r"[^a-z0-9.+-]")
_TAG: Final = "mc-"
_BEFORE_RCPT: Final = frozenset({"connect", "ehlo", "starttls", "tls", "auth", "mail"})
_BEFORE_END: Final = frozenset({*_BEFORE_RCPT, "rcpt", "data", "body", "vrfy"})


class ShorthandError(ValueError):
    """Words that are no fault. The message says which of them, and what was probably meant.

    text: all of them. at: the place of the first wrong letter, from 0.
    """

    def __init__(self, text: str, at: int, why: str) -> None:
        super().__init__(why)
        self.text = text
        self.at = at

    def pointed(self) -> str:
        """Return the text and, below it, a caret under the mistake. Not made safe to show."""
        return f"{self.text}\n{' ' * self.at}^"


@dataclass(frozen=True, slots=True)
class Shorthand:
    """What the words mean.

    stage: where. effect: a code, a code with its enhanced code, a preset or a word; "" for a delay
    alone. times, every: 0 where nothing is said of it. percent, delay: as they were written, "" for
    nothing.
    """

    stage: str
    effect: str = ""
    times: int = 0
    every: int = 0
    percent: str = ""
    delay: str = ""

    def __str__(self) -> str:
        """Return words that mean this, wherever they are read."""
        words = [self.stage, self.effect]
        words += [f"x{self.times}" if self.times else "", f"e{self.every}" if self.every else ""]
        words += [f"p{self.percent}" if self.percent else ""]
        words += [f"d{self.delay}" if self.delay else ""]
        return "-".join(word for word in words if word)

    def table(self) -> dict[str, object]:
        """Return the rule in the form of a rule file, without an id."""
        table: dict[str, object] = {"at": self.stage, **_effect(self.effect)}
        if self.delay:
            table["delay"] = self.delay
        if self.times:
            table["times"] = self.times
        if self.every:
            table["every"] = self.every
        if self.percent:
            table["probability"] = round(float(self.percent) / 100, 8)
        return table


def parse(text: str, own: Mapping[str, str] | None = None) -> dict[str, object]:
    """Return the table of a rule, in the form of a rule file, whose id are the words themselves.

    own: the presets of the user's rule file, each with its stage or "".
    Raises ShorthandError, and nothing else.
    """
    return {"id": text.strip().lower(), **read(text, own=own).table()}


def read(
    text: str, *, default: str = DEFAULT_STAGE, own: Mapping[str, str] | None = None
) -> Shorthand:
    """Return what words mean.

    default: the stage of words that name none, and whose preset has none.
    own: as for `parse`.
    Raises ShorthandError, and nothing else.
    """
    text = text.strip().lower()
    if not text:
        raise ShorthandError(text, 0, "there is nothing: write such as rcpt-451-x2")
    if len(text) > _LONGEST:
        raise ShorthandError(text[:_LONGEST], _LONGEST, f"longer than {_LONGEST} characters")
    foreign = _FOREIGN.search(text)
    if foreign:
        raise ShorthandError(
            text, foreign.start(), f"{foreign[0]!a} has no meaning: use letters, digits, . + and -"
        )
    words = text.split("-")
    mods = _take_mods(text, words)
    rest = "-".join(words)
    stage, effect = "", rest
    known = _stages_of_effects(own or {}, default)
    if rest and rest not in known and not _REPLY.fullmatch(rest) and not _HANG.fullmatch(rest):
        named, _, effect = rest.partition("-")
        stage = _MEANT.get(named, named)
        if stage not in _STAGES:
            raise ShorthandError(text, 0, _unknown(rest, known))
    began = len(rest) - len(effect)
    if not effect and "delay" not in mods:
        raise ShorthandError(
            text,
            len(rest),
            f"what shall happen at {stage or default}? write such as"
            f" {stage or default}-451, or {stage or default}-d5s",
        )
    if effect:
        _check(text, began, effect, known)
    stage = stage or known.get(effect, default)
    if effect.startswith("lost") and stage != "eom":
        raise ShorthandError(text, 0, "a reply is lost at eom: write eom-lost, or rst or hang here")
    return Shorthand(
        stage=stage,
        effect=effect,
        times=int(mods.get("times", "0")),
        every=int(mods.get("every", "0")),
        percent=mods.get("percent", ""),
        delay=mods.get("delay", ""),
    )


def magic_recipient(address: str, domains: Sequence[str] = RESERVED) -> dict[str, object] | None:
    """Return the rule that an address asks for, or None where it asks for none.

    The words stand behind the last "+" and "mc-" of the local part: `user+mc-451-x2@example.test`.
    address: a mailbox, without angle brackets. domains: those in which this works, with all below
    them; "*" is any.
    Raises ShorthandError where it asks for a fault that does not exist, or whose stage is over when
    recipients are told.
    """
    local, _, domain = address.lower().rpartition("@")
    tag = local.rpartition("+")[2] if "+" in local else ""
    if not tag.startswith(_TAG) or not _within(domain, domains):
        return None
    return _magic(tag[len(_TAG) :], "rcpt", _BEFORE_RCPT)


def magic_helo(name: str, domains: Sequence[str] = RESERVED) -> dict[str, object] | None:
    """Return the rule that an EHLO name asks for: `mc-starttls-454.example.test`; else None.

    domains: as for magic_recipient.
    Raises ShorthandError likewise.
    """
    name = name.lower().rstrip(".")
    if not name.startswith(_TAG) or len(name) > _LONGEST:
        return None
    # Enhanced codes have dots too, so the words end where what follows is a domain, as late as
    # they are words.
    ends = [at for at, sign in enumerate(name) if sign == "." and _within(name[at + 1 :], domains)]
    failure: ShorthandError | None = None
    for end in reversed(ends):
        try:
            return _magic(name[len(_TAG) : end], "ehlo", frozenset({"connect"}))
        except ShorthandError as error:
            failure = error
    if failure is not None:
        raise failure
    return None


def magic_header(value: str) -> dict[str, object]:
    """Return the rule that a header field X-Mailcatch-Fault asks for. Raises ShorthandError."""
    return _magic(value, "eom", _BEFORE_END)


def _magic(text: str, default: str, over: frozenset[str]) -> dict[str, object]:
    meaning = read(text, default=default)
    if meaning.stage in over:
        raise ShorthandError(text, 0, f"at {meaning.stage} it is not known yet what is asked for")
    return {"id": f"{_TAG}{text.strip().lower()}", **meaning.table()}


def _within(domain: str, domains: Sequence[str]) -> bool:
    domain = domain.rstrip(".")
    return any(
        one == "*" or domain == one.lower() or domain.endswith(f".{one.lower()}") for one in domains
    )


def _take_mods(text: str, words: list[str]) -> dict[str, str]:
    """Take the mods from the end of the words, and return them by what they are."""
    mods: dict[str, str] = {}
    while words:
        found = [(what, hit) for what, form in _MODS if (hit := form.fullmatch(words[-1]))]
        if not found:
            break
        what, hit = found[0]
        at = len("-".join(words)) - len(words[-1])
        if what in mods:
            raise ShorthandError(text, at, f"{words[-1][0]}... is there twice")
        value = hit[1]
        number = float(re.sub("[a-z]", "", value))
        if not number or (what == "percent" and number > 100):
            right = {"percent": "p1 to p100", "delay": "such as d5s"}.get(what, "1 or more")
            raise ShorthandError(text, at, f"{words[-1]} would never do anything: {right}")
        mods[what] = value
        words.pop()
    return mods


def _stages_of_effects(own: Mapping[str, str], default: str) -> dict[str, str]:
    """Return all words and presets that are effects, each with its stage."""
    known = {word: "eom" if word.startswith("lost") else default for word in _EFFECTS}
    known |= {name: preset.at for name, preset in catalogue().items()}
    return known | {name: stage or default for name, stage in own.items()}


def _check(text: str, at: int, effect: str, known: Mapping[str, str]) -> None:
    """Raise ShorthandError where an effect is none."""
    if effect in known or _HANG.fullmatch(effect):
        return
    found = _REPLY.fullmatch(effect)
    if not found:
        raise ShorthandError(text, at, _unknown(effect, known))
    code, enhanced = found[1], found[2]
    if not 200 <= int(code) <= 599:
        raise ShorthandError(text, at, f"{code} is no reply code: 200 to 599 are")
    if enhanced and (enhanced[0] != code[0] or enhanced[0] == "3"):
        right = "2, 4 or 5" if code[0] == "3" else code[0]
        raise ShorthandError(
            text, at + 4, f"{enhanced} does not go with {code}: it would begin with {right}"
        )


def _unknown(word: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(word, [*known, *_STAGES], 1)
    meant = f"did you mean {near[0]}?" if near else "a code, a preset or lost, rst, fin, hang ..."
    return f"there is no effect {word!a}: {meant}"


def _effect(effect: str) -> dict[str, object]:
    hang = _HANG.fullmatch(effect)
    if hang:
        return {"hang": hang[1]}
    if _REPLY.fullmatch(effect):
        return {"reply": effect.replace("-", " ")}
    if effect in _EFFECTS:
        return dict(_EFFECTS[effect])
    return {"preset": effect} if effect else {}
