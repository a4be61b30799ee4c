"""Writing what a stranger sent into files of the user: harmless names, never over anything."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from unicodedata import category

_LONGEST: Final = 150
_RESERVED: Final = re.compile(r'[<>:"|?*/\\]')
# Windows gives these to devices, whatever follows a dot.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"\.[^.\s]{1,16}$")
_NEW: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_TRIES: Final = 10_000
# What a part without a name is called by; a type that is not here gives no suffix.
_SUFFIXES: Final = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-amp-html": ".html",
}


def file_name(wanted: str, fallback: str) -> str:
    """Return a name for a file: the last piece of a path, with nothing in it that does harm.

    Control, format (bidi, zero-width), separator and reserved characters are left out; the rest is
    cut to 150 octets, its suffix kept. fallback: the name where nothing is left.
    """
    base = re.split(r"[/\\]", wanted)[-1]
    kept = "".join(
        char for char in base if category(char)[0] != "C" and category(char) not in ("Zl", "Zp")
    )
    kept = _RESERVED.sub("", kept).strip(" .\u00a0")
    if not kept:
        return fallback
    return _cut(f"_{kept}" if _DEVICES.match(kept) else kept)


def part_name(filename: str, number: int, content_type: str) -> str:
    """Return a name for the file of a part, made of its number and type where it has none."""
    return file_name(filename, f"part-{number}{_SUFFIXES.get(content_type, '')}")


def write_new(directory: Path, name: str, octets: bytes) -> Path:
    """Write a file that was not there, for its owner alone, and return its path.

    Where the name is taken, by a link too, it becomes name-1.suffix, and so on. Raises OSError.
    """
    for path in _names(directory, name):
        try:
            descriptor = os.open(path, _NEW, 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise
        return path
    raise FileExistsError(f"too many files are called {name}")


def open_new(path: Path) -> int:
    """Return the descriptor of a file that was not there, for its owner alone. Raises OSError."""
    return os.open(path, _NEW, 0o600)


def _names(directory: Path, name: str) -> Iterator[Path]:
    """Give the name, and then the name with a number that rises."""
    yield directory / name
    suffix = _suffix(name)
    stem = name.removesuffix(suffix)
    for number in range(1, _TRIES):
        yield directory / f"{stem}-{number}{suffix}"


def _suffix(name: str) -> str:
    found = _SUFFIX.search(name)
    return found[0] if found and found.start() else ""


def _cut(name: str) -> str:
    """Cut a name to the most octets, leaving its suffix and no half character."""
    if len(name.encode()) <= _LONGEST:
        return name
    suffix = _suffix(name)
    room = _LONGEST - len(suffix.encode())
    stem = name.removesuffix(suffix).encode()[:room].decode("utf-8", "ignore")
    return stem.rstrip(" .") + suffix
