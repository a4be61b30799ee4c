from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.faults import Supposed
from mailcatch.faults.glance import Glance
from mailcatch.faults.matching import matcher, plain_test
from mailcatch.faults.patterns import may_take_long
from mailcatch.faults.rule import Text
from tests.faults.asking import code, engine, fired, rules

AT_EOM = Supposed(
    stage="eom",
    connection_nth=3,
    transaction_nth=2,
    client_address="192.0.2.7",
    client_port=40_001,
    server_port=1025,
    helo_name="App.test",
    sasl_username="Bob",
    sasl_method="PLAIN",
    tls=True,
    sender="Shop@App.test",
    recipients=("ann@x.test", "Bob@Y.test"),
    size=1_500_000,
    subject_text="Invoice 7",
    headers=(("X-Kind", "bulk"), ("x-kind", "test")),
    body_text="Dear Ann,\nplease pay.",
    attachment_names=("Bill.PDF",),
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('recipient = "*@y.test"', True),
        ('recipient = "bob@*"', True),
        ('recipient = "b?b@y.*"', True),
        ('recipient = "*"', True),
        ('recipient = "*@z.test"', False),
        ('recipient = "=bob@y.test"', True),
        ('recipient = "=*@y.test"', False),
        ('recipient = "re:^ANN@"', True),
        ('recipient = ["no@z", "ann@x.test"]', True),
        ('recipient = "ann"', False),
        ('not.recipient = "ann@*"', False),
        ('not.recipient = ["no@z", "no@y"]', True),
        ('"not.recipient" = "no@z"', True),
        ('sender = "*@app.test"', True),
        ("sender = true", True),
        ("recipient_count = 2", True),
        ('recipient_count = ">2"', False),
        ('recipient_count = "2-5"', True),
        ('recipient_count = "<=1"', False),
        ('size = ">1MB"', True),
        ('size = ">=1.5MB"', True),
        ('size = "<1MiB"', False),
        ('size = ["<1kB", "1M-2M"]', True),
        ("connection_nth = 3", True),
        ('connection_nth = ["1", "=2"]', False),
        ('transaction_nth = "<3"', True),
        ("client_port = 40001", True),
        ("server_port = [25, 1025]", True),
        ('client_address = "192.0.2.0/24"', True),
        ('client_address = ["::1", "192.0.2.7"]', True),
        ('not.client_address = "127.0.0.0/8"', True),
        ('helo_name = "app.TEST"', True),
        ("tls = true", True),
        ("tls = false", False),
        ("not.tls = false", True),
        ("tls_sni = true", False),
        ('tls_sni = "x"', False),
        ('not.tls_sni = "x"', True),
        ('sasl_username = "Bob"', True),
        ('sasl_username = "bob"', False),
        ('sasl_method = "plain"', True),
        ('subject = "Invoice*"', True),
        ('subject = "invoice*"', False),
        ('subject = "re:(?i)^invoice [0-9]$"', True),
        ('subject = "voice"', False),
        ('subject = "*voice*"', True),
        ('header.X-Kind = "test"', True),
        ('header.x-kind = "te"', False),
        ('"header.X-Kind" = true', True),
        ("header.List-Id = true", False),
        ("header.List-Id = false", True),
        ('not.header.X-Kind = "bulk"', False),
        ('body = "*please*"', True),
        ('body = "Dear*pay."', True),
        ('body = "re:^please"', False),
        ('body = "re:(?m)^please"', True),
        ('attachment = "*.pdf"', True),
        ("attachment = false", False),
    ],
)
def test_a_condition_holds_or_not(condition: str, holds: bool) -> None:
    asked = engine(f'[rule]\nat = "eom"\nreply = 451\n[faults.rule.match]\n{condition}')
    assert code(asked.decide(AT_EOM)) == (451 if holds else 0)
    assert asked.explain(AT_EOM)[0].matches is holds


def test_all_conditions_must_hold() -> None:
    asked = engine('[rule]\nat="eom"\nreply=451\nmatch={recipient="ann@*", sender="nobody@*"}')
    assert asked.decide(AT_EOM) is None


def test_at_rcpt_only_the_recipient_that_is_asked_for_counts() -> None:
    asked = engine('[rule]\nat="rcpt"\nreply=550\nmatch={recipient="ann@*", recipient_count=2}')
    first = Supposed(stage="rcpt", recipient="bob@x.test", recipients=("ann@x.test",))
    second = Supposed(stage="rcpt", recipient="ann@x.test", recipients=("bob@x.test",))
    assert [code(asked.decide(moment)) for moment in (first, second)] == [0, 550]


def test_a_command_is_matched_by_an_expression() -> None:
    asked = engine('[rule]\nat="any"\nreply=502\nmatch.command="^(vrfy|noop) x"')
    moments = [
        Supposed(stage="vrfy", command="VRFY x"),
        Supposed(stage="noop", command="noop y"),
        Supposed(stage="eom"),
    ]
    assert [code(asked.decide(moment)) for moment in moments] == [502, 0, 0]


def test_an_ipv4_client_on_an_ipv6_socket_is_itself() -> None:
    asked = engine('[rule]\nat="connect"\nreply=421\nmatch.client_address="127.0.0.0/8"')
    moments = [
        Supposed(connection_nth=nth, client_address=address)
        for nth, address in enumerate(("::ffff:127.0.0.1", "::1", "unix", ""))
    ]
    assert [code(asked.decide(moment)) for moment in moments] == [421, 0, 0, 0]


class Dear(Supposed):
    """A moment that tells when it is asked for what costs something."""

    def subject(self) -> str | None:
        self.body_text = "subject was asked for"
        return self.subject_text


def test_a_message_is_looked_at_only_where_the_cheap_conditions_hold() -> None:
    asked = engine('[rule]\nat="eom"\nreply=451\nmatch={subject="a*", recipient="ann@*"}')
    other = Dear(stage="eom", recipients=("bob@x.test",), subject_text="abc")
    assert asked.decide(other) is None
    assert other.body_text is None
    right = Dear(stage="eom", recipients=("ann@x.test",), subject_text="abc")
    assert code(asked.decide(right)) == 451
    assert right.body_text is not None


def test_only_the_beginning_of_a_long_value_is_looked_at() -> None:
    asked = engine('[rule]\nat="eom"\nreply=451\nmatch.body="*needle*"')
    far = Supposed(stage="eom", body_text=" " * 10_000 + "needle")
    near = Supposed(stage="eom", transaction_nth=2, body_text=" " * 9_000 + "needle")
    assert [code(asked.decide(moment)) for moment in (far, near)] == [0, 451]


@pytest.mark.parametrize("glob", ["*a*a*a*a*a*a*a*a*a*a*b", "?*?*?*?*?*?*?*?*c", "*" * 50 + "x"])
def test_no_glob_takes_long(glob: str) -> None:
    test = plain_test(Text("glob", glob), folded=False)
    assert not test("a" * 10_000)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_a_glob_fits_what_a_plain_reading_of_it_fits(glob: str, text: str) -> None:
    def fits(glob: str, text: str) -> bool:
        if not glob:
            return not text
        if glob[0] == "*":
            return any(fits(glob[1:], text[cut:]) for cut in range(len(text) + 1))
        return bool(text) and glob[0] in ("?", text[0]) and fits(glob[1:], text[1:])

    assert bool(plain_test(Text("glob", glob), folded=False)(text)) is fits(glob, text)


ADDRESS = st.sampled_from(["a@x", "b@x", "A@X", "a@y", "@x", "x", "", "a@b@x"])
PATTERN = st.sampled_from(
    ["*@x", "a@*", "a@x", "=a@x", "*", "re:^a", "*x", "@*", "*@", "*@b@x", "a@b@*", "?@x", "x*"]
)


@given(st.lists(st.tuples(PATTERN, st.booleans()), max_size=8), ADDRESS, ADDRESS)
def test_the_sieve_lets_through_what_matches(
    written: list[tuple[str, bool]], sender: str, to: str
) -> None:
    text = "".join(
        f"[rule]\nid='r{n}'\nat='eom'\ndelay=1\nmatch.{'not.' * negated}recipient='{pattern}'\n"
        f"match.sender=['{pattern}', 'nobody']\n"
        for n, (pattern, negated) in enumerate(written)
    )
    moment = Supposed(stage="eom", sender=sender, recipients=(to, "c@z"))
    wanted = [
        rule.id
        for rule in rules(text).rules
        if all(matcher(condition)(Glance(moment)) for condition in rule.match)
    ]
    assert fired(engine(text).decide(moment)) == wanted


@pytest.mark.parametrize(
    ("expression", "dangerous"),
    [
        ("(a+)+$", True),
        ("(?:a*)*", True),
        ("(a|b+){5,}", True),
        ("(a+)++", False),
        ("^Invoice [0-9]+$", False),
        (r"(\+)+", False),
        ("(abc)+", False),
    ],
)
def test_expressions_that_repeat_repetitions_are_known(expression: str, dangerous: bool) -> None:
    assert may_take_long(Text("re", expression)) is dangerous
