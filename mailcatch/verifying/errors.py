"""What goes wrong besides the message: these are for the person who asked."""

from __future__ import annotations

from typing import Final

EXTRA: Final = "mailcatch[dkim]"
"""What has to be installed."""


class VerifyingError(Exception):
    """Something that keeps messages from being verified. The message says what to do."""


class ZoneError(VerifyingError):
    """A zone file that cannot be read, or is none. The message says where, and what is wrong."""


class NotInstalledError(VerifyingError):
    """What verifies is not installed."""

    def __init__(self) -> None:
        super().__init__(
            f"to verify DKIM, SPF, DMARC and ARC, install {EXTRA}: pip install '{EXTRA}'"
        )


class UnreachableError(VerifyingError):
    """A record could not be looked up now; it may be there. The message says why."""
