"""Which keys do what: those of the registry, and what `[keys]` of mailcatch.toml says instead."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import _character_to_key

from mailcatch.tui.actions import ACTIONS, BY_NAME, Action, Home, at_home


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
                raise KeysError(f"there is no action '{name}' to give keys{meant}")
            keys = tuple(map(_as_textual, text.split()))
            if not keys:
                raise KeysError(f'the action \'{name}\' needs a key, such as "x" or "ctrl+x"')
            self._keys[name] = keys
        for home in Home:
            self._check(home)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the keys of an action."""
        return self._keys[name]

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
                        f"the key '{key}' is that of '{other.name}' and '{action.name}'"
                    )


def _as_textual(key: str) -> str:
    return _character_to_key(key) if len(key) == 1 else key.lower()
