"""Painting spans: the colours of roles, and a widget of a few lines that are made of them.

Nothing here hands text to anything that reads markup: a line becomes segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from mailcatch.mail.wrap import cell_width, clip_cells
from mailcatch.tui.model.document import Role, Span

ROLES: Final[tuple[Role, ...]] = (
    "strong", "dim", "name", "title", "good", "bad", "warn", "link", "code", "client", "quote",
    "mark", "tab", "off", "bar", "key", "alarm",
)  # fmt: skip
ROLE_CLASSES: Final = {f"role--{role}" for role in ROLES}


class Colours:
    """The styles of roles on a widget, looked up once for each theme."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[str, Style], Style] = {}

    def clear(self) -> None:
        """Look them up anew: the theme changed."""
        self._styles.clear()

    def of(self, role: Role, base: Style) -> Style:
        """Return the style of a role on a background."""
        if not role:
            return base
        style = self._styles.get((role, base))
        if style is None:
            own = self._widget.get_component_rich_style(f"role--{role}", partial=True)
            style = self._styles[role, base] = base + own
        return style

    def segments(self, spans: Iterable[Span], base: Style) -> list[Segment]:
        """Return spans as segments."""
        return [Segment(span.text, self.of(span.role, base)) for span in spans]


class Hit(NamedTuple):
    """Cells that do something when they are clicked: an action by its name."""

    start: int
    end: int
    action: str


class SpanLines(Widget):
    """A few lines, each made of spans; what is too long is cut."""

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, markup=False)
        self._lines: Sequence[tuple[Span, ...]] = ()
        self._hits: dict[int, list[Hit]] = {}
        self._colours = Colours(self)

    @property
    def text(self) -> str:
        """What it shows, uncut."""
        return "\n".join("".join(span.text for span in line) for line in self._lines)

    def show(
        self, lines: Sequence[tuple[Span, ...]], hits: dict[int, list[Hit]] | None = None
    ) -> None:
        """Show lines. hits: what clicks on them do, by the number of the line."""
        hits = hits or {}
        if lines == self._lines and hits == self._hits:
            return
        taller = len(lines) != len(self._lines)
        self._lines, self._hits = lines, hits
        if taller and self._fits:
            # Textual keeps the height that it asked for while another layout was due.
            self.styles.height = len(lines)
        self.refresh(layout=taller)

    @property
    def _fits(self) -> bool:
        """Whether it is as high as its lines are many."""
        height = self.styles.height
        return self.styles.inline.has_rule("height") or (height is not None and height.is_auto)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Paint a line."""
        base = self.rich_style
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, base)
        strip = Strip(self._colours.segments(fitted(self._lines[y], width), base))
        return strip.extend_cell_length(width, base)

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        self._colours.clear()
        super().notify_style_update()

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked cells are for."""
        for hit in self._hits.get(event.y, ()):
            if hit.start <= event.x < hit.end:
                event.stop()
                name = hit.action.partition("(")[0]
                of_screen = hasattr(self.screen, f"action_{name}")
                await self.screen.run_action(hit.action if of_screen else f"app.{hit.action}")
                return


def fitted(spans: Iterable[Span], width: int) -> Iterable[Span]:
    for span in spans:
        cells = cell_width(span.text)
        if cells > width:
            yield Span(clip_cells(span.text, width), span.role)
            return
        width -= cells
        yield span
