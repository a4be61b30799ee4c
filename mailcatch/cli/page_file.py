"""The file of a page, or of a part: only this user can read it, and it goes with a later one."""

from __future__ import annotations

import mimetypes
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
# What a desktop or a shell runs, and what a browser runs scripts in and loads from elsewhere.
_ACTIVE: Final = frozenset(
    {
        *(".app", ".appimage", ".bash", ".bat", ".bin", ".chm", ".cmd", ".com", ".command", ".cpl"),
        *(".csh", ".deb", ".desktop", ".dll", ".dmg", ".exe", ".fish", ".hta", ".htm", ".html"),
        *(".inf", ".jar", ".jnlp", ".js", ".jse", ".ksh", ".lnk", ".mht", ".mhtml", ".mjs", ".msc"),
        *(".msi", ".msp", ".php", ".pif", ".pkg", ".pl", ".ps1", ".py", ".pyw", ".rb", ".reg"),
        *(".rpm", ".run", ".scf", ".scpt", ".scr", ".sh", ".shtml", ".so", ".svg", ".svgz"),
        *(".terminal", ".tool", ".url", ".vbe", ".vbs", ".webloc", ".workflow", ".wsf", ".wsh"),
        *(".xht", ".xhtml", ".xml", ".xsl", ".xslt", ".zsh"),
    }
)
_LOOKED_AT: Final = 1_024
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

    The program that opens it is chosen by its name, or else by what is in it: `.txt` is added where
    that would run something. Raises OSError.
    """
    shown = f"{name}.txt" if _would_run(name, octets) else name
    return write_new(Path(tempfile.mkdtemp(prefix=_PREFIX)), shown, octets)


def _would_run(name: str, octets: bytes) -> bool:
    suffix = Path(name).suffix.lower()
    if suffix in _ACTIVE:
        return True
    if mimetypes.guess_type(name)[0] is not None:
        return False
    # What a desktop knows nothing of by its name may be HTML, or a program, by its first octets.
    first = octets[:_LOOKED_AT]
    programs = (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xfe\xff", b"\xff\xfe")
    return b"\0" not in first or first.startswith(programs)


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
