"""The protocol of views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mailcatch.tui.model.document import Document
from mailcatch.tui.model.opened import Opened


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader asks of a view. width: cells. details: whether to show more than usual."""

    width: int
    details: bool = False


class View(Protocol):
    """A way to look at a message.

    name: the title of its tab. details: what the key for details adds to it, "" for nothing.
    """

    @property
    def name(self) -> str:
        """The title of its tab."""

    @property
    def details(self) -> str:
        """What it shows beyond the usual when details are asked for, "" where there is nothing."""

    def suits(self, opened: Opened) -> int:
        """Return how well it suits: 0 for not at all. Asked for often: reads no message."""

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return what is shown; on a thread. What it raises is told, and the source shown."""
