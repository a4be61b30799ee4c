"""smtp-source, Postfix's source of load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, kept
from tests.clients.senders import body_of, smtp_source
from tests.reading import sessions

NUMBERED = re.compile(RECIPIENT.replace("@", r"(\d+)@"))


@pytest.mark.parametrize(
    ("connections", "sessions_made"), [(["-d"], 5), ([], 100)], ids=["kept alive", "new each"]
)
def test_sends_many_messages_over_five_sessions(
    catcher: Catcher, tmp_path: Path, connections: list[str], sessions_made: int
) -> None:
    smtp_source(catcher, tmp_path, "-s", "5", "-m", "100", "-l", "1000", *connections)

    received = kept(catcher.mailbox)
    assert len(received) == 100
    assert {len(body_of(message.octets)) for message in received} == {1000}
    assert all(message.envelope == (SENDER, [RECIPIENT]) for message in received)
    assert len(sessions(catcher.mailbox)) == sessions_made


def test_sends_large_messages(catcher: Catcher, tmp_path: Path) -> None:
    smtp_source(catcher, tmp_path, "-s", "2", "-m", "4", "-l", "5000000", "-d")

    received = kept(catcher.mailbox)
    assert [len(body_of(message.octets)) for message in received] == [5_000_000] * 4


def test_sends_a_file_to_several_recipients(catcher: Catcher, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(DIFFICULT.replace(b"\r\n", b"\n"))

    smtp_source(catcher, tmp_path, "-s", "3", "-m", "30", "-r", "3", "-F", str(file))

    received = kept(catcher.mailbox)
    assert len(received) == 30
    # smtp-source always puts a CRLF before the dot that ends the data.
    assert {message.octets for message in received} == {DIFFICULT + b"\r\n"}
    backwards = [f"3{RECIPIENT}", f"2{RECIPIENT}", RECIPIENT]
    for message in received:
        sender, recipients = message.envelope
        assert sender == SENDER
        # As of Postfix 3.11 they are numbered on and on, behind their names.
        numbers = [int(found[1]) for one in recipients if (found := NUMBERED.fullmatch(one))]
        assert recipients == backwards or (len(numbers) == 3 and numbers == sorted(set(numbers)))
