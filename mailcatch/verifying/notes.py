"""Notes on who a message is from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mailcatch.mail import Note, make_note
from mailcatch.verifying.results import Finding, Method, Verdict

WEAK: Final = "dkim-weak"
KINDS: Final = {
    **{f"{method.value}-fail": (method.value, "fail") for method in Method},
    WEAK: (Method.DKIM.value, "weak"),
}
"""The names of these notes, each with the operator and value by which a query finds it."""


def notes_of(verdict: Verdict) -> tuple[Note, ...]:
    """Return what a real receiver would hold against a message."""
    return tuple(_notes(verdict.findings))


def _notes(findings: Iterable[Finding]) -> Iterator[Note]:
    for one in findings:
        if one.failed:
            reason = one.reason[:1].upper() + one.reason[1:]
            yield Note(
                f"{one.method.value}-fail", f"{reason} ({one.result.value}).", one.rfc, one.place
            )
        for weak in one.weak:
            yield make_note(WEAK, f"{weak[:1].upper()}{weak[1:]}.", one.place)
