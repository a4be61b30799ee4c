"""Verifying one message by all that is known of it: octets and an arrival in, a verdict out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mailcatch.mail import HeaderBlock, parse_addresses, safe_text, split_headers
from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.bounds import DEFAULT_BOUNDS, VerifyingBounds
from mailcatch.verifying.chain import check_chain
from mailcatch.verifying.dmarc import check_dmarc
from mailcatch.verifying.errors import NotInstalledError, UnreachableError, ZoneError
from mailcatch.verifying.network import Layered, Network
from mailcatch.verifying.records import Records
from mailcatch.verifying.results import Finding, Method, Result, Verdict
from mailcatch.verifying.signatures import check_signatures
from mailcatch.verifying.spf import check_spf
from mailcatch.verifying.zone_file import LONGEST_FILE, read_zone

if TYPE_CHECKING:
    from dkim import ARC, DKIM

_MOST_AUTHORS: Final = 10
_SECTION: Final = "RFC 6376 6.1"
_SPACES: Final = re.compile(rb"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where records are looked up; it can be sent to a reading process.

    zone: the text of a zone file, or None. name: what messages call it. dns: whether what it does
    not have is looked up in the DNS. client: an address that messages are supposed to come from,
    instead of the one that they came from; SPF judges by it.
    """

    zone: str | None = None
    name: str = "the zone file"
    dns: bool = False
    client: str = ""

    @property
    def lasts(self) -> bool:
        """Whether verdicts stay what they are as long as the zone file does."""
        return not self.dns

    @property
    def digest(self) -> bytes:
        """What tells this source from others."""
        said = f"{self.client}\n{self.name}\n{self.zone or ''}"
        return sha256(said.encode("utf-8", "replace")).digest()[:16]

    def records(self) -> Records:
        """Return the records. Raises ZoneError, NotInstalledError and UnreachableError."""
        return _records(self)

    def check(self) -> None:
        """Find out whether messages can be verified. Raises ZoneError and NotInstalledError."""
        try:
            # Loading it takes longer than it takes to know that it is there.
            there = find_spec("dkim") is not None
        except ValueError:
            there = False
        if not there:
            raise NotInstalledError
        try:
            self.records()
        except UnreachableError as error:
            raise ZoneError(f"--dns: {error}") from None


def source_of(place: Path | None, *, dns: bool = False, client: str = "") -> Source:
    """Return where records are looked up.

    place: of a zone file. dns: whether the DNS is asked for what it does not have. client: an
    address that messages are supposed to come from, "" for that which they came from.
    Raises ZoneError.
    """
    if client and Arrival(client).address is None:
        raise ZoneError(f"{client!r} is no address: write such as 192.0.2.1")
    if place is None:
        return Source(dns=dns, client=client)
    try:
        if place.stat().st_size > 4 * LONGEST_FILE:
            raise ZoneError(f"{place} has more than {LONGEST_FILE} characters")
        text = place.read_text("utf-8")
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise ZoneError(f"cannot read the zone file {place}: {why}") from None
    except UnicodeDecodeError:
        raise ZoneError(f"the zone file {place} is no UTF-8 text") from None
    return Source(text, place.name, dns=dns, client=client)


@lru_cache(maxsize=4)
def _records(source: Source) -> Records:
    zone = None if source.zone is None else read_zone(source.zone, source.name)
    if zone is not None and not source.dns:
        return zone
    network = Network()
    return network if zone is None else Layered(zone, network)


def verify(
    raw: bytes, arrival: Arrival, source: Source, bounds: VerifyingBounds = DEFAULT_BOUNDS
) -> Verdict:
    """Return what can be said of who a message is from. Never raises for what the message holds.

    Raises ZoneError, NotInstalledError and UnreachableError.
    """
    records = source.records()
    if source.client:
        arrival = replace(arrival, client=source.client)
    signed = tuple(_signed(raw, arrival, records, bounds))
    spf = check_spf(arrival, records)
    dkim = [one for one in signed if one.method is Method.DKIM]
    dmarc = check_dmarc(_authors(split_headers(raw)), [*dkim, spf], records)
    return Verdict((*signed, spf, dmarc))


def unverified(reason: str) -> Verdict:
    """Return the verdict of a message that could not be verified in time."""
    text = safe_text(reason, 500)
    return Verdict(
        tuple(Finding(method, Result.TEMPERROR, text, "RFC 8601 2.7") for method in Method)
    )


def _signed(
    raw: bytes, arrival: Arrival, records: Records, bounds: VerifyingBounds
) -> Iterator[Finding]:
    """Give the findings of DKIM and ARC."""
    why = _too_much(raw, bounds)
    message = _read(raw) if not why else None
    if message is None:
        why = why or "its header has a line that is no field"
    elif len(message[0].headers) > bounds.fields:
        why = f"its header has more than {bounds.fields} fields"
    if message is None or why:
        for method in (Method.DKIM, Method.ARC):
            yield Finding(method, Result.PERMERROR, f"not verified: {why}", _SECTION)
        return
    yield from check_signatures(message[0], arrival, records, bounds)
    yield check_chain(message[1], records, bounds)


def _too_much(raw: bytes, bounds: VerifyingBounds) -> str:
    """Return why a message is not looked at, "" where it is."""
    if len(raw) > bounds.octets:
        return f"it has more than {bounds.octets} octets"
    steps = sum((run.end() - run.start()) ** 2 for run in _SPACES.finditer(raw))
    return "it has too much white space in a row" if steps > bounds.steps else ""


def _read(raw: bytes) -> tuple[DKIM, ARC] | None:
    """Return a message as dkimpy reads it, None where it cannot."""
    try:
        import dkim
    except ImportError:
        raise NotInstalledError from None
    try:
        return dkim.DKIM(raw, minkey=0), dkim.ARC(raw)
    except (dkim.DKIMException, LookupError, ValueError):
        return None


def _authors(headers: HeaderBlock) -> list[str]:
    """Return the domains of the addresses in From."""
    found = [
        address.address.rpartition("@")[2]
        for field in headers.all("from")[:_MOST_AUTHORS]
        for address in parse_addresses(field.value).addresses[:_MOST_AUTHORS]
    ]
    return found or [""]
