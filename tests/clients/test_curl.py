"""curl, which uploads a file as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.clients.conftest import DIFFICULT, HEADER
from tests.clients.kept import RECIPIENT, SENDER, logins, only
from tests.clients.programs import program, run


def upload(catcher: Catcher, file: Path, *options: str) -> None:
    run(
        program("curl"),
        *("--disable", "--silent", "--show-error", "--noproxy", "*"),
        *("--mail-from", SENDER, "--mail-rcpt", RECIPIENT),
        *("--upload-file", str(file)),
        *options,
        f"smtp://{catcher.host}:{catcher.port}/client.example.com",
        home=file.parent,
    )


def test_uploads_a_file(catcher: Catcher, message_file: Path) -> None:
    upload(catcher, message_file)

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])


def test_names_several_recipients(catcher: Catcher, message_file: Path) -> None:
    upload(catcher, message_file, "--mail-rcpt", "carol@example.com", "--mail-rcpt", "d@e.org")

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com", "d@e.org"])


@pytest.mark.parametrize("initial", ["--sasl-ir", "--no-sasl-ir"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_logs_in(catcher: Catcher, message_file: Path, mechanism: str, initial: str) -> None:
    upload(
        catcher,
        message_file,
        "--user",
        "ann:sesame",
        "--login-options",
        f"AUTH={mechanism}",
        initial,
    )

    assert logins(catcher.mailbox) == [(mechanism, "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


def test_names_the_user_that_a_message_is_of(catcher: Catcher, message_file: Path) -> None:
    upload(catcher, message_file, "--user", "ann:sesame", "--mail-auth", "ann@example.com")

    assert "AUTH=<ann@example.com>" in only(catcher.mailbox).transaction.parameters
    assert only(catcher.mailbox).octets == DIFFICULT


def test_uploads_a_line_of_1500_octets(catcher: Catcher, tmp_path: Path) -> None:
    file = tmp_path / "long.eml"
    file.write_bytes(HEADER + b"\r\n" + b"x" * 1500 + b"\r\n")

    upload(catcher, file)

    assert only(catcher.mailbox).octets == file.read_bytes()
    assert [note.name for note in only(catcher.mailbox).transaction.notes] == ["long-line"]


def test_leaves_bare_line_feeds_as_they_are(catcher: Catcher, tmp_path: Path) -> None:
    file = tmp_path / "unix.eml"
    file.write_bytes(b"Subject: unix\n\n.\n..dots\nthe end\n")

    upload(catcher, file)

    # curl always puts a CRLF before the dot that ends the data.
    assert only(catcher.mailbox).octets == file.read_bytes() + b"\r\n"
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])


def test_makes_line_ends_of_line_feeds(catcher: Catcher, tmp_path: Path) -> None:
    file = tmp_path / "unix.eml"
    file.write_bytes(b"Subject: unix\n\n.\n..dots\nthe end\n")

    upload(catcher, file, "--crlf")

    assert only(catcher.mailbox).octets == file.read_bytes().replace(b"\n", b"\r\n")


def test_uploads_a_large_file(catcher: Catcher, tmp_path: Path) -> None:
    file = tmp_path / "large.eml"
    file.write_bytes(HEADER + b"\r\n" + b".large\r\n" * 500_000)

    upload(catcher, file)

    assert only(catcher.mailbox).octets == file.read_bytes()
