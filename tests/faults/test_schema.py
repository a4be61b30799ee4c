from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mailcatch.faults import STAGES, RuleError, load
from mailcatch.faults.language import FILE, RULE, SCHEDULE
from mailcatch.faults.loading import rules_of
from mailcatch.faults.patterns import ATTRIBUTES
from mailcatch.faults.presets import catalogue
from mailcatch.faults.schema import schema
from mailcatch.faults.values import Field, Kind, WrongValueError
from tests.faults.any_rules import SOUND, TABLES

DOCS = Path(__file__).parents[2] / "docs"
VALIDATOR = Draft202012Validator(schema())


def written(body: str) -> str:
    return f"[[faults.rule]]\nat = 'eom'\n{body}"


def test_the_published_schema_is_made_from_the_code() -> None:
    published = json.loads((DOCS / "faults.schema.json").read_text(encoding="utf-8"))
    assert published == schema(), "run: make schema"
    Draft202012Validator.check_schema(published)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[faults]\nseed = 'random'\nmagic = ['a.test']\nenabled = false\ngeneration = 2",
        written("reply = 451"),
        written("reply = '451 4.3.0 no'\nmatch.not.header.X-A = ['a', 'b']"),
        written("reply = ['550-5.1.1 a', 'b']\nmatch.'not.sender' = true"),
        written("reply = { codes = [250, '550'], text = ['a', 'b'] }\nmatch.size = '>1MB'"),
        written("sequence = ['451', { lost = 'rst' }, 'pass', 'gmail-temp']\nexhausted = 'last'"),
        written("delay = { lognormal = { median = '1s', sigma = 0.5, max = 3 } }\nkey = 'sender'"),
        written("delay = { uniform = ['1s', 3] }\nschedule = { times = 2, count = 'command' }"),
        written("hang = '3s'\nquota = { limit = 3, window = '1s', per = 'rule' }"),
        written("disconnect = false\nreply = 421\ngreylist = { delay = '1m' }"),
        written("raw = { hex = '00ff' }\nstore = 'auto'"),
        "[[faults.rule]]\nat = ['ehlo', 'any']\ncapabilities = { hide = 'SIZE', size = '1kB' }",
        "[faults.preset.mine]\nat = 'rcpt'\nreply = 452\nsource = 'us'\ndescription = 'x'",
    ],
)
def test_what_loads_is_valid(text: str) -> None:
    load(text, name="faults.toml")
    VALIDATOR.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "[faults]\nsede = 1",
        "[faults]\nseed = 'x'",
        written("reply = 99"),
        written("reply = 'no'"),
        written("reply = { code = 451, txt = 'x' }"),
        written("reply = { text = 'x' }"),
        written("tims = 2"),
        written("delay = 'soon'"),
        written("match.recipent = 'x'"),
        written("match.tls = 'yes'"),
        written("key = 'sendr'"),
        written("schedule = { at = 'eom' }"),
        written("probability = 2"),
        written("id = 'a b'"),
        written("preset = 'a b'"),
        "[[faults.rule]]\nreply = 451",
        "[[faults.rule]]\nat = 'rctp'",
    ],
)
def test_what_it_finds_wrong_does_not_load(text: str) -> None:
    assert not VALIDATOR.is_valid(tomllib.loads(text))
    with pytest.raises(ValueError, match=r"faults\.toml:\d+: "):
        load(text, name="faults.toml")


TEXTS = st.sampled_from(
    [
        *(
            "",
            "x",
            "a b",
            "a\nb",
            "451",
            "451 x",
            "451-x",
            "451x",
            "199 x",
            "700",
            "2s",
            " 5m ",
            "1y",
        ),
        *("0s", "2-4", ">5", ">= 10", "<x", "1MB", "64KiB", "10kB/s", "1 kib", "0", "fin", "hang"),
        *("rst", "RCPT", "Dot", "any", "random", "pass", "auto", "mid-reply", "expired", "1.2"),
        *("gmail-temp", "gmail", "10.0.0.0/8", "::1", "host", "re:a", "=a", "*@x", "true", "00ff"),
        *("x" * 70, "x" * 600, "x" * 1200),
    ]
) | st.text(st.characters(max_codepoint=0x7E), max_size=5)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-2, 700),
    st.sampled_from([10**9 + 1, 1 << 60, (1 << 63) - 1, 0.5, -0.5, 1.2, 1e300]),
)
NAMES = st.sampled_from(
    [
        *("uniform", "lognormal", "median", "sigma", "max", "code", "codes", "enhanced", "text"),
        *("hex", "hide", "add", "size", "cert", "version", "handshake", "after", "for", "limit"),
        *("window", "per", "delay", "x"),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
# These have schemas of their own, which stand on each other.
TABLE_KEYS = {"rule", "preset", "match", "schedule", "sequence"}
KINDS: dict[str, Kind[object]] = {
    field.name: field.kind for field in (*FILE, *RULE) if field.name not in TABLE_KEYS
} | {f"match.{name}": kind for name, kind in ATTRIBUTES.items()}
# Whether an expression is one, an address has all its parts, and a range fits any number, is more
# than a schema can say; that a mail bounces with a failure, and with which presets, too.
LOOSE = {name for name in KINDS if name.startswith("match.") and name != "match.tls"}
LOOSE.add("bounce_later")


def reads(kind: Kind[object], value: object) -> bool:
    try:
        kind.read(value)
    except WrongValueError:
        return False
    return True


@settings(max_examples=300)
@given(VALUES)
def test_a_value_is_valid_where_it_can_be_read(value: object) -> None:
    for name, kind in KINDS.items():
        checked = Draft202012Validator({**kind.schema, "$defs": schema()["$defs"]})
        right, valid = reads(kind, value), checked.is_valid(value)
        assert valid == right or (valid and name in LOOSE), name


# What only the whole of a rule shows, and what is said of expressions and networks.
BEYOND = re.compile(
    "can never fire|not known at|at must be|two ways|is never said|never be said|ends no session"
    "|decided at eom|no reply is|that could be lost|names no scenario|sets none|does nothing"
    "|no delay that|no sequence that|says already|at no stage|regular expression|fits no number"
    "|neither an address|nothing is called|at is missing|does not go with|no enhanced code"
    "|longer than the second|is no preset|is no failure|accepted first"
)


@settings(max_examples=400)
@given(TABLES | SOUND)
def test_a_rule_is_valid_where_it_can_be_used(table: dict[str, object]) -> None:
    said: list[str] = []
    try:
        rules_of({"rule": [table]}, name="test")
    except RuleError as error:
        said = [problem.what for problem in error.problems]
    if VALIDATOR.is_valid({"faults": {"rule": [table]}}):
        assert all(map(BEYOND.search, said)), said
    else:
        assert said, "it can be used"


def test_presets_of_the_package_are_written_as_the_schema_says() -> None:
    presets = {name: preset.table() for name, preset in catalogue().items()}
    VALIDATOR.validate({"faults": {"preset": presets}})


PAGE = (DOCS / "faults.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", [*FILE, *RULE], ids=lambda field: field.name)
def test_the_reference_tells_of_each_key_what_the_code_says(field: Field[object]) -> None:
    if field is SCHEDULE:
        assert "a table `schedule`" in PAGE
    else:
        row = f"| `{field.name}` | {field.kind.words} | {field.default} | {field.about} |"
        assert row in PAGE


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_reference_tells_of_each_condition(attribute: str) -> None:
    assert f"| `{attribute}` | {ATTRIBUTES[attribute].words} |" in PAGE


@pytest.mark.parametrize("stage", [*STAGES, "any"])
def test_the_page_tells_of_each_stage(stage: str) -> None:
    assert f"`{stage}`" in PAGE.partition("### Which")[0]


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_of_the_page_loads(example: str) -> None:
    if "\n[" in f"\n{example}":
        load(example, name="faults.toml")
        return
    for line in example.splitlines():
        load(f"[[faults.rule]]\nat = 'eom'\n{line}\n", name="faults.toml")


@pytest.mark.parametrize("step", re.findall(r"^\| `([a-z_]+ = .*?)` \|", PAGE, re.MULTILINE))
def test_every_line_of_a_schedule_loads(step: str) -> None:
    reply = "" if step.startswith("sequence") else "reply = 451\n"
    load(f"[[faults.rule]]\nat = 'eom'\n{reply}{step}\n", name="faults.toml")
