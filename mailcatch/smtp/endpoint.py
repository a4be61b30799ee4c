"""One end of a connection: where a client is, or where it wants to get."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

import msgspec

UNIX = "unix"
UNKNOWN = "unknown"


class Endpoint(msgspec.Struct, frozen=True):
    """A host and its port; a Unix socket has its path or "unix" as host, and no port.

    host: an address, without brackets. port: 0 where there is none, or none is known.
    """

    host: str
    port: int = 0

    @classmethod
    def of(cls, name: object) -> Endpoint:
        """Return the end that a socket's name stands for."""
        if isinstance(name, tuple) and len(name) >= 2:
            return cls(str(name[0]), int(name[1]))
        return cls(name if isinstance(name, str) and name else UNIX)

    @property
    def local(self) -> bool:
        """Whether it is on this machine: a loopback address, or a Unix socket."""
        address = _address(self.host)
        if address is None:
            return self.host != UNKNOWN
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return address.ipv4_mapped.is_loopback
        return address.is_loopback

    def __str__(self) -> str:
        if not self.port and _address(self.host) is None:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


# Most sessions come from the same few hosts, and reading an address takes longer than a command.
@lru_cache(256)
def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
