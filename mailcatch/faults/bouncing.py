"""What comes back later of a mail that was accepted: `bounce_later` of a rule file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar, cast

from mailcatch.faults import amounts
from mailcatch.faults.quantities import shown
from mailcatch.faults.replies import REPLY, is_reply, read_reply
from mailcatch.faults.rule import Action, Bounce, Delay, Reply
from mailcatch.faults.values import (
    NAME,
    Field,
    Kind,
    WrongValueError,
    check_names,
    choice,
    nearest,
    table_schema,
)

T = TypeVar("T")

_USUAL: Final = 550
_ACTIONS: Final = choice("failed", "delayed")


def _refusal(value: object) -> Reply:
    reply = read_reply(value)
    if reply.code < 400:
        raise WrongValueError(f"{reply.code} is no failure: a mail bounces with 4xx or 5xx")
    return reply


SAYS: Final = Field(
    "reply",
    Kind("reply", _refusal, REPLY.schema),
    "What a server further on would have said: 4xx or 5xx.",
    "550",
)
PRESET: Final = Field("preset", NAME, "The same, by name.")
DELAY: Final = Field("delay", amounts.DELAY, "How long it takes, from the 250 on.", "0")
ACTION: Final = Field(
    "action",
    Kind(_ACTIONS.words, lambda value: cast("Action", _ACTIONS.read(value)), _ACTIONS.schema),
    "What became of the mail.",
    "delayed with 4xx, failed with 5xx",
)
FIELDS: Final[tuple[Field[object], ...]] = (SAYS, PRESET, DELAY, ACTION)
"""The keys of a bounce that is written as a table."""


def spelled_out(value: object, presets: Mapping[str, Mapping[str, object]]) -> object:
    """Return a bounce with the reply of its preset, where it names one. Raises WrongValueError."""
    if isinstance(value, str) and not is_reply(value):
        return {SAYS.name: _reply_of(value, presets)}
    if not isinstance(value, Mapping) or PRESET.name not in value:
        return value
    if SAYS.name in value:
        what = "preset: the reply is there already; remove one of them"
        raise WrongValueError(what, at=(PRESET.name,))
    rest = {key: one for key, one in value.items() if key != PRESET.name}
    try:
        return {**rest, SAYS.name: _reply_of(value[PRESET.name], presets)}
    except WrongValueError as wrong:
        raise WrongValueError(wrong.what, at=(PRESET.name,), hint=wrong.hint) from None


def read_bounce(value: object) -> Bounce:
    """Return a bounce, whose preset is spelled out. Raises WrongValueError."""
    if value is False:
        raise WrongValueError("it is true, a reply, a preset or a table")
    table = value if isinstance(value, Mapping) else {SAYS.name: _USUAL if value is True else value}
    check_names(table, [field.name for field in FIELDS], "bounce_later")
    said = _inside(SAYS, table) or read_reply(_USUAL)
    usual: Action = "delayed" if said.code < 500 else "failed"
    delay, action = _inside(DELAY, table), _inside(ACTION, table)
    return Bounce(reply=said, delay=delay or Delay(), action=action or usual)


def _inside(field: Field[T], table: Mapping[str, object]) -> T | None:
    if field.name not in table:
        return None
    try:
        return field.kind.read(table[field.name])
    except WrongValueError as wrong:
        what = f"{field.name}: {wrong.what}"
        raise WrongValueError(what, at=(field.name, *wrong.at), hint=wrong.hint) from None


def _reply_of(name: object, presets: Mapping[str, Mapping[str, object]]) -> object:
    found = presets.get(name) if isinstance(name, str) else None
    if found is None:
        hint = nearest(name, presets) if isinstance(name, str) else ""
        raise WrongValueError(f"{shown(name)} is neither a reply nor a preset", hint=hint)
    if "reply" not in found:
        raise WrongValueError(f"preset {shown(name)} has no reply that a mail could bounce with")
    return found["reply"]


KIND: Final = Kind(
    "true, reply, preset, or table",
    read_bounce,
    {"anyOf": [{"const": True}, REPLY.schema, NAME.schema, table_schema(FIELDS)]},
)
