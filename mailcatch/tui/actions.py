"""Everything that can be done on the screen: keys, footer, palette, help and docs/tui.md.

An action is carried out by the method `action_NAME` of where it is at home: the application, a
screen, or a pane.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Home(Enum):
    """Where actions are at home; the values are what help calls them."""

    EVERYWHERE = "Everywhere"
    MAIL = "Messages"
    LIST = "In the list"
    TEXT = "In a text"
    SESSIONS = "Sessions"
    COMPARE = "Comparing"
    FAULTS = "Faults"


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do.

    name: in mailcatch.toml and in the palette's place; its method is action_NAME. keys: as Textual
    calls them. label: for the footer. about: a sentence for help. footer: its rank there, 0 for
    none.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    about: str
    home: Home
    footer: int = 0


SHOWN: Final = {
    "question_mark": "?", "slash": "/", "vertical_line": "|", "space": "Space", "enter": "Enter",
    "escape": "Esc", "tab": "Tab", "shift+tab": "Shift-Tab", "down": "↓", "up": "↑", "left": "←",
    "right": "→", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End",
    "less_than_sign": "<", "greater_than_sign": ">", "equals_sign": "=", "left_square_bracket": "[",
    "right_square_bracket": "]",
}  # fmt: skip

_VIEWS: Final = (
    ("text", "Text", "the best readable text"),
    ("html", "HTML", "the HTML as readable text, with numbered links"),
    ("headers", "Headers", "the header fields"),
    ("source", "Source", "the message as it was sent"),
    ("parts", "Parts", "the MIME parts: Enter shows one, S saves it, o opens it"),
    ("transcript", "Transcript", "what was said in the SMTP session"),
    ("attempts", "Attempts", "every try at sending this mail"),
    ("notes", "Notes", "what a real receiver would stumble over; Enter leads to the place"),
    ("links", "Links", "links and codes: Enter opens a link"),
)

ACTIONS: Final[tuple[Action, ...]] = (
    Action("open", ("enter",), "read", "Read the message in focus; in a text, follow the line in focus.", Home.MAIL, 1),
    Action("back", ("escape",), "back", "Go back: to the list, out of a search, to the whole list.", Home.MAIL, 90),
    Action("next_pane", ("tab", "shift+tab"), "pane", "Go to the other pane.", Home.MAIL),
    Action("filter", ("slash",), "filter", "Filter the list; in a text, look for something in it.", Home.MAIL, 2),
    Action("next_match", ("n",), "next match", "Go to the next match.", Home.MAIL),
    Action("previous_match", ("N",), "previous match", "Go to the match before.", Home.MAIL),
    *(
        Action(f"view_{name}", (str(number),), title, f"Show {about}.", Home.MAIL)
        for number, (name, title, about) in enumerate(_VIEWS, 1)
    ),
    Action("transcript", ("t",), "transcript", "Show what was said in the SMTP session, or go back from it.", Home.MAIL, 5),
    Action("attempts", ("a",), "attempts", "Show every try at sending this mail, or go back from it.", Home.MAIL, 6),
    Action("faults", ("f",), "faults", "Show the faults: what is broken on purpose, and how often it was.", Home.MAIL, 2),
    Action("refuse", ("R",), "refuse next", "Refuse the next mail to the recipients of this one; asks with what.", Home.MAIL, 6),
    Action("links", ("l",), "links", "List the links: a number opens one, y copies it.", Home.MAIL, 3),
    Action("code", ("c",), "copy code", "Copy the newest one-time code at once.", Home.MAIL, 4),
    Action("copy", ("y",), "copy", "Copy something of the message: a menu.", Home.MAIL, 7),
    Action("browser", ("o",), "browser", "Open the message in the browser, or the part in focus with its program.", Home.MAIL, 8),
    Action("editor", ("e",), "editor", "Open the source in $EDITOR.", Home.MAIL),
    Action("pipe", ("vertical_line",), "pipe", "Pipe the source to a command.", Home.MAIL),
    Action("save", ("S",), "save", "Save the message, or the part in focus, as a file.", Home.MAIL),
    Action("mark", ("space",), "mark", "Mark the message, or take the mark away.", Home.MAIL),
    Action("delete", ("d",), "delete", "Delete the marked messages, or the one in focus.", Home.MAIL, 9),
    Action("undo", ("u",), "undo", "Undo the last deletion.", Home.MAIL),
    Action("delete_all", ("D",), "delete all", "Delete all messages that are shown; asks first.", Home.MAIL),
    Action("toggle_read", ("r",), "read/unread", "Mark as read, or as unread.", Home.MAIL),
    Action("compare", ("equals_sign",), "compare", "Compare the two marked messages.", Home.MAIL),
    Action("sort", ("i",), "sort", "Sort by time, subject, sender or size.", Home.MAIL),
    Action("group", ("b",), "group", "Group by day, or by mail with its attempts folded, or not at all.", Home.MAIL),
    Action("times", ("H",), "times", "Show times as of the clock, or as how long ago.", Home.MAIL),
    Action("details", ("x",), "details", "Show more or less: raw headers, line lengths and line ends.", Home.MAIL),
    Action("wrap", ("w",), "wrap", "Break long lines, or do not.", Home.MAIL),
    Action("zoom", ("z",), "zoom", "Give the pane in focus the whole screen, or take it back.", Home.MAIL),
    Action("narrower", ("less_than_sign",), "narrower list", "Make the list narrower.", Home.MAIL),
    Action("wider", ("greater_than_sign",), "wider list", "Make the list wider.", Home.MAIL),
    Action("sessions", ("s",), "sessions", "Show all sessions, live ones as they go on.", Home.MAIL, 10),
    Action("down", ("j", "down"), "down", "Go down.", Home.LIST),
    Action("up", ("k", "up"), "up", "Go up.", Home.LIST),
    Action("page_down", ("pagedown", "ctrl+f"), "page down", "Go down a page.", Home.LIST),
    Action("page_up", ("pageup", "ctrl+b"), "page up", "Go up a page.", Home.LIST),
    Action("top", ("g", "home"), "top", "Go to the top: from there the list follows what is new.", Home.LIST),
    Action("bottom", ("G", "end"), "bottom", "Go to the end.", Home.LIST),
    Action("text_down", ("j", "down"), "down", "Go down a line.", Home.TEXT),
    Action("text_up", ("k", "up"), "up", "Go up a line.", Home.TEXT),
    Action("text_page_down", ("pagedown", "ctrl+f"), "page down", "Go down a page.", Home.TEXT),
    Action("text_page_up", ("pageup", "ctrl+b"), "page up", "Go up a page.", Home.TEXT),
    Action("text_top", ("g", "home"), "top", "Go to the beginning.", Home.TEXT),
    Action("text_bottom", ("G", "end"), "end", "Go to the end.", Home.TEXT),
    Action("text_left", ("left",), "left", "Go to the left, where lines are not broken.", Home.TEXT),
    Action("text_right", ("right",), "right", "Go to the right, where lines are not broken.", Home.TEXT),
    Action("refused_only", ("r",), "refused only", "Show only sessions in which something was refused, or all.", Home.SESSIONS, 2),
    Action("session_messages", ("enter",), "its messages", "Filter the list to the messages of this session.", Home.SESSIONS, 1),
    Action("leave_sessions", ("escape", "s"), "back", "Go back to the messages.", Home.SESSIONS, 90),
    Action("sessions_pane", ("tab", "shift+tab"), "pane", "Go to the other pane.", Home.SESSIONS),
    Action("differences", ("x",), "all or differences", "Show only what differs, or all.", Home.COMPARE, 1),
    Action("leave_compare", ("escape", "equals_sign"), "back", "Go back to the messages.", Home.COMPARE, 90),
    Action("add_fault", ("a",), "add", "Add a fault by a few letters, such as rcpt-451-x2; what they mean is told.", Home.FAULTS, 1),
    Action("presets", ("p",), "presets", "Add the exact reply of a real server, out of a catalogue.", Home.FAULTS, 2),
    Action("fault_form", ("n",), "by form", "Add a fault by filling in a form.", Home.FAULTS, 3),
    Action("toggle_fault", ("space",), "on/off", "Turn the fault in focus on or off; its counters stay.", Home.FAULTS, 4),
    Action("delete_fault", ("d",), "delete", "Delete the fault in focus.", Home.FAULTS, 5),
    Action("undo_fault", ("u",), "undo", "Bring back what was deleted last.", Home.FAULTS, 6),
    Action("explain_faults", ("x",), "explain", "Tell what each fault would do with the selected message, and why not.", Home.FAULTS, 7),
    Action("edit_faults", ("e",), "edit", "Open faults.toml in $EDITOR.", Home.FAULTS, 8),
    Action("reset_faults", ("r",), "reset counters", "Let all counters begin anew: what is spent is armed again.", Home.FAULTS, 9),
    Action("all_faults", ("o",), "all on/off", "Turn all faults of the file off at once, or on again.", Home.FAULTS, 10),
    Action("faults_pane", ("tab", "shift+tab"), "pane", "Go to the other pane.", Home.FAULTS),
    Action("leave_faults", ("escape", "f"), "back", "Go back to the messages.", Home.FAULTS, 90),
    Action("help", ("question_mark", "f1"), "help", "Show what the keys do here.", Home.EVERYWHERE, 80),
    Action("palette", ("ctrl+p",), "palette", "Look for an action by its name.", Home.EVERYWHERE),
    Action("log", ("L",), "log", "Show the server's log and past notices.", Home.EVERYWHERE),
    Action("theme", ("T",), "theme", "Take the next theme: dark, light, high contrast.", Home.EVERYWHERE),
    Action("quit", ("q", "ctrl+c"), "quit", "Leave.", Home.EVERYWHERE, 95),
)  # fmt: skip
"""All of them, in the order of help."""

BY_NAME: Final = {action.name: action for action in ACTIONS}
VIEW_NAMES: Final = tuple(name for name, _, _ in _VIEWS)


def at_home(*homes: Home) -> list[Action]:
    """Return the actions of some places, in order."""
    return [action for action in ACTIONS if action.home in homes]


def show_key(key: str) -> str:
    """Return a key as people call it."""
    if key in SHOWN:
        return SHOWN[key]
    head, plus, last = key.rpartition("+")
    if plus:
        return f"{head.title()}-{SHOWN.get(last, last.upper())}"
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdigit() else key


def show_keys(keys: Iterable[str]) -> str:
    """Return several keys as people call them."""
    return " ".join(map(show_key, keys))
