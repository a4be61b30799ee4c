"""Durations, sizes and rates, as they are written in a rule file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

DURATION_FORM: Final = r"([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|min|h|d)?"
SIZE_FORM: Final = r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(?:([kKmMgG])(i?))?[bB]?"
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}

LONGEST: Final = 366 * 86_400.0
"""Seconds of the longest duration."""
LARGEST: Final = (1 << 60) - 1
"""Octets of the largest size."""
_TOO_LONG: Final = 1 << 60
_SHOWN_ITEMS: Final = 20


def duration(value: object) -> float:
    """Return seconds: 2, 0.5, "90ms", "2s", "5m", "1h", "1d". Raises ValueError."""
    seconds = -1.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value if isinstance(value, float) else float(min(value, _TOO_LONG))
    elif isinstance(value, str) and (found := re.fullmatch(DURATION_FORM, value.strip())):
        seconds = float(found[1]) * _SECONDS[found[2] or "s"]
    if 0 <= seconds <= LONGEST:
        return seconds
    if seconds > LONGEST:
        raise ValueError(f"{shown(value)} is longer than a year")
    raise ValueError(f'{shown(value)} is no duration: write seconds, or such as "500ms" or "5m"')


def size(value: object) -> int:
    """Return octets: 1000, "64KiB" (binary), "10MB" or "10M" (decimal). Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    if isinstance(value, str) and (found := re.fullmatch(SIZE_FORM, value.strip())):
        base = 1024 if found[3] else 1000
        return int(float(found[1]) * base ** " kmg".index((found[2] or " ").lower()))
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
    """Return a value for a message as a rule file has it: short, without a control character."""
    text = _written(value)
    text = "".join(c if c.isprintable() else "?" for c in text[: most + 1])
    return f"{text[:most]}…" if len(text) > most else text


def _written(value: object, deep: int = 3) -> str:
    """Return a value as TOML, as far as it is not too deep or too long to be shown anyway."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case list() | tuple() | Mapping() if not deep:
            return "…"
        case list() | tuple():
            return f"[{', '.join(_written(one, deep - 1) for one in value[:_SHOWN_ITEMS])}]"
        case Mapping():
            items = list(value.items())[:_SHOWN_ITEMS]
            inner = ", ".join(f"{key} = {_written(one, deep - 1)}" for key, one in items)
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            return str(value)
