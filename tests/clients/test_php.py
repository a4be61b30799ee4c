"""PHP's mail(), which calls sendmail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.clients.kept import only
from tests.clients.programs import program, run

SCRIPT = """<?php
$sent = mail(
    "Ann <ann@example.com>, bob@example.com",
    "Gr\\u{00FC}\\u{00DF}e",
    "Hello,\\n.\\n..dots\\nBye",
    "From: shop@example.org\\r\\nCc: carl@example.net\\r\\nBcc: hidden@example.net",
    "-fbounce@example.org"
);
echo $sent ? "sent" : "not sent";
"""


@pytest.mark.parametrize("name", ["mailcatch-sendmail", "mailcatch sendmail"])
def test_mail_reaches_everyone_and_is_kept_as_it_was_written(
    catcher: Catcher, mailbox: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "mail.php").write_text(SCRIPT)
    command = f"{Path(sys.executable).parent / name} -t -i"
    said = run(
        program("php"), "-d", f"sendmail_path={command}", tmp_path / "mail.php",
        home=tmp_path, settings={"MAILCATCH_PORT": str(catcher.port)},
    )  # fmt: skip
    assert said == "sent"
    kept = only(mailbox)
    everyone = ["ann@example.com", "bob@example.com", "carl@example.net", "hidden@example.net"]
    assert kept.envelope == ("bounce@example.org", everyone)
    head, _, body = kept.octets.partition(b"\r\n\r\n")
    assert body == b"Hello,\r\n.\r\n..dots\r\nBye\r\n"
    assert "Subject: Grüße".encode() in head.split(b"\r\n")
    assert b"hidden" not in head


def test_mail_fails_where_nobody_is_named(catcher: Catcher, tmp_path: Path) -> None:
    (tmp_path / "mail.php").write_text('<?php echo mail("", "x", "y") ? "sent" : "not sent";')
    command = f"{Path(sys.executable).parent / 'mailcatch-sendmail'} -t -i"
    said = run(
        program("php"), "-d", f"sendmail_path={command}", tmp_path / "mail.php",
        home=tmp_path, settings={"MAILCATCH_PORT": str(catcher.port)},
    )  # fmt: skip
    assert said == "mailcatch: the header names no recipients in To, Cc or Bcc\nnot sent"
