"""What the screen remembers from one time to the next, in a file of the user's state directory."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

_MOST: Final = 50


class Remembered(msgspec.Struct):
    """What is remembered.

    split: per cent of the width that the list gets. theme: its name. wrap: whether long lines are
    broken. absolute: whether times are those of the clock. group, sort: of the list. filters: the
    last ones, newest last.
    """

    split: int = 38
    theme: str = "mailcatch-dark"
    wrap: bool = True
    absolute: bool = False
    group: str = ""
    sort: str = "time"
    filters: list[str] = []

    def add_filter(self, text: str) -> None:
        """Remember a filter as the last one."""
        if text.strip():
            self.filters = [*(one for one in self.filters if one != text), text][-_MOST:]


def state_file() -> Path:
    """Return where it is kept."""
    import platformdirs

    return Path(platformdirs.user_state_dir("mailcatch", appauthor=False)) / "screen.json"


def recall(path: Path) -> Remembered:
    """Return what is remembered; what cannot be read is forgotten."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Remembered)
    except (OSError, msgspec.DecodeError):
        return Remembered()
    found.split = min(max(found.split, 15), 85)
    return found


def remember(path: Path, remembered: Remembered) -> None:
    """Keep it. A place that cannot be written to is no reason to bother anyone."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        aside.touch(mode=0o600)
        aside.write_bytes(msgspec.json.encode(remembered))
        aside.replace(path)
