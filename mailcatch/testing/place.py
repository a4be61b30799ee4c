"""The line of a test, which failures name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_OURS: Final = str(Path(__file__).parent)


def calling_line() -> str:
    """Return the line outside of this package that is being run, such as "test_x.py:14"."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
