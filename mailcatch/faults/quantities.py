"""Durations, sizes and rates, as they are written in a rule file."""

from __future__ import annotations

import re
from typing import Final

_DURATION: Final = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s|m|min|h|d)?", re.ASCII)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_SIZE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([kmg]?)(i?)b?", re.ASCII | re.IGNORECASE)

LONGEST: Final = 366 * 86_400.0
"""Seconds of the longest duration."""
_TOO_LONG: Final = 1 << 60


def duration(value: object) -> float:
    """Return seconds: 2, 0.5, "90ms", "2s", "5m", "1h", "1d". Raises ValueError."""
    seconds = -1.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value if isinstance(value, float) else float(min(value, _TOO_LONG))
    elif isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())):
        seconds = float(found[1]) * _SECONDS[found[2] or "s"]
    if 0 <= seconds <= LONGEST:
        return seconds
    if seconds > LONGEST:
        raise ValueError(f"{shown(value)} is longer than a year")
    raise ValueError(f'{shown(value)} is no duration: write seconds, or such as "500ms" or "5m"')


def size(value: object) -> int:
    """Return octets: 1000, "64KiB" (binary), "10MB" or "10M" (decimal). Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 60:
        return value
    if isinstance(value, str) and (found := _SIZE.fullmatch(value.strip())):
        base = 1024 if found[3] else 1000
        return int(float(found[1]) * base ** " kmg".index(found[2].lower() or " "))
    raise ValueError(f'{shown(value)} is no size: write octets, or such as "500kB" or "10MiB"')


def rate(value: object) -> int:
    """Return octets a second: 1000, "10kB/s", "10kB". Raises ValueError."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and text.endswith("/s"):
        text = text[:-2]
    try:
        return size(text)
    except ValueError:
        raise ValueError(
            f'{shown(value)} is no rate: write octets a second, or such as "10kB/s"'
        ) from None


def shown(value: object, most: int = 60) -> str:
    """Return a value of a rule file for a message: short, and without a control character."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return f"{text[:most]}…" if len(text) > most else text
