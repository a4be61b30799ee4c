"""The bounds of a session, each with a default that real mail does not meet."""

from __future__ import annotations

from typing import Final

import msgspec

KIB: Final = 1024
MIB: Final = 1024 * KIB


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one session may use.

    command_line: octets of one command line, its end included.
    message: octets of one message; offered as SIZE. 0 is no limit.
    recipients: accepted recipients of one transaction.
    sessions: sessions at once.
    commands: commands in one session.
    idle: seconds without an octet from the client.
    handshake: seconds for a TLS handshake. proxy: seconds for a PROXY header.
    data: seconds for the data of one message, from 354 to the dot, or from the first BDAT to the
        last octet.
    transcript: octets of one session's file; past them only what becomes of messages is kept.
    notifications: delivery status notifications that wait to be made; further ones are dropped.
    returned: octets of a message that comes back whole in one; of a larger one its header does.

    Raises ValueError where a limit is less than nothing.
    """

    command_line: int = 64 * KIB
    message: int = 64 * MIB
    recipients: int = 1000
    sessions: int = 500
    commands: int = 1_000_000
    idle: float = 300.0
    handshake: float = 30.0
    proxy: float = 5.0
    data: float = 900.0
    transcript: int = 16 * MIB
    notifications: int = 10_000
    returned: int = MIB

    def __post_init__(self) -> None:
        """Look at the limits."""
        for name in self.__struct_fields__:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be less than 0")

    def allows(self, octets: int) -> bool:
        """Return whether a message may have so many octets."""
        return not 0 < self.message < octets
