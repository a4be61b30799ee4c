"""The messages of CPython's package test.test_email: of this Python, or of Debian's."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parent.parent


def messages_of_cpython() -> list[Path]:
    """Return their files; none where neither Python came with its own tests."""
    places = [
        Path(sysconfig.get_path("stdlib"), "test"),
        *PROJECT.glob(".cache/python-tests/usr/lib/python3*/test"),
    ]
    found = [sorted(place.glob("test_email/data/msg_*.txt")) for place in places]
    return max(found, key=len)
