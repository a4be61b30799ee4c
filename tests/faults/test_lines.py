from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.faults.lines import Path, lines_of

TEXT = '''\
# a comment with [brackets] and "quotes"
[faults]
seed = 1  # [[faults.rule]]
"odd key" = """
[[faults.rule]]
not = 'a key' """
[[faults.rule]]
at = ["rcpt",
  # the next one
  "eom"]
match.not.sender = "a"
reply = { code = 451, text = ["x, }", 'y]'] }

[faults.rule.schedule]
times = 1

[[faults.rule]]
  at='eom'
dates = [1979-05-27T07:32:00Z, 1.5, -inf]
a . "b.c" = true
[faults.preset.x]
quotes = """ends in two quotation marks"""""
escaped = "\\""
last = {}
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("faults",), 2),
        (("faults", "seed"), 3),
        (("faults", "odd key"), 4),
        (("faults", "rule", 0), 7),
        (("faults", "rule", 0, "at"), 8),
        (("faults", "rule", 0, "at", 1), 10),
        (("faults", "rule", 0, "match", "not", "sender"), 11),
        (("faults", "rule", 0, "reply", "text"), 12),
        (("faults", "rule", 0, "schedule"), 14),
        (("faults", "rule", 0, "schedule", "times"), 15),
        (("faults", "rule", 1), 17),
        (("faults", "rule", 1, "at"), 18),
        (("faults", "rule", 1, "a", "b.c"), 20),
        (("faults", "preset", "x"), 21),
        (("faults", "preset", "x", "last"), 24),
    ],
)
def test_each_key_is_found_on_its_line(path: Path, line: int) -> None:
    assert lines_of(TEXT)[path] == line


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from paths(inner, (*path, place))


def test_everything_that_tomllib_finds_has_a_line() -> None:
    assert set(lines_of(TEXT)) == set(paths(tomllib.loads(TEXT)))


KEYS = st.text(min_size=1, max_size=8) | st.sampled_from(["rule", "faults", "a.b", "at", "ü", '"'])
TEXTS = st.text(max_size=20) | st.sampled_from(['"""', "'''", "[[x]]\nk=1", "}#]", "\\", "a\nb=2"])
SIMPLE = st.integers(-(2**60), 2**60) | st.booleans() | TEXTS | st.floats(allow_nan=False)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_whatever_is_written_every_key_is_found_again(document: dict[str, object]) -> None:
    text = tomlkit.dumps(document)
    assert set(lines_of(text)) == set(paths(tomllib.loads(text)))


@given(st.lists(st.sampled_from(TEXT.splitlines(keepends=True)), max_size=20))
def test_of_what_tomllib_reads_every_key_has_a_line(lines: list[str]) -> None:
    text = "".join(lines)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = lines_of(text)
    assert set(found) == set(paths(document))
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
