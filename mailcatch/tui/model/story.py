"""The story of a mail in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.tui.model.document import Role


def told(attempts: Sequence[Attempt]) -> str:
    """Return a story in a sentence, such as: 3 tries: 2 x 451, then stored."""
    steps = [(what, len(list(same))) for what, same in groupby(outcome(one)[0] for one in attempts)]
    parts = [what if times == 1 else f"{times} × {what}" for what, times in steps]
    tries = f"{len(attempts)} {'try' if len(attempts) == 1 else 'tries'}"
    twice = sum(one.outcome == "stored" for one in attempts) > 1
    duplicate = " — a duplicate!" if twice else ""
    return f"{tries}: {', then '.join(parts)}{duplicate}"


def briefly(attempts: Sequence[Attempt]) -> str:
    """Return a story in a few cells, such as 2×451 → ✓."""
    signs = ("✓" if one.outcome == "stored" else f"✗{outcome(one)[0]}" for one in attempts)
    steps = [(sign, len(list(same))) for sign, same in groupby(signs)]
    return " → ".join(sign if times == 1 else f"{times}×{sign}" for sign, times in steps)


def outcome(one: Attempt) -> tuple[str, Role]:
    """Return what became of a try, in a word, and its colour."""
    if one.outcome == "stored":
        return "stored", "good"
    code = one.reply[:3]
    return (code if code[:1] in {"4", "5"} and code.isdigit() else one.outcome), "bad"
