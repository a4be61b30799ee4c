"""The line at the top: who serves, what is there, and a loud mark while faults are armed."""

from __future__ import annotations

from pathlib import Path

from mailcatch.mail import cell_width, safe_text
from mailcatch.mailbox.reader import Serving
from mailcatch.mailbox.server_file import ServerState
from mailcatch.tui.model.document import Span
from mailcatch.tui.model.saying import count
from mailcatch.tui.widgets.spans import Hit, SpanLines


class TopLine(SpanLines):
    """One line. root: the mailbox, or the file that is looked at."""

    def __init__(self, root: Path) -> None:
        super().__init__(id="top")
        self._root = root
        self._told: tuple[Serving, ServerState | None, int, int] | None = None

    def tell(
        self, serving: Serving, state: ServerState | None, messages: int, refused: int
    ) -> None:
        """Say how things are. messages: there are. refused: sessions in which something was."""
        self._told = (serving, state, messages, refused)
        self._say()

    def on_resize(self) -> None:
        """Say it in another width."""
        self._say()

    def _say(self) -> None:
        if self._told is None:
            return
        serving, state, messages, refused = self._told
        spans = [Span(" mailcatch ", "bar"), Span(" ")]
        hits: list[Hit] = []
        if serving is Serving.HERE and state is not None:
            spans.append(Span(f"● {listening(state)}", "good"))
        elif serving is Serving.ELSEWHERE:
            spans.append(Span("○ served elsewhere, or no more", "warn"))
        else:
            spans.append(Span("○ not served", "dim"))
        facts = [Span(f"   {count(messages, 'message')}")]
        if refused:
            facts.append(Span(f" · {refused:,} refused", "bad"))
        if state is not None and serving is Serving.HERE and state.counters.live:
            facts.append(Span(f" · {state.counters.live} live", "name"))
        if serving is not Serving.NOBODY and armed(state):
            kept, mark = _with_room(facts, state, self.size.width - 2 - _width(*spans))
            spans += [*kept, Span("  ")]
            start = _width(*spans)
            spans.append(mark)
            hits.append(Hit(start, start + _width(mark), "faults"))
        else:
            spans += facts
        if state is not None and state.last_error:
            spans.append(Span(f"   {safe_text(state.last_error, 80)}", "bad"))
        used = _width(*spans)
        place = _place(self._root)
        room = self.size.width - used - 2
        if room >= min(len(place), 12):
            shown = place if cell_width(place) <= room else "…" + place[-(room - 1) :]
            spans.append(Span(" " * (room - cell_width(shown) + 1)))
            spans.append(Span(shown, "dim"))
        self.show((tuple(spans),), {0: hits})


def listening(state: ServerState) -> str:
    """Return where a server listens."""
    first = state.smtp[0] if state.smtp else None
    if first is None:
        return "nowhere"
    where = safe_text(first.path) if first.path else f"{safe_text(first.host)}:{first.port}"
    return where + (f" +{len(state.smtp) - 1}" if len(state.smtp) > 1 else "")


def armed(state: ServerState | None, *, brief: bool = False) -> str:
    """Return what is armed, such as 2 faults armed · 5 fired; "" where nothing is.

    brief: in fewer words.
    """
    faults = state.faults if state is not None else None
    if faults is None or not faults.enabled:
        return "faults.toml has mistakes" if faults is not None and faults.error else ""
    rules = [rule for rule in faults.rules if rule.enabled and not rule.dry_run]
    rules = [rule for rule in rules if rule.remaining != 0]
    mistakes = " · the file has mistakes" if faults.error else ""
    if not rules:
        return mistakes.removeprefix(" · ")
    fired = sum(rule.fired for rule in faults.rules)
    what = f"{len(rules):,}" if brief else count(len(rules), "fault")
    return f"{what} armed · {fired:,} fired{mistakes}"


def _with_room(facts: list[Span], state: ServerState | None, room: int) -> tuple[list[Span], Span]:
    """Return the facts there is room for, and the mark, which says less before one of them goes."""
    marks = [Span(f" ⚑ {armed(state, brief=brief)} ", "alarm") for brief in (False, True)]
    for most in range(len(facts), -1, -1):
        for mark in marks:
            if _width(*facts[:most], mark) <= room:
                return facts[:most], mark
    return [], marks[-1]


def _width(*spans: Span) -> int:
    return sum(cell_width(span.text) for span in spans)


def _place(root: Path) -> str:
    home = Path.home()
    shown = (
        f"~/{root.relative_to(home)}" if root.is_relative_to(home) and root != home else str(root)
    )
    return safe_text(shown, 300)
