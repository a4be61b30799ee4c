"""What tests with real clients share: messages that are hard to keep as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

HEADER: Final = b"From: ann@example.com\r\nTo: bob@example.com\r\nSubject: hello\r\n"

DIFFICULT: Final = HEADER + (
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@example.com>\r\n"
    b"X-Empty:\r\n"
    b"\r\n"
    b".\r\n"
    b"..\r\n"
    b".dot at the start, \t trailing blanks \t \r\n"
    b"\r\n"
    b"gr\xc3\xbc\xc3\x9fe in UTF-8, gr\xfc\xdfe in Latin-1\r\n"
    b"From the start of a line\r\n" + b"long " * 300 + b"\r\n"
    b".last line\r\n"
)
"""Lines that end in CRLF, but dots, 8-bit octets and a line of 1500 octets."""


@pytest.fixture
def message_file(tmp_path: Path) -> Path:
    """The difficult message in a file."""
    path = tmp_path / "message.eml"
    path.write_bytes(DIFFICULT)
    return path
