"""What was found: as words, as notes, and as the index holds it."""

from __future__ import annotations

from mailcatch.verifying.notes import notes_of
from mailcatch.verifying.results import (
    Finding,
    Method,
    Result,
    Verdict,
    decode_verdict,
    encode_verdict,
)


def dkim(result: Result, reason: str = "", *weak: str) -> Finding:
    return Finding(Method.DKIM, result, reason, "RFC 6376 6.1", weak=weak)


def test_one_signature_that_passes_counts() -> None:
    assert Verdict((dkim(Result.FAIL), dkim(Result.PASS))).dkim == "pass"
    assert Verdict((dkim(Result.PERMERROR), dkim(Result.FAIL))).dkim == "permerror"
    assert Verdict(()).dkim == "none"


def test_the_index_gives_back_what_it_was_given() -> None:
    verdict = Verdict((dkim(Result.PASS, "signed", "short"), dkim(Result.FAIL)))
    assert decode_verdict(encode_verdict(verdict)) == verdict


def test_what_failed_is_a_note_with_its_reason_and_section() -> None:
    (note,) = notes_of(Verdict((dkim(Result.POLICY, "the key is too short"),)))
    assert (note.name, note.reason, note.rfc) == (
        "dkim-fail",
        "The key is too short (policy).",
        "RFC 6376 6.1",
    )


def test_what_is_weak_is_a_note_of_its_own() -> None:
    notes = notes_of(Verdict((dkim(Result.PASS, "signed", "l= is weak", "so is t=y"),)))
    assert [note.name for note in notes] == ["dkim-weak", "dkim-weak"]


def test_what_passed_and_what_is_not_there_is_no_note() -> None:
    assert notes_of(Verdict((dkim(Result.PASS), dkim(Result.NONE), dkim(Result.NEUTRAL)))) == ()
