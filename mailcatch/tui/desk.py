"""What the screen has done for it outside of the mailbox, by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Desk:
    """Hands of the screen.

    save: writes octets into a directory under a wanted name, or a second one where nothing is left
    of that, never over anything, and returns the path. page: writes the page of a message for a
    browser and returns the path. part: writes a part for the program that opens it, under names as
    `save` takes them, and returns the path. All may raise OSError.
    """

    save: Callable[[Path, str, str, bytes], Path]
    page: Callable[[bytes], Path]
    part: Callable[[str, str, bytes], Path]
