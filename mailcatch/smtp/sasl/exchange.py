"""One authentication: challenges and responses, and what comes of them (RFC 4422 section 3).

A mechanism is a generator. It yields challenges, is sent responses, both without their base64, and
returns an Outcome. Where its first challenge is empty, the client speaks first, and may do so in
the command itself (an initial response).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Final

import msgspec

from mailcatch.smtp.sasl.accounts import Accounts


class MalformedError(Exception):
    """A response that is not in the form its mechanism asks for. The message says what is wrong."""


class Outcome(msgspec.Struct, frozen=True):
    """What an authentication came to.

    accepted: whether the client is who it says. user: the name it gave, or "". secret: what it
    proved that with, or octets that stand for it; never shown unless the user asked for it.
    authorization: whom it wants to act as (RFC 4422 section 3.4.1), or "".
    """

    accepted: bool
    user: str
    secret: bytes = b""
    authorization: str = ""


class Channel(msgspec.Struct, frozen=True):
    """What a mechanism may know of the connection.

    host: what the server calls itself. bindings: channel bindings by their types (RFC 5929), empty
    without TLS. offers_binding: whether mechanisms that bind to the channel are offered; they can
    be tried wherever there are bindings. certificate: whom the client's certificate names, or "".
    """

    host: str = "localhost"
    bindings: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    offers_binding: bool = False
    certificate: str = ""


Exchange = Generator[bytes, bytes, Outcome]
"""Raises MalformedError out of `send`."""

Begin = Callable[[Accounts, Channel], Exchange]


class Mechanism(msgspec.Struct, frozen=True):
    """A mechanism.

    name: as it is offered. begin: begins an exchange. secrets: whether it needs accounts whose
    secrets are known, and so cannot let everyone in. bound: whether it needs channel bindings.
    """

    name: str
    begin: Begin
    secrets: bool = False
    bound: bool = False


NONCE_OCTETS: Final = 18


def text(octets: bytes) -> str:
    """Return a name as it is kept: UTF-8, what is not shown as U+FFFD."""
    return octets.decode(errors="replace")
