"""The line of a test, which failures name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

_OURS: Final = str(Path(__file__).parent)
_RUNNERS: Final = ("_pytest.", "pluggy.")


def calling_line() -> str:
    """Return the line outside of this package that is being run, such as "test_x.py:14".

    Where that is pytest, which calls a fixture of ours, it is the line of the fixture.
    """
    inside = frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        inside, frame = frame, frame.f_back
    return _line(inside if _name(frame).startswith(_RUNNERS) else frame)


def _name(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _line(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
