"""What the values of certain keys can be: stages, delays, endings, octets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from mailcatch.faults import quantities
from mailcatch.faults.quantities import shown
from mailcatch.faults.rule import (
    FOREVER,
    Delay,
    Key,
)
from mailcatch.faults.stages import ALIASES, STAGES
from mailcatch.faults.values import (
    DURATION,
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


CERTIFICATES: Final = ("expired", "not-yet-valid", "wrong-host", "unknown-ca", "self-signed")
"""What can be wrong with a certificate."""
HANDSHAKES: Final = ("refuse", "stall", "close", "garbage")
"""What can come in the place of a TLS handshake."""
VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")
"""Versions of TLS."""


def _version(value: object) -> str:
    # Who writes 1.2 without quotes means the same.
    return choice(*VERSIONS).read(str(value) if isinstance(value, float) else value)


VERSION: Final = Kind(
    choice(*VERSIONS).words, _version, {"enum": [*VERSIONS, *map(float, VERSIONS)]}
)


def read_stage(value: object) -> str:
    """Return the name of a stage. Raises WrongValueError."""
    if isinstance(value, str):
        name = ALIASES.get(value.lower(), value.lower())
        if name in STAGES or name == "any":
            return name
        raise WrongValueError(f"{shown(value)} is no stage", hint=nearest(value, (*STAGES, "any")))
    raise WrongValueError(f"{shown(value)} is no stage")


STAGE_SCHEMA: Final = {"type": "string", "enum": [*STAGES, "any", *ALIASES]}


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


LONGER_THAN_NOTHING: Final = Kind("duration", _positive, DURATION.schema)
_LOGNORMAL: Final = record(
    "lognormal",
    Delay,
    Field("median", LONGER_THAN_NOTHING, "Half of the delays are longer.", required=True),
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


def read_ending(value: object) -> str:
    """Return how a connection is closed, "" for not at all. Raises WrongValueError."""
    if value is False:
        return ""
    return choice("fin", "rst", "half").read(value)


def read_hang(value: object) -> float:
    """Return seconds of silence. Raises WrongValueError."""
    if isinstance(value, bool):
        if value:
            return FOREVER
        raise WrongValueError("hang is true or a duration")
    return LONGER_THAN_NOTHING.read(value)


def read_raw(value: object) -> bytes:
    """Return the octets that are sent instead of a reply. Raises WrongValueError."""
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


def read_keyword(value: object) -> str:
    """Return a line that EHLO offers. Raises WrongValueError."""
    line = text(500).read(value).strip()
    if not line or not line.isascii():
        raise WrongValueError(f"{shown(value)} is no capability")
    return line


def read_hidden(value: object) -> str:
    """Return a keyword that EHLO does not offer, in capitals. Raises WrongValueError."""
    return read_keyword(value).upper()


def read_store(value: object) -> bool | None:
    """Return whether the message is kept, None for "auto". Raises WrongValueError."""
    if value == "auto":
        return None
    if isinstance(value, bool):
        return value
    raise WrongValueError(f'{shown(value)} is none of true, false and "auto"')


def read_sequence(value: object) -> tuple[object, ...]:
    """Return the steps of a sequence, as they are written. Raises WrongValueError."""
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
KEY_KIND: Final = Kind(_KEYS.words, lambda value: cast("Key", _KEYS.read(value)), _KEYS.schema)
ENDS: Final = choice("pass", "last", "cycle", "fail")
UNITS: Final = choice("transaction", "connection", "command")
KEYWORDS_SCHEMA: Final = {"type": "string", "minLength": 1, "maxLength": 500}
SHORT_TEXT: Final = text(500)


def read_seed(value: object) -> int | None:
    """Return a seed, None for a random one. Raises WrongValueError."""
    return None if value == "random" else whole(0, (1 << 63) - 1).read(value)


def read_magic(value: object) -> tuple[str, ...] | bool:
    """Return domains, or whether there are any. Raises WrongValueError."""
    if isinstance(value, bool):
        return value
    names = several(SHORT_TEXT).read(value)
    return tuple(name.lower() for name in names)
