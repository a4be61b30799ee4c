"""The line between list and message, to be dragged."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class Splitter(Widget):
    """A line of one cell that follows the mouse."""

    ALLOW_SELECT = False

    class Dragged(Message):
        """It was dragged. column: of the screen."""

        def __init__(self, column: int) -> None:
            super().__init__()
            self.column = column

    class Dropped(Message):
        """It was let go."""

    def __init__(self) -> None:
        super().__init__(id="splitter", markup=False)
        self._held = False

    def render_line(self, y: int) -> Strip:
        """Paint a piece of the line."""
        return Strip([Segment("┃" if self._held else "│", self.rich_style)])

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold."""
        self._held = True
        self.capture_mouse()
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow."""
        if self._held:
            self.post_message(self.Dragged(event.screen_x))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        if self._held:
            self._held = False
            self.release_mouse()
            self.refresh()
            self.post_message(self.Dropped())
