"""The exit statuses that programs which call sendmail know (sysexits.h)."""

from __future__ import annotations

from typing import Final

USAGE: Final = 64
DATA: Final = 65
NO_USER: Final = 67
UNAVAILABLE: Final = 69
TEMPORARY: Final = 75
CONFIGURATION: Final = 78
