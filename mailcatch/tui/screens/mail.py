"""The main screen: what is done in it."""

from __future__ import annotations

from dataclasses import replace

from mailcatch.tui.actions import VIEW_NAMES
from mailcatch.tui.deeds import copying, handing_out, links, messages
from mailcatch.tui.model.document import (
    ToCopy,
    ToEntry,
    ToLink,
    ToPart,
    ToSource,
)
from mailcatch.tui.model.finding import Asked, Finding
from mailcatch.tui.model.listing import Heading
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.screens.mail_finding import MailFinding
from mailcatch.tui.views import ALL, SOURCE, View
from mailcatch.tui.widgets.list_pane import ListPane
from mailcatch.tui.widgets.text_pane import TextPane

_LOOKED_AT = 0.8
"""Seconds after which a message that is shown counts as read."""


class MailScreen(MailFinding):
    """The list of messages, and the one in focus."""

    def on_list_pane_moved(self, event: ListPane.Moved) -> None:
        """Show what is in focus, where there is room for it."""
        if not self.has_class("narrow") or self.has_class("reading"):
            self._open_soon()
        self._retitle()
        self.hint()
        if event.by_user:
            self._count_as_read_soon()

    def on_message_pane_shown(self) -> None:
        """Say what can be done with what is shown."""
        self.hint()

    def on_list_pane_opened(self) -> None:
        """Go to the message."""
        self.action_open()

    def _count_as_read_soon(self) -> None:
        name = self.listing.name
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(_LOOKED_AT, lambda: self._count_as_read(name))

    def _count_as_read(self, name: str) -> None:
        opened = self.message.opened
        shown = opened is not None and opened.name == name == self.listing.name
        in_sight = not self.has_class("narrow") or self.has_class("reading")
        if shown and in_sight and self.app.can_write:
            messages.mark_read(self.app, [name], read=True, quietly=True)

    def action_open(self) -> None:
        """Read the message, or follow the line in focus."""
        if self._in_text:
            self.message.body.follow()
            return
        row = self.listing.focused
        if isinstance(row, Heading):
            self.ask(replace(self._asked, toggled=self._asked.toggled ^ {row.key}))
            return
        if not self.listing.rows:
            if self.has_class("teaching"):
                self.message.body.focus()
            return
        self.add_class("reading")
        self._open_focused()
        self.message.body.focus()
        self._count_as_read_soon()

    def action_back(self) -> None:
        """Go back by one step."""
        if self._in_text and self.message.body.looked_for:
            self.message.body.look_for("")
        elif self._in_text and self.message.leave_part():
            return
        elif self.has_class("zoomed"):
            self.action_zoom()
        elif self._in_text:
            self._go_to_list()
        elif self._searching and self._finding is not None:
            self._stop_searching(self._finding)
        elif self._asked.query:
            self._set_filter("")
        elif self.listing.marked:
            self.listing.marked.clear()
            self.list.repaint()
            self._retitle()

    def _stop_searching(self, finding: Finding) -> None:
        """Keep what was found so far; of an order that is not made yet, nothing is there."""
        before = self._answer.asked if self._answer is not None else Asked()
        if replace(finding.asked, query=before.query) == before:
            finding.stop()
            return
        self.app.remembered.sort, self.app.remembered.group = before.sort, before.group
        self.ask(before)
        self.app.tell("Stopped.")

    def action_next_pane(self) -> None:
        """Go to the other pane."""
        if self._in_text:
            self._go_to_list()
        else:
            self.action_open()

    def _go_to_list(self) -> None:
        """Go to the list; beside it stands what is in focus there, whatever was read."""
        self.remove_class("reading")
        self.list.focus()
        if not self.has_class("narrow"):
            self._open_focused()

    def _choose(self, name: str, *, toggle: bool = False) -> None:
        view = ALL[VIEW_NAMES.index(name)]
        why_not = self.message.toggle(view) if toggle else self.message.choose(view)
        if why_not:
            self.app.tell(why_not[0].upper() + why_not[1:] + ".", bad=True)
        elif self.has_class("narrow") and not self.has_class("reading"):
            self.action_open()

    def action_transcript(self) -> None:
        """Show the session, or go back from it."""
        self._current()
        self._choose("transcript", toggle=True)

    def action_attempts(self) -> None:
        """Show the tries, or go back from them."""
        self._current()
        self._choose("attempts", toggle=True)

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Go where a line leads."""
        match event.target:
            case ToSource(line, field):
                self.message.choose(SOURCE, field=field, line=line)
            case ToPart(number):
                self.message.show_part(number)
            case ToLink(address, warning):
                links.ask_to_open(self.app, address, warning)
            case ToCopy(text, what):
                copying.copy(self.app, text, what)
            case ToEntry(name):
                self._go_to(name)

    def _go_to(self, name: str) -> None:
        if self.message.opened is not None and name == self.message.opened.name:
            self._choose("transcript")
        elif self.listing.go_to(name):
            self.list.update()
            self._open_focused()
        else:
            self.message.open(name)

    def _current(self) -> Opened | None:
        """Return the message that keys are meant for: the one in focus, or the one being read."""
        if not self._in_text:
            self._open_focused()
        return self.message.current

    def action_mark(self) -> None:
        """Mark, and go on to the next."""
        if self.listing.name:
            self.listing.toggle(self.listing.name)
            self.list.action_down()
            self.list.repaint()
            self._retitle()

    def action_toggle_read(self) -> None:
        """Mark as read, or as unread."""
        messages.toggle_read(self.app, self.listing.chosen())

    def action_delete(self) -> None:
        """Delete what is marked, or in focus."""
        messages.delete(self.app, self.listing.chosen())

    def action_undo(self) -> None:
        """Undo the last deletion."""
        messages.undo(self.app)

    def action_delete_all(self) -> None:
        """Delete all that is shown."""
        messages.ask_to_delete(
            self.app, self.listing.names(), filtered=bool(self._asked.query.strip())
        )

    def messages_went(self, names: set[str]) -> None:
        """Take deleted messages away at once."""
        self.listing.forget(names)
        self.list.update()
        self._retitle()
        if not self.listing.rows:
            self._show_nothing()

    def action_links(self) -> None:
        """List the links."""
        links.list_links(self.app, self._current())

    def action_code(self) -> None:
        """Copy the newest code."""
        copying.copy_code(self.app, self._current())

    def action_copy(self) -> None:
        """Copy something: a menu."""
        copying.offer_copies(self.app, self._current(), self.message.body.document)

    def action_browser(self) -> None:
        """Open the message in the browser, or the part in focus with its program."""
        part = self.message.part_in_focus if self._in_text else 0
        handing_out.open_part(self.app, self._current(), part)

    def action_editor(self) -> None:
        """Open the source in the editor."""
        handing_out.edit(self.app, self._current())

    def action_pipe(self) -> None:
        """Pipe the source to a command."""
        handing_out.ask_to_pipe(self.app, self._current())

    def action_save(self) -> None:
        """Save the message, or the part in focus."""
        part = self.message.part_in_focus if self._in_text else 0
        handing_out.ask_to_save(self.app, self._current(), part)

    def action_compare(self) -> None:
        """Compare the two marked messages."""
        self.app.compare([one for one in self.listing.names() if one in self.listing.marked])

    def action_faults(self) -> None:
        """Show the faults."""
        self._current()
        self.app.action_faults()

    def action_refuse(self) -> None:
        """Refuse the next mail to whom this one was for."""
        # What understands rules is loaded when they are asked for: the first paint comes sooner.
        from mailcatch.tui.deeds import faults

        faults.refuse(self.app, self._current())

    def action_sessions(self) -> None:
        """Show all sessions."""
        self.app.show_sessions()

    def show_session(self, name: str) -> None:
        """Show what came in a session."""
        came = self.app.contents.messages_of(name)
        if came and self.listing.go_to(came[0]):
            self.list.update(by_user=True)
            return
        self.message.open(came[0] if came else name)
        if self.has_class("narrow"):
            self.add_class("reading")
        self.message.body.focus()


def _viewing(view: View, name: str) -> None:
    """Give the screen the action of a view."""

    def action(self: MailScreen) -> None:
        self._current()
        self._choose(name)

    action.__doc__ = f"Show {view.name}."
    setattr(MailScreen, f"action_view_{name}", action)


for _view, _name in zip(ALL, VIEW_NAMES, strict=True):
    _viewing(_view, _name)
