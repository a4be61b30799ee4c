"""The forms in which messages leave a mailbox."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedWriter
from pathlib import Path
from typing import Final

from mailcatch.cli.saving import file_name, open_new, write_new
from mailcatch.mailbox.errors import NotThereError
from mailcatch.mailbox.reader import Reader

_FROM: Final = re.compile(rb"^(>*From )", re.MULTILINE)
_ADDRESS: Final = re.compile(r"[!-~]{1,320}")
_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out. sender: of its envelope, "" where none is known."""

    name: str
    arrived: datetime
    sender: str
    octets: bytes


class Messages:
    """Messages of a mailbox in an order, each read when it is asked for.

    One that was removed meanwhile is left out. report: is told how many were given.
    """

    def __init__(self, reader: Reader, names: list[str], report: Callable[[int], None]) -> None:
        self._reader = reader
        self._names = names
        self._report = report

    def __iter__(self) -> Iterator[Outgoing]:
        for start in range(0, len(self._names), _AT_ONCE):
            for place, one in enumerate(
                self._reader.messages(self._names[start : start + _AT_ONCE]), start
            ):
                self._report(place)
                with suppress(NotThereError):
                    octets = self._reader.octets(one.name)
                    yield Outgoing(one.name, one.arrived, one.sender, octets)


@dataclass(frozen=True, slots=True)
class Mbox:
    """One file, in the form "mboxrd": lines that begin with From get a ">", which readers undo."""

    path: Path

    def write(self, messages: Iterable[Outgoing]) -> int:
        """Write a new file; return how many messages are in it. Raises OSError."""
        count = 0
        with _new(self.path) as file:
            for one in messages:
                sender = one.sender if _ADDRESS.fullmatch(one.sender) else "MAILER-DAEMON"
                when = one.arrived.astimezone(UTC).strftime("%a %b %d %H:%M:%S %Y")
                # The form is one of Unix, where lines end in LF alone.
                text = _FROM.sub(rb">\1", one.octets.replace(b"\r\n", b"\n"))
                end = b"\n" if text.endswith(b"\n") else b"\n\n"
                file.write(f"From {sender} {when}\n".encode() + text + end)
                count += 1
        return count


@dataclass(frozen=True, slots=True)
class Maildir:
    """A directory with a file for each message; one that is there already is added to."""

    path: Path

    def write(self, messages: Iterable[Outgoing]) -> int:
        """Write the files; return how many. Raises OSError."""
        for room in ("tmp", "new", "cur"):
            (self.path / room).mkdir(mode=0o700, parents=True, exist_ok=True)
        count = 0
        for one in messages:
            # A colon begins the flags of a Maildir name; file_name leaves none.
            stem = file_name(one.name, "message").removesuffix(".eml")
            aside = write_new(self.path / "tmp", f"{stem}.mailcatch", one.octets)
            _reveal(aside, self.path / "new", f"{stem}.mailcatch")
            count += 1
        return count


@dataclass(frozen=True, slots=True)
class Zip:
    """One file with the octets of each message as they were sent."""

    path: Path

    def write(self, messages: Iterable[Outgoing]) -> int:
        """Write a new file; return how many messages are in it. Raises OSError."""
        names: set[str] = set()
        with _new(self.path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in messages:
                name = file_name(one.name, "message.eml")
                if name in names:
                    name = f"{len(names)}-{name}"
                names.add(name)
                # A zip knows no time before 1980.
                when = max(one.arrived.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC))
                entry = zipfile.ZipInfo(name, when.timetuple()[:6])
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o600 << 16
                archive.writestr(entry, one.octets)
        return len(names)


@contextmanager
def _new(path: Path) -> Iterator[BufferedWriter]:
    """Give a file that was not there; it goes again where writing fails."""
    descriptor = open_new(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _reveal(aside: Path, room: Path, name: str) -> None:
    """Move a file to its place without writing over another. Raises OSError."""
    try:
        for number in range(10_000):
            try:
                os.link(aside, room / (f"{name}-{number}" if number else name))
            except FileExistsError:
                continue
            return
        raise OSError(f"too many files are called {name}")
    finally:
        aside.unlink()
