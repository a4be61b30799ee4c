"""What a rule is called that has no id of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

# The first that a rule has tells most of what it does.
_EFFECTS: Final = (
    *(
        "preset",
        "reply",
        "sequence",
        "bounce_later",
        "lost",
        "disconnect",
        "hang",
        "raw",
        "garbage",
        "truncate",
    ),
    *("crlf", "repeat", "store", "tls", "delay", "dribble", "bandwidth", "capabilities"),
)
_NOT_IN_IDS: Final = re.compile(r"[^a-z0-9.]+")
# Room for a number behind it: an id has up to 64 characters.
_LONGEST: Final = 56


def name_of(table: Mapping[str, object]) -> str:
    """Return an id that tells what a rule does, made of its table: rcpt-451, eom-lost-rst."""
    at = table.get("at", "")
    stages = [str(one) for one in at] if isinstance(at, list | tuple) else [str(at)]
    effect = next((one for one in _EFFECTS if one in table), "")
    name = "-".join(dict.fromkeys((*stages, *_words(effect, table.get(effect)))))
    return _NOT_IN_IDS.sub("-", name.lower()).strip("-.")[:_LONGEST] or "rule"


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return the name that is wanted, with a number behind it where somebody has it: slow-2."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _words(effect: str, value: object) -> list[str]:
    match effect, value:
        case "preset", _:
            return [str(value)]
        case "reply", [first, *_]:
            return [str(first)[:3]]
        case "reply", {"code": code} | {"codes": [code, *_]}:
            return [str(code)]
        case "reply", _:
            return [str(value)[:3]]
        case "bounce_later", _:
            return ["bounce"]
        case "tls", Mapping():
            return [effect, *map(str, value.values())]
        case _, str():
            return [effect, value]
    return [effect]
