"""How numbers and times are said where there is little room."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from mailcatch.mail import safe_text

_LETTERS: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z-([0-9A-Z]{4})")
_SHORT: Final = (("s", 60), ("m", 60), ("h", 24), ("d", 100))


def size(octets: int) -> str:
    """Return a size in at most five characters, such as 812, 1.2k or 34M."""
    value = float(octets)
    for unit in ("", "k", "M"):
        if value < 999.5:
            return f"{value:.1f}{unit}" if unit and value < 9.95 else f"{value:.0f}{unit}"
        value /= 1000
    return f"{value:.1f}G"


def full_size(octets: int) -> str:
    """Return a size with its unit, such as 812 octets or 1.2 kB."""
    short = size(octets)
    return count(octets, "octet") if short.isdecimal() else f"{short[:-1]} {short[-1]}B"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, in at most four characters, such as now, 12s, 5m or 3d."""
    seconds = (now - moment).total_seconds()
    if seconds < 1:
        return "now"
    value = int(seconds)
    for unit, step in _SHORT:
        if value < step:
            return f"{value}{unit}"
        value //= step
    return f"{value * 100}d" if value < 10 else moment.strftime("%Y")


def clock(moment: datetime, now: datetime) -> str:
    """Return a local time: of today its time of day, of another day its date and time."""
    there, here = moment.astimezone(), now.astimezone()
    if there.date() == here.date():
        return there.strftime("%H:%M:%S")
    return there.strftime("%m-%d %H:%M" if there.year == here.year else "%Y-%m-%d")


def full(moment: datetime) -> str:
    """Return a local time with its date and zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def gap(span: timedelta) -> str:
    """Return the time between two moments, such as +0.8 s or +1 m 30 s."""
    seconds = span.total_seconds()
    if seconds < 60:
        return f"+{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"+{minutes} m {rest} s" if rest else f"+{minutes} m"
    hours, minutes = divmod(minutes, 60)
    return f"+{hours} h {minutes} m" if minutes else f"+{hours} h"


def count(number: int, thing: str) -> str:
    """Return a number of things: 1 message, 2,000 messages."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def ordinal(number: str) -> str:
    """Return a number as a place in a row: 1st, 2nd, 11th."""
    teen = number[-2:-1] == "1"
    return number + ("th" if teen else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1:], "th"))


def short(name: str) -> str:
    """Return what a message or session is called: the letters at the end of its name."""
    found = _LETTERS.match(name)
    return found[1] if found else safe_text(name, 60)
