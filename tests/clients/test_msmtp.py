"""msmtp, in place of sendmail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, logins, only
from tests.clients.programs import program, run


def msmtp(
    catcher: Catcher,
    home: Path,
    content: bytes,
    *arguments: str,
    settings: Sequence[str] = ("auth off",),
) -> None:
    configuration = home / "msmtprc"
    lines = [
        "account default",
        f"host {catcher.host}",
        f"port {catcher.port}",
        f"from {SENDER}",
        "domain client.example.com",
        "tls off",
        *settings,
    ]
    configuration.write_text("\n".join(lines) + "\n")
    configuration.chmod(0o600)
    run(program("msmtp"), "--file", configuration, *arguments, home=home, standard_input=content)


def test_sends_a_whole_message_and_adds_nothing(catcher: Catcher, tmp_path: Path) -> None:
    msmtp(catcher, tmp_path, DIFFICULT, RECIPIENT, "carol@example.com")

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com"])


def test_makes_line_ends_of_line_feeds(catcher: Catcher, tmp_path: Path) -> None:
    msmtp(catcher, tmp_path, DIFFICULT.replace(b"\r\n", b"\n"), RECIPIENT)

    assert only(catcher.mailbox).octets == DIFFICULT


@pytest.mark.parametrize("mechanism", ["plain", "login"])
def test_logs_in(catcher: Catcher, tmp_path: Path, mechanism: str) -> None:
    settings = [f"auth {mechanism}", "user ann", "password sesame"]
    msmtp(catcher, tmp_path, DIFFICULT, RECIPIENT, settings=settings)

    assert logins(catcher.mailbox) == [(mechanism.upper(), "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


def test_adds_the_fields_that_a_message_lacks_before_it(catcher: Catcher, tmp_path: Path) -> None:
    msmtp(catcher, tmp_path, b"Subject: short\n\nbody\n", RECIPIENT)

    octets = only(catcher.mailbox).octets
    added, subject, rest = octets.partition(b"Subject: short\r\n")
    assert subject + rest == b"Subject: short\r\n\r\nbody\r\n"
    names = {line.partition(b":")[0] for line in added.splitlines()}
    assert names == {b"Date", b"From", b"Message-ID"}


def test_adds_nothing_when_told_so(catcher: Catcher, tmp_path: Path) -> None:
    fields = ("from", "date", "msgid")
    settings = ["auth off", *(f"set_{field}_header off" for field in fields)]
    msmtp(catcher, tmp_path, b"Subject: short\n\n.body\n", RECIPIENT, settings=settings)

    assert only(catcher.mailbox).octets == b"Subject: short\r\n\r\n.body\r\n"


def test_takes_the_recipients_from_the_message(catcher: Catcher, tmp_path: Path) -> None:
    msmtp(catcher, tmp_path, DIFFICULT, "--read-recipients", "--read-envelope-from")

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])
