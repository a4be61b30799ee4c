"""DMARC: whether what passed speaks for the domain of From (RFC 9989).

The domain that is responsible is found by walking up the names (section 4.10), and not by a list of
public suffixes: such a list is stale the day after, and the records that the user gives say it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.verifying.errors import UnreachableError
from mailcatch.verifying.records import Kind, Records, normal
from mailcatch.verifying.results import Finding, Method, Result

_LOOKED_UP: Final = "RFC 9989 4.10"
_ALIGNED: Final = "RFC 9989 4.4"
_AUTHOR: Final = "RFC 9989 5.3.1"
_POLICIES: Final = frozenset(("none", "quarantine", "reject"))
_VALUES: Final = {
    "p": _POLICIES,
    "sp": _POLICIES,
    "np": _POLICIES,
    "adkim": frozenset("rs"),
    "aspf": frozenset("rs"),
    "t": frozenset("yn"),
    "psd": frozenset("ynu"),
}
"""What tags may say (section 4.7)."""
_MOST_LABELS: Final = 8
"""Names with more labels are walked from the last seven on."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """A DMARC record. domain: whose. tags: all, by name."""

    domain: str
    tags: dict[str, str]

    def wanted(self, author: str, *, there: bool) -> str:
        """Return what is to be done with mail of an author's domain that fails.

        there: whether that domain exists.
        """
        own = self.tags.get("p", "none")
        if self.domain == author:
            return own
        below = self.tags.get("sp", own)
        return below if there else self.tags.get("np", below)


def check_dmarc(authors: Sequence[str], others: Sequence[Finding], records: Records) -> Finding:
    """Return whether DKIM or SPF passed for the domain of From.

    authors: the domains of the addresses in From. others: what was found of DKIM and SPF.
    """
    domains = list(dict.fromkeys(normal(one) for one in authors))
    if len(domains) != 1 or not domains[0]:
        several = "From names more than one domain, and then DMARC says nothing"
        what = several if len(domains) > 1 else "From names no domain"
        return _finding(Result.NONE, what, _AUTHOR, "")
    author = domains[0]
    try:
        return _judged(author, others, _Walk(records))
    except UnreachableError as error:
        return _finding(Result.TEMPERROR, f"cannot be looked up now: {error}", _LOOKED_UP, author)


def _judged(author: str, others: Sequence[Finding], walk: _Walk) -> Finding:
    policy = walk.policy(author)
    if policy is None:
        what = f"{author} has no DMARC record (TXT of _dmarc.{author}, or above) in {walk.place}"
        return _finding(Result.NONE, what, _LOOKED_UP, author)
    there = policy.domain == author or walk.exists(author)
    asks = f"{policy.domain} asks for {policy.wanted(author, there=there)}"
    if policy.tags.get("t") == "y":
        asks += ", as a test (t=y)"
    why: list[str] = []
    for one in others:
        strict = policy.tags.get(f"a{one.method.value}") == "s"
        if one.result is not Result.PASS:
            why.append(f"{one.method.value}={one.result.value}")
        elif walk.aligned(one.domain, author, strict=strict):
            what = f"{one.method.value} passes for {one.domain}, which speaks for {author}; {asks}"
            return _finding(Result.PASS, what, _ALIGNED, author)
        else:
            how = " (strict)" if strict else ""
            why.append(f"{one.method.value} passes for {one.domain}, which is not {author}{how}")
    what = f"nothing that passes speaks for {author}: {'; '.join(why)}. {asks}"
    later = any(one.result is Result.TEMPERROR for one in others)
    return _finding(Result.TEMPERROR if later else Result.FAIL, what, _ALIGNED, author)


def _finding(result: Result, reason: str, rfc: str, domain: str) -> Finding:
    text = safe_text(reason, 500)
    return Finding(Method.DMARC, result, text, rfc, safe_text(domain, 300), place="header From")


class _Walk:
    """Records on the way up from a name (section 4.10). Each is looked up once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[str, dict[str, str] | None] = {}
        self.place = records.name

    def policy(self, author: str) -> _Policy | None:
        """Return the record that holds for an author's domain (section 4.10.1)."""
        organization = self.organization(author)
        for domain in dict.fromkeys((author, organization)):
            tags = self._record(domain)
            if tags is not None:
                return _Policy(domain, tags)
        # A public suffix may ask for what those below it do not.
        suffix = organization.partition(".")[2]
        tags = self._record(suffix) if suffix else None
        return _Policy(suffix, tags) if tags and tags.get("psd") == "y" else None

    def exists(self, domain: str) -> bool:
        """Return whether a name has anything that mail can go to."""
        kinds = (Kind.MX, Kind.A, Kind.AAAA)
        return any(self._records.lookup(domain, kind) for kind in kinds)

    def aligned(self, domain: str, author: str, *, strict: bool) -> bool:
        """Return whether a domain speaks for that of the author (section 4.4)."""
        domain = normal(domain)
        if strict or domain == author:
            return domain == author
        return self.organization(domain) == self.organization(author)

    def organization(self, domain: str) -> str:
        """Return the domain of the organization that a name belongs to (section 4.10.2)."""
        found = domain
        below = domain
        for name in _upwards(domain):
            tags = self._record(name)
            if tags is not None:
                marked = tags.get("psd", "u")
                if marked == "n":
                    return name
                if marked == "y":
                    # A public suffix: whoever is right below it.
                    return below
                found = name
            below = name
        return found

    def _record(self, domain: str) -> dict[str, str] | None:
        """Return the DMARC record of exactly this name, None where there is none that counts."""
        if domain not in self._known:
            texts = self._records.lookup(f"_dmarc.{domain}", Kind.TXT)
            found = [tags for tags in map(_read, texts) if tags is not None]
            self._known[domain] = found[0] if len(found) == 1 else None
        return self._known[domain]


def _upwards(domain: str) -> list[str]:
    """Return the names to look at, from a name up to the last label."""
    labels = domain.split(".")
    first = [domain]
    if len(labels) >= _MOST_LABELS:
        labels = ["", *labels[1 - _MOST_LABELS :]]
    return first + [".".join(labels[start:]) for start in range(1, len(labels))]


def _read(text: str) -> dict[str, str] | None:
    """Return the tags of a DMARC record (section 4.7); None for another record.

    What is wrong behind the version counts as if it were not there.
    """
    version, *rest = text.split(";")
    name, _, value = version.partition("=")
    if (name.strip(), value.strip()) != ("v", "DMARC1"):
        return None
    tags: dict[str, str] = {}
    for piece in rest:
        name, equals, value = piece.partition("=")
        name, value = name.strip().lower(), value.strip()
        right = name not in _VALUES or value.lower() in _VALUES[name]
        if equals and right:
            tags.setdefault(name, value.lower() if name in _VALUES else value)
    return tags
