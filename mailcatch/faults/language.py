"""The keys of a rule file: what each is called, takes, means and is by default.

Loading, the JSON Schema and the reference in docs/faults.md all stand on these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from mailcatch.faults import quantities
from mailcatch.faults.quantities import shown
from mailcatch.faults.replies import REPLY
from mailcatch.faults.rule import (
    FOREVER,
    Capabilities,
    Concurrency,
    Count,
    Delay,
    Exhausted,
    Greylist,
    Key,
    Quota,
    Window,
)
from mailcatch.faults.stages import ALIASES, STAGES
from mailcatch.faults.values import (
    DURATION,
    FLAG,
    MOST,
    NAME,
    RATE,
    SIZE,
    Field,
    Kind,
    WrongValueError,
    check_names,
    choice,
    nearest,
    number,
    record,
    several,
    text,
    whole,
)

LONGEST_RAW: Final = 1 << 20
"""Octets that are sent instead of a reply, at most."""

GARBAGE: Final = {
    "binary": bytes(range(128, 256)) * 2 + b"\x00\x01\x02\xff\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 11\r\n"
    b"Connection: close\r\n\r\nBad Request",
    "tls-alert": b"\x15\x03\x01\x00\x02\x02\x28",
}
"""What `garbage` sends: octets of no protocol, a web server's answer, a failed TLS handshake."""


def _stage(value: object) -> str:
    if isinstance(value, str):
        name = ALIASES.get(value.lower(), value.lower())
        if name in STAGES or name == "any":
            return name
        raise WrongValueError(f"{shown(value)} is no stage", hint=nearest(value, (*STAGES, "any")))
    raise WrongValueError(f"{shown(value)} is no stage")


_STAGE_SCHEMA: Final = {"type": "string", "enum": [*STAGES, "any", *ALIASES]}


def _delay(value: object) -> Delay:
    if not isinstance(value, Mapping):
        seconds = quantities.duration(value)
        return Delay(low=seconds, high=seconds)
    if len(value) != 1:
        raise WrongValueError("a delay is one of uniform and lognormal")
    check_names(value, ("uniform", "lognormal"), "delay")
    if "uniform" in value:
        ends = value["uniform"]
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise WrongValueError('write such as { uniform = ["1s", "3s"] }', at=("uniform",))
        low, high = (quantities.duration(end) for end in ends)
        if low > high:
            raise WrongValueError("the first duration is longer than the second", at=("uniform",))
        return Delay(low=low, high=high)
    return _LOGNORMAL.read(value["lognormal"])


def _delay_or_wrong(value: object) -> Delay:
    try:
        return _delay(value)
    except WrongValueError:
        raise
    except ValueError as error:
        raise WrongValueError(str(error)) from None


def _positive(value: object) -> float:
    seconds = DURATION.read(value)
    if seconds <= 0:
        raise WrongValueError(f"{shown(value)}: it must be longer than nothing")
    return seconds


_LONGER_THAN_NOTHING: Final = Kind("duration", _positive, DURATION.schema)
_LOGNORMAL: Final = record(
    "lognormal",
    Delay,
    Field("median", _LONGER_THAN_NOTHING, "Half of the delays are longer.", required=True),
    Field("sigma", number(0, 10), "Of the logarithm: how much they differ.", required=True),
    Field("max", DURATION, "None is longer than this.", required=True),
    rename={"max": "high"},
)
DELAY: Final = Kind(
    "duration, or table",
    _delay_or_wrong,
    {
        "anyOf": [
            DURATION.schema,
            {
                "type": "object",
                "properties": {
                    "uniform": {
                        "type": "array",
                        "items": DURATION.schema,
                        "minItems": 2,
                        "maxItems": 2,
                    },
                    "lognormal": _LOGNORMAL.schema,
                },
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
            },
        ]
    },
)


def _ending(value: object) -> str:
    if value is False:
        return ""
    return choice("fin", "rst", "half").read(value)


def _hang(value: object) -> float:
    if isinstance(value, bool):
        if value:
            return FOREVER
        raise WrongValueError("hang is true or a duration")
    return _LONGER_THAN_NOTHING.read(value)


def _raw(value: object) -> bytes:
    if isinstance(value, Mapping):
        check_names(value, ("hex",), "raw")
        digits = value.get("hex")
        try:
            octets = bytes.fromhex(digits) if isinstance(digits, str) else b""
        except ValueError:
            raise WrongValueError(f"{shown(digits)} is not hexadecimal", at=("hex",)) from None
    elif isinstance(value, str):
        octets = value.encode("utf-8", "surrogatepass")
    else:
        raise WrongValueError(f"{shown(value)} is neither text nor {{ hex = … }}")
    if not 1 <= len(octets) <= LONGEST_RAW:
        raise WrongValueError(f"raw has 1 to {LONGEST_RAW} octets, and this has {len(octets)}")
    return octets


def _keyword(value: object) -> str:
    line = text(500).read(value).strip()
    if not line or not line.isascii():
        raise WrongValueError(f"{shown(value)} is no capability")
    return line


def _hidden(value: object) -> str:
    return _keyword(value).upper()


def _store(value: object) -> bool | None:
    if value == "auto":
        return None
    if isinstance(value, bool):
        return value
    raise WrongValueError(f'{shown(value)} is none of true, false and "auto"')


def _sequence(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise WrongValueError("a sequence is a list of replies")
    if not value:
        raise WrongValueError("the sequence is empty, so the rule could never fire")
    if len(value) > 10_000:
        raise WrongValueError("a sequence has at most 10000 steps")
    return tuple(value)


_KEYS: Final = choice(
    "rule", "client", "connection", "sender", "recipient", "triplet", "envelope", "fingerprint"
)
_KEY: Final = Kind(_KEYS.words, lambda value: cast("Key", _KEYS.read(value)), _KEYS.schema)
_ENDS: Final = choice("pass", "last", "cycle", "fail")
_UNITS: Final = choice("transaction", "connection", "command")
_KEYWORDS: Final = {"type": "string", "minLength": 1, "maxLength": 500}
_TEXT: Final = text(500)

ID = Field("id", NAME, "The name of the rule; unique.", "made from stage and effect")
DESCRIPTION = Field("description", _TEXT, "What the rule is for.", "none")
ENABLED = Field("enabled", FLAG, "Whether the rule is asked.", "true")
PRIORITY = Field(
    "priority", whole(-1000, 1000), "Lower is asked first; ties in the order of the file.", "5"
)
DRY_RUN = Field("dry_run", FLAG, "Only say what the rule would have done.", "false")
FINAL = Field("final", FLAG, "Where the rule matches, ask no rule below it.", "false")
TAGS = Field("tags", several(NAME), "Words to find rules by.", "none")
AT = Field(
    "at",
    several(Kind("stage", _stage, _STAGE_SCHEMA)),
    "The stage, or a list of stages; any is every stage that is answered.",
    "the preset's, else required",
)
AFTER = Field("after", DURATION, "At idle: how long it must have been quiet.", "10s")
MATCH = Field(
    "match",
    Kind("table", lambda value: value, {"$ref": "#/$defs/match"}),
    "What must hold, all of it.",
    "always",
)
SCHEDULE = Field(
    "schedule",
    Kind("table", lambda value: value, {"$ref": "#/$defs/schedule"}),
    "The keys of the schedule, which may also stand in the rule itself.",
    "always",
)

REPLY_KEY = Field("reply", REPLY, "What is said instead of the server's own reply.")
PRESET = Field(
    "preset", NAME, "A reply or effect by name; keys of the rule itself go before its own."
)
RAW = Field(
    "raw",
    Kind(
        "text, or { hex = text }",
        _raw,
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {"hex": {"type": "string"}},
                    "required": ["hex"],
                    "additionalProperties": False,
                },
            ]
        },
    ),
    "Octets sent as they are instead of a reply.",
)
GARBAGE_KEY = Field("garbage", choice(*GARBAGE), "Octets of another kind instead of a reply.")
CRLF = Field("crlf", FLAG, "false: the reply has no line end.", "true")
TRUNCATE = Field("truncate", whole(0, 100_000), "Only so many octets of the reply are sent.")
REPEAT = Field("repeat", whole(1, 10_000), "How often the reply is said.", "1")
DISCONNECT = Field(
    "disconnect",
    Kind(
        "fin, rst, half, or false",
        _ending,
        {"anyOf": [{"enum": ["fin", "rst", "half"]}, {"const": False}]},
    ),
    "How the connection is closed: closed, reset, or closed in one direction and read on.",
    "fin after a 421, else not at all",
)
WHEN = Field(
    "when",
    choice("before", "after", "mid-reply"),
    "When the connection is closed or silent, seen from the reply.",
    "after where the rule has a reply, else before",
)
AFTER_BYTES = Field("after_bytes", SIZE, "At body: how many octets of the message come first.", "0")
HANG = Field(
    "hang",
    Kind(
        "true, or duration",
        _hang,
        {"anyOf": [{"const": True}, *_LONGER_THAN_NOTHING.schema["anyOf"]]},  # type: ignore[misc]
    ),
    "Say nothing: until the client closes, or for so long.",
)
LOST = Field(
    "lost",
    choice("fin", "rst", "hang"),
    "Do everything, store the message, and never reply.",
)
STORE = Field(
    "store",
    Kind('true, false, or "auto"', _store, {"enum": [True, False, "auto"]}),
    "At eom: whether the message is kept as a delivered one.",
    '"auto": where the code sent is 2xx, or the reply is lost',
)

ANSWER: Final[tuple[Field[object], ...]] = (
    REPLY_KEY,
    PRESET,
    RAW,
    GARBAGE_KEY,
    CRLF,
    TRUNCATE,
    REPEAT,
    DISCONNECT,
    WHEN,
    AFTER_BYTES,
    HANG,
    LOST,
    STORE,
)
"""The terminal effects: the first rule that fires decides."""

DELAY_KEY = Field("delay", DELAY, "How long to wait.")
BEFORE = Field(
    "before",
    choice("reply", "read"),
    "What the delay comes before: the reply, or reading on.",
    "reply",
)
DRIBBLE = Field("dribble", _LONGER_THAN_NOTHING, "Time between the octets of the reply.")
BANDWIDTH = Field("bandwidth", RATE, "At body: how fast the message is read.")
CAPABILITIES = Field(
    "capabilities",
    record(
        "capabilities",
        Capabilities,
        Field("hide", several(Kind("keyword", _hidden, _KEYWORDS)), "Keywords not to offer."),
        Field("add", several(Kind("line", _keyword, _KEYWORDS)), "Lines to offer besides."),
        Field("size", SIZE, "The limit that SIZE tells."),
    ),
    "At ehlo: what is offered.",
)

SLOWING: Final[tuple[Field[object], ...]] = (DELAY_KEY, BEFORE, DRIBBLE, BANDWIDTH, CAPABILITIES)
"""The composing effects: those of all rules that fire are merged."""

SKIP = Field("skip", whole(0), "How many occasions pass first.", "0")
TIMES = Field("times", whole(0), "How often the rule fires; then it is inert.", "without end")
EVERY = Field("every", whole(1), "Fire only each so-manieth time.", "1")
PROBABILITY = Field("probability", number(0, 1), "How likely it fires.", "1")
SEQUENCE = Field(
    "sequence",
    Kind("list", _sequence, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}),
    "What happens at one firing after the other: replies, presets, tables of effects, or pass.",
)
EXHAUSTED = Field(
    "exhausted",
    Kind(_ENDS.words, lambda value: cast("Exhausted", _ENDS.read(value)), _ENDS.schema),
    "What happens after the end of the sequence.",
    "pass",
)
ACTIVE = Field(
    "active",
    record(
        "active",
        Window,
        Field("after", DURATION, "Seconds after the rule was loaded.", "0"),
        Field("for", DURATION, "How long the rule is awake.", "without end"),
        rename={"for": "lasts"},
    ),
    "When the rule is awake.",
    "always",
)
TTL = Field("ttl", DURATION, "How long after its loading the rule becomes inert.", "never")
QUOTA = Field(
    "quota",
    record(
        "quota",
        Quota,
        Field("limit", whole(0, 100_000), "How many may pass in the window.", required=True),
        Field("window", _LONGER_THAN_NOTHING, "The length of the window.", required=True),
        Field("per", _KEY, "What is counted apart.", "client"),
    ),
    "Fire only where more would pass in a window than are allowed.",
)
CONCURRENCY = Field(
    "concurrency",
    record(
        "concurrency",
        Concurrency,
        Field("limit", whole(0, 10_000), "How many connections may be open.", required=True),
        Field("per", _KEY, "What is counted apart.", "client"),
    ),
    "Fire only where more connections would be open than are allowed.",
)
GREYLIST = Field(
    "greylist",
    record(
        "greylist",
        Greylist,
        Field("delay", _LONGER_THAN_NOTHING, "How long one has to wait.", required=True),
        Field("per", _KEY, "Who has to wait.", "triplet"),
    ),
    "Fire from the first occasion until the delay is over.",
)
SCENARIO = Field("scenario", NAME, "The scenario whose state is asked for or set.")
WHEN_STATE = Field("when_state", NAME, "Fire only in this state; a scenario begins in Started.")
SET_STATE = Field("set_state", NAME, "The state that the scenario is in after firing.")
KEY = Field("key", _KEY, "What the schedule counts apart.", "rule")
COUNT = Field(
    "count",
    Kind(_UNITS.words, lambda value: cast("Count", _UNITS.read(value)), _UNITS.schema),
    "What one occasion is; all in it gets the same answer.",
    "connection up to auth, transaction from mail to eom, else command",
)

TIMING: Final[tuple[Field[object], ...]] = (
    SKIP,
    TIMES,
    EVERY,
    PROBABILITY,
    SEQUENCE,
    EXHAUSTED,
    ACTIVE,
    TTL,
    QUOTA,
    CONCURRENCY,
    GREYLIST,
    SCENARIO,
    WHEN_STATE,
    SET_STATE,
    KEY,
    COUNT,
)
"""The schedule."""

IDENTITY: Final[tuple[Field[object], ...]] = (
    ID,
    DESCRIPTION,
    ENABLED,
    PRIORITY,
    DRY_RUN,
    FINAL,
    TAGS,
    AT,
    AFTER,
    MATCH,
)
"""What a rule is, and where it stands."""

RULE: Final = (*IDENTITY, *ANSWER, *SLOWING, *TIMING, SCHEDULE)
STEP: Final = ANSWER
"""The keys of a step of a sequence that is written as a table."""

TOLD: Final = ("source", "provider", "reason", "about")
"""Keys of a preset that only tell something about it."""

PRESET_EFFECTS: Final = (
    "at",
    *(field.name for field in (*ANSWER, *SLOWING) if field.name != "preset"),
)
"""The keys of a preset that do something."""
PRESET_NAMES: Final = (*PRESET_EFFECTS, *TOLD, "description", "tags")
"""All keys of a preset."""

LATER: Final = {
    "tls": "faults of TLS are not there yet",
    "bounce_later": "bounces that come later are not there yet",
}
"""Keys that have their place in the language, and do nothing yet."""


def _seed(value: object) -> int | None:
    return None if value == "random" else whole(0, (1 << 63) - 1).read(value)


def _magic(value: object) -> tuple[str, ...] | bool:
    if isinstance(value, bool):
        return value
    names = several(_TEXT).read(value)
    return tuple(name.lower() for name in names)


SEED = Field(
    "seed",
    Kind('whole number, or "random"', _seed, {"anyOf": [whole(0).schema, {"const": "random"}]}),
    "What chance is made from; the same seed and traffic give the same faults.",
    '"random"',
)
ALL_ENABLED = Field("enabled", FLAG, "Whether any rule is asked.", "true")
MAGIC = Field(
    "magic",
    Kind(
        "true, false, a domain, or a list",
        _magic,
        {"anyOf": [{"type": "boolean"}, *several(_TEXT).schema["anyOf"]]},  # type: ignore[misc]
    ),
    'Domains where magic recipients and EHLO names work; "*" is all.',
    "the reserved ones",
)
GENERATION = Field("generation", whole(0), "When it changes, all counters begin anew.", "0")
KEYS = Field(
    "keys", whole(1, MOST), "How many keys each rule remembers; the oldest is forgotten.", "10000"
)
RULES = Field(
    "rule",
    Kind(
        "list of tables", lambda value: value, {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    ),
    "The rules.",
)
PRESETS = Field(
    "preset",
    Kind(
        "table of tables",
        lambda value: value,
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/preset"}},
    ),
    "Your own presets, by name.",
)
FILE: Final[tuple[Field[object], ...]] = (
    SEED,
    ALL_ENABLED,
    MAGIC,
    GENERATION,
    KEYS,
    RULES,
    PRESETS,
)
"""The keys of [faults]."""
