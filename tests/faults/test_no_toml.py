"""Rule files that are no TOML: on which line, and what was probably meant.

What is wrong is said in the words of `tomllib`, which are not ours to test.
"""

from __future__ import annotations

import sys

import pytest

from tests.faults.asking import problems

RULE = '[[faults.rule]]\nat = "rcpt"\n'


BACKSLASH = "write '…' where \\ is itself, or raw = { hex = \"ff\" }"


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("[[faults.rule]]\nat = rcpt\n", 2, 'text stands in quotation marks: at = "rcpt"'),
        (
            RULE + "reply = 451 later # or so\n",
            3,
            'text stands in quotation marks: reply = "451 later"',
        ),
        (RULE + "probability = 0,3\n", 3, "a number has a point: 0.3"),
        (RULE + "times = 2 every = 3\n", 3, "each key stands on a line of its own"),
        (RULE + "reply = “451”\n", 3, 'write straight quotation marks: "'),
        (RULE + 'reply = "451\ntimes = 2\n', 3, "the quotation mark that ends the text is missing"),
        (RULE + r'raw = "\d"', 3, BACKSLASH),
        # TOML 1.1, which Python 3.15 reads, has this one.
        *([] if sys.version_info >= (3, 15) else [(RULE + r'raw = "\xff"', 3, BACKSLASH)]),
        (RULE + "reply = 451\nreply = 452\n", 4, "reply stands on line 3 already"),
        (RULE + "reply = 451\n" + RULE + "at = 'mail'", 6, "at stands on line 5 already"),
        ("[faults]\nseed = 1\n\n[faults]\nkeys = 2\n", 4, "it begins on line 1 already"),
        (RULE + "reply: 451\n", 3, "write reply = …"),
    ],
)
def test_a_common_mistake_is_recognised(text: str, line: int, hint: str) -> None:
    (told,) = problems(text)
    assert told.startswith(f"faults.toml:{line}: this is no TOML: ")
    assert told.endswith(f" ({hint})")


def test_a_table_that_is_there_twice_is_called_as_it_is_written() -> None:
    (told,) = problems("[faults.preset.a]\nreply = 451\n[faults.preset.a]\n")
    assert "[faults.preset.a]" in told
    assert "('faults'" not in told
