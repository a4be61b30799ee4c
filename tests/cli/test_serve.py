"""`mailcatch serve`."""

from __future__ import annotations

import json
import logging
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from mailcatch.cli.serving import SafeFormatter
from tests.cli.terminals import OURS
from tests.reading import ended_session, eventually, messages
from tests.serving import Serving, run
from tests.talk import Talk

SAMPLE = b"Subject: x\r\n\r\nhello\r\n"


def test_the_first_line_tells_a_program_where_it_listens(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server:
        assert server.ready == {
            "event": "ready",
            "smtp": [{"host": "127.0.0.1", "port": server.port}],
            "mailbox": str(mailbox),
            "pid": server.process.pid,
            "faults": 0,
            "seed": server.ready["seed"],
        }
        assert server.ready["seed"] >= 0
        with server.talk() as talk:
            assert talk.send(SAMPLE).startswith(b"250")
        assert messages(mailbox) == [SAMPLE]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(mailbox: Path, number: int) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server:
        with server.talk() as talk:
            talk.ask(b"EHLO x")
            assert server.stop(number) == 0
            assert talk.hear() == b"421 4.3.2 The server is stopping\r\n"
        assert server.error == b""
        assert not (mailbox / "server.json").exists()


def test_a_second_signal_does_not_wait_for_transactions(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server, server.talk() as talk:
        talk.open_transaction()
        server.process.send_signal(signal.SIGTERM)
        # Refused from now on, so the first signal has arrived.
        eventually(lambda: refuses(server.port))
        assert server.stop(signal.SIGTERM) == 0


def refuses(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) != 0


def test_server_json_says_who_serves_and_counts(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server:
        with server.talk() as talk:
            talk.send(SAMPLE)

        def counted() -> bool:
            counters = json.loads((mailbox / "server.json").read_text())["counters"]
            return bool(counters["messages"] == 1 and counters["live"] == 0)

        eventually(counted)
        state = json.loads((mailbox / "server.json").read_text())
        assert state["pid"] == server.process.pid
        assert state["smtp"] == [{"host": "127.0.0.1", "port": server.port}]
        assert state["counters"]["octets"] == len(SAMPLE)


def test_an_ephemeral_directory_is_removed_at_the_end() -> None:
    with Serving("--port", "0", "--ephemeral") as server:
        with server.talk() as talk:
            talk.send(SAMPLE)
        assert len(messages(server.mailbox)) == 1
        assert server.stop() == 0
        assert not server.mailbox.exists()


def test_the_directory_is_the_users_data_directory_by_default(tmp_path: Path) -> None:
    environment = {"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    with Serving("--port", "0", environment=environment) as server:
        assert tmp_path in server.mailbox.parents


def test_options_come_from_flag_environment_and_file_in_that_order(tmp_path: Path) -> None:
    (tmp_path / "mailcatch.toml").write_text(
        'port = 0\ndir = "from-file"\nhostname = "from-file"\nmax-message-size = "2kB"\n'
        'without = ["AUTH", "HELP"]\nfsync = true\n'
    )
    config = tmp_path / "mailcatch.toml"
    with Serving(
        "--dir",
        tmp_path / "from-flag",
        environment={"MAILCATCH_HOSTNAME": "from-environment", "MAILCATCH_CONFIG": str(config)},
    ) as server:
        assert server.mailbox == tmp_path / "from-flag"
        with server.talk() as talk:
            assert b"from-environment" in talk.greeting
            offered = talk.ask(b"EHLO x")
            assert b"SIZE 2000" in offered
            assert b"AUTH" not in offered
            assert b"HELP" not in offered


def test_a_directory_in_the_file_is_told_from_where_the_file_is(tmp_path: Path) -> None:
    config = tmp_path / "mailcatch.toml"
    config.write_text('port = 0\ndir = "var/mail"\n')
    with Serving(environment={"MAILCATCH_CONFIG": str(config)}) as server:
        assert server.mailbox == tmp_path / "var" / "mail"


@pytest.mark.parametrize("name", ["mailcatch.toml", "pyproject.toml"])
def test_the_nearest_configuration_file_is_found(tmp_path: Path, name: str) -> None:
    table = "" if name == "mailcatch.toml" else "[tool.mailcatch]\n"
    (tmp_path / name).write_text(f"{table}ports = 1\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    done = run("serve", cwd=below)
    assert done.returncode == 2
    expected = f"mailcatch: {tmp_path / name}: there is no option 'ports'; did you mean 'port'?\n"
    assert done.stderr == expected


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("port = ", "is no TOML"),
        ("[table]\nport = 1\n", "there is no option 'table'"),
        ("port = { a = 1 }\n", "'port' must be text, a number, true, false"),
        ("port = 99999999\n", "port"),
        ('max-message-size = "many"\n', "'many' is no size"),
        ('idle-timeout = "soon"\n', "'soon' is no duration"),
    ],
)
def test_a_mistake_in_the_file_is_told(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "mailcatch.toml").write_text(content)
    done = run("serve", "--dir", tmp_path / "mail", cwd=tmp_path)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize(
    "content",
    [
        '"EVIL" = 1',
        'dir = "EVIL"\nport = "x"',
        'faults = ["EVIL"]',
        'tls = "EVIL"',
        'listen = ["EVIL"]',
        'cert = "EVIL"\ntls = "both"',
    ],
)
def test_a_file_from_elsewhere_tells_the_terminal_nothing(tmp_path: Path, content: str) -> None:
    content = content.replace("EVIL", "\\u001b]52;c;aGk=\\u0007")
    (tmp_path / "mailcatch.toml").write_text(content)
    done = run("serve", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr


def test_mistakes_are_one_sentence_with_what_to_do(mailbox: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with Serving("--port", "0", "--dir", mailbox) as server:
        other = tmp_path / "other"
        mistakes = {
            ("--port", str(server.port), "--dir", str(other)): (
                f"mailcatch: port {server.port} on 127.0.0.1 is in use by another program: stop"
                " it, or choose another port with --port (0 takes a free one)\n"
            ),
            ("--port", "0", "--dir", str(mailbox)): (
                f"mailcatch: another mailcatch (process {server.process.pid}, on"
                f" 127.0.0.1:{server.port}) serves {mailbox} already: send your mail there, stop"
                " it, or choose another directory with --dir\n"
            ),
            ("--port", "0", "--dir", str(blocked / "mail")): (
                f"mailcatch: cannot write into {blocked / 'mail'}: not a directory; choose another"
                " directory with --dir\n"
            ),
            ("--ephemeral", "--dir", str(other)): (
                "mailcatch: --ephemeral and --dir exclude each other: leave one of them out\n"
            ),
            ("--without", "NOVELTY"): (
                "mailcatch: there is no extension 'NOVELTY': choose from PIPELINING,"
                " SIZE, 8BITMIME, BINARYMIME, CHUNKING, SMTPUTF8, ENHANCEDSTATUSCODES, DSN, ETRN,"
                " LIMITS, REQUIRETLS, XCLIENT, XFORWARD, AUTH, HELP, DELIVERBY, FUTURERELEASE,"
                " MT-PRIORITY, NO-SOLICITING\n"
            ),
            ("--listen", "nowhere"): (
                "mailcatch: cannot listen on 'nowhere': write HOST:PORT, such as 127.0.0.1:1025 or"
                " [::1]:1025, or unix:PATH\n"
            ),
            ("--hostname", "a b"): "mailcatch: --hostname 'a b' is no host name\n",
        }
        for arguments, sentence in mistakes.items():
            done = run("serve", *arguments, environment={"XDG_DATA_HOME": str(tmp_path / "data")})
            assert (done.returncode, done.stderr, done.stdout) == (2, sentence, "")


def test_another_machine_in_reach_gives_a_warning(mailbox: Path) -> None:
    with Serving("--host", "0.0.0.0", "--port", "0", "--dir", mailbox) as server:
        assert server.stop() == 0
        assert server.error.startswith(b"mailcatch: warning: listens on 0.0.0.0:")


@pytest.mark.parametrize(
    ("options", "open_to_all"),
    [((), False), (("--atrn",), True), (("--atrn", "--auth-user", "ann:wonderland"), False)],
)
def test_another_machine_that_may_fetch_the_mail_is_told_of(
    mailbox: Path, options: tuple[str, ...], open_to_all: bool
) -> None:
    with Serving("--host", "0.0.0.0", "--port", "0", "--dir", mailbox, *options) as server:
        assert server.stop() == 0
    assert (b"can fetch what is in the mailbox" in server.error) is open_to_all


def test_a_full_disk_is_told_and_recovered_from(mailbox: Path) -> None:
    """The kernel refuses to let a file grow, as a full disk does."""
    large = b"Subject: large\r\n\r\n" + b"x" * 4_000_000 + b"\r\n"
    with Serving("--port", "0", "--dir", mailbox) as server, server.talk() as talk:
        assert talk.send(SAMPLE).startswith(b"250")
        with limited_files(server, 20):
            refused = talk.send(SAMPLE)
            assert refused == b"452 4.3.1 Cannot keep the message: File too large\r\n"
            assert talk.send(large).startswith(b"452 4.3.1 ")
            with server.talk() as other:
                assert other.send(SAMPLE).startswith(b"452 4.3.1 ")
        assert talk.send(large).startswith(b"250")
        assert messages(mailbox) == [SAMPLE, large]
        assert [path for path in (mailbox / "messages").iterdir() if path.suffix != ".eml"] == []
        talk.ask(b"QUIT")
        ended_session(mailbox)
        assert server.stop() == 0


class limited_files:  # noqa: N801 - reads as a clause
    """Within it, the files of a server cannot grow past some octets."""

    def __init__(self, server: Serving, octets: int) -> None:
        self.pid = server.process.pid
        self.octets = octets

    def __enter__(self) -> None:
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (self.octets, unlimited))

    def __exit__(self, *_: object) -> None:
        unlimited = resource.RLIM_INFINITY
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))


def test_a_directory_that_is_gone_is_told_and_recovered_from(mailbox: Path) -> None:
    aside = mailbox.with_name("aside")
    with Serving("--port", "0", "--dir", mailbox) as server, server.talk() as talk:
        mailbox.rename(aside)
        gone = b"452 4.3.1 Cannot keep the message: No such file or directory\r\n"
        assert talk.send(SAMPLE) == gone
        aside.rename(mailbox)
        assert talk.send(SAMPLE).startswith(b"250")
        assert messages(mailbox) == [SAMPLE]


def test_a_directory_that_was_emptied_is_filled_again(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server, server.talk() as talk:
        talk.send(SAMPLE)
        for path in (mailbox / "messages", mailbox / "sessions"):
            for file in path.iterdir():
                file.unlink()
            path.rmdir()
        assert talk.send(SAMPLE).startswith(b"250")
        assert messages(mailbox) == [SAMPLE]
        talk.ask(b"QUIT")
        ended_session(mailbox)


def test_fsync_keeps_messages_too(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox, "--fsync") as server:
        talks = [server.talk() for _ in range(5)]
        for talk in talks:
            talk.open_transaction()
            talk.say(b"DATA\r\n" + SAMPLE + b".\r\n")
        for talk in talks:
            assert talk.hear().startswith(b"354")
            assert talk.hear().startswith(b"250")
            talk.socket.close()
        assert messages(mailbox) == [SAMPLE] * 5


def test_a_terminal_sees_a_line_for_each_message_and_nothing_of_the_mail(mailbox: Path) -> None:
    leader, follower = pty.openpty()
    arguments = [sys.executable, "-m", "mailcatch", "serve", "--port", "0", "--dir", str(mailbox)]
    with subprocess.Popen(arguments, stdout=follower) as process:
        os.close(follower)
        shown = until(leader, b"keeps mail in")
        place = Place(int(shown.split(b"127.0.0.1:")[1].split()[0]))
        with Talk(place) as talk:
            talk.ask(b"EHLO \x1b]0;owned\x07")
            talk.ask(b"MAIL FROM:<\x1b[31m@example.com>")
            talk.ask(b"RCPT TO:<b@example.com>")
            talk.ask(b"DATA")
            talk.ask(b"Subject: \x1b]52;c;b3duZWQ=\x07\r\n.")
        shown += until(leader, b"1 recipient")
        process.terminate()
    os.close(leader)
    assert OURS.search(shown)
    assert b"\x1b" not in OURS.sub(b"", shown)
    assert b".eml" in shown


class Place(NamedTuple):
    port: int
    host: str = "127.0.0.1"


def until(descriptor: int, wanted: bytes) -> bytes:
    """Return what comes from a terminal until something wanted has come."""
    shown = b""
    while wanted not in shown:
        shown += os.read(descriptor, 4096)
    return shown


def test_what_is_offered_is_chosen_by_options(tmp_path: Path) -> None:
    options = ("--offer", "deliverby 60", "--offer", "MT-PRIORITY", "--without", "CHUNKING")
    arguments = ("--port", "0", "--dir", tmp_path / "mail", "--max-message-size", "0", *options)
    with Serving(*arguments) as serving, serving.talk() as talk:
        lines = [line[4:] for line in talk.ask(b"EHLO x").decode().splitlines()]
    assert {"SIZE 0", "DELIVERBY 60", "MT-PRIORITY"} <= set(lines)
    assert not {"CHUNKING", "BINARYMIME"} & set(lines)


def test_a_directory_may_have_any_name(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"mail \xff\x1b[2J")
    try:
        root.mkdir()
    except OSError:
        root = tmp_path / "mail \x1b[2J"
    (root / "faults.toml").write_text('[[faults.rule]]\nid = "a"\nat = "nowhere"\n')
    with Serving("--port", "0", "--dir", root) as serving, serving.talk() as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
        state = json.loads((root / "server.json").read_text())
        assert "is no stage" in state["faults"]["error"]
        done = run("faults", "check", "--json", "--dir", root)
        assert "is no stage" in json.loads(done.stdout.splitlines()[-1])["what"]
    assert len(messages(root)) == 1
    printed = subprocess.Popen(
        [sys.executable, "-m", "mailcatch", "serve", "--port", "0", "--dir", root],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
    )
    with printed:
        assert printed.stdout is not None
        line = printed.stdout.readline()
        printed.terminate()
    assert line.startswith(b"mailcatch listens on ")
    assert b"\x1b" not in line


def test_a_defect_that_quotes_a_client_is_told_without_what_a_terminal_obeys() -> None:
    error = ValueError("\x1b]52;c;aGk=\x07")
    about = (type(error), error, None)
    record = logging.LogRecord("x", logging.ERROR, "", 0, "it failed", (), about)
    said = SafeFormatter("mailcatch: %(message)s").format(record)
    assert said.startswith("mailcatch: it failed\nValueError: ")
    assert "\x1b" not in said
    assert "\x07" not in said
