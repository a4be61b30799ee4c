"""How a message came: what its session knows and verifying asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who sent a message, and when.

    client: the client's address, "" where it is not known or is none (a Unix socket). helo: what it
    called itself. sender: MAIL FROM, None where no session tells of the message. at: when it came,
    with a zone: signatures are judged by that time, so that a verdict stays what it was; None where
    they are not judged by time.
    """

    client: str = ""
    helo: str = ""
    sender: str | None = None
    at: datetime | None = None

    @property
    def address(self) -> Address | None:
        """The client's address, IPv4 also where it came mapped into IPv6 (RFC 7208 section 5)."""
        try:
            found = ip_address(self.client.partition("%")[0])
        except ValueError:
            return None
        return getattr(found, "ipv4_mapped", None) or found
