"""The registry of actions: complete, tested, and what docs/tui.md says."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from mailcatch.tui.actions import ACTIONS, Action, Home, show_keys
from mailcatch.tui.app import MailcatchApp
from mailcatch.tui.keys import Keys
from mailcatch.tui.screens.compare import CompareScreen
from mailcatch.tui.screens.faults import FaultsScreen
from mailcatch.tui.screens.mail import MailScreen
from mailcatch.tui.screens.sessions import SessionsScreen
from mailcatch.tui.widgets.list_pane import ListPane
from mailcatch.tui.widgets.text_pane import TextPane
from tests.tui.screen import PROVEN

AT_HOME = {
    Home.EVERYWHERE: MailcatchApp,
    Home.MAIL: MailScreen,
    Home.LIST: ListPane,
    Home.TEXT: TextPane,
    Home.SESSIONS: SessionsScreen,
    Home.COMPARE: CompareScreen,
    Home.FAULTS: FaultsScreen,
}
DOCS = Path(__file__).parent.parent.parent / "docs" / "tui.md"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_can_be_carried_out_where_it_is_at_home(action: Action) -> None:
    assert callable(getattr(AT_HOME[action.home], f"action_{action.name}"))


def test_every_action_has_a_test() -> None:
    for path in Path(__file__).parent.glob("test_*.py"):
        import_module(f"tests.tui.{path.stem}")
    assert {action.name for action in ACTIONS} - PROVEN == set()


def test_every_action_is_documented_with_its_keys() -> None:
    text = DOCS.read_text()
    for home in Home:
        rows = [
            f"| `{action.name}` | {_keys(action)} | {action.about} |"
            for action in ACTIONS
            if action.home is home
        ]
        head = f"### {home.value}\n\n| action | keys | what it does |\n|---|---|---|\n"
        assert head + "\n".join(rows) + "\n" in text, (
            f"docs/tui.md should say:\n{head}" + "\n".join(rows)
        )


def test_the_keys_of_the_example_are_keys() -> None:
    example = DOCS.read_text().partition("```toml\n")[2].partition("```")[0]
    chosen = tomllib.loads(example)["keys"]
    assert Keys(chosen).of("filter") == ("ctrl+k", "slash")


def _keys(action: Action) -> str:
    shown = (show_keys([key]) for key in action.keys)
    return " ".join(f"`{key}`" if key != "|" else "`\\|`" for key in shown)
