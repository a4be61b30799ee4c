"""Delivery status notifications on the command line: asked for, seen to come, found and shown."""

from __future__ import annotations

import json
import smtplib
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

from tests.serving import Serving, run

BODY = "Subject: hi\r\n\r\nGood day.\r\n"


def ask(server: Serving, *rcpt: str) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=20) as client:
        client.sendmail("app@example.org", ["bob@example.com"], BODY, rcpt_options=rcpt)


def test_a_notice_is_waited_for_shown_and_told_apart(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox, "--dsn") as server:
        ask(server, "NOTIFY=SUCCESS", "ORCPT=rfc822;Bob@Example.COM")
        waited = run("wait", "is:dsn", "rcpt:app@example.org", "--json", "--dir", mailbox)
        assert waited.returncode == 0, waited.stderr
        notice = json.loads(waited.stdout)
        assert notice["sender"] == ""
        assert notice["recipients"] == ["app@example.org"]
        (sent,) = (json.loads(run("ls", "--json", "--dir", mailbox, "--", "-is:dsn").stdout),)
        assert notice["status_of"] == sent["id"]
        assert sent["status_of"] is None
    source = run("show", notice["id"], "--source", "--dir", mailbox).stdout
    status = message_from_string(source).get_payload(1)
    assert isinstance(status, Message)
    fields = status.get_payload(1)
    assert isinstance(fields, Message)
    assert fields["Original-Recipient"] == "rfc822; Bob@Example.COM"
    letters = sent["id"][-8:-4]
    shown = run("show", notice["id"], "--dir", mailbox).stdout
    assert f"Made by  mailcatch: delivery status of {letters}" in shown
    said = run("show", notice["id"], "--transcript", "--dir", mailbox).stdout
    assert "made by mailcatch itself on" in said
    assert f"the delivery status of {sent['id']}" in said
    told = run("attempts", "--all", "is:dsn", "--dir", mailbox).stdout
    assert "made by mailcatch" in told


def test_the_environment_and_the_configuration_file_ask_for_them(
    mailbox: Path, tmp_path: Path
) -> None:
    (tmp_path / "mailcatch.toml").write_text("dsn = true\nmax-returned = '10kB'\n")
    with Serving("--port", "0", "--dir", mailbox, cwd=tmp_path) as server:
        ask(server, "NOTIFY=SUCCESS")
        assert run("wait", "is:dsn", "--dir", mailbox).returncode == 0
    environment = {"MAILCATCH_DSN": "true"}
    with Serving("--port", "0", "--ephemeral", environment=environment) as server:
        ask(server, "NOTIFY=SUCCESS")
        assert run("wait", "is:dsn", "--dir", server.mailbox).returncode == 0


@pytest.mark.parametrize("words", ["bounce-552-5.2.2", "eom-bounce-552-5.2.2"])
def test_a_fault_in_a_few_letters_bounces(mailbox: Path, words: str) -> None:
    with Serving("--port", "0", "--dir", mailbox, "--fault", words) as server:
        ask(server)
        assert run("wait", "is:dsn", "subject:failure", "--dir", mailbox).returncode == 0
    assert "Status: 5.2.2" in run("show", "is:dsn", "--source", "--dir", mailbox).stdout


def test_a_rule_that_bounces_is_added_while_a_server_runs(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server:
        options = ("--bounce-later", "550 5.1.1 gone", "--bounce-after", "100ms", "--to", "bob@*")
        added = run("faults", "add", "--at", "rcpt", *options, "--dir", mailbox)
        assert added.stdout == "rcpt-bounce\n", added.stderr
        told = run("faults", "explain", "--to", "bob@example.com", "--dir", mailbox).stdout
        assert "bounce later after 0.1 s with 550 5.1.1" in told
        ask(server)
        assert run("wait", "is:dsn", "--dir", mailbox).returncode == 0
        (listed,) = run("faults", "ls", "--json", "--dir", mailbox).stdout.splitlines()
        assert json.loads(listed)["fired"] == 1


def test_a_preset_bounces_from_the_command_line(mailbox: Path) -> None:
    options = ("--at", "eom", "--bounce-later", "gmail-no-user", "--dir", mailbox)
    assert run("faults", "add", *options).returncode == 0
    assert 'preset = "gmail-no-user"' in (mailbox / "faults.toml").read_text()


def test_a_server_says_what_it_drops_when_it_stops(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox, "--fault", "bounce-d1h") as server:
        ask(server)
        assert server.stop() == 0
        assert b"dropped 1 delivery status notifications that were to come later" in server.error
