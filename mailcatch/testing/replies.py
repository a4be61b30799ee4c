"""A reply of the server, as a test looks at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_REPLY: Final = re.compile(r"(\d{3})[ -]?(?:([245]\.\d{1,3}\.\d{1,3}) ?)?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said. code 0 and an empty text stand for a reply that was never sent.

    code: the three digits. enhanced: "5.1.1" (RFC 3463), or "". text: the rest, on one line.
    """

    code: int = 0
    enhanced: str = ""
    text: str = ""

    @classmethod
    def parse(cls, said: str) -> Reply:
        """Read a reply as the session file keeps it."""
        found = _REPLY.match(said)
        if found is None:
            return cls(text=said)
        return cls(int(found[1]), found[2] or "", " ".join(found[3].split()))

    @property
    def refused(self) -> bool:
        """Whether it is negative, for now (4xx) or for good (5xx)."""
        return self.code >= 400

    @property
    def permanent(self) -> bool:
        """Whether a sender must not try again (5xx, RFC 5321 section 4.2.1)."""
        return self.code >= 500

    def __str__(self) -> str:
        if not self.code:
            return "no reply"
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)
