"""The faults: what is broken on purpose, what came of it, and how to change that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from mailcatch.faults.supposing import suppose
from mailcatch.mail import safe_text
from mailcatch.mailbox.errors import MailboxError
from mailcatch.rulefile.document import Removed, RuleDocument
from mailcatch.rulefile.errors import RuleFileError
from mailcatch.rulefile.file import NAME, read
from mailcatch.tui.actions import Home
from mailcatch.tui.deeds import faults as deeds
from mailcatch.tui.deeds.fault_forms import preset_form, rule_form, shorthand_form
from mailcatch.tui.model.document import Document, ToChoice, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.rule_page import (
    Supposition,
    heading,
    rule_lines,
    rule_page,
    summary,
    supposed_lines,
)
from mailcatch.tui.model.rules import RuleRow, Rules, read_rules
from mailcatch.tui.model.supposed import suppose_again
from mailcatch.tui.screens.footed import FootedScreen
from mailcatch.tui.widgets.dialog import Reading
from mailcatch.tui.widgets.form import Form
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

_LOOK = 0.25
"""Seconds between two looks at the rule file and at server.json."""


class FaultsScreen(FootedScreen[None]):
    """Rules, and all about the one in focus. opened: the message they are explained against."""

    AUTO_FOCUS = "#fault-list"

    def __init__(self, app: MailcatchApp, opened: Opened | None) -> None:
        super().__init__(app, Home.FAULTS)
        self.top_line = TopLine(app.shown_place)
        self.list = TextPane(app.keys, id="fault-list", rows=True)
        self.list.wrap = False
        self.page = TextPane(app.keys, id="fault-page")
        self.rules = Rules()
        self._title = SpanLines(id="fault-title")
        self._opened = opened
        self._removed: list[Removed] = []
        self._wanted = ""
        self._again: list[Supposition] = []
        self._shown: tuple[object, ...] = ()
        self._news = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Put the list above all about the rule in focus."""
        yield self.top_line
        with Vertical(id="fault-panes"):
            yield self._title
            yield self.list
            yield self.page
        yield self.foot
        yield self.small

    def on_mount(self) -> None:
        """Show what is there, and go on looking."""
        self.run_worker(self._keep_looking(), name="faults")
        self.set_interval(_LOOK, self.look)
        self.look()

    def on_resize(self, event: events.Resize) -> None:
        """Take the layout for the size."""
        self._shown = ()
        self.look()

    def look(self) -> None:
        """Look again at the rule file, and at what the server counted."""
        self._news.set()

    @property
    def row(self) -> RuleRow | None:
        """The rule in focus."""
        rows, at = self.rules.rows, self._place
        return rows[at] if 0 <= at < len(rows) else None

    @property
    def _place(self) -> int:
        """The place of the rule in focus among all, -1 where there is none."""
        target = self.list.target
        return target.index if isinstance(target, ToChoice) else -1

    async def _keep_looking(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._look()
            except (MailboxError, RuleFileError) as error:
                self.app.tell(safe_text(str(error), 300), bad=True)
                await asyncio.sleep(5)

    async def _look(self) -> None:
        serving, state = self.app.contents.serving()
        octets = await asyncio.to_thread(read, deeds.rule_file(self.app))
        self.top_line.tell(serving, state, *self.app.mail.counts)
        faults = state.faults if state is not None else None
        now = (octets, serving, faults, self.size)
        if now == self._shown:
            return
        self._shown = now
        rules = await asyncio.to_thread(read_rules, octets, serving, state)
        self._again = await asyncio.to_thread(self._suppose, rules)
        before, place = self.row, self._place
        self.rules = rules
        self._show(before, place)

    def _suppose(self, rules: Rules) -> list[Supposition]:
        if self._opened is None or rules.loaded is None:
            return []
        try:
            mail = suppose_again(self._opened)
        # What cannot be read of a message is not explained; it must not end the screen.
        except Exception:  # noqa: BLE001
            return []
        return list(suppose(rules.loaded, mail, spent=rules.spent, seed=rules.seed))

    def _show(self, before: RuleRow | None, place: int) -> None:
        """Show the rules.

        before: the one in focus, which stays in focus; where it is gone, what is in its place now.
        """
        width = self.list.scrollable_size.width
        self._title.show((summary(self.rules, self.app.key_of("all_faults")), heading(width)))
        document = rule_lines(self.rules, width)
        most = max(self.size.height * 2 // 5, 3)
        self.list.styles.height = min(max(len(document.lines) + 1, 3), most)
        keys = [row.key for row in self.rules.rows]
        at = max(min(place, len(keys) - 1), 0)
        if (self._wanted, True) in keys:
            at, self._wanted = keys.index((self._wanted, True)), ""
        elif before is not None and before.key in keys:
            at = keys.index(before.key)
        self.list.show_rows(document, _line_of(document, at))
        now = self.row
        self._show_page(keep=before is not None and now is not None and before.key == now.key)

    def on_text_pane_moved(self) -> None:
        """Show all about another rule."""
        self._show_page()

    def _show_page(self, *, keep: bool = False) -> None:
        """Show all about the rule in focus. keep: whether it is the same one."""
        page = rule_page(self.rules, self.row, self.app.now(), self._again, self._subject)
        self.page.show(page, keep=keep)

    @property
    def _subject(self) -> str:
        message = self._opened.message if self._opened is not None else None
        return f"“{safe_text(message.subject, 40)}”" if message is not None else "the refused mail"

    # Actions

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Turn a rule on or off that was clicked twice."""
        self.action_toggle_fault()

    def action_faults_pane(self) -> None:
        """Go to the other pane."""
        (self.list if self.focused is self.page else self.page).focus()

    def action_leave_faults(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_add_fault(self, text: str = "") -> None:
        """Add a fault by a few letters."""
        self._ask(shorthand_form(self.rules.presets, self.app.keys, text), self._add)

    def action_presets(self) -> None:
        """Pick the reply of a real server."""

        def picked(table: dict[str, object]) -> None:
            self.action_add_fault(f"{table['preset']}-x1")

        self._ask(preset_form(self.rules.presets, self.app.keys), picked)

    def action_fault_form(self) -> None:
        """Add a fault by a form."""
        self._ask(rule_form(self.rules.presets, self.app.keys), self._add)

    def _ask(self, form: Form, done: Callable[[dict[str, object]], object]) -> None:
        def answered(table: dict[str, object] | None) -> None:
            if table is not None:
                done(table)

        if self.app.may_write():
            self.app.push_screen(form, answered)

    def _add(self, table: dict[str, object]) -> None:
        def done(identity: str) -> None:
            self._wanted = identity
            self.look()

        deeds.add(self.app, table, done)

    def action_toggle_fault(self) -> None:
        """Turn the rule in focus on or off."""
        row = self._of_file()
        if row is not None and row.table is not None:
            on = row.table.get("enabled", True) is False
            name = safe_text(row.identity, 60)
            deeds.change(
                self.app,
                lambda document: document.enable(row.identity, on=on),
                lambda _: f"{name} is {'on' if on else 'off'}",
                lambda _: self.look(),
            )

    def action_delete_fault(self) -> None:
        """Delete the rule in focus."""
        row = self._of_file()
        if row is None:
            return
        key, name = self.app.key_of("undo_fault"), safe_text(row.identity, 60)

        def gone(removed: Removed) -> None:
            self._removed.append(removed)
            self.look()

        deeds.change(
            self.app,
            lambda document: document.remove(row.identity),
            lambda _: f"{name} is deleted; {key} brings it back",
            gone,
        )

    def action_undo_fault(self) -> None:
        """Bring back what was deleted last."""
        if not self._removed:
            self.app.tell("There is nothing to undo.")
            return
        removed = self._removed[-1]

        def back(_: None) -> None:
            self._removed.remove(removed)
            self._wanted = removed.identity
            self.look()

        deeds.change(
            self.app,
            lambda document: document.put_back(removed),
            lambda _: f"{safe_text(removed.identity, 60)} is back",
            back,
        )

    def action_reset_faults(self) -> None:
        """Let all counters begin anew."""
        deeds.change(
            self.app, RuleDocument.reset, lambda _: "All counters begin anew", lambda _: self.look()
        )

    def action_all_faults(self) -> None:
        """Turn all off, or on again."""
        on = not self.rules.on
        deeds.change(
            self.app,
            lambda document: document.enable_all(on=on),
            lambda _: f"All faults of the file are {'on' if on else 'off'}",
            lambda _: self.look(),
        )

    def action_edit_faults(self) -> None:
        """Open the rule file in the editor."""
        deeds.open_in_editor(self.app, self.look)

    def action_explain_faults(self) -> None:
        """Tell what each rule would do with the selected message."""
        if self._opened is None:
            self.app.tell("Select a message first: faults are explained against it.", bad=True)
        elif not self._again:
            mistakes = f"{NAME} has mistakes"
            why = mistakes if self.rules.problems else "there are no faults"
            self.app.tell(f"Nothing to explain: {why}.")
        else:
            lines = [line("What each fault would do if it came again now."), line("")]
            lines += supposed_lines(self._again, names=True)
            self.app.push_screen(Reading(self._subject, Document(lines), self.app.keys))

    def _of_file(self) -> RuleRow | None:
        """Return the rule in focus, where it can be changed; say so where it cannot."""
        row = self.row
        if row is None:
            self.app.tell("There is no fault here: a adds one.", bad=True)
        elif row.table is None:
            self.app.tell("This one came with the server's command line: it stays.", bad=True)
        else:
            return row
        return None


def _line_of(document: Document, place: int) -> int:
    """Return the line of a rule, by its place among them."""
    for at in document.choosable:
        if document.target(at) == ToChoice(place):
            return at
    return 0
