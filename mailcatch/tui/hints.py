"""What the foot of a screen offers: keys that do something where the focus is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from mailcatch.tui.actions import Action, Home, at_home
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Target, ToCopy, ToEntry, ToLink, ToPart, ToSource

_STAYS: Final = 80
"""The rank in the footer from which on an action is a way out, or to more help."""

_OF_MESSAGES: Final = ("links", "code", "browser", "delete")
_OF_ROWS: Final = (*_OF_MESSAGES, "transcript", "attempts", "refuse", "copy", "filter")
_FOLLOWING: Final[dict[type, str]] = {
    ToCopy: "copy it",
    ToLink: "open it",
    ToPart: "show it",
    ToSource: "show its place",
    ToEntry: "go to it",
}


class Hint(NamedTuple):
    """What a key does. action: what a click does, "" for nothing. stays: where room is little."""

    key: str
    label: str
    action: str = ""
    stays: bool = False


TYPING: Final = (
    Hint("Enter", "keep the filter"),
    Hint("Esc", "leave it as it was"),
    Hint("↑ ↓", "earlier ones"),
    Hint("from: to: subject: has: is: smtp: after:", "narrow it"),
)
"""While a filter is typed."""

LOOKING: Final = (Hint("Enter", "look for it"), Hint("Esc", "back"), Hint("↑ ↓", "earlier ones"))
"""While something is looked for in a text."""


def hints(actions: Iterable[Action], keys: Keys) -> list[Hint]:
    """Return the hints of actions that have a rank in the footer, the most useful first."""
    ranked = sorted((one for one in actions if one.footer), key=lambda one: one.footer)
    return [Hint(keys.shown(one.name), one.label, one.name, one.footer >= _STAYS) for one in ranked]


def of_the_list(keys: Keys, row: str, *, session: bool, heading: bool, back: bool) -> list[Hint]:
    """Return the hints of the list.

    row: in focus, "" for none, or for a heading of a group. back: whether there is a way.
    """
    without = _OF_ROWS if not row else _OF_MESSAGES if session else ()
    actions = [one for one in _actions() if one.name not in without]
    offered = hints([one for one in actions if back or one.name != "back"], keys)
    if not heading:
        return [one for one in offered if row or one.action != "open"]
    folds = Hint(keys.shown("open"), "fold or unfold", "open")
    return [folds if one.action == "open" else one for one in offered]


def of_the_text(keys: Keys, target: Target | None, *, session: bool) -> list[Hint]:
    """Return the hints of a text. target: where its line in focus leads, or None."""
    without = {"open", *(_OF_MESSAGES if session else ())}
    offered = hints([one for one in _actions() if one.name not in without], keys)
    if target is None:
        return offered
    return [Hint(keys.shown("open"), _FOLLOWING.get(type(target), "follow"), "open"), *offered]


def of_the_lesson(keys: Keys) -> list[Hint]:
    """Return the hints of an empty mailbox, which shows what to do."""
    offered = hints([one for one in _actions() if one.name not in {*_OF_ROWS, "open"}], keys)
    return [
        Hint(keys.shown("open"), "copy it", "open"),
        Hint(f"{keys.shown('text_down')} {keys.shown('text_up')}", "choose"),
        *(one for one in offered if one.action != "back"),
    ]


def _actions() -> list[Action]:
    return at_home(Home.MAIL, Home.EVERYWHERE)
