"""`mailcatch wait`: at once, when it comes, or with reasons."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox import events
from tests.cli.asking import answer, begun, complaint, objects, watching
from tests.mailbox.filling import Filling, letter
from tests.serving import run
from tests.talk import Talk


def test_what_is_there_is_found_at_once(filling: Filling) -> None:
    for number in range(3):
        filling.stored(letter(f"Welcome {number}"))
    assert "Welcome 2" in answer(filling, "wait", "subject:welcome", "--timeout", "1h")
    found = objects(filling, "wait", "--count", "2", "--timeout", "1h")
    assert [one["subject"] for one in found] == ["Welcome 2", "Welcome 1"]


def test_it_wakes_when_the_message_comes(catcher: Catcher, mailbox: Path) -> None:
    command = ("wait", "subject:welcome", "--timeout", "1h", "--json", "--dir", mailbox)
    with watching(*command) as process, Talk(catcher) as talk:
        talk.send(letter("Other"))
        time.sleep(0.3)
        assert process.poll() is None
        assert talk.ask(b"RSET").startswith(b"250")
        talk.send(letter("Welcome"))
        output, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (0, "")
    assert '"subject":"Welcome"' in output


def test_it_may_begin_before_the_mailbox_is_there(tmp_path: Path) -> None:
    with begun("wait", "--timeout", "1h", "--dir", tmp_path / "mail") as process:
        # Usually it has begun then; what is asserted holds in either case.
        time.sleep(0.5)
        Filling(tmp_path / "mail").stored()
        assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


def test_a_mailbox_that_never_comes_is_said(tmp_path: Path) -> None:
    done = run("wait", "--timeout", "100ms", "--dir", tmp_path / "mail")
    assert done.returncode == 2
    assert "there is no mailbox at" in done.stderr


@pytest.mark.parametrize("command", ["wait", "tail"])
def test_a_file_never_becomes_a_mailbox(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    done = run(command, "--dir", tmp_path / "file")
    assert done.returncode == 2
    assert "is no directory" in done.stderr


def test_it_says_which_criterion_each_message_fails(filling: Filling) -> None:
    filling.stored(letter("Welcome"))
    filling.stored(letter("Goodbye"), to=("bob@example.com",))
    said = complaint(
        filling, "wait", "rcpt:bob@example.com", "subject:welcome", "--timeout", "0", status=1
    )
    assert said.startswith("mailcatch: 0 of 1 fit 'rcpt:bob@example.com subject:welcome'")
    lines = said.splitlines()
    assert "Goodbye" in lines[1]
    assert lines[2].endswith("was there before, does not fit subject:welcome")
    assert "Welcome" in lines[3]
    assert lines[4].endswith("does not fit rcpt:bob@example.com")


def test_it_says_what_was_refused_and_by_which_rule(filling: Filling) -> None:
    session = filling.refused("eom", rule="slow", reply="451 4.7.1 greylisted")
    said = complaint(filling, "wait", "subject:welcome", "--timeout", "100ms", status=1)
    assert "<app@example.org> to <ann@example.com>: 451 4.7.1 greylisted, by rule slow" in said
    (told,) = objects(filling, "wait", "subject:welcome", "--timeout", "0", status=1)
    assert (told["found"], told["fit"], told["wanted"]) == (False, 0, 1)
    (refused,) = told["refused"]
    assert refused["id"] == session
    (tried,) = refused["transactions"]
    assert (tried["outcome"], tried["reply"]) == ("refused", "451 4.7.1 greylisted")
    assert (tried["rule"], tried["recipients"]) == ("slow", ["ann@example.com"])


def test_what_came_meanwhile_is_told_apart(filling: Filling) -> None:
    filling.stored(letter("Before"))
    with watching("wait", "nothing", "--timeout", "5s", "--dir", filling.root) as process:
        filling.stored(letter("Meanwhile"))
        _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "1 came meanwhile" in error
    assert "was there before" in error


def test_none_waits_for_nothing_to_come(filling: Filling) -> None:
    filling.stored(letter("Welcome"))
    assert answer(filling, "wait", "subject:other", "--none", "--timeout", "200ms") == ""
    done = run("wait", "welcome", "--none", "--timeout", "1h", "--dir", filling.root)
    assert done.returncode == 1
    assert "Welcome" in done.stdout
    assert "none was to be" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("form:x",), "did you mean"),
        (("--none", "--count", "2"), "exclude each other"),
        (("--timeout", "soon"), "is no duration"),
    ],
)
def test_a_mistake_is_no_reason_to_wait(
    filling: Filling, arguments: tuple[str, ...], why: str
) -> None:
    assert why in complaint(filling, "wait", *arguments, status=2)


def test_the_configuration_file_sets_what_holds_for_every_command(
    filling: Filling, tmp_path: Path
) -> None:
    (tmp_path / "mailcatch.toml").write_text('dir = "mail"\njson = true\ntimeout = "0"\n')
    done = run("wait", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["found"]) == (1, False)
    (tmp_path / "mailcatch.toml").write_text("all = true\n")
    assert "there is no option 'all'" in run("rm", "--yes", cwd=tmp_path).stderr


def test_it_says_who_was_turned_away_before_any_mail(filling: Filling) -> None:
    away = filling.turned_away("AUTH PLAIN ********", "535 5.7.8 no", rule="no-login")
    cut = filling.session(
        [
            events.Fault(11, "connect", "cut", "rst"),
            events.Close(12, "server", "fault", "rule cut ended the session at connect (rst)"),
        ],
        closed=False,
    )
    gave_up = filling.session(
        [
            *filling.transaction("aborted"),
            events.Fault(19, "data", "cut", "rst"),
            events.Close(22, "server", "fault", "rule cut ended the session at data (rst)"),
        ],
        closed=False,
    )
    said = complaint(filling, "wait", "--timeout", "0", status=1).splitlines()
    assert "mailcatch: 0 of 1 fit; the mailbox is empty" in said
    assert sum("at auth: 535 5.7.8 no, by rule no-login" in line for line in said) == 1
    assert sum("at connect: rule cut ended the session" in line for line in said) == 1
    assert sum("<ann@example.com>: aborted at rcpt, by rule cut" in line for line in said) == 1
    (told,) = objects(filling, "wait", "--timeout", "0", status=1)
    assert [one["id"] for one in told["refused"]] == [gave_up, cut, away]
    assert (told["refused"][2]["reply"], told["refused"][2]["rule"]) == ("535 5.7.8 no", "no-login")


def test_what_was_refused_meanwhile_is_told_from_what_was_before(
    catcher: Catcher, mailbox: Path
) -> None:
    with Talk(catcher) as pooled, Talk(catcher) as talk:
        for line in (b"EHLO x", b"MAIL FROM:<old@example.org>", b"RCPT TO:<>", b"RSET"):
            pooled.ask(line)
        command = ("wait", "subject:welcome", "--timeout", "5", "--dir", mailbox)
        with watching(*command) as process:
            for line in (b"EHLO x", b"MAIL FROM:<new@example.org>", b"RCPT TO:<>", b"RSET"):
                talk.ask(line)
            for line in (b"MAIL FROM:<again@example.org>", b"RCPT TO:<>", b"RSET"):
                pooled.ask(line)
            _, said = process.communicate(timeout=60)
    meanwhile = said.partition("refused meanwhile:")[2]
    assert "<new@example.org> to nobody: 501" in meanwhile
    assert "<again@example.org> to nobody: 501" in meanwhile


def test_a_message_that_was_refused_and_kept_has_not_arrived(filling: Filling) -> None:
    kept = filling.refused_and_kept(letter("Welcome"))
    said = complaint(filling, "wait", "subject:welcome", "--timeout", "0", status=1)
    assert "does not fit is:stored" in said
    assert "by rule keep" in said
    (found,) = objects(filling, "wait", "subject:welcome", "is:refused", "--timeout", "0")
    assert (found["id"], found["refused"]) == (kept, True)
