"""How much of a message is verified: what is signed is written by a stranger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingBounds:
    """How much is looked at.

    octets: of a message; a larger one is not verified. steps: that dkimpy takes to strip runs of
    white space, the sum of the squares of their lengths. fields: of a header. signatures: DKIM
    signatures of a message, from the top. field: octets of one signature. space: characters of
    white space in a row inside of one. sets: of ARC, which RFC 8617 bounds by 50. key_bits: of an
    RSA key.
    """

    octets: int = 16 * 1024 * 1024
    steps: int = 200_000_000
    fields: int = 1_000
    signatures: int = 10
    field: int = 16 * 1024
    space: int = 500
    sets: int = 20
    key_bits: int = 8_192


DEFAULT_BOUNDS = VerifyingBounds()
