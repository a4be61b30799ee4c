"""`mailcatch demo`."""

from __future__ import annotations

import re
import socket
from importlib.resources import files
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.cli.demonstration import SAMPLES, Sample
from mailcatch.mail.message import Message
from tests.reading import eventually, messages, sessions, transactions
from tests.serving import Serving, run

KEPT = sum(one.times for one in SAMPLES) - 2


def sample(name: str) -> Message:
    (found,) = (one for one in SAMPLES if one.name == name)
    return Message.parse(found.content())


def test_each_mail_is_sent_and_told(catcher: Catcher) -> None:
    done = run("demo", "--port", str(catcher.port))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(messages(catcher.mailbox)) == KEPT
    lines = done.stdout.splitlines()
    assert len(lines) == KEPT + 2
    assert all(": 250 2.0.0 Ok: queued as " in line for line in lines[:-2])
    assert lines[0].startswith("Welcome to Harbour Books, Ann: ")
    assert lines[-2] == "A mail to nobody: 501 5.1.3 A recipient cannot be the null path"
    too_large = "552 5.3.4 The message is larger than 67108864 octets"
    assert lines[-1] == f"The whole catalogue, larger than the server takes: {too_large}"


def test_the_mailbox_shows_what_was_promised(catcher: Catcher) -> None:
    run("demo", "--port", str(catcher.port))

    def over() -> bool:
        return len(transactions(catcher.mailbox)) >= KEPT

    eventually(over)
    found = transactions(catcher.mailbox)
    stored = [one for one in found if one.outcome == "stored"]
    assert len(stored) == KEPT
    assert any(one.sender == "" for one in stored)
    assert max(len(one.recipients) for one in stored) == 5
    contents = messages(catcher.mailbox)
    assert len(contents) - len(set(contents)) == 1
    refusals = [
        event
        for session in sessions(catcher.mailbox)
        for event in session
        if getattr(event, "text", "").startswith(("501", "552"))
    ]
    assert len(refusals) == 2


def test_it_repeats_with_new_message_ids(catcher: Catcher) -> None:
    done = run("demo", "--port", str(catcher.port), "--count", "2")
    assert done.returncode == 0
    contents = messages(catcher.mailbox)
    assert len(contents) == 2 * KEPT
    assert len({Message.parse(one).message_id for one in contents}) == 2 * (KEPT - 1)


def test_the_server_of_a_directory_is_found(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox, "--max-message-size", "1MB"):
        done = run("demo", "--dir", mailbox)
        assert done.returncode == 0
        assert "552 5.3.4 The message is larger than 1000000 octets" in done.stdout
        assert len(messages(mailbox)) == KEPT


def test_without_a_server_it_says_how_to_start_one(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        done = run("demo", "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"mailcatch: nothing listens on localhost:{port}: start mailcatch serve, or name another"
        " server with --host and --port\n"
    )
    done = run("demo", "--dir", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"mailcatch: no server serves {tmp_path}: start mailcatch serve")


def test_every_file_is_sent() -> None:
    names = {one.name for one in files("mailcatch").joinpath("samples").iterdir()}
    assert names == {f"{one.name}.eml" for one in SAMPLES}


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: str(one.name))
def test_a_sample_is_a_good_mail(one: Sample) -> None:
    content = one.content()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|@DATE@|@MESSAGE-ID@", content)
    message = Message.parse(content)
    assert message.date is not None
    assert message.message_id
    assert message.text.plain.strip()
    assert message.missing_content_ids == ()


def test_there_is_one_of_each_kind() -> None:
    assert [one.value for one in sample("code").codes] == ["482910"]
    assert len(sample("order").inline_images) == 1
    assert [one.filename for one in sample("report").attachments] == [
        "report-october.pdf",
        "figures.csv",
    ]
    unsubscribe = sample("newsletter").unsubscribe
    assert unsubscribe is not None
    assert unsubscribe.one_click
    assert "日本語" in sample("greetings").text.plain
    assert "the mailbox does not exist" in sample("bounce").text.plain
