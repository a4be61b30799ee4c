"""The Python of the README and of docs/python.md runs as it stands there."""

from __future__ import annotations

import asyncio
import re
import shlex
import smtplib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mailcatch.testing import MailServer
from tests.serving import Serving, run

README = Path(__file__).parent.parent / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def send_mail(host: str, port: int) -> None:
    with smtplib.SMTP(host, port) as client:
        client.sendmail("a@example.com", ["b@example.com"], b"Subject: Your code is 1\r\n\r\n")


@pytest.fixture
def ran() -> list[dict[str, Any]]:
    namespaces = []
    for example in EXAMPLES:
        names: dict[str, Any] = {"send_mail": send_mail}
        exec(compile(example, "README.md", "exec"), names)
        namespaces.append(names)
    return namespaces


def test_each_example_runs(ran: list[dict[str, Any]]) -> None:
    assert len(ran) == 2
    assert "test_retries" in ran[1]


def test_the_test_of_the_example_passes(ran: list[dict[str, Any]]) -> None:
    class App:
        def invite(self, address: str) -> None:
            for _ in range(2):
                with suppress(smtplib.SMTPException):
                    send(address)

    with MailServer() as server, server.inbox() as inbox:

        def send(address: str) -> None:
            with smtplib.SMTP(*inbox.addr) as client:
                mail = "Subject: x\n\nhttps://example.com/join/?token=x\n"
                client.sendmail("a@example.com", [address], mail)

        ran[1]["test_retries"](inbox, App())


def test_the_examples_of_the_python_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = README.parent / "docs" / "python.md"
    names: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(compile(example, "python.md", "exec"), names)
    asyncio.run(names["in_your_event_loop"]())
    with names["flaky"].in_thread() as catcher:
        with pytest.raises((smtplib.SMTPException, OSError)):
            send_mail(catcher.host, catcher.port)
        send_mail(catcher.host, catcher.port)
        assert len(list(catcher.mailbox.glob("messages/*.eml"))) == 2
    assert (tmp_path / "mail" / "messages").is_dir()


def test_the_faults_of_the_readme_are_taken(tmp_path: Path) -> None:
    lines = re.findall(
        r"^(mailcatch (?:serve --fault|faults add) .*?)(?: +#.*)?$",
        README.read_text(),
        re.MULTILINE,
    )
    assert len(lines) == 4
    (serving, *adding) = [shlex.split(line)[1:] for line in lines]
    with Serving(*serving[1:], "--port", "0", "--dir", tmp_path):
        for words in adding:
            done = run(*words, "--dir", tmp_path)
            assert (done.returncode, done.stderr) == (0, "")
        listed = run("faults", "ls", "--json", "--dir", tmp_path).stdout.splitlines()
    assert len(listed) == 4
