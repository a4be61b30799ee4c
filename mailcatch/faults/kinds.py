"""What the values of certain keys can be: stages, endings, octets, capabilities, steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from mailcatch.faults import misnomers
from mailcatch.faults.amounts import LONGER_THAN_NOTHING
from mailcatch.faults.quantities import shown
from mailcatch.faults.rule import FOREVER, Count, Exhausted, Key
from mailcatch.faults.stages import ALIASES, STAGES
from mailcatch.faults.values import (
    Kind,
    Schema,
    WrongValueError,
    check_names,
    choice,
    nearest,
    number,
    several,
    text,
    whole,
)

LONGEST_RAW: Final = 1 << 20
"""Octets that are sent instead of a reply, at most."""
MOST_STEPS: Final = 10_000
"""Steps of a sequence, at most."""

GARBAGE: Final = {
    "binary": bytes(range(128, 256)) * 2 + b"\x00\x01\x02\xff\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 11\r\n"
    b"Connection: close\r\n\r\nBad Request",
    "tls-alert": b"\x15\x03\x01\x00\x02\x02\x28",
}
"""What `garbage` sends: octets of no protocol, a web server's answer, a failed TLS handshake."""

CERTIFICATES: Final = ("expired", "not-yet-valid", "wrong-host", "unknown-ca", "self-signed")
"""What can be wrong with a certificate."""
HANDSHAKES: Final = ("refuse", "stall", "close", "garbage")
"""What can come in the place of a TLS handshake."""
VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")
"""Versions of TLS."""

SHORT_TEXT: Final = text(500)


def _or(first: object, schema: Schema) -> Schema:
    """Return the schema of something else besides what a kind is."""
    others = schema.get("anyOf", [schema])
    assert isinstance(others, list)
    return {"anyOf": [first, *others]}


def _stage(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValueError(f"{shown(value)} is no stage")
    name = ALIASES.get(value.lower(), value.lower())
    if name in _STAGES_AND_ANY:
        return name
    names = [word.strip().lower() for word in value.split(",")]
    if len(names) > 1 and set(names) <= set(_STAGES_AND_ANY):
        hint = f"several are a list: {shown(names)}"
    else:
        hint = nearest(value, _STAGES_AND_ANY, misnomers.STAGES)
    raise WrongValueError(f"{shown(value)} is no stage", hint=hint)


_STAGES_AND_ANY: Final = (*STAGES, "any")
_STAGE_NAMES: Final = (*_STAGES_AND_ANY, *ALIASES)
# The names are what an editor offers; it takes them in capitals too.
_IN_ANY_CASE: Final = "|".join(
    "".join(f"[{c}{c.upper()}]" if c.isalpha() else rf"\{c}" for c in name) for name in _STAGE_NAMES
)
STAGE_SCHEMA: Final = {
    "anyOf": [{"enum": list(_STAGE_NAMES)}, {"type": "string", "pattern": f"^({_IN_ANY_CASE})$"}]
}
STAGE: Final = Kind("stage", _stage, {"$ref": "#/$defs/stage"})


def _version(value: object) -> str:
    # Who writes 1.2 without quotes means the same.
    return choice(*VERSIONS).read(str(value) if isinstance(value, float) else value)


VERSION: Final = Kind(
    choice(*VERSIONS).words, _version, {"enum": [*VERSIONS, *map(float, VERSIONS)]}
)


def _ending(value: object) -> str:
    """Return how a connection is closed, "" for not at all."""
    return "" if value is False else _CLOSINGS.read(value)


_CLOSINGS: Final = choice("fin", "rst", "half", meant=misnomers.ENDINGS)
ENDING: Final = Kind("fin, rst, half, or false", _ending, _or({"const": False}, _CLOSINGS.schema))


def _hang(value: object) -> float:
    """Return seconds of silence."""
    if value is True:
        return FOREVER
    if isinstance(value, bool):
        raise WrongValueError("hang is true or a duration")
    hint = "for ever is true" if isinstance(value, str) and "ever" in value else ""
    try:
        return LONGER_THAN_NOTHING.read(value)
    except WrongValueError as wrong:
        raise WrongValueError(wrong.what, hint=hint) from None


HANG: Final = Kind("true, or duration", _hang, _or({"const": True}, LONGER_THAN_NOTHING.schema))


def _raw(value: object) -> bytes:
    """Return the octets that are sent instead of a reply."""
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


RAW: Final = Kind(
    "text, or { hex = text }",
    _raw,
    {
        "anyOf": [
            {"type": "string", "minLength": 1, "maxLength": LONGEST_RAW},
            {
                "type": "object",
                "properties": {"hex": {"type": "string", "pattern": r"^\s*([0-9A-Fa-f]{2}\s*)+$"}},
                "required": ["hex"],
                "additionalProperties": False,
            },
        ]
    },
)


def _capability(value: object) -> str:
    line = SHORT_TEXT.read(value).strip()
    if not line or not line.isascii():
        raise WrongValueError(f"{shown(value)} is no capability")
    return line


_CAPABILITY_SCHEMA: Final = {"type": "string", "maxLength": 500, "pattern": "^ *[!-~][ -~]*$"}
OFFERED: Final = Kind("line", _capability, _CAPABILITY_SCHEMA)
"""A line that EHLO offers."""
HIDDEN: Final = Kind("keyword", lambda value: _capability(value).upper(), _CAPABILITY_SCHEMA)
"""A keyword that EHLO does not offer, in capitals."""


def _store(value: object) -> bool | None:
    """Return whether the message is kept, None for "auto"."""
    if value == "auto":
        return None
    if isinstance(value, bool):
        return value
    raise WrongValueError(f'{shown(value)} is none of true, false and "auto"')


STORE: Final = Kind('true, false, or "auto"', _store, {"enum": [True, False, "auto"]})


def _sequence(value: object) -> tuple[object, ...]:
    """Return the steps of a sequence, as they are written."""
    if not isinstance(value, list | tuple):
        raise WrongValueError(f'{shown(value)} is no list: write such as ["451", "250"]')
    if not value:
        raise WrongValueError("the sequence is empty, so the rule could never fire")
    if len(value) > MOST_STEPS:
        raise WrongValueError(f"a sequence has at most {MOST_STEPS} steps")
    return tuple(value)


SEQUENCE: Final = Kind(
    "list",
    _sequence,
    {"type": "array", "minItems": 1, "maxItems": MOST_STEPS, "items": {"$ref": "#/$defs/step"}},
)


def _preset(value: object) -> str:
    if not isinstance(value, str):
        raise WrongValueError(f"{shown(value)} is no name of a preset: put one in quotation marks")
    return value


PRESET: Final = Kind("name", _preset, {"$ref": "#/$defs/preset_name"})


def _probability(value: object) -> float:
    percent = value
    if isinstance(value, str) and value.strip().removesuffix("%").strip().isdecimal():
        percent = int(value.strip().removesuffix("%"))
    try:
        return number(0, 1).read(value)
    except WrongValueError as wrong:
        hint = wrong.hint
        if isinstance(percent, int | float) and 1 < percent <= 100:
            hint = f"{percent:g} % is {percent / 100:g}"
        raise WrongValueError(wrong.what, hint=hint) from None


PROBABILITY: Final = Kind("number", _probability, number(0, 1).schema)


def _count(value: object) -> Count:
    if isinstance(value, int):
        raise WrongValueError(f"{shown(value)} is not known here", hint="did you mean times?")
    return cast("Count", _UNITS.read(value))


_UNITS: Final = choice("transaction", "connection", "command", meant=misnomers.UNITS)
COUNT: Final = Kind(_UNITS.words, _count, _UNITS.schema)
KEY: Final = cast(
    "Kind[Key]",
    choice(
        *("rule", "client", "connection", "sender", "recipient"),
        *("triplet", "envelope", "fingerprint"),
        meant=misnomers.COUNTED_BY,
    ),
)
EXHAUSTED: Final = cast(
    "Kind[Exhausted]", choice("pass", "last", "cycle", "fail", meant=misnomers.AFTER_SEQUENCE)
)


def _seed(value: object) -> int | None:
    """Return a seed, None for a random one."""
    return None if value == "random" else _SEEDS.read(value)


_SEEDS: Final = whole(0, (1 << 63) - 1)
SEED: Final = Kind('whole number, or "random"', _seed, _or({"const": "random"}, _SEEDS.schema))


def _magic(value: object) -> tuple[str, ...] | bool:
    """Return domains, or whether there are any."""
    if isinstance(value, bool):
        return value
    return tuple(name.lower() for name in _DOMAINS.read(value))


_DOMAINS: Final = several(SHORT_TEXT)
MAGIC: Final = Kind(
    "true, false, a domain, or a list", _magic, _or({"type": "boolean"}, _DOMAINS.schema)
)
