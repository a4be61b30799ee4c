"""Sizes and durations, as people write them."""

from __future__ import annotations

import re
from typing import Final

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", re.IGNORECASE)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_size(text: str) -> int:
    """Return octets: "1000", "64MiB" (binary), "10MB" or "10M" (decimal).

    Raises ValueError.
    """
    found = _SIZE.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"'{text}' is no size: write octets, or such as 64MiB or 500kB")
    base = 1024 if found[3] else 1000
    octets = int(float(found[1]) * base ** " kmgt".index(found[2].lower() or " "))
    if octets < 1:
        raise ValueError(f"'{text}' is no size: it must be at least one octet")
    return octets


def parse_size_limit(text: str) -> int:
    """Return octets as `parse_size` does, or 0 for no limit. Raises ValueError."""
    return 0 if str(text).strip() == "0" else parse_size(text)


def parse_duration(text: str) -> float:
    """Return seconds: "300", "0.5s", "5m", "1h".

    Raises ValueError.
    """
    found = _DURATION.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"'{text}' is no duration: write seconds, or such as 500ms, 5m or 1h")
    seconds = float(found[1]) * _SECONDS[(found[2] or "s").lower()]
    if seconds <= 0:
        raise ValueError(f"'{text}' is no duration: it must be longer than nothing")
    return seconds


def parse_seed(text: str) -> int:
    """Return a seed: a whole number, or one by chance for "random".

    Raises ValueError.
    """
    if str(text).strip().lower() == "random":
        # For few, and slow to load.
        from secrets import randbelow

        return randbelow(1 << 31)
    if not str(text).strip().isdecimal() or int(text) >= 1 << 63:
        raise ValueError(f"'{text}' is no seed: write a whole number below 2^63, or random")
    return int(text)


def show_size(octets: int) -> str:
    """Return a size for people: "1.2 kB"."""
    if octets < 1000:
        return f"{octets} octets"
    kilobytes = octets / 1000
    return f"{kilobytes:.1f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"
