"""A file of rules, taken again when it changes."""

from __future__ import annotations

import os
import time
from errno import EFBIG, EINVAL, EISDIR
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final

from mailcatch.faults.errors import Problem, RuleError
from mailcatch.faults.loading import LONGEST_FILE, RESERVED, decoded, load
from mailcatch.faults.presets import TABLES
from mailcatch.faults.rule import RuleSet

NOTHING: Final = RuleSet(magic=RESERVED)
MOST_OCTETS: Final = 4 * LONGEST_FILE
"""Octets of a rule file: a character of UTF-8 has four at most."""
# A file that was changed so lately may change again without that showing in its times.
_FRESH_SECONDS: Final = 1.0


class RuleFile:
    """The rules of a file, as they were when it was last right.

    What lost rules, or has a mistake, is taken when it is still so at the next look: whoever writes
    the file may not have written all of it, and rules that go and come again begin to count anew.

    path: the file, which need not exist.
    rules: those in force. digest: hexadecimal SHA-256 of the octets last taken, right or wrong; ""
    where there is no file. error: why they could not be used, or None.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # As server.json can tell it, which is UTF-8.
        self._name = os.fsencode(path).decode("utf-8", "replace")
        self.rules = NOTHING
        self.digest = ""
        self.error: RuleError | None = None
        self._seen: tuple[int, int, int] | None = None
        self._fresh = False
        self._first = True
        # The digest of what was waited with, "" for no file, None for nothing.
        self._waited: str | None = None

    @property
    def unsettled(self) -> bool:
        """Whether the next look decides what is taken."""
        return self._waited is not None

    def look(self) -> bool:
        """Take the file where it changed. Returns whether it did; costs next to nothing if not."""
        try:
            status = os.stat(self.path)  # noqa: PTH116 - called ten times a second
            seen = status.st_mtime_ns, status.st_size, status.st_ino
            if seen == self._seen and not self._fresh:
                return False
            _must_be_readable(status)
            octets = self.path.read_bytes()
        except FileNotFoundError:
            return self._gone()
        except OSError as error:
            return self._unreadable(error)
        self._seen = seen
        self._fresh = abs(time.time() - status.st_mtime) < _FRESH_SECONDS
        digest = sha256(octets).hexdigest()
        if digest == self.digest:
            self._waited = None
            return False
        try:
            rules = load(decoded(octets, name=self._name), name=self._name, presets=TABLES)
        except RuleError as error:
            if not self._meant(digest, None):
                return False
            self.error = error
        else:
            if not self._meant(digest, rules):
                return False
            self.rules, self.error = rules, None
        self.digest = digest
        return True

    def _gone(self) -> bool:
        self._seen = None
        nothing_new = not self.digest and self.error is None
        if not self._meant("", NOTHING) or nothing_new:
            return False
        self.rules, self.digest, self.error = NOTHING, "", None
        return True

    def _meant(self, digest: str, rules: RuleSet | None) -> bool:
        """Return whether what was found can be taken now. rules: None where it is wrong."""
        lost = rules is None or not _ids(self.rules) <= _ids(rules)
        if lost and not self._first and digest != self._waited:
            self._waited, self._seen = digest, None
            return False
        self._waited, self._first = None, False
        return True

    def _unreadable(self, error: OSError) -> bool:
        what = f"cannot be read: {(error.strerror or '').lower()}"
        was = str(self.error)
        self.error = RuleError([Problem(name=self._name, what=what)])
        return str(self.error) != was


def _ids(rules: RuleSet) -> set[str]:
    return {rule.id for rule in rules.rules}


def _must_be_readable(status: os.stat_result) -> None:
    """Raise OSError for what would keep the server: it reads on the path of all replies."""
    if S_ISDIR(status.st_mode):
        raise IsADirectoryError(EISDIR, "is a directory")
    if not S_ISREG(status.st_mode):
        raise OSError(EINVAL, "is no regular file")
    if status.st_size > MOST_OCTETS:
        raise OSError(EFBIG, f"has more than {MOST_OCTETS} octets")
