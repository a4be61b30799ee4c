"""smtp-source, Postfix's source of load."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, kept
from tests.clients.programs import run, unpacked
from tests.reading import sessions


def smtp_source(catcher: Catcher, home: Path, *options: str) -> str:
    postfix = unpacked("postfix/usr/sbin/smtp-source").parents[2]
    return run(
        postfix / "usr/sbin/smtp-source",
        *("-M", "client.example.com", "-f", SENDER, "-t", RECIPIENT),
        *options,
        f"{catcher.host}:{catcher.port}",
        home=home,
        settings={"LD_LIBRARY_PATH": str(postfix / "usr/lib/postfix")},
    )


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
    recipients = [f"3{RECIPIENT}", f"2{RECIPIENT}", RECIPIENT]
    assert all(message.envelope == (SENDER, recipients) for message in received)


def body_of(octets: bytes) -> bytes:
    """Return the body, without the CRLF that smtp-source puts before the dot."""
    _, _, body = octets.partition(b"\r\n\r\n")
    assert body.endswith(b"X\r\n")
    return body[:-2]
