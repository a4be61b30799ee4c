"""swaks, the Swiss army knife for SMTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Client, Xclient
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, logins, only
from tests.clients.programs import program, run
from tests.clients.senders import swaks
from tests.reading import close_of, ended_session, sessions


@pytest.fixture
def data(tmp_path: Path) -> list[str]:
    """The options that send the difficult message, up to the dot that swaks allows at its end."""
    file = tmp_path / "data"
    file.write_bytes(DIFFICULT + b".\r\n")
    return ["--data", f"@{file}"]


def sent(printed: str) -> bytes:
    """Return the message that swaks says it sent."""
    lines = printed.replace("\r\n", "\n").split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("<-  354")) + 1
    arrow = " -> "
    said = []
    for line in lines[start:]:
        assert line.startswith(arrow)
        if line == " -> .":
            break
        said.append(line.removeprefix(arrow).removeprefix("."))
    return "".join(f"{line}\r\n" for line in said).encode(errors="surrogateescape")


def test_sends_its_test_message(catcher: Catcher, tmp_path: Path) -> None:
    printed = swaks(catcher, tmp_path, "--to", RECIPIENT)

    assert only(catcher.mailbox).octets == sent(printed)
    assert b"This is a test mailing" in only(catcher.mailbox).octets
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])


@pytest.mark.parametrize("pipeline", [[], ["--pipeline"]], ids=["waiting", "pipelined"])
def test_sends_a_file(
    catcher: Catcher, tmp_path: Path, data: list[str], pipeline: list[str]
) -> None:
    recipients = [RECIPIENT, "carol@example.com", "dave@example.com"]
    swaks(catcher, tmp_path, "--to", ",".join(recipients), *data, *pipeline)

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, recipients)


@pytest.mark.parametrize("pipeline", [[], ["--pipeline"]], ids=["waiting", "pipelined"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_logs_in(
    catcher: Catcher, tmp_path: Path, data: list[str], mechanism: str, pipeline: list[str]
) -> None:
    login = ["--auth", mechanism, "--auth-user", "ann", "--auth-password", "sesame"]
    swaks(catcher, tmp_path, "--to", RECIPIENT, *login, *data, *pipeline)

    assert logins(catcher.mailbox) == [(mechanism, "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])


def test_attaches_files(catcher: Catcher, tmp_path: Path) -> None:
    attachment = tmp_path / "picture.bin"
    attachment.write_bytes(bytes(range(256)) * 20)

    printed = swaks(
        catcher,
        tmp_path,
        *("--to", RECIPIENT, "--header", "Subject: with a picture", "--body", "see\n.\nbelow"),
        *("--attach-type", "image/x-test", "--attach", f"@{attachment}"),
    )

    assert only(catcher.mailbox).octets == sent(printed)
    assert b"Content-Type: image/x-test" in only(catcher.mailbox).octets
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])


@pytest.mark.parametrize(("protocol", "verb"), [("SMTP", "HELO "), ("ESMTP", "EHLO ")])
def test_speaks_the_old_and_the_new_protocol(
    catcher: Catcher, tmp_path: Path, data: list[str], protocol: str, verb: str
) -> None:
    swaks(catcher, tmp_path, "--protocol", protocol, "--to", RECIPIENT, *data)

    assert only(catcher.mailbox).octets == DIFFICULT
    (session,) = sessions(catcher.mailbox)
    said = [event.text for event in session if isinstance(event, Client)]
    assert said[0] == f"{verb}client.example.com"


def test_closes_without_quit(catcher: Catcher, tmp_path: Path, data: list[str]) -> None:
    swaks(catcher, tmp_path, "--to", RECIPIENT, *data, "--drop-after", "DOT")

    assert only(catcher.mailbox).octets == DIFFICULT
    assert close_of(ended_session(catcher.mailbox)).how == "eof"


def test_speaks_for_another_client(catcher: Catcher, tmp_path: Path, data: list[str]) -> None:
    other = {"addr": "203.0.113.9", "name": "spike.example.com", "login": "dave", "port": "4711"}
    options = [word for name, value in other.items() for word in (f"--xclient-{name}", value)]
    swaks(catcher, tmp_path, "--to", RECIPIENT, *options, *data)

    assert only(catcher.mailbox).octets == DIFFICULT
    events = ended_session(catcher.mailbox)
    (told,) = [event for event in events if isinstance(event, Xclient)]
    assert told.peer == "203.0.113.9:4711"
    assert told.attributes == {name.upper(): value for name, value in other.items()}
    assert logins(catcher.mailbox) == [("XCLIENT", "dave")]


def test_does_not_speak_for_another_client_where_that_is_hidden(
    mailbox: Path, tmp_path: Path
) -> None:
    with Catcher(port=0, mailbox=mailbox, without=["XCLIENT"]).in_thread() as catcher:
        run(
            program("swaks"),
            *("--server", catcher.host, "--port", str(catcher.port), "--to", RECIPIENT),
            *("--xclient-addr", "203.0.113.9"),
            home=tmp_path,
            status=None,
        )
