"""What is filled in to break something: a few letters, a preset, a whole rule, a refusal."""

from __future__ import annotations

from mailcatch.tui.keys import Keys
from mailcatch.tui.model.wanted import (
    RULE_BLANKS,
    SEARCH,
    Own,
    refusal_blanks,
    shorthand_blanks,
    suggest_preset,
    suggest_reply,
    suggest_shorthand,
    suggest_stage,
    understand_preset,
    understand_refusal,
    understand_rule,
    understand_shorthand,
)
from mailcatch.tui.widgets.form import Form

_DONE = "arm it"


def shorthand_form(own: Own, keys: Keys, text: str = "") -> Form:
    """Return the form of one line. own: presets of the rule file. text: to begin with."""
    return Form(
        "Add a fault",
        shorthand_blanks(text),
        lambda values: understand_shorthand(values, own),
        {"fault": lambda typed: suggest_shorthand(typed, own)},
        keys,
        done=_DONE,
    )


def preset_form(own: Own, keys: Keys) -> Form:
    """Return the form in which the reply of a real server is looked for."""
    return Form(
        "What real servers say",
        SEARCH,
        lambda values: understand_preset(values, own),
        {"fault": lambda typed: suggest_preset(typed, own)},
        keys,
        done="take it",
    )


def rule_form(own: Own, keys: Keys) -> Form:
    """Return the form of a rule."""
    return Form(
        "A new fault",
        RULE_BLANKS,
        lambda values: understand_rule(values, own),
        {
            "at": lambda typed: suggest_stage(typed, own),
            "reply": lambda typed: suggest_reply(typed, own),
        },
        keys,
        done=_DONE,
    )


def refusal_form(own: Own, keys: Keys, recipients: str) -> Form:
    """Return the form in which the next mail is refused. recipients: to begin with."""
    return Form(
        "Refuse the next mail",
        refusal_blanks(recipients),
        lambda values: understand_refusal(values, own),
        {"reply": lambda typed: suggest_reply(typed, own)},
        keys,
        done=_DONE,
        start="reply",
    )
