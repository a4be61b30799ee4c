"""The forms in which messages come into a mailbox: files, directories, archives of others.

Nothing is followed that is a link, and no name that is found is written to. Each source says how
much it holds, in units of its own, and gives its messages one by one.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from io import BufferedReader
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Final, Protocol

from mailcatch.mailbox.layout import Layout
from mailcatch.mailbox.names import (
    MESSAGE_SUFFIX,
    MESSAGES,
    SESSION_SUFFIX,
    SESSIONS,
    is_name,
    time_of,
)

_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_QUOTED: Final = re.compile(rb">+From ")
_HEADER: Final = re.compile(rb"[!-9;-~]{1,256}[ \t]*:")
_UNIX_TIME: Final = re.compile(r"(\d{9,10})\.")
_NAME_LENGTH: Final = 28
# A longer line is read in pieces.
_LINE: Final = 1024 * 1024


class NoMessagesError(Exception):
    """Something that messages cannot be read from. The message says what, and why."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on its way in.

    called: what it is called where it comes from, not safe to show. octets: None where it is left
    out, and then why says why. arrived: when it came, as far as that is known. name: that of its
    file in another mailbox, or "".
    """

    called: str
    arrived: datetime
    octets: bytes | None = None
    why: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a source gives: a message, and how much of the source is read when it is given."""

    done: int
    message: Incoming


class Source(Protocol):
    """Where messages come from. size: how much there is, in the units of `Step.done`."""

    size: int

    def __iter__(self) -> Iterator[Step]: ...


def source_of(path: Path, largest: int) -> Source:
    """Return what is at a path, by what it holds.

    largest: octets of the largest message that is taken.
    Raises NoMessagesError and OSError.
    """
    about = path.lstat()
    if S_ISLNK(about.st_mode):
        raise NoMessagesError(f"{path} is a link: name what it leads to")
    if S_ISDIR(about.st_mode):
        return _directory(path, largest)
    if not S_ISREG(about.st_mode):
        raise NoMessagesError(f"{path} is neither a file nor a directory")
    with open_plain(path) as file:
        head = file.read(1_000)
        file.seek(0)
        if head.startswith(b"PK") and zipfile.is_zipfile(file):
            return ZipFile(path, largest)
    if path.suffix.lower() == MESSAGE_SUFFIX:
        return Files([path], largest)
    if head.startswith(b"From "):
        return MboxFile(path, largest)
    if _HEADER.match(head):
        return Files([path], largest)
    raise NoMessagesError(f"{path} is no message, mbox file, or zip file of messages")


def open_plain(path: Path) -> BufferedReader:
    """Open a file, if it is one and no link. Raises OSError."""
    descriptor = os.open(path, _READ)
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(None, "no plain file", str(path))
    return os.fdopen(descriptor, "rb")


class Files:
    """Files of one message each. paths: where they are; links are left out."""

    def __init__(self, paths: list[Path], largest: int) -> None:
        self._paths = paths
        self._largest = largest
        self.size = len(paths)

    def __iter__(self) -> Iterator[Step]:
        for done, path in enumerate(self._paths, 1):
            yield Step(done, _from_file(path, self._largest))


class MailboxDirectory(Files):
    """Another mailbox: its messages under the names that they have, and its sessions.

    root: the directory.
    """

    def __init__(self, root: Path, largest: int) -> None:
        self.root = root
        super().__init__(_files(root / MESSAGES, MESSAGE_SUFFIX), largest)

    def sessions(self) -> list[Path]:
        """Return the files of its sessions."""
        return [
            path
            for path in _files(self.root / SESSIONS, SESSION_SUFFIX)
            if is_name(path.name.removesuffix(SESSION_SUFFIX))
        ]


class MboxFile:
    """One file in the form "mboxrd": ">From " is undone, and line ends become those of mail."""

    def __init__(self, path: Path, largest: int) -> None:
        self._path = path
        self._largest = largest
        self.size = path.stat().st_size

    def __iter__(self) -> Iterator[Step]:
        with open_plain(self._path) as file:
            fallback = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            gathered: list[bytes] = []
            size = done = number = 0
            opening = b""
            blank = True

            def finish() -> Step:
                called = f"{self._path.name}, message {number}"
                # A line tells of seconds: what is in one of them stays in order.
                within = timedelta(microseconds=(number - 1) % 1_000_000)
                arrived = (_time_in(opening) or fallback) + within
                if size > self._largest:
                    return Step(done, Incoming(called, arrived, why=_too_large(self._largest)))
                return Step(done, Incoming(called, arrived, _without_blank(gathered)))

            whole = True
            while line := file.readline(_LINE):
                if blank and line.startswith(b"From "):
                    if number:
                        yield finish()
                    number += 1
                    opening, gathered, size, blank = line, [], 0, False
                else:
                    blank = whole and line in (b"\n", b"\r\n")
                    size += len(line)
                    if size <= self._largest:
                        gathered.append(_as_sent(line, begins=whole))
                whole = line.endswith(b"\n")
                done += len(line)
            if number:
                yield finish()


class ZipFile:
    """A zip file with an .eml for each message, wherever in it."""

    def __init__(self, path: Path, largest: int) -> None:
        self._path = path
        self._largest = largest
        with open_plain(path) as file, _archive(file, path) as archive:
            self._entries = [
                one
                for one in archive.infolist()
                if one.filename.lower().endswith(MESSAGE_SUFFIX) and not one.is_dir()
            ]
        self.size = len(self._entries)

    def __iter__(self) -> Iterator[Step]:
        with open_plain(self._path) as file, _archive(file, self._path) as archive:
            for done, entry in enumerate(self._entries, 1):
                yield Step(done, self._read(archive, entry))

    def _read(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Incoming:
        name = _our_name(entry.filename.rpartition("/")[2])
        arrived = time_of(name) or _zip_time(entry)
        if entry.file_size > self._largest:
            return Incoming(entry.filename, arrived, why=_too_large(self._largest))
        try:
            with archive.open(entry) as packed:
                # What an entry says of its size need not be so.
                octets = packed.read(self._largest + 1)
        except Exception as error:  # noqa: BLE001 - zlib, bz2 and lzma have families of their own
            return Incoming(entry.filename, arrived, why=f"it cannot be unpacked: {error}")
        if len(octets) > self._largest:
            return Incoming(entry.filename, arrived, why=_too_large(self._largest))
        return Incoming(entry.filename, arrived, octets, name=name)


def _directory(path: Path, largest: int) -> Source:
    with os.scandir(path) as entries:
        rooms = {one.name for one in entries if one.is_dir(follow_symlinks=False)}
    if {"cur", "new"} <= rooms:
        return Files([*_files(path / "cur"), *_files(path / "new")], largest)
    if MESSAGES in rooms and Layout.of(path).messages != path:
        return MailboxDirectory(path, largest)
    return Files([*_walk(path)], largest)


def _walk(path: Path) -> Iterator[Path]:
    """Give every .eml file below a directory, in order, past links and hidden directories."""

    def stop(error: OSError) -> None:
        raise error

    for place, rooms, files in os.walk(path, onerror=stop):
        rooms[:] = sorted(room for room in rooms if not room.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(MESSAGE_SUFFIX) and not name.startswith("."):
                yield Path(place, name)


def _files(room: Path, suffix: str = "") -> list[Path]:
    try:
        if room.is_symlink():
            return []
        with os.scandir(room) as entries:
            return sorted(
                room / one.name
                for one in entries
                if one.name.endswith(suffix) and not one.name.startswith(".")
            )
    except FileNotFoundError:
        return []


def _from_file(path: Path, largest: int) -> Incoming:
    name = _our_name(path.name)
    arrived = time_of(name) or datetime.fromtimestamp(0, UTC)
    try:
        with open_plain(path) as file:
            about = os.fstat(file.fileno())
            stamp = _UNIX_TIME.match(path.name)
            arrived = time_of(name) or datetime.fromtimestamp(
                int(stamp[1]) if stamp else about.st_mtime, UTC
            )
            if about.st_size > largest:
                return Incoming(path.name, arrived, why=_too_large(largest))
            return Incoming(path.name, arrived, file.read(), name=name)
    except OSError as error:
        linked = path.is_symlink()
        why = "it is a link" if linked else (error.strerror or type(error).__name__).lower()
        return Incoming(path.name, arrived, why=why)


def _our_name(name: str) -> str:
    """Return the name of a message that a file had in a mailbox, "" where it had none."""
    stem = name[:_NAME_LENGTH]
    ours = is_name(stem) and name[_NAME_LENGTH:].partition(":")[0] in (MESSAGE_SUFFIX, ".mailcatch")
    return f"{stem}{MESSAGE_SUFFIX}" if ours and time_of(stem) else ""


def _time_in(opening: bytes) -> datetime | None:
    """Return the time in a "From " line, which is one of C's asctime, in UTC."""
    found = parsedate_tz(" ".join(opening.decode("latin-1").split()[2:7]))
    if found is None:
        return None
    try:
        return datetime(min(found[0], 9_998), *found[1:6], tzinfo=UTC)
    except ValueError:
        return None


def _zip_time(entry: zipfile.ZipInfo) -> datetime:
    try:
        return datetime(*entry.date_time, tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _as_sent(line: bytes, *, begins: bool) -> bytes:
    """Undo what the form did to a line. begins: whether it is the beginning of one."""
    if begins and _QUOTED.match(line):
        line = line[1:]
    return line if line.endswith(b"\r\n") or not line.endswith(b"\n") else line[:-1] + b"\r\n"


def _without_blank(lines: list[bytes]) -> bytes:
    """Join the lines of a message without the empty one that stands before the next."""
    return b"".join(lines[:-1] if lines and lines[-1] == b"\r\n" else lines)


def _archive(file: BufferedReader, path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise NoMessagesError(f"{path} is a damaged zip file: {error}") from None


def _too_large(largest: int) -> str:
    return f"it is larger than {largest} octets, the largest that --max-message-size allows"
