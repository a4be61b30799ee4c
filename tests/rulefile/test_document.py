"""A rule file changed rule by rule: what else is in it stays as it is."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.rulefile.document import RuleDocument
from mailcatch.rulefile.errors import NoSuchRuleError, RuleFileError

FILE = '''# Rules of the shop.

[faults]
seed = 5   # five

# The flaky one.
[[faults.rule]]   # first
id = "flaky"
at = "rcpt"
description = """
[[faults.rule]]
# no comment"""

# About lost.
# Two lines of it.
[[faults.rule]]
id = "lost"
at = "eom"
lost = "rst"
[faults.rule.match]
subject = "Invoice"   # money

# Ours.
[faults.preset.acme-full]
at = "rcpt"
reply = "452 4.2.2 full"
'''


def rules(document: RuleDocument) -> list[str]:
    return [str(rule["id"]) for rule in tomllib.loads(document.text)["faults"].get("rule", [])]


def test_a_rule_is_added_below_all_that_is_there() -> None:
    document = RuleDocument(FILE)
    added = document.add(
        {
            "at": "rcpt",
            "reply": '451 4.7.1 "later"',
            "match": {"recipient": ["a@*", "b@*"], "not": {"sender": "x"}, "header": {"X Y": "é"}},
            "delay": {"uniform": ["1s", "2s"]},
            "probability": 0.5,
        }
    )
    assert added == "rcpt-451"
    assert document.text == FILE + (
        "\n[[faults.rule]]\n"
        'id = "rcpt-451"\n'
        'at = "rcpt"\n'
        'reply = "451 4.7.1 \\"later\\""\n'
        'match.recipient = ["a@*", "b@*"]\n'
        'match.not.sender = "x"\n'
        'match.header."X Y" = "é"\n'
        'delay = { uniform = ["1s", "2s"] }\n'
        "probability = 0.5\n"
    )


@pytest.mark.parametrize(
    ("table", "identity"),
    [
        ({"at": "rcpt", "reply": 451}, "rcpt-451"),
        ({"at": "rcpt", "reply": ["550 5.7.1 a", "550 5.7.1 b"]}, "rcpt-550"),
        ({"at": "rcpt", "reply": {"code": 452, "text": "full"}}, "rcpt-452"),
        ({"at": "eom", "preset": "gmail-spam"}, "eom-gmail-spam"),
        ({"at": ["mail", "rcpt"], "disconnect": "rst"}, "mail-rcpt-disconnect-rst"),
        ({"at": "eom", "delay": {"uniform": ["1s", "2s"]}}, "eom-delay"),
        ({"at": "ehlo", "capabilities": {"hide": ["SIZE"]}}, "ehlo-capabilities"),
        ({"at": "body", "bandwidth": "1kB/s"}, "body-bandwidth-1kb-s"),
        ({"at": "tls", "tls": {"cert": "expired"}}, "tls-expired"),
        ({}, "rule"),
        ({"id": "flaky", "at": "mail"}, "flaky-2"),
    ],
)
def test_a_rule_gets_an_id_that_tells_of_it(table: dict[str, object], identity: str) -> None:
    assert RuleDocument(FILE).add(table) == identity


def test_a_rule_is_removed_with_the_comment_right_above_it() -> None:
    document = RuleDocument(FILE)
    document.remove("lost")
    start = FILE.index("# About lost.")
    assert document.text == FILE[:start] + FILE[FILE.index("# Ours.") :]
    document.remove("flaky")
    assert "seed = 5   # five" in document.text
    assert "flaky" not in document.text
    assert document.text.endswith(FILE[FILE.index("# Ours.") :])


@pytest.mark.parametrize("identity", ["flaky", "lost"])
def test_a_removed_rule_is_put_back_as_it_was(identity: str) -> None:
    document = RuleDocument(FILE)
    removed = document.remove(identity)
    document.put_back(removed)
    assert document.text == FILE


def test_a_removed_rule_is_put_back_into_a_file_that_changed() -> None:
    document = RuleDocument(FILE)
    removed = document.remove("lost")
    document.remove("flaky")
    document.add({"at": "rcpt", "reply": 451})
    document.put_back(removed)
    assert sorted(rules(document)) == ["lost", "rcpt-451"]
    with pytest.raises(RuleFileError, match="there is a rule 'lost' again"):
        document.put_back(removed)


def test_a_rule_is_given_as_it_is_written() -> None:
    start = FILE.index("# About lost.")
    assert RuleDocument(FILE).written("lost") == FILE[start : FILE.index("# Ours.")]


def test_a_rule_is_turned_off_and_on_in_its_own_line() -> None:
    document = RuleDocument(FILE)
    document.enable("lost", on=False)
    off = FILE.replace('id = "lost"\n', 'id = "lost"\nenabled = false\n')
    assert document.text == off
    document.enable("lost", on=True)
    assert document.text == off.replace("false", "true")
    document.enable("lost", on=True)
    document.enable("flaky", on=True)
    assert document.text == off.replace("false", "true")


def test_settings_are_made_where_they_belong() -> None:
    document = RuleDocument(FILE)
    assert (document.reset(), document.reset()) == (1, 2)
    document.enable_all(on=False)
    assert document.text == FILE.replace(
        "[faults]\n", "[faults]\nenabled = false\ngeneration = 2\n"
    )
    bare = RuleDocument('# mine\n\n[[faults.rule]]\nid = "a"\n')
    bare.enable_all(on=False)
    assert bare.text == '# mine\n\n[faults]\nenabled = false\n\n[[faults.rule]]\nid = "a"\n'
    empty = RuleDocument()
    empty.reset()
    assert empty.text == "[faults]\ngeneration = 1\n"


def test_a_comment_behind_a_value_stays() -> None:
    document = RuleDocument("[faults]\ngeneration = 3 # so far\nenabled=false# off\r\n")
    document.reset()
    document.enable_all(on=True)
    assert document.text == "[faults]\ngeneration = 4 # so far\nenabled=true# off\r\n"


def test_clearing_keeps_settings_and_presets() -> None:
    document = RuleDocument(FILE)
    assert document.clear() == 2
    assert tomllib.loads(document.text) == {
        "faults": {
            "seed": 5,
            "preset": {"acme-full": {"at": "rcpt", "reply": "452 4.2.2 full"}},
        }
    }
    assert "# Ours." in document.text
    assert document.presets == {"acme-full": "rcpt"}


def test_a_rule_without_an_id_is_called_as_the_server_calls_it() -> None:
    document = RuleDocument('[[faults.rule]]\nat = "rcpt"\nreply = 451\n')
    assert document.ids == ["rcpt-451"]
    assert document.add({"at": "rcpt", "reply": 451}) == "rcpt-451-2"
    document.enable("rcpt-451", on=False)
    assert document.text.startswith("[[faults.rule]]\nenabled = false\n")


def test_line_ends_of_windows_stay() -> None:
    document = RuleDocument(FILE.replace("\n", "\r\n"))
    document.add({"at": "rcpt", "reply": 451})
    document.enable("flaky", on=False)
    document.remove("lost")
    assert document.text.count("\n") == document.text.count("\r\n")


def test_a_rule_that_is_not_there_is_told_with_the_nearest_one() -> None:
    with pytest.raises(NoSuchRuleError, match="did you mean 'flaky'"):
        RuleDocument(FILE).remove("flakey")
    with pytest.raises(NoSuchRuleError, match="there are flaky, lost"):
        RuleDocument(FILE).enable("%", on=True)
    with pytest.raises(NoSuchRuleError, match="there are no rules"):
        RuleDocument().remove("x")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[faults", "this is no TOML"),
        ("faults = 1\n", "rules stand in tables"),
        ("[faults]\nrule = 1\n", "rules stand in tables"),
        ("[[faults]]\n", "rules stand in tables"),
    ],
)
def test_what_is_no_rule_file_is_said(text: str, said: str) -> None:
    with pytest.raises(RuleFileError, match=said):
        RuleDocument(text)


@pytest.mark.parametrize(
    "text",
    [
        '[faults]\nrule = [{ id = "a" }]\n',
        'faults.rule = [{ id = "a" }]\n',
        'faults = { rule = [{ id = "a" }] }\n',
    ],
)
def test_rules_in_one_line_are_left_alone(text: str) -> None:
    document = RuleDocument(text)
    for change in (
        lambda: document.remove("a"),
        lambda: document.enable("a", on=False),
        lambda: document.add({"at": "rcpt", "reply": 451}),
    ):
        with pytest.raises(RuleFileError):
            change()
        assert document.text == text


VALUES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
)
TABLES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda key: key != "id"),
    st.recursive(
        VALUES,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3),
        ),
        max_leaves=6,
    ),
    max_size=4,
)
FILLINGS = st.sampled_from(
    ["", "# note\n", "\n", 'text = """\n[[faults.rule]]\n# x"""\n', "list = [\n[1],\n[2]]\n"]
)


@given(
    st.lists(st.tuples(FILLINGS, FILLINGS), max_size=4),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("-+0ar"), TABLES), max_size=5),
)
def test_any_change_of_any_file_changes_only_that(
    parts: list[tuple[str, str]], steps: list[tuple[int, str, dict[str, object]]]
) -> None:
    text = "# top\n\n" + "".join(
        f'{above if above.startswith("#") else ""}[[faults.rule]]\nid = "{number}"\n{below}'
        for number, (above, below) in enumerate(parts)
    )
    document = RuleDocument(text)
    known = [f"{number}" for number in range(len(parts))]
    for number, step, table in steps:
        before = tomllib.loads(document.text).get("faults", {})
        identity = known[number % len(known)] if known else ""
        if step == "a":
            known.append(document.add(table))
            after = tomllib.loads(document.text)["faults"]
            assert after["rule"][-1] == {"id": known[-1], **table}
            assert after["rule"][:-1] == before.get("rule", [])
        elif step == "r":
            assert document.reset() == before.get("generation", 0) + 1
        elif known and step == "0":
            whole = document.text
            document.put_back(document.remove(identity))
            assert document.text == whole or not whole.endswith("\n")
            document.remove(identity)
            known.remove(identity)
        elif known:
            document.enable(identity, on=step == "+")
        assert rules(document) == known if known else document.rules == []
    assert document.text.startswith("# top\n\n")
