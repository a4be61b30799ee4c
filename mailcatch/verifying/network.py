"""Records from the DNS itself, where the user asked for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailcatch.verifying.errors import NotInstalledError, UnreachableError
from mailcatch.verifying.records import Kind, Records, normal

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS: Final = 2.0
"""For one lookup."""


class Network:
    """The DNS; each name is looked up once. Not for threads.

    seconds: for one lookup. resolver: who is asked, the system's servers without it.
    Raises NotInstalledError; UnreachableError where the system names no server.
    """

    name: Final = "the DNS"

    def __init__(self, seconds: float = SECONDS, resolver: Resolver | None = None) -> None:
        self._resolver = resolver or _system()
        self._seconds = seconds
        self._known: dict[tuple[str, Kind], tuple[str, ...]] = {}

    def lookup(self, name: str, kind: Kind, /) -> tuple[str, ...]:
        """Return the records of a name. Raises UnreachableError."""
        wanted = normal(name)
        if not wanted:
            return ()
        if (wanted, kind) not in self._known:
            self._known[wanted, kind] = self._ask(wanted, kind)
        return self._known[wanted, kind]

    def _ask(self, name: str, kind: Kind) -> tuple[str, ...]:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = self._resolver.resolve(f"{name}.", kind.value, lifetime=self._seconds)
        except (NXDOMAIN, NoAnswer):
            return ()
        except (DNSException, OSError) as error:
            raise UnreachableError(f"{kind} of {name}: {type(error).__name__}") from None
        if kind is Kind.TXT:
            return tuple(b"".join(one.strings).decode("latin-1") for one in answer)
        if kind is Kind.MX:
            ordered = sorted(answer, key=lambda one: int(one.preference))
            return tuple(one.exchange.to_text(omit_final_dot=True).lower() for one in ordered)
        if kind is Kind.PTR:
            return tuple(one.target.to_text(omit_final_dot=True).lower() for one in answer)
        return tuple(str(one.address) for one in answer)


def _system() -> Resolver:
    try:
        from dns.resolver import NoResolverConfiguration, Resolver
    except ImportError:
        raise NotInstalledError from None
    try:
        return Resolver()
    except NoResolverConfiguration:
        raise UnreachableError("this machine names no server of the DNS") from None


class Layered:
    """A zone file, and the DNS for what it does not have."""

    def __init__(self, first: Records, second: Records) -> None:
        self._first = first
        self._second = second
        self.name = f"{first.name} and {second.name}"

    def lookup(self, name: str, kind: Kind, /) -> tuple[str, ...]:
        """Return the records of a name. Raises UnreachableError."""
        return self._first.lookup(name, kind) or self._second.lookup(name, kind)
