"""Opening a mailbox directory to serve it."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from mailcatch import MailboxError
from mailcatch.mailbox.errors import MailboxBusyError
from mailcatch.mailbox.mailbox import Mailbox


def test_a_new_directory_is_for_its_owner_alone(opened: Mailbox) -> None:
    for path in (opened.root, opened.root / "messages", opened.root / "sessions"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_opening_removes_what_a_crash_left(tmp_path: Path) -> None:
    left = tmp_path / "messages" / ".7.part"
    left.parent.mkdir()
    left.write_bytes(b"half")
    kept = tmp_path / "messages" / "by hand.eml"
    kept.write_bytes(b"whole")
    box = Mailbox(tmp_path)
    box.open()
    asyncio.run(box.close())
    assert not left.exists()
    assert kept.read_bytes() == b"whole"


def test_a_directory_is_served_by_one_only(opened: Mailbox) -> None:
    with pytest.raises(MailboxBusyError, match=r"serves .* already"):
        Mailbox(opened.root).open()


def test_a_directory_can_be_served_again(opened: Mailbox) -> None:
    asyncio.run(opened.close())
    opened.open()


def test_a_place_that_cannot_be_written_is_refused(forbidden: Path) -> None:
    with pytest.raises(MailboxError, match=r"cannot write into .*not a directory.*--dir"):
        Mailbox(forbidden).open()


def test_a_guest_writes_beside_the_server_and_clears_nothing(opened: Mailbox) -> None:
    half = opened.root / "messages" / ".1.part"
    half.write_bytes(b"half")
    guest = Mailbox(opened.root, guest=True)
    guest.open()
    message = guest.new_message()
    message.write(b"Subject: x\r\n\r\n")
    name = asyncio.run(message.commit())
    asyncio.run(guest.close())
    assert (opened.root / "messages" / name).read_bytes() == b"Subject: x\r\n\r\n"
    assert half.read_bytes() == b"half"
    with pytest.raises(MailboxBusyError):
        Mailbox(opened.root).open()


def test_a_guest_that_cannot_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MailboxError, match="cannot write into"):
        Mailbox(tmp_path / "file" / "mail", guest=True).open()
