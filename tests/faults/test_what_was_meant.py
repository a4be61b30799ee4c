"""Rule files as people mistype them, and what they are told: each message whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch.faults import RuleError, load

MISTAKES = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8").split("\n\n")
"""Each a rule file, and behind an arrow the line and what is said of it."""


def told(text: str) -> list[str]:
    """Return what is said of a rule file that cannot be used."""
    with pytest.raises(RuleError) as wrong:
        load(text, name="faults.toml")
    return str(wrong.value).split("\n")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_somebody_is_told(mistake: str) -> None:
    text, _, said = mistake.rstrip("\n").partition("\n--> ")
    assert told(text) == [f"faults.toml:{said}"]


def test_what_is_missing_may_be_what_is_misspelt_and_is_not_told_besides() -> None:
    assert told('[[faults.rule]]\nstage = "rcpt"\nresponse = 451\n') == [
        'faults.toml:2: "stage" is no key of a rule (did you mean at?)',
        'faults.toml:3: "response" is no key of a rule (did you mean reply?)',
    ]
    assert told('[[faults.rule]]\nid = "x"\n') == [
        'faults.toml:1: rule x: at is missing: name the stage, such as at = "rcpt"',
        "faults.toml:1: rule x: the rule does nothing: give it a reply, or another effect",
    ]
