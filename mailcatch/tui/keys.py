"""Which keys do what: those of the registry, and what `[keys]` of mailcatch.toml says instead."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import _character_to_key

from mailcatch.mail import safe_text
from mailcatch.tui.actions import ACTIONS, BY_NAME, SHOWN, Action, Home, at_home, show_key

_WRITTEN: Final = re.compile(r"((?:(?:ctrl|alt|shift|super|meta)[+-])+)(.+)", re.IGNORECASE)
_CALLED: Final = {
    **{shown.lower(): key for key, shown in SHOWN.items()},
    "return": "enter", "pgdown": "pagedown", "del": "delete", "ins": "insert",
}  # fmt: skip
_NAMED: Final = {
    "escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup",
    "pagedown", "left", "right", "up", "down",
    *(f"f{number}" for number in range(1, 25)),
    *(_character_to_key(char) for char in string.punctuation),
}  # fmt: skip


class KeysError(Exception):
    """Keys that cannot be used. The message says which, and what would be right."""


class Keys:
    """The keys that are in force.

    chosen: keys by the names of actions, as the user wrote them: one key, or several with spaces
    between them. Raises KeysError.
    """

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._keys = {action.name: action.keys for action in ACTIONS}
        for name, text in (chosen or {}).items():
            if name not in BY_NAME:
                near = get_close_matches(name, BY_NAME, 1)
                meant = f"; did you mean '{near[0]}'?" if near else ": docs/tui.md lists them"
                raise KeysError(f"[keys]: there is no action '{safe_text(name, 40)}'{meant}")
            keys = tuple(map(_as_textual, text.split()))
            if not keys:
                raise KeysError(f'[keys]: {name} needs a key, such as "x" or "ctrl+x"')
            self._keys[name] = keys
        for home in Home:
            self._check(home)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the keys of an action."""
        return self._keys[name]

    def shown(self, name: str) -> str:
        """Return the first key of an action, as people call it."""
        return show_key(self._keys[name][0])

    def bind(self, node: DOMNode, home: Home) -> None:
        """Give a screen, a pane or the application the keys of what is at home there.

        They take the place of what Textual binds the same keys to.
        """
        for action in at_home(home):
            for key in self._keys[action.name]:
                binding = Binding(key, action.name, action.label, show=False)
                node._bindings.key_to_bindings[key] = [binding]

    def _check(self, home: Home) -> None:
        """Raise KeysError where a key would do two things in one place."""
        together = [Home.EVERYWHERE, home]
        if home in (Home.LIST, Home.TEXT):
            together.append(Home.MAIL)
        taken: dict[str, Action] = {}
        for action in at_home(*dict.fromkeys(together)):
            for key in self._keys[action.name]:
                other = taken.setdefault(key, action)
                if other is not action:
                    raise KeysError(
                        f"[keys]: {show_key(key)} is the key of {other.name} and of {action.name}:"
                        " give one of them another"
                    )


def _as_textual(key: str) -> str:
    """Return what Textual calls a key that somebody wrote down. Raises KeysError."""
    found = _WRITTEN.fullmatch(key)
    before, name = (found[1].lower().replace("-", "+"), found[2]) if found else ("", key)
    name = _CALLED.get(name.lower(), name)
    if len(name) == 1:
        # A terminal tells of a capital letter, and not of the key that makes it one.
        if before == "shift+" and name.isalpha():
            return name.upper()
        return before + _character_to_key(name.lower() if before else name)
    name = name.lower()
    if name not in _NAMED:
        raise KeysError(
            f"[keys]: there is no key '{safe_text(key, 40)}': write a character, or such as"
            " ctrl+x, f5, pagedown, escape or space"
        )
    return before + name
