"""A screen as an SVG: the same for the same cells, whatever fonts and programs are there.

Whoever looks at it loads nothing from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App

_CELL: Final = 8.4
_ROW: Final = 18.0
_RISE: Final = 13.0
"""From the top of a row to the line that letters stand on."""
_EDGE: Final = 10.0
_FONT: Final = "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


class Look(NamedTuple):
    """How a run of cells looks. The colours are those of SVG."""

    ink: str
    paper: str
    bold: bool
    underline: bool


class Run(NamedTuple):
    """Cells beside each other that look the same. at: the number of the first."""

    at: int
    text: str
    look: Look


def rows_of(app: App[None]) -> list[list[Run]]:
    """Return what is on the screen."""
    return [[*_runs(strip)] for strip in app.screen._compositor.render_strips()]


def picture(app: App[None]) -> str:
    """Return the screen as an SVG."""
    rows = rows_of(app)
    columns = app.size.width
    paper = _most_common(rows)
    width, height = columns * _CELL + 2 * _EDGE, len(rows) * _ROW + 2 * _EDGE
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}" font-size="14">',
        f'<rect width="100%" height="100%" rx="8" fill="{paper}"/>',
    ]
    for number, row in enumerate(rows):
        lines += _painted(number, row, paper)
    return "\n".join([*lines, "</svg>", ""])


def _painted(number: int, row: list[Run], paper: str) -> Iterator[str]:
    top = _EDGE + number * _ROW
    for run in row:
        left, width = _EDGE + run.at * _CELL, cell_len(run.text) * _CELL
        if run.look.paper != paper:
            yield (
                f'<rect x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{_ROW:g}"'
                f' fill="{run.look.paper}"/>'
            )
        text = run.text.rstrip()
        if not text:
            continue
        length = cell_len(text) * _CELL
        more = ' font-weight="bold"' if run.look.bold else ""
        more += ' text-decoration="underline"' if run.look.underline else ""
        yield (
            f'<text x="{left:.1f}" y="{top + _RISE:g}" textLength="{length:.1f}"'
            f' xml:space="preserve" fill="{run.look.ink}"{more}>{escape(text)}</text>'
        )


def _runs(segments: Iterable[Segment]) -> Iterator[Run]:
    at = 0
    for look, run in groupby(segments, lambda one: _look(one.style)):
        text = "".join(one.text for one in run)
        blanks = len(text) - len(text.lstrip())
        # Blanks are shown by their paper alone, so that letters begin where they stand.
        if blanks and text.strip():
            yield Run(at, text[:blanks], look)
            yield Run(at + blanks, text[blanks:], look)
        else:
            yield Run(at, text, look)
        at += cell_len(text)


def _look(style: Style | None) -> Look:
    if style is None:
        return Look("#000000", "#ffffff", bold=False, underline=False)
    ink, paper = _colour(style.color, "#c5c8c6"), _colour(style.bgcolor, "#000000")
    if style.reverse:
        ink, paper = paper, ink
    return Look(ink, paper, bool(style.bold), bool(style.underline))


def _colour(colour: Color | None, default: str) -> str:
    return colour.get_truecolor().hex if colour is not None and not colour.is_default else default


def _most_common(rows: list[list[Run]]) -> str:
    counted: dict[str, int] = {}
    for row in rows:
        for run in row:
            counted[run.look.paper] = counted.get(run.look.paper, 0) + len(run.text)
    return max(counted, key=lambda paper: counted[paper])
