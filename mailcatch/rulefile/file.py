"""A rule file on the disk: read, and written whole or not at all, one editor after the other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from mailcatch.rulefile.document import RuleDocument
from mailcatch.rulefile.errors import RuleFileError

if TYPE_CHECKING:
    from filelock import FileLock

NAME: Final = "faults.toml"
"""The rule file of a mailbox directory."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edited(Generic[T]):
    """What became of an edit. result: of the change. digest: of the file as it is now."""

    result: T
    digest: str


def read(path: Path) -> bytes | None:
    """Return a rule file, or None where there is none. Raises RuleFileError."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise RuleFileError(f"cannot read {path}: it is no regular file")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RuleFileError(f"cannot read {path}: {_why(error)}") from None


def digest_of(octets: bytes | None) -> str:
    """Return what tells one state of a rule file from another, as server.json has it."""
    return "" if octets is None else hashlib.sha256(octets).hexdigest()


def edit(
    path: Path,
    change: Callable[[RuleDocument], T],
    check: Callable[[str], None] | None = None,
    *,
    patience: float = 10.0,
) -> Edited[T]:
    """Change a rule file, made where it is missing; a file that stays the same is not written.

    change: is given the file, and changes it. check: is given the new text, and may raise so that
    nothing is written. patience: seconds to wait for another editor.
    Raises RuleFileError, and what change and check raise.
    """
    path = path.resolve()
    if not path.parent.is_dir():
        raise RuleFileError(f"cannot write {path}: there is no such directory")
    with _alone(path, patience):
        before = read(path)
        try:
            document = RuleDocument((before or b"").decode())
        except UnicodeDecodeError:
            raise RuleFileError(f"{path} is not UTF-8") from None
        except RuleFileError as error:
            raise RuleFileError(f"{path}: {error}") from None
        result = change(document)
        try:
            after = document.text.encode()
        except UnicodeEncodeError:
            raise RuleFileError("a rule file is UTF-8, and this text is not") from None
        if after == (before or b""):
            return Edited(result, digest_of(before))
        if check is not None:
            check(document.text)
        _replace(path, before, after)
        return Edited(result, digest_of(after))


@contextmanager
def _alone(path: Path, patience: float) -> Iterator[None]:
    """Keep other editors out."""
    from filelock import FileLock, Timeout

    lock: FileLock = FileLock(path.with_name(f".{path.name}.lock"), timeout=patience, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise RuleFileError(f"{path} is being edited by another program: try again") from None
    except (OSError, NotImplementedError) as error:
        raise RuleFileError(f"cannot write {path}: {_why(error)}") from None
    try:
        yield
    finally:
        lock.release()


def _replace(path: Path, before: bytes | None, after: bytes) -> None:
    """Write a file beside and move it there, unless the file was changed by somebody else."""
    aside = path.with_name(f".{path.name}.part")
    try:
        with suppress(FileNotFoundError):
            aside.unlink()
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _mode(path))
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        if read(path) != before:
            raise RuleFileError(f"{path} was changed meanwhile: try again")
        aside.replace(path)
    except OSError as error:
        raise RuleFileError(f"cannot write {path}: {_why(error)}") from None
    finally:
        with suppress(OSError):
            aside.unlink()


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o600


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
