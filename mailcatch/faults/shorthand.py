"""Faults in a few letters: `rcpt-451-x2`, `eom-lost-x1`, `gmail-overquota-p20`.

    [stage-]effect[-mod...]

An effect is a reply code (`451`), a code with its enhanced code (`451-4.3.0`), the name of a
preset, or one of `lost rst fin half hang trunc garbage slow`; `lost-fin`, `lost-hang` and
`hang-30s` say it more exactly. `bounce`, `bounce-550-5.1.1` or `bounce-` and a preset accept the
mail, and let a notice come back that it failed. At tls there are `expired not-yet-valid wrong-host
unknown-ca self-signed` (certificates), `1.0` to `1.3` (the only version), `refuse stall close
garbage`. A mod is `x2` (the first 2, then as usual), `e3` (every third), `p20` (20 %) or `d5s` (5
seconds late; it may stand without an effect, and with `bounce` the notice is late). Letters may be
in any case.

The same words are in magic recipients (`user+mc-451-x2@example.test`) and in magic EHLO names
(`mc-starttls-454.example.test`), which `magic` finds. They hold nothing but letters, digits, ".",
"+" and "-", since validators of addresses refuse the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from mailcatch.faults import misnomers
from mailcatch.faults.kinds import CERTIFICATES, HANDSHAKES, VERSIONS
from mailcatch.faults.presets import catalogue
from mailcatch.faults.stages import ALIASES, STAGES

DEFAULT_STAGE: Final = "rcpt"
"""Where a fault is whose words name no stage."""

_STAGES: Final = (*STAGES, "any")
_ACCEPTING: Final = ("rcpt", "eom", "")
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
    "bounce": {"bounce_later": True},
}
_HANDSHAKES: Final[Mapping[str, Mapping[str, str]]] = {
    **{name: {"cert": name} for name in CERTIFICATES},
    **{name: {"version": name} for name in VERSIONS},
    **{name: {"handshake": name} for name in HANDSHAKES},
}
_HANDSHAKE_WORDS: Final = [f"tls-{name}" for name in _HANDSHAKES]
# Octets of a local part (RFC 5321 section 4.5.3.1.1), and characters of a rule's id.
_LONGEST: Final = 64
_REPLY: Final = re.compile(r"([0-9]{3})(?:-([0-9]\.[0-9]{1,3}\.[0-9]{1,3}))?")
_TIME: Final = r"[0-9]{1,6}(?:\.[0-9]{1,3})?(?:ms|s|m|h)"
_HANG: Final = re.compile(rf"hang-({_TIME})")
_BOUNCE: Final = re.compile(r"bounce(?:-(.+))?")
_MODS: Final = (
    ("times", re.compile(r"x([0-9]{1,9})")),
    ("every", re.compile(r"e([0-9]{1,9})")),
    ("percent", re.compile(r"p([0-9]{1,3}(?:\.[0-9]{1,6})?)")),
    ("delay", re.compile(rf"d({_TIME})")),
)
_DOT: Final = re.compile(r"^\.(?=-)")
_FOREIGN: Final = re.compile(r"[^a-z0-9.+-]")


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
        table: dict[str, object] = {"at": self.stage, **_effect(self.effect, self.stage)}
        if self.delay and _BOUNCE.fullmatch(self.effect):
            bounce = table["bounce_later"]
            said = bounce if isinstance(bounce, dict) else {}
            table["bounce_later"] = {**said, "delay": self.delay}
        elif self.delay:
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
    return {"id": _DOT.sub("eom", text.strip().lower()), **read(text, own=own).table()}


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
    if rest and rest not in known and not _of_a_form(rest):
        named, _, effect = rest.partition("-")
        stage = ALIASES.get(named, named)
        if stage not in _STAGES:
            raise _no_stage_or_effect(text, rest, known)
    began = len(rest) - len(effect)
    if not effect and "delay" not in mods:
        raise ShorthandError(
            text,
            len(rest),
            f"what shall happen at {stage or default}? write such as"
            f" {stage or default}-451, or {stage or default}-d5s",
        )
    if effect and not (stage == "tls" and effect in _HANDSHAKES):
        _check(text, began, effect, known)
    stage = stage or known.get(effect, default)
    if _BOUNCE.fullmatch(effect) and stage not in _ACCEPTING:
        raise ShorthandError(text, 0, "a mail that bounces is accepted first: at rcpt or eom")
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


def magic(text: str) -> dict[str, object]:
    """Return the table of the rule that the words of a magic name ask for.

    text: what stands behind "mc-" in `user+mc-451-x2@example.test`. There is no `at` in the table
    where the words name no stage: it is that of the place where they stood.
    Raises ShorthandError, and nothing else.
    """
    table = read(text, default="").table()
    return {key: value for key, value in table.items() if value or key != "at"}


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
    bounce = _BOUNCE.fullmatch(effect)
    if bounce and bounce[1]:
        _check_bounce(text, at + len(effect) - len(bounce[1]), bounce[1], known)
        return
    if effect in known or _HANG.fullmatch(effect):
        return
    found = _REPLY.fullmatch(effect)
    if not found:
        raise _no_effect(text, at, effect, known)
    code, enhanced = found[1], found[2]
    if not 200 <= int(code) <= 599:
        raise ShorthandError(text, at, f"{code} is no reply code: 200 to 599 are")
    if enhanced and (enhanced[0] != code[0] or enhanced[0] == "3"):
        right = "2, 4 or 5" if code[0] == "3" else code[0]
        raise ShorthandError(
            text, at + 4, f"{enhanced} does not go with {code}: it would begin with {right}"
        )


def _check_bounce(text: str, at: int, said: str, known: Mapping[str, str]) -> None:
    """Raise ShorthandError where what a mail bounces with is neither a refusal nor a preset."""
    if said in known and said not in _EFFECTS:
        return
    if not _REPLY.fullmatch(said):
        raise ShorthandError(text, at, f"a mail bounces with a code or a preset, not with {said!a}")
    if said[0] not in "45":
        raise ShorthandError(text, at, f"{said[:3]} is no failure: a mail bounces with 4xx or 5xx")
    _check(text, at, said, known)


def _of_a_form(effect: str) -> bool:
    """Return whether words are an effect by their form, and so name no stage."""
    return any(form.fullmatch(effect) for form in (_REPLY, _HANG, _BOUNCE))


def _no_stage_or_effect(text: str, rest: str, known: Mapping[str, str]) -> ShorthandError:
    """Return what is wrong with words of which the first is no stage."""
    named, _, effect = rest.partition("-")
    if not (named and (effect in known or _of_a_form(effect))):
        return _no_effect(text, 0, rest, known)
    near = misnomers.STAGES.get(named) or next(iter(get_close_matches(named, _STAGES, 1)), "")
    meant = f"did you mean {near}?" if near else f"there are {', '.join(_STAGES)}"
    return ShorthandError(text, 0, f"there is no stage {named!a}: {meant}")


def _no_effect(text: str, at: int, effect: str, known: Mapping[str, str]) -> ShorthandError:
    """Return what is wrong with an effect that is none. at: where it stands."""
    before, _, last = effect.rpartition("-")
    if last and (before in known or _REPLY.fullmatch(before)):
        what = (
            f"{last!a} is no mod: x2 (the first two), e3 (every third), p20 (20 %), d5s (5 s late)"
        )
        if _REPLY.fullmatch(before) and re.fullmatch(r"[0-9.]+", last):
            what = f"{last} is no enhanced code: write such as {before}-{before[0]}.3.0"
        return ShorthandError(text, at + len(before) + 1, what)
    if effect.isdigit():
        return ShorthandError(text, at, f"{effect} is no reply code: 200 to 599 are")
    begin_so = [name for name in known if name.startswith(f"{effect}-")]
    near = get_close_matches(effect, [*known, *_STAGES, *_HANDSHAKE_WORDS], 1)
    if len(begin_so) > 1:
        meant = f"some presets begin so: {', '.join(sorted(begin_so))}"
    elif near:
        meant = f"did you mean {near[0]}?"
    else:
        meant = f"write a code such as 451, a preset, or one of {', '.join(_EFFECTS)}"
    return ShorthandError(text, at, f"there is no effect {effect!a}: {meant}")


def _effect(effect: str, stage: str) -> dict[str, object]:
    if stage == "tls" and effect in _HANDSHAKES:
        return {"tls": dict(_HANDSHAKES[effect])}
    hang = _HANG.fullmatch(effect)
    if hang:
        return {"hang": hang[1]}
    if _REPLY.fullmatch(effect):
        return {"reply": _reply(effect)}
    bounce = _BOUNCE.fullmatch(effect)
    if bounce and bounce[1]:
        said = bounce[1]
        what: dict[str, object] = {"preset": said}
        if _REPLY.fullmatch(said):
            what = {"reply": _reply(said)}
        return {"bounce_later": what}
    if effect in _EFFECTS:
        return dict(_EFFECTS[effect])
    return {"preset": effect} if effect else {}


def _reply(said: str) -> object:
    """Return a code, or a code with its enhanced code, as a rule file has it."""
    code, _, enhanced = said.partition("-")
    return {"code": int(code), "enhanced": enhanced} if enhanced else int(code)
