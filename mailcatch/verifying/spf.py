"""SPF: whether a client may send for a domain (RFC 7208)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.verifying.arrival import Address, Arrival
from mailcatch.verifying.errors import UnreachableError
from mailcatch.verifying.records import Kind, Records, normal
from mailcatch.verifying.results import Finding, Method, Result
from mailcatch.verifying.spf_macros import MacroValues, dotted, expand
from mailcatch.verifying.spf_record import Mechanism, SpfRecord, SpfSyntaxError, is_spf, read_spf

MOST_LOOKUPS: Final = 10
"""Terms that ask the DNS, in one evaluation (section 4.6.4)."""
MOST_VOID: Final = 2
"""Of those, the ones that may find nothing."""
MOST_HOSTS: Final = 10
"""Hosts of one mx, or names of one ptr."""

_SECTIONS: Final = {
    Result.NONE: "8.1",
    Result.NEUTRAL: "8.2",
    Result.PASS: "8.3",
    Result.FAIL: "8.4",
    Result.SOFTFAIL: "8.5",
    Result.TEMPERROR: "8.6",
    Result.PERMERROR: "8.7",
}
_QUALIFIERS: Final = {
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}


class _PermanentError(Exception):
    """The record cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A result, and the term that decided it with the domain whose record it is in."""

    result: Result
    why: str


def check_spf(arrival: Arrival, records: Records) -> Finding:
    """Return whether the client of a message may send for the domain of MAIL FROM.

    Where that is null, it is the domain of HELO (section 2.4).
    """
    sender = arrival.sender
    if sender is None:
        return _finding(Result.NONE, "no session tells who sent this message", "")
    address = arrival.address
    if not sender:
        sender = f"postmaster@{arrival.helo}"
    local, _, domain = sender.rpartition("@")
    if address is None:
        return _finding(Result.NONE, "the client has no address, so nothing can allow it", domain)
    check = _Check(records, address, f"{local or 'postmaster'}@{domain}", arrival.helo)
    try:
        answer = check.host(domain)
    except _PermanentError as error:
        return _finding(Result.PERMERROR, str(error), domain)
    except UnreachableError as error:
        return _finding(Result.TEMPERROR, f"cannot be looked up now: {error}", domain)
    return _finding(answer.result, answer.why, domain)


def _finding(result: Result, reason: str, domain: str) -> Finding:
    return Finding(
        Method.SPF,
        result,
        safe_text(reason, 500),
        f"RFC 7208 {_SECTIONS[result]}",
        safe_text(domain, 300),
        place="envelope",
    )


class _Check:
    """One evaluation of check_host (section 4), with its limits."""

    def __init__(self, records: Records, address: Address, sender: str, helo: str) -> None:
        self._records = records
        self._address = address
        self._sender = sender
        self._helo = helo
        self._lookups = 0
        self._void = 0

    def host(self, domain: str) -> _Answer:
        """Evaluate the record of a domain. Raises _PermanentError and UnreachableError."""
        name = normal(domain)
        if not name or "." not in name or _is_address(name):
            return _Answer(Result.NONE, f"{domain or '(nothing)'} is no domain that has a record")
        found = [one for one in self._records.lookup(name, Kind.TXT) if is_spf(one)]
        if not found:
            return _Answer(Result.NONE, f"{name} has no SPF record in {self._records.name}")
        if len(found) > 1:
            raise _PermanentError(f"{name} has {len(found)} SPF records; there may be one (4.5)")
        try:
            record = read_spf(found[0])
        except SpfSyntaxError as error:
            raise _PermanentError(f"the SPF record of {name} is wrong: {error}") from None
        return self._evaluate(record, name)

    def _evaluate(self, record: SpfRecord, domain: str) -> _Answer:
        for one in record.mechanisms:
            if self._fits(one, domain):
                return _Answer(
                    _QUALIFIERS[one.qualifier],
                    f"{one.text} of {domain} fits the client {self._address}",
                )
        if not record.redirect:
            return _Answer(Result.NEUTRAL, f"no term of {domain} fits the client {self._address}")
        self._count("redirect")
        target = self._expanded(record.redirect, domain)
        answer = self.host(target)
        if answer.result is Result.NONE:
            raise _PermanentError(f"redirect of {domain} leads to {target}, which has no record")
        return answer

    def _fits(self, one: Mechanism, domain: str) -> bool:
        match one.name:
            case "all":
                return True
            case "ip4" | "ip6":
                network = ip_network(one.network, strict=False)
                return self._address.version == network.version and self._address in network
            case "include":
                return self._includes(one, domain)
            case "exists":
                self._count(one.text)
                return bool(self._found(self._expanded(one.domain, domain), Kind.A))
            case "a":
                self._count(one.text)
                target = self._expanded(one.domain, domain)
                return self._is_among(self._addresses(target, void=True), one.widths)
            case "mx":
                self._count(one.text)
                hosts = self._found(self._expanded(one.domain, domain), Kind.MX)
                if len(hosts) > MOST_HOSTS:
                    what = f"{one.text} of {domain} has more than {MOST_HOSTS} hosts (4.6.4)"
                    raise _PermanentError(what)
                return any(self._is_among(self._addresses(host), one.widths) for host in hosts)
            case _:
                self._count(one.text)
                target = normal(self._expanded(one.domain, domain))
                return any(_is_below(name, target) for name in self._validated())

    def _includes(self, one: Mechanism, domain: str) -> bool:
        self._count(one.text)
        target = self._expanded(one.domain, domain)
        answer = self.host(target)
        if answer.result is Result.NONE:
            raise _PermanentError(f"{one.text} of {domain}: {answer.why} (5.2)")
        return answer.result is Result.PASS

    def _is_among(self, addresses: tuple[str, ...], widths: tuple[int, int]) -> bool:
        width = widths[0 if self._address.version == 4 else 1]
        return any(
            self._address in ip_network(f"{address}/{width}", strict=False) for address in addresses
        )

    def _addresses(self, name: str, *, void: bool = False) -> tuple[str, ...]:
        kind = Kind.A if self._address.version == 4 else Kind.AAAA
        return self._found(name, kind) if void else self._records.lookup(name, kind)

    def _found(self, name: str, kind: Kind) -> tuple[str, ...]:
        """Look up what a term names: few of these may find nothing (section 4.6.4)."""
        found = self._records.lookup(name, kind) if normal(name) else ()
        if not found:
            self._void += 1
            if self._void > MOST_VOID:
                raise _PermanentError(f"more than {MOST_VOID} terms find nothing (4.6.4)")
        return found

    def _count(self, term: str) -> None:
        self._lookups += 1
        if self._lookups > MOST_LOOKUPS:
            what = f"more than {MOST_LOOKUPS} terms ask the DNS, {term} the next of them (4.6.4)"
            raise _PermanentError(what)

    def _validated(self) -> Iterator[str]:
        """Give the client's names that lead back to its address (section 5.5)."""
        suffix = "in-addr" if self._address.version == 4 else "ip6"
        turned = ".".join(reversed(dotted(self._address).split(".")))
        try:
            names = self._found(f"{turned}.{suffix}.arpa", Kind.PTR)
        except UnreachableError:
            return
        for name in names[:MOST_HOSTS]:
            try:
                addresses = self._addresses(name)
            except UnreachableError:
                continue
            if any(ip_address(one) == self._address for one in addresses):
                yield normal(name)

    def _expanded(self, text: str, domain: str) -> str:
        values = MacroValues(
            self._sender, domain, self._helo, self._address, lambda: self._name_of_client(domain)
        )
        return expand(text, values) if text else domain

    def _name_of_client(self, domain: str) -> str:
        """Return the client's validated name for %{p}: of the domain, if any is (section 7.3)."""
        names = list(self._validated())
        best = [name for name in names if name == domain]
        best += [name for name in names if _is_below(name, domain)]
        return next(iter([*best, *names]), "unknown")


def _is_below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
