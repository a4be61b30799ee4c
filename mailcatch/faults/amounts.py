"""The kinds of values that are amounts: durations, delays, sizes and rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from mailcatch.faults import quantities
from mailcatch.faults.quantities import DURATION_FORM, LARGEST, SIZE_FORM, shown
from mailcatch.faults.rule import Delay
from mailcatch.faults.values import Field, Kind, WrongValueError, check_names, number, record

T = TypeVar("T")

_BETWEEN: Final = 'between two: { uniform = ["1s", "3s"] }'
# Of a text that is no nothing, at least one digit is no zero.
_SOME: Final = "(?=.*[1-9])"


def _kind(words: str, read: Callable[[object], T], number: object, form: str) -> Kind[T]:
    """Return a kind that is written as a number or as a text of a form."""

    def reader(value: object) -> T:
        try:
            return read(value)
        except WrongValueError:
            raise
        except ValueError as error:
            raise WrongValueError(str(error)) from None

    return Kind(words, reader, {"anyOf": [number, {"type": "string", "pattern": form}]})


def _positive(value: object) -> float:
    seconds = quantities.duration(value)
    if seconds <= 0:
        raise WrongValueError(f"{shown(value)}: it must be longer than nothing")
    return seconds


DURATION: Final = _kind(
    "duration",
    quantities.duration,
    {"type": "number", "minimum": 0, "maximum": quantities.LONGEST},
    rf"^\s*{DURATION_FORM}\s*$",
)
LONGER_THAN_NOTHING: Final = _kind(
    "duration",
    _positive,
    {"type": "number", "exclusiveMinimum": 0, "maximum": quantities.LONGEST},
    rf"^\s*{_SOME}{DURATION_FORM}\s*$",
)


def _delay(value: object) -> Delay:
    if not isinstance(value, Mapping):
        try:
            seconds = quantities.duration(value)
        except ValueError as error:
            two = isinstance(value, list | tuple) or (isinstance(value, str) and "-" in value[1:])
            raise WrongValueError(str(error), hint=_BETWEEN if two else "") from None
        return Delay(low=seconds, high=seconds)
    if len(value) != 1:
        what = f"{shown(value)} is no delay: write uniform or lognormal"
        raise WrongValueError(what, hint=_BETWEEN)
    check_names(value, ("uniform", "lognormal"), "delay")
    if "lognormal" in value:
        return _LOGNORMAL.read(value["lognormal"])
    ends = value["uniform"]
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        raise WrongValueError('write such as { uniform = ["1s", "3s"] }', at=("uniform",))
    low, high = map(DURATION.read, ends)
    if low > high:
        raise WrongValueError("the first duration is longer than the second", at=("uniform",))
    return Delay(low=low, high=high)


_LOGNORMAL: Final = record(
    "lognormal",
    Delay,
    Field("median", LONGER_THAN_NOTHING, "Half of the delays are longer.", required=True),
    Field("sigma", number(0, 10), "Of the logarithm: how much they differ.", required=True),
    Field("max", DURATION, "None is longer than this.", required=True),
    rename={"max": "high"},
)
_UNIFORM_SCHEMA: Final = {
    "type": "array",
    "items": DURATION.schema,
    "minItems": 2,
    "maxItems": 2,
}
DELAY: Final = Kind(
    "duration, or table",
    _delay,
    {
        "anyOf": [
            DURATION.schema,
            {
                "type": "object",
                "properties": {"uniform": _UNIFORM_SCHEMA, "lognormal": _LOGNORMAL.schema},
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
            },
        ]
    },
)

SIZE: Final = _kind(
    "size",
    quantities.size,
    {"type": "integer", "minimum": 0, "maximum": LARGEST},
    rf"^\s*{SIZE_FORM}\s*$",
)


def _rate(value: object) -> int:
    octets = quantities.rate(value)
    if not octets:
        raise WrongValueError("at 0 octets a second nothing would ever arrive; use hang for that")
    return octets


RATE: Final = _kind(
    "rate",
    _rate,
    {"type": "integer", "minimum": 1, "maximum": LARGEST},
    rf"^\s*{_SOME}{SIZE_FORM}\s*(/s)?\s*$",
)
