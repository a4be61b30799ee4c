"""Chance that can be had again.

A number depends on the seed, the rule, the key and the ordinal, and on nothing else: not on other
rules, and not on the order in which sessions happen to run.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import blake2b
from math import cos, exp, log, sqrt, tau

from mailcatch.faults.rule import Delay


def uniform(seed: int, rule: str, key: str, ordinal: int, purpose: str = "") -> float:
    """Return a number from 0 up to, but not including, 1.

    purpose: tells numbers apart that one firing needs.
    """
    number = int.from_bytes(_digest(seed, rule, key, ordinal, purpose)[:8], "big")
    # 53 bits are what a float holds; with more, the largest numbers would become 1.
    return (number >> 11) / (1 << 53)


def token(seed: int, rule: str, key: str, ordinal: int) -> str:
    """Return 24 letters and digits, as servers put at the end of a reply."""
    return b32encode(_digest(seed, rule, key, ordinal, "token")).decode()[:24].lower()


def sample(delay: Delay, chance: float, angle: float = 0.5) -> float:
    """Return the seconds of a delay for a number from 0 to 1.

    angle: a second such number, which a lognormal delay needs.
    """
    if not delay.median:
        return delay.low + (delay.high - delay.low) * chance
    # Box and Muller's way to a normal deviation.
    deviation = sqrt(-2 * log(1 - chance)) * cos(tau * angle)
    return min(delay.median * exp(delay.sigma * deviation), delay.high)


def _digest(seed: int, rule: str, key: str, ordinal: int, purpose: str) -> bytes:
    # The lengths keep ("ab", "c") apart from ("a", "bc").
    told = f"{seed} {len(rule)}:{rule} {len(key)}:{key} {ordinal} {purpose}"
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()
