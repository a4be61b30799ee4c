"""What MAIL and RCPT asked for, and the chunks of a message, are told where it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.serving import run
from tests.talk import Talk

ASKED = b" RET=HDRS ENVID=Aa+2B SIZE=20 BODY=8BITMIME"


@pytest.fixture
def served(catcher: Catcher) -> Path:
    """A mailbox with a message in two chunks, that asks for this and that."""
    with Talk(catcher) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"MAIL FROM:<a@example.com>" + ASKED)
        talk.ask(b"RCPT TO:<b@example.com> NOTIFY=SUCCESS ORCPT=rfc822;B@x")
        talk.ask(b"RCPT TO:<c@example.com>")
        talk.say(b"BDAT 14\r\nSubject: x\r\n\r\nBDAT 4 LAST\r\nbody")
        assert talk.hear().startswith(b"250 ")
        assert talk.hear().startswith(b"250 ")
        talk.ask(b"QUIT")
    return catcher.mailbox


def test_what_was_asked_for_stands_below_the_envelope(served: Path) -> None:
    lines = [line.strip() for line in run("show", "last", "--dir", served).stdout.splitlines()]
    place = lines.index("Envelope  <a@example.com> to <b@example.com>, <c@example.com>")
    assert lines[place + 1 : place + 3] == [
        "Asked  RET=HDRS ENVID=Aa+2B",
        "Asked  <b@example.com> NOTIFY=SUCCESS ORCPT=rfc822;B@x",
    ]


def test_programs_get_every_parameter_as_it_was_sent(served: Path) -> None:
    found = json.loads(run("show", "last", "--json", "--dir", served).stdout)
    answered = {"accepted": True, "reply": "250 2.1.5 Ok"}
    assert found["envelope"] == {
        "verb": "MAIL",
        "parameters": ["RET=HDRS", "ENVID=Aa+2B", "SIZE=20", "BODY=8BITMIME"],
        "chunks": 2,
        "recipients": [
            {
                "address": "b@example.com",
                "parameters": ["NOTIFY=SUCCESS", "ORCPT=rfc822;B@x"],
                **answered,
            },
            {"address": "c@example.com", "parameters": [], **answered},
        ],
    }


def test_a_message_without_a_session_has_no_envelope(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: x\r\n\r\n")
    found = json.loads(run("show", "last", "--json", "--dir", tmp_path).stdout)
    assert found["envelope"] is None


def test_the_transcript_shows_the_chunks_and_not_their_octets(served: Path) -> None:
    shown = run("show", "last", "--transcript", "--dir", served).stdout
    said = [line.partition("C: ")[2] for line in shown.splitlines() if "C: " in line]
    assert said[-3:] == ["BDAT 14", "BDAT 4 LAST", "QUIT"]
    assert "S: 250 2.0.0 Ok: 14 octets" in shown
    assert ", 18 octets in 2 chunks" in shown
    assert "body" not in shown.replace("BODY", "")
