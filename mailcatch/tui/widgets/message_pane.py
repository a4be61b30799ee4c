"""A message: what is known of it above, the tabs of its views, and the one that is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from mailcatch.mail import safe_text, wrap_cells
from mailcatch.mail.errors import MailError
from mailcatch.mailbox.errors import MailboxError
from mailcatch.tui.actions import VIEW_NAMES
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import EMPTY, Document, Span, ToPart
from mailcatch.tui.model.head import HeadLine, head, laid_out
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views import ALL, SOURCE, View, Wish, best, show
from mailcatch.tui.views.part import PartView
from mailcatch.tui.widgets.spans import Hit, SpanLines
from mailcatch.tui.widgets.tabs import Tab, tabs
from mailcatch.tui.widgets.text_pane import TextPane

VIEW_ACTIONS = tuple(f"view_{name}" for name in VIEW_NAMES)
_HEAD_ACTIONS = ("code", "links", "view_parts", "attempts", "view_notes", "faults")
_LARGE = 200_000
"""Octets past which the text is shown before everything is understood."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be shown. line: of the text to go to, or None."""

    opened: Opened
    view: View | None
    wish: Wish
    keep: bool
    field: str = ""
    line: int = 0


class MessagePane(Vertical):
    """Shows one message after the other.

    open_: gives the message of a name. Reading happens on threads; what was asked for last is
    shown.
    """

    class Shown(Message):
        """A message is shown, and was read in full."""

        def __init__(self, opened: Opened) -> None:
            super().__init__()
            self.opened = opened

    def __init__(self, open_: Callable[[str], Opened], keys: Keys) -> None:
        super().__init__(id="message")
        self.opened: Opened | None = None
        self.view: View | None = None
        self.details = False
        self._chosen: View | None = None
        self._returns: View | None = None
        self._before: View | None = None
        self._open = open_
        self._key_of = {name: keys.shown(name) for name in (*_HEAD_ACTIONS, *VIEW_ACTIONS)}
        self._lines: list[HeadLine] = []
        self._head = SpanLines(id="head")
        self._tabs = SpanLines(id="tabs")
        self._remark = SpanLines(id="remark")
        self.body = TextPane(keys, id="body")
        self._wanted: _Wanted | None = None
        self._news = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Put the panes one under the other."""
        yield self._head
        yield self._tabs
        yield self._remark
        yield self.body

    def on_mount(self) -> None:
        """Begin to show what is asked for."""
        self.run_worker(self._keep_showing(), name="show", exit_on_error=True)

    @property
    def current(self) -> Opened | None:
        """The message that was asked for, which may not be in sight yet."""
        return self._wanted.opened if self._wanted is not None else None

    @property
    def text(self) -> str:
        """What head, tabs and remark say."""
        return f"{self._head.text}\n{self._tabs.text}\n{self._remark.text}"

    def open(self, name: str) -> None:
        """Show a message or session; the view stays where it suits."""
        if self.current is not None and self.current.name == name:
            return
        self._ask(_Wanted(self._open(name), self._chosen, self._wish(), keep=False))

    def reopen(self) -> None:
        """Show the same message anew, because it changed."""
        if self._wanted is not None:
            opened = self._open(self._wanted.opened.name)
            self._ask(replace(self._wanted, opened=opened, keep=True, line=0, field=""))

    def close(self, document: Document = EMPTY) -> None:
        """Show no message, but some text."""
        self._wanted = None
        self.opened = None
        self.view = None
        self._show_head([])
        self._show_tabs()
        self._show_remark("")
        self.body.show(document)

    def choose(self, view: View, *, field: str = "", line: int = 0) -> str:
        """Show another view; return why that is not possible, or "".

        field, line: a header field or a line of the source to go to.
        """
        if self.current is None:
            return "there is no message to show"
        try:
            suits = view.suits(self.current)
        except MailboxError as error:
            return str(error)
        if not suits:
            return f"{view.name}: {_why_not(view, self.current)}"
        self._chosen = view
        self._ask(_Wanted(self.current, view, self._wish(), keep=False, field=field, line=line))
        return ""

    def toggle(self, view: View) -> str:
        """Show a view, or where it is shown go back to the one before; return as `choose` does."""
        if self._wanted is None or self._wanted.view is not view:
            before, why_not = self._chosen, self.choose(view)
            self._returns = before if not why_not else self._returns
            return why_not
        self._chosen = self._returns if self._returns is not view else None
        self._ask(replace(self._wanted, view=self._chosen, keep=False))
        return ""

    def toggle_details(self) -> str:
        """Show more, or less; return what happened, in words."""
        if self.view is None or not self.view.details:
            return "There are no details to this view."
        self.details = not self.details
        self._again()
        return ""

    def show_part(self, number: int) -> None:
        """Show a part in place of the view."""
        if self.current is not None:
            self._before = self.view
            self._ask(_Wanted(self.current, PartView(number), self._wish(), keep=False))

    def leave_part(self) -> bool:
        """Go back from a part to the list of parts; return whether one was shown."""
        if not isinstance(self.view, PartView) or self.opened is None:
            return False
        back = self._before if self._before is not None else SOURCE
        self._ask(_Wanted(self.opened, back, self._wish(), keep=False))
        return True

    @property
    def part_in_focus(self) -> int:
        """The number of the part that is shown or in focus, 0 where there is none."""
        if isinstance(self.view, PartView):
            return self.view.number
        target = self.body.target
        return target.number if isinstance(target, ToPart) else 0

    def on_resize(self) -> None:
        """Lay everything out for the new width."""
        self._show_head(self._lines)
        self._show_tabs()
        self._again()

    def on_descendant_focus(self) -> None:
        """Show that keys are for the text."""
        self._show_tabs()

    def on_descendant_blur(self) -> None:
        """Show that keys are not for the text."""
        self._show_tabs()

    def _again(self) -> None:
        if self._wanted is not None:
            self._ask(replace(self._wanted, wish=self._wish(), keep=True, line=0, field=""))

    def _wish(self) -> Wish:
        width = self.body.size.width or self.size.width or 80
        return Wish(max(width - 1, 10), self.details)

    def _ask(self, wanted: _Wanted) -> None:
        self._wanted = wanted
        self._news.set()

    async def _keep_showing(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            wanted = self._wanted
            if wanted is None:
                continue
            try:
                await self._show(wanted)
            except (MailboxError, MailError) as error:
                if wanted is self._wanted:
                    self._fail(str(error))
            # Whatever a mail does to what reads it, it must not end the screen.
            except Exception as error:  # noqa: BLE001
                if wanted is self._wanted:
                    self._fail(f"this cannot be shown ({type(error).__name__}: {error})")

    async def _show(self, wanted: _Wanted) -> None:
        opened = wanted.opened
        small = opened.message is not None and opened.message.size < _LARGE
        view, document, lines = await asyncio.to_thread(self._read, wanted, small)
        if wanted is not self._wanted:
            return
        self.opened, self.view = opened, view
        self._show_head(lines)
        self._show_tabs()
        self._show_remark(document.remark)
        # A session that goes on seldom changes what is shown of the message that it brought.
        if not wanted.keep or document != self.body.document:
            self.body.show(document, keep=wanted.keep)
        if wanted.line or wanted.field:
            self.body.go_to_line(_place(document, wanted))
        if not small and not opened.is_session:
            lines = await asyncio.to_thread(self._read_head, opened)
            if wanted is not self._wanted:
                return
            self._show_head(lines)
        self.post_message(self.Shown(opened))

    def _read(self, wanted: _Wanted, small: bool) -> tuple[View, Document, list[HeadLine]]:
        """Read what is to be shown; on a thread."""
        opened = wanted.opened
        view = wanted.view
        if view is None or not view.suits(opened):
            view = best(opened)
        document = show(view, opened, wanted.wish)
        if small:
            return view, document, self._read_head(opened)
        return view, document, head(opened, None)

    def _read_head(self, opened: Opened) -> list[HeadLine]:
        return head(opened, None if opened.is_session else opened.understood)

    def _fail(self, why: str) -> None:
        self.opened = self.view = None
        self._show_head([HeadLine("", safe_text(why, 300), "bad")])
        self._show_tabs()
        self._show_remark("")
        self.body.show(EMPTY)

    def _show_head(self, lines: list[HeadLine]) -> None:
        self._lines = lines
        rows = laid_out(lines, self.size.width, max(self.size.height // 2 - 1, 4), self._key_of)
        hits = {at: [Hit(0, 10_000, row.action)] for at, row in enumerate(rows) if row.action}
        self._head.show([row.spans for row in rows], hits)

    def _show_remark(self, text: str) -> None:
        rows = wrap_cells(text, max(self.size.width - 2, 8)) if text else ()
        self._remark.show([(Span(f" {row}", "warn"),) for row in rows])

    def _show_tabs(self) -> None:
        opened = self.opened
        if opened is None or self.view is None:
            self._tabs.show(())
            return
        wanted = [
            Tab(self._key_of[action], view.name, action, suits=bool(view.suits(opened)))
            for action, view in zip(VIEW_ACTIONS, ALL, strict=True)
        ]
        if isinstance(self.view, PartView):
            wanted.append(Tab("", self.view.name, "", suits=True))
        rows, hits = tabs(wanted, self.view.name, self.size.width, focus=self.body.has_focus)
        self._tabs.show(rows, hits)


def _place(document: Document, wanted: _Wanted) -> int:
    if wanted.line:
        return min(wanted.line - 1, max(len(document.lines) - 1, 0))
    name = f"{wanted.field.lower()}:"
    for at in range(len(document.lines)):
        if document.text(at).lower().lstrip(" 0123456789").startswith(name):
            return at
    return 0


def _why_not(view: View, opened: Opened) -> str:
    if opened.is_session:
        return "no message came in this session"
    if view.name == "HTML":
        return "this message has no HTML"
    return "this message came without a session"
