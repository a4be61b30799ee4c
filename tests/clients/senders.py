"""Programs of several tests, with what those tests have in common."""

from __future__ import annotations

from pathlib import Path

from mailcatch import Catcher
from tests.clients.kept import RECIPIENT, SENDER
from tests.clients.programs import program, run, unpacked


def swaks(catcher: Catcher, home: Path, *options: str) -> str:
    return run(
        program("swaks"),
        *("--server", catcher.host, "--port", str(catcher.port)),
        *("--helo", "client.example.com", "--from", SENDER),
        *options,
        home=home,
    )


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


def body_of(octets: bytes) -> bytes:
    """Return the body, without the CRLF that smtp-source puts before the dot."""
    _, _, body = octets.partition(b"\r\n\r\n")
    assert body.endswith(b"X\r\n")
    return body[:-2]
