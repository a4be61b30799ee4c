"""Why a fault rule never fired, in words: what it wants, and what there was instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.testing.attempts import Attempt

_MOST: Final = 5


def why_unfired(
    stages: object,
    wanted: Mapping[str, object],
    *,
    seen: int,
    matched: int,
    tries: Iterable[Attempt],
) -> str:
    """Return a clause.

    stages: where the rule stands. wanted: by attribute; what a function is asked has the name "".
    seen, matched: how often the rule was asked, and how often its conditions held. tries: what was
    sent meanwhile.
    """
    named = ", ".join(stages) if isinstance(stages, list | tuple) else str(stages)
    if not seen:
        return f"nothing came to {named}"
    asked = f"it was asked {_times(seen)} at {named}"
    if matched:
        return f"{asked} and matched {_times(matched)}, and its schedule let that pass"
    wants = " and ".join(f"{key} {_shown(value)}".lstrip() for key, value in wanted.items())
    there = _there(wanted, list(tries))
    return f"{asked}, wants {wants}{', and ' if there else ''}{there}"


def _there(wanted: Mapping[str, object], tries: list[Attempt]) -> str:
    """Return what was sent, of what is wanted."""
    found = []
    for key in wanted:
        if key in _VALUES:
            values = list(dict.fromkeys(one for attempt in tries for one in _VALUES[key](attempt)))
            shown = ", ".join(safe_text(one, 60) or "<>" for one in values[:_MOST])
            more = f" and {len(values) - _MOST} more" if len(values) > _MOST else ""
            found.append(f"{shown}{more}" if values else f"no {key}")
    return f"there was {'; '.join(found)}" if found else ""


def _subjects(attempt: Attempt) -> list[str]:
    return [] if attempt.message is None else [attempt.message.subject]


_VALUES: Final[dict[str, Callable[[Attempt], list[str]]]] = {
    "recipient": lambda attempt: [*attempt.addresses],
    "sender": lambda attempt: [attempt.mail_from],
    "subject": _subjects,
}


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(map(_shown, value))
    return safe_text(str(value), 60)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
