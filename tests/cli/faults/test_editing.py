"""`mailcatch faults add` and its kin: when they return, the server does as they say."""

from __future__ import annotations

import json
import os
import smtplib
from pathlib import Path

import pytest

from tests.serving import Argument, Serving, run

MAIL = "Subject: Invoice 7\r\n\r\nPlease pay.\r\n"


def faults(root: Path, *arguments: Argument, status: int = 0) -> str:
    """Return what a command prints, after looking at its exit status."""
    done = run("faults", *arguments, "--dir", root)
    assert done.returncode == status, done.stderr
    return done.stdout


def complaint(root: Path, *arguments: Argument, status: int) -> str:
    done = run("faults", *arguments, "--dir", root)
    assert (done.returncode, done.stdout) == (status, "")
    return done.stderr


def send(serving: Serving, to: str = "ann@example.com") -> int:
    """Send a mail and return the code that decided."""
    with smtplib.SMTP(serving.host, serving.port, timeout=30) as client:
        client.ehlo("client.example.net")
        client.mail("app@example.org")
        code, _ = client.rcpt(to)
        if code != 250:
            return code
        return client.data(MAIL)[0]


def test_mail_of_the_next_line_meets_the_rule(serving: Serving, root: Path) -> None:
    assert send(serving) == 250
    assert faults(root, "add", "rcpt-451-x2") == "rcpt-451-x2\n"
    assert [send(serving) for _ in range(3)] == [451, 451, 250]
    assert "rcpt-451-x2" in faults(root, "reset") + faults(root, "ls")
    assert send(serving) == 451
    faults(root, "disable", "rcpt-451-x2")
    assert send(serving) == 250
    faults(root, "enable", "rcpt-451-x2")
    assert send(serving) == 451
    faults(root, "add", "eom-554")
    assert send(serving) == 554
    faults(root, "disable")
    assert send(serving) == 250
    faults(root, "enable")
    assert send(serving) == 554
    assert faults(root, "rm", "eom-554") == "removed eom-554\n"
    assert send(serving) == 250
    faults(root, "add", "--preset", "gmail-overquota", "--to", "bob@*")
    assert (send(serving), send(serving, "Bob@example.com")) == (250, 452)
    assert faults(root, "clear") == "removed 2 rules\n"
    assert send(serving, "bob@example.com") == 250


def test_options_are_a_rule(root: Path) -> None:
    arguments = (
        "--at", "eom", "--reply", "550-5.7.1 no", "--reply", "550 5.7.1 never", "--to", "a@*",
        "--to", "b@*", "--from", "app@*", "--subject", "re:^Invoice", "--header", "X-Shop: 7*",
        "--ehlo", "*.net", "--client", "10.0.0.0/8", "--size", ">1MB", "--times", "2", "--skip",
        "1", "--every", "3", "--probability", "0.5", "--ttl", "5m", "--key", "fingerprint",
        "--description", "for the shop", "--dry-run", "--id", "shop", "--set", "store=false",
        "--set", 'match.not.sasl_username="admin"', "--delay", "2s",
    )  # fmt: skip
    assert faults(root, "add", *arguments) == "shop\n"
    assert (root / "faults.toml").read_text() == (
        "[[faults.rule]]\n"
        'id = "shop"\n'
        'description = "for the shop"\n'
        'at = "eom"\n'
        'reply = ["550-5.7.1 no", "550 5.7.1 never"]\n'
        'delay = "2s"\n'
        "times = 2\n"
        "skip = 1\n"
        "every = 3\n"
        "probability = 0.5\n"
        'ttl = "5m"\n'
        'key = "fingerprint"\n'
        "dry_run = true\n"
        'match.recipient = ["a@*", "b@*"]\n'
        'match.sender = "app@*"\n'
        'match.subject = "re:^Invoice"\n'
        'match.helo_name = "*.net"\n'
        'match.client_address = "10.0.0.0/8"\n'
        'match.size = ">1MB"\n'
        'match.header.X-Shop = "7*"\n'
        'match.not.sasl_username = "admin"\n'
        "store = false\n"
    )


@pytest.mark.parametrize(
    ("arguments", "effect"),
    [
        (("--at", "eom", "--lost", "rst"), 'lost = "rst"'),
        (("--at", "connect", "--disconnect", "fin"), 'disconnect = "fin"'),
        (("--at", "quit", "--hang", "forever"), "hang = true"),
        (("--at", "quit", "--hang", "30s"), 'hang = "30s"'),
        (("--at", "rcpt", "--sequence", "451", "--sequence", "250"), 'sequence = ["451", "250"]'),
        (("gmail-overquota", "--times", "3"), 'preset = "gmail-overquota"\ntimes = 3'),
        (("rcpt-451-x2", "--times", "3"), "reply = 451\ntimes = 3"),
        (("--preset", "yahoo-tss04"), 'preset = "yahoo-tss04"\nat = "mail"'),
        (("--at", "mail", "--at", "rcpt", "--reply", "451"), 'at = ["mail", "rcpt"]'),
        (("--at", "rcpt", "--preset", "greylisted", "--set", 'greylist={delay="60s"}'), "{ delay"),
    ],
)
def test_every_effect_has_an_option(root: Path, arguments: tuple[str, ...], effect: str) -> None:
    faults(root, "add", *arguments)
    assert effect in (root / "faults.toml").read_text()
    assert faults(root, "check").endswith("1 rule, no mistake\n")


def test_the_users_own_presets_can_be_named(root: Path) -> None:
    (root / "faults.toml").write_text(
        '[faults.preset.acme-full]\nat = "rcpt"\nreply = "452 4.2.2 {rcpt} is full"\n'
    )
    assert faults(root, "add", "acme-full-x2") == "acme-full-x2\n"
    assert faults(root, "add", "--preset", "acme-full", "--id", "second") == "second\n"
    assert 'preset = "acme-full"\ntimes = 2' in (root / "faults.toml").read_text()


def test_comments_and_order_stay(root: Path) -> None:
    text = (
        "# Mine.\n[faults]\nseed = 3 # three\n\n"
        '# First.\n[[faults.rule]]\nid = "a"\nat="rcpt"\nreply=451\n'
    )
    (root / "faults.toml").write_text(text)
    faults(root, "add", "eom-554")
    faults(root, "disable", "a")
    faults(root, "enable", "a")
    faults(root, "rm", "eom-554")
    assert (root / "faults.toml").read_text() == text.replace(
        'id = "a"\n', 'id = "a"\nenabled = true\n'
    ) + "\n"


def test_where_nobody_serves_it_is_said(root: Path) -> None:
    done = run("faults", "add", "rcpt-451", "--dir", root)
    assert (done.returncode, done.stdout) == (0, "rcpt-451\n")
    assert f"nobody serves {root}: the next server takes it" in done.stderr
    with Serving("--port", "0", "--dir", root) as serving:
        assert send(serving) == 451


def test_a_mailbox_that_is_not_there_yet_can_have_rules(tmp_path: Path) -> None:
    root = tmp_path / "new" / "mail"
    assert faults(root, "add", "rcpt-451") == "rcpt-451\n"
    assert (root / "faults.toml").exists()
    if os.name == "posix":
        assert root.stat().st_mode & 0o777 == 0o700
    assert "there is no such directory" in complaint(tmp_path / "x", "rm", "a", status=2)
    assert not (tmp_path / "x").exists()


def test_programs_get_objects(root: Path) -> None:
    def found(*arguments: Argument) -> list[object]:
        return [json.loads(line) for line in faults(root, *arguments, "--json").splitlines()]

    assert found("add", "rcpt-451") == [{"id": "rcpt-451"}]
    assert found("disable", "rcpt-451") == [{"id": "rcpt-451", "enabled": False}]
    assert found("enable") == [{"id": None, "enabled": True}]
    assert found("reset") == [{"generation": 1}]
    assert found("rm", "rcpt-451") == [{"id": "rcpt-451"}]
    assert found("clear") == [{"removed": 0}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add",), "say what shall happen"),
        (("add", "rcpt-45"), "45 is no reply code"),
        (("add", "gmail-nouser"), "did you mean gmail-no-user?"),
        (("add", "--preset", "gmail-nouser", "--at", "rcpt"), "did you mean gmail-no-user?"),
        (("add", "--at", "rctp", "--reply", "451"), "did you mean rcpt?"),
        (("add", "--at", "rcpt", "--reply", "451 5.1.1 x"), "faults add: "),
        (("add", "rcpt-451", "--subject", "x"), "match.subject is not known at rcpt"),
        (("add", "rcpt-451", "--header", "x"), "write 'Name: PATTERN'"),
        (("add", "rcpt-451", "--set", "x"), "write KEY=VALUE"),
        (("add", "rcpt-451", "--set", "timse=2"), "times"),
        (("add", "rcpt-451", "--set", "reply.x=2"), "reply has a value of its own already"),
        (("rm", "x"), "there is no rule 'x'"),
        (("enable", "x"), "there is no rule 'x'"),
    ],
)
def test_a_mistake_is_said_and_nothing_written(
    root: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in complaint(root, *arguments, status=2)
    assert not (root / "faults.toml").exists()


def test_shorthand_is_pointed_at(root: Path) -> None:
    assert complaint(root, "add", "rcpt-451-5.1.1", status=2) == (
        "mailcatch: 5.1.1 does not go with 451: it would begin with 4\n"
        "  rcpt-451-5.1.1\n"
        "           ^\n"
    )


def test_a_file_with_mistakes_takes_no_rule_and_loses_its_bad_one(
    serving: Serving, root: Path
) -> None:
    faults(root, "add", "rcpt-451")
    good = (root / "faults.toml").read_text()
    bad = good + '\n[[faults.rule]]\nid = "bad"\nat = "rcpt"\nreply = 700\n'
    (root / "faults.toml").write_text(bad)
    assert "faults.toml:9: rule bad: " in complaint(root, "add", "eom-554", status=2)
    assert (root / "faults.toml").read_text() == bad
    said = complaint(root, "rm", "rcpt-451", status=1)
    assert "keeps the last good ones" in said
    assert "rule bad" in said
    assert send(serving) == 451
    faults(root, "rm", "bad")
    assert send(serving) == 250


def test_a_server_that_died_does_not_keep_a_command_for_long(serving: Serving, root: Path) -> None:
    serving.process.kill()
    serving.process.wait(timeout=30)
    done = run("faults", "add", "rcpt-451", "--dir", root)
    assert (done.returncode, done.stdout) == (0, "rcpt-451\n")
    assert "nobody on this machine serves" in done.stderr
    listed = run("faults", "ls", "--dir", root)
    assert f"is of process {serving.process.pid}, which is not on this machine" in listed.stderr
