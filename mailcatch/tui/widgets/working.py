"""Waiting for work that takes long: it is said what goes on, and it can be stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual.app import ComposeResult, ScreenStackError
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.worker import get_current_worker

from mailcatch.tui.hints import Hint
from mailcatch.tui.model.document import Span
from mailcatch.tui.widgets.dialog import Dialog
from mailcatch.tui.widgets.spans import SpanLines

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

T = TypeVar("T")

_PATIENCE: Final = 0.4
"""Seconds after which it is said that something goes on."""


class Working(Dialog[None]):
    """Says what goes on, and for how long. stop: ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "stop", "stop", show=False)]

    def __init__(self, about: str, stop: Callable[[], None]) -> None:
        super().__init__(about)
        self.offer((Hint("Esc", "stops it", "stop"),))
        self._stop = stop
        self._began = monotonic()
        self._elapsed = SpanLines(id="dialog-elapsed")

    def compose(self) -> ComposeResult:
        """Show what goes on."""
        with Vertical(id="dialog"):
            yield self.head()
            yield self._elapsed
            yield self.foot()

    def on_mount(self) -> None:
        """Count the seconds."""
        self._count()
        self.set_interval(1.0, self._count)

    def action_stop(self) -> None:
        """Stop it."""
        self._stop()

    def _count(self) -> None:
        self._elapsed.show(((Span(f"for {monotonic() - self._began:.0f} s", "dim"),),))


async def patiently(app: MailcatchApp, about: str, work: Awaitable[T]) -> T:
    """Wait for work, in a worker; where it takes long, say so, and let it be stopped.

    about: what goes on, safe to show. Stopping it cancels the worker.
    """
    worker = get_current_worker()

    def stop() -> None:
        worker.cancel()
        app.tell("Stopped.")

    box = Working(about, stop)
    timer = app.set_timer(_PATIENCE, lambda: app.push_screen(box))
    try:
        return await work
    finally:
        timer.stop()
        # What was shown over it meanwhile stays; it is gone with what is below.
        with suppress(ScreenStackError):
            if box.is_attached:
                box.dismiss()
