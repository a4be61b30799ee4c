"""`mailcatch sendmail`, as the programs that call sendmail run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch import Catcher, Reply, Stage, Verdict
from mailcatch.smtp.policy import Facts, Firing
from tests.reading import ended_session, messages, only_transaction
from tests.serving import Serving, run

WHOLE = b"From: a@example.com\nDate: x\nMessage-ID: <1@example.com>\n"


def sendmail(
    *arguments: str,
    message: bytes = b"",
    port: int | None = None,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
    program: tuple[str, ...] = (sys.executable, "-m", "mailcatch", "sendmail"),
) -> subprocess.CompletedProcess[bytes]:
    settings = {} if port is None else {"MAILCATCH_PORT": str(port)}
    return subprocess.run(
        [*program, *arguments],
        input=message,
        capture_output=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, **settings, **(environment or {})},
        check=False,
    )


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that nobody listens on, held so that nobody will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def test_a_message_for_those_in_its_header(catcher: Catcher) -> None:
    message = WHOLE + b"To: ann@example.com\nBcc: bob@example.com\n\none\n.\n..two\n"
    done = sendmail("-t", "-i", "-fapp@example.com", message=message, port=catcher.port)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    sent = message.replace(b"Bcc: bob@example.com\n", b"").replace(b"\n", b"\r\n")
    assert messages(catcher.mailbox) == [sent]
    transaction = only_transaction(catcher.mailbox)
    assert transaction.sender == "app@example.com"
    assert [one.address for one in transaction.recipients] == ["ann@example.com", "bob@example.com"]
    assert transaction.notes == ()


def test_a_message_for_those_in_the_arguments(catcher: Catcher) -> None:
    done = sendmail(
        "-FRobot", "-v", "root, b@c", "--", "-d@e", message=b"hi\n.\nx", port=catcher.port
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"root, b@c, -d@e: 250 2.0.0 Ok: queued as ")
    (message,) = messages(catcher.mailbox)
    head, _, body = message.partition(b"\r\n\r\n")
    assert body == b"hi\r\n"
    assert head.startswith(b"From: Robot <")
    assert [line.split(b":")[0] for line in head.split(b"\r\n")] == [
        b"From",
        b"Date",
        b"Message-ID",
    ]
    transaction = only_transaction(catcher.mailbox)
    assert f"<{transaction.sender}>".encode() in head
    assert [one.address for one in transaction.recipients] == ["root", "b@c", "-d@e"]


def test_the_null_sender_and_addresses_in_any_script(catcher: Catcher) -> None:
    done = sendmail(
        "-f", "<>", "日本@例え.jp", message=WHOLE + "\n日本".encode(), port=catcher.port
    )
    assert done.returncode == 0
    transaction = only_transaction(catcher.mailbox)
    assert transaction.sender == ""
    assert transaction.recipients[0].address == "日本@例え.jp"
    assert {"BODY=8BITMIME", "SMTPUTF8"} <= set(transaction.parameters)


def test_smtp_on_standard_input_and_output(catcher: Catcher) -> None:
    said = (
        b"HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nX: y\r\n\r\n\xff\r\n.\r\nQUIT\r\n"
    )
    done = sendmail("-bs", message=said, port=catcher.port)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [line[:3] for line in done.stdout.splitlines()] == [
        b"220", b"250", b"250", b"250", b"354", b"250", b"221",
    ]  # fmt: skip
    assert messages(catcher.mailbox) == [b"X: y\r\n\r\n\xff\r\n"]


def test_smtp_ends_when_its_input_ends(catcher: Catcher) -> None:
    done = sendmail("-bs", message=b"NOOP\r\n", port=catcher.port)
    assert done.returncode == 0
    ended_session(catcher.mailbox)


def test_smtp_ends_when_the_server_closes(catcher: Catcher) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mailcatch", "sendmail", "-bs", f"--port={catcher.port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"QUIT\r\n")
        process.stdin.flush()
        # Standard input stays open.
        assert process.wait(timeout=30) == 0


def test_it_is_a_program_of_its_own(catcher: Catcher) -> None:
    program = Path(sys.executable).with_name("mailcatch-sendmail")
    done = sendmail("x@y", message=WHOLE, port=catcher.port, program=(str(program),))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(messages(catcher.mailbox)) == 1


def test_the_server_of_a_directory_is_found(mailbox: Path, tmp_path: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox):
        done = sendmail("--dir", str(mailbox), "x@y", message=WHOLE)
        assert (done.returncode, done.stderr) == (0, b"")
        (tmp_path / "mailcatch.toml").write_text('port = 0\ndir = "mail"\n')
        assert sendmail("x@y", message=WHOLE, cwd=tmp_path).returncode == 0
        assert len(messages(mailbox)) == 2


def test_a_unix_socket_is_reached(mailbox: Path, tmp_path: Path) -> None:
    with Serving("--listen", f"unix:{tmp_path / 's'}", "--dir", mailbox):
        assert sendmail("--dir", str(mailbox), "x@y", message=WHOLE).returncode == 0
        assert len(messages(mailbox)) == 1


def test_without_a_server_the_caller_shall_try_later(free_port: int, tmp_path: Path) -> None:
    sentence = (
        f"nothing listens on localhost:{free_port}: start mailcatch serve, or name another server"
        " with --host and --port"
    )
    done = sendmail("x@y", message=WHOLE, port=free_port)
    assert (done.returncode, done.stderr.decode()) == (75, f"mailcatch: {sentence}\n")
    done = sendmail("-bs", port=free_port)
    assert (done.returncode, done.stdout.decode()) == (75, f"421 4.3.2 {sentence}\r\n")
    done = sendmail("--dir", str(tmp_path / "none"), "x@y", message=WHOLE)
    assert done.returncode == 75
    assert done.stderr.decode().startswith(f"mailcatch: no server serves {tmp_path / 'none'}: ")


@pytest.mark.parametrize(
    ("arguments", "message", "status", "problem"),
    [
        (["-Z", "x"], b"", 64, "sendmail has no option -Z"),
        (["--port", "many"], b"", 64, "Invalid value for '--port'"),
        ([], b"", 64, "no recipients: name them as arguments, or use -t"),
        (["a b"], b"", 64, "'a b' is no address"),
        (["-t"], b"Subject: x\n\n", 64, "the header names no recipients in To, Cc or Bcc"),
        (["-t"], b"To: Ann Smith\n\n", 65, "in the header, 'Ann Smith' is no address"),
    ],
)
def test_mistakes(arguments: list[str], message: bytes, status: int, problem: str) -> None:
    done = sendmail(*arguments, message=message)
    assert done.returncode == status
    assert done.stderr.decode().startswith(f"mailcatch: {problem}")
    assert done.stderr.count(b"\n") == 1


def test_closed_standard_input_is_told() -> None:
    closing = 'exec "$0" -m mailcatch sendmail x@y <&-'
    done = sendmail(program=("sh", "-c", closing, sys.executable))
    assert done.returncode == 64
    assert done.stderr.startswith(b"mailcatch: standard input is closed")


def test_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "mailcatch.toml").write_text("ports = 1\n")
    assert sendmail("x@y", cwd=tmp_path).returncode == 78


class Refusing:
    """Refuses at one stage; recipients only when they begin with "no"."""

    def __init__(self, stage: Stage, code: int) -> None:
        self._stage = stage
        self._code = code

    def decide(self, stage: Stage, facts: Facts) -> Verdict | None:
        if stage is not self._stage:
            return None
        if stage is Stage.RCPT and facts.path and not facts.path.address.startswith("no"):
            return None
        return Verdict(
            reply=Reply(self._code, f"{self._code // 100}.0.0", "No"), firings=(Firing("no"),)
        )


@pytest.mark.parametrize(
    ("stage", "code", "status", "problem"),
    [
        (Stage.CONNECT, 421, 75, "the server on {} wants no session: 421 4.0.0 No\n"),
        (Stage.MAIL, 451, 75, "the message was refused: 451 4.0.0 No"),
        (Stage.MAIL, 550, 69, "the message was refused: 550 5.0.0 No"),
        (Stage.RCPT, 451, 75, "no@x was refused: 451 4.0.0 No"),
        (Stage.RCPT, 550, 67, "no@x was refused: 550 5.0.0 No"),
        (Stage.RCPT, 552, 69, "no@x was refused: 552 5.0.0 No"),
        (Stage.EOM, 452, 75, "the message was refused: 452 4.0.0 No"),
        (Stage.EOM, 554, 69, "the message was refused: 554 5.0.0 No"),
    ],
)
def test_a_refusal_is_told_by_words_and_by_status(
    mailbox: Path, stage: Stage, code: int, status: int, problem: str
) -> None:
    with Catcher(port=0, mailbox=mailbox, policy=Refusing(stage, code)).in_thread() as catcher:
        done = sendmail("no@x", message=WHOLE, port=catcher.port)
        assert done.returncode == status
        expected = problem.format(f"localhost:{catcher.port}")
        assert done.stderr.decode().startswith(f"mailcatch: {expected}")
        assert done.stderr.count(b"\n") == 1


def test_those_who_are_not_refused_get_it(mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox, policy=Refusing(Stage.RCPT, 550)).in_thread() as catcher:
        done = sendmail("-v", "no@x", "yes@x", message=WHOLE, port=catcher.port)
        assert done.returncode == 67
        assert done.stdout.startswith(b"yes@x: 250 ")
        assert done.stderr == b"mailcatch: no@x was refused: 550 5.0.0 No\n"
        assert len(messages(mailbox)) == 1


def test_a_server_that_leaves_in_the_middle_may_be_back_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "mailcatch", "sendmail", "x@y"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "MAILCATCH_PORT": str(listener.getsockname()[1])},
        )
        client, _ = listener.accept()
        client.sendall(b"220 here\r\n")
        client.close()
        _, error = process.communicate(timeout=30)
    assert process.returncode == 75
    assert b" broke: " in error
    assert error.count(b"\n") == 1


def test_help_names_the_options() -> None:
    done = run("sendmail", "--help")
    assert done.returncode == 0
    assert "-t, -i, -f ADDR" in done.stdout
