"""The file of a page, or of a part: only this user can read it, and it goes with a later one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from stat import S_ISDIR
from typing import Final

from mailcatch.cli.saving import write_new
from mailcatch.mail.errors import MailError
from mailcatch.mail.message import Message
from mailcatch.mail.page import Page, make_page, make_source_page
from mailcatch.mail.worker import Worker

_PREFIX: Final = "mailcatch-page-"
KEPT: Final = 24 * 3_600.0
"""Seconds that a page stays, so that it can be loaded again."""


def read_page(raw: bytes, image_room: int) -> Page:
    """Make the page of a message in a reading process; of its source, where that goes wrong."""
    with Worker() as worker:
        try:
            return worker.call(take_page, raw, image_room)
        except MailError as error:
            return make_source_page(raw, f"this message could not be read: {error}")


def take_page(raw: bytes, image_room: int) -> Page:
    """Return the page of a message."""
    return make_page(Message.parse(raw), image_room=image_room)


def write_page(html: str) -> Path:
    """Write a page into a directory of its own, and return its path. Raises OSError."""
    room = Path(tempfile.mkdtemp(prefix=_PREFIX))
    return write_new(room, "message.html", html.encode("utf-8", "replace"))


def write_part(name: str, octets: bytes) -> Path:
    """Write a part into a directory of its own, and return its path. name: of the file, harmless.

    Raises OSError.
    """
    return write_new(Path(tempfile.mkdtemp(prefix=_PREFIX)), name, octets)


def sweep_pages(older: float = KEPT) -> None:
    """Remove this user's pages that were written longer ago. older: seconds."""
    latest = time.time() - older
    for room in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            about = room.lstat()
        except OSError:
            continue
        mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
        if mine and S_ISDIR(about.st_mode) and about.st_mtime <= latest:
            shutil.rmtree(room, ignore_errors=True)
