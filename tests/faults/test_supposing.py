"""What rules would do with a mail that is only supposed."""

from __future__ import annotations

from mailcatch.faults import Supposed, load
from mailcatch.faults.supposing import SPENT, suppose

RULES = load(
    """
[[faults.rule]]
id = "flaky"
at = "rcpt"
match.recipient = "ann@*"
reply = 451
times = 1

[[faults.rule]]
id = "any"
at = "any"
reply = 421
""",
    name="rules",
)
MAIL = Supposed(
    transaction_nth=1, helo_name="x", sender="a@x.test", recipients=("ann@x.test", "bob@x.test")
)


def told(*, at: str = "", spent: tuple[str, ...] = ()) -> list[tuple[str, str, str | None, bool]]:
    return [
        (one.rule, moment.stage, moment.recipient, one.fires)
        for moment, one in suppose(RULES, MAIL, at=at, spent=spent)
    ]


def test_each_recipient_is_asked_at_rcpt_and_a_rule_for_any_stage_at_the_end() -> None:
    assert ("flaky", "rcpt", "ann@x.test", True) in told()
    assert ("flaky", "rcpt", "bob@x.test", False) in told()
    assert [one[1:] for one in told() if one[0] == "any"] == [("eom", None, True)]
    assert {stage for _, stage, _, _ in told(at="rcpt")} == {"rcpt"}


def test_a_rule_that_the_server_has_used_up_lets_pass() -> None:
    found = [one for _, one in suppose(RULES, MAIL, at="rcpt", spent=("flaky",))]
    assert [one.why for one in found if one.rule == "flaky" and one.matches] == [SPENT]
    assert not any(one.fires for one in found if one.rule == "flaky")
