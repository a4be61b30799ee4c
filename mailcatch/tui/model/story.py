"""The story of a mail in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.tui.model.document import Role


def told(attempts: Sequence[Attempt]) -> str:
    """Return a story in a sentence, such as: 3 tries: 2 x 451, then stored."""
    groups: list[tuple[str, int]] = []
    for one in attempts:
        what = outcome(one)[0]
        if groups and groups[-1][0] == what:
            groups[-1] = (what, groups[-1][1] + 1)
        else:
            groups.append((what, 1))
    parts = [what if times == 1 else f"{times} × {what}" for what, times in groups]
    tries = f"{len(attempts)} {'try' if len(attempts) == 1 else 'tries'}"
    stored = sum(one.outcome == "stored" for one in attempts)
    twice = f" — stored {stored} times!" if stored > 1 else ""
    return f"{tries}: {', then '.join(parts)}{twice}"


def outcome(one: Attempt) -> tuple[str, Role]:
    """Return what became of a try, in a word, and its colour."""
    if one.outcome == "stored":
        return "stored", "good"
    code = one.reply[:3]
    return (code if code[:1] in {"4", "5"} and code.isdigit() else one.outcome), "bad"
