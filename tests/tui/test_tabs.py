"""Tabs in the room there is."""

from __future__ import annotations

import pytest

from mailcatch.mail import cell_width
from mailcatch.tui.actions import VIEW_NAMES
from mailcatch.tui.views import ALL
from mailcatch.tui.widgets.tabs import Tab, tabs

TABS = [
    Tab(str(number), view.name, f"view_{name}", suits=view.name != "HTML")
    for number, (name, view) in enumerate(zip(VIEW_NAMES, ALL, strict=True), 1)
]


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (
            100,
            (
                " 1 Text  2 HTML  3 Headers  4 Source  5 Parts  6 Transcript  7 Attempts  8 Notes"
                "  9 Links "
            ),
        ),
        (
            85,
            " 1 Text 2 HTML 3 Headers 4 Source 5 Parts 6 Transcript 7 Attempts 8 Notes 9 Links ",
        ),
        (72, " 1 Text 2 HTML 3 Head 4 Source 5 Parts 6 SMTP 7 Tries 8 Notes 9 Links "),
        (50, " 1 Text 2 HTML 3 Head 4 Source 5 Parts 6 SMTP \n 7 Tries 8 Notes 9 Links "),
    ],
)
def test_tabs_take_the_room_there_is(width: int, said: str) -> None:
    shown, _ = tabs(TABS, "Source", width, focus=False)
    assert "\n".join("".join(span.text for span in row) for row in shown) == said


@pytest.mark.parametrize("width", [120, 85, 72, 50, 30])
def test_a_click_on_a_tab_is_for_that_tab(width: int) -> None:
    shown, hits = tabs(TABS, "Source", width, focus=True)
    for number, row in enumerate(shown):
        text = "".join(span.text for span in row)
        assert cell_width(text) <= width
        for hit in hits[number]:
            name = hit.action.removeprefix("view_")
            tab = TABS[VIEW_NAMES.index(name)]
            assert text[hit.start : hit.end].strip().startswith(tab.key)
    actions = [hit.action for row in hits.values() for hit in row]
    assert actions == [tab.action for tab in TABS if tab.suits]


def test_the_one_that_is_shown_says_whether_keys_are_for_it() -> None:
    for focus, role in ((True, "bar"), (False, "tab")):
        shown, _ = tabs(TABS, "Source", 100, focus=focus)
        assert "".join(span.text for span in shown[0] if span.role == role) == " 4 Source "
