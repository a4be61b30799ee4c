"""nodemailer, which most of Node.js sends mail with."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Transaction
from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.results import Method
from mailcatch.verifying.verdict import Source, verify
from tests.clients.conftest import DIFFICULT, HEADER
from tests.clients.kept import RECIPIENT, SENDER, kept, logins, only
from tests.clients.programs import program, run, unpacked
from tests.reading import sessions
from tests.verifying.signing import DOMAIN, SELECTOR, private, zone

SCRIPT = Path(__file__).with_name("nodemailer_send.cjs")
SIGNABLE = (
    f"From: app@{DOMAIN}\r\nTo: bob@example.com\r\nSubject:  Your \r\n order\r\n"
    "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n.\r\nviele  Grüße \r\n\r\n\r\n"
).encode()


def nodemailer(
    catcher: Catcher, home: Path, options: dict[str, Any] | None = None, **job: Any
) -> str:
    modules = unpacked("node/node_modules/nodemailer").parent
    transport = {"host": catcher.host, "port": catcher.port, "ignoreTLS": True, **(options or {})}
    return run(
        program("node"),
        SCRIPT,
        home=home,
        settings={"NODE_PATH": str(modules)},
        standard_input=json.dumps({"transport": transport, **job}).encode(),
    )


def message(octets: bytes, sender: str = SENDER, *recipients: str) -> dict[str, Any]:
    return {
        "octets": b64encode(octets).decode(),
        "envelope": {"from": sender, "to": recipients or (RECIPIENT,)},
    }


def test_sends_octets_as_they_are(catcher: Catcher, tmp_path: Path) -> None:
    nodemailer(
        catcher, tmp_path, messages=[message(DIFFICULT, SENDER, RECIPIENT, "carol@example.com")]
    )

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com"])


def test_sends_what_it_composes(catcher: Catcher, tmp_path: Path) -> None:
    printed = nodemailer(
        catcher,
        tmp_path,
        composed={
            "from": f"Änn <{SENDER}>",
            "to": [RECIPIENT, "carol@example.com"],
            "subject": "Grüße 🎉",
            "text": "Hallo,\n.\nviele Grüße\n",
            "html": "<p>viele <b>Grüße</b></p>",
            "attachments": [{"filename": "ä.txt", "content": "attached"}],
        },
    )

    # It ends each line with CRLF, and the last one too, when it sends.
    lines = b64decode(printed).replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    assert only(catcher.mailbox).octets == b"\r\n".join([*lines, b""])
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com"])


def test_sends_to_addresses_in_utf8(catcher: Catcher, tmp_path: Path) -> None:
    nodemailer(
        catcher, tmp_path, messages=[message(DIFFICULT, "änn@example.com", "日本@example.com")]
    )

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == ("änn@example.com", ["日本@example.com"])
    assert "SMTPUTF8" in only(catcher.mailbox).transaction.parameters


def test_what_it_signs_passes(catcher: Catcher, tmp_path: Path) -> None:
    signer = {"domainName": DOMAIN, "keySelector": SELECTOR, "privateKey": private().decode()}
    nodemailer(catcher, tmp_path, {"dkim": signer}, messages=[message(SIGNABLE)])

    octets = only(catcher.mailbox).octets
    assert octets.endswith(SIGNABLE)
    for raw, result in ((octets, "pass"), (octets + b"More.\r\n", "fail")):
        (found,) = verify(raw, Arrival(), Source(zone())).of(Method.DKIM)
        assert (found.result, found.domain) == (result, DOMAIN), found.reason


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_logs_in(catcher: Catcher, tmp_path: Path, mechanism: str) -> None:
    options = {"auth": {"user": "ann", "pass": "sesame"}, "authMethod": mechanism}
    nodemailer(catcher, tmp_path, options, messages=[message(DIFFICULT)])

    assert logins(catcher.mailbox) == [(mechanism, "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


def test_sends_many_messages_over_a_pool(catcher: Catcher, tmp_path: Path) -> None:
    contents = {
        f"{number}@example.com": HEADER + b"\r\n" + b".%d\r\n" % number * number * 20
        for number in range(60)
    }
    nodemailer(
        catcher,
        tmp_path,
        {"pool": True, "maxConnections": 3},
        messages=[message(octets, sender) for sender, octets in contents.items()],
    )

    received = kept(catcher.mailbox)
    assert {one.transaction.sender: one.octets for one in received} == contents
    assert len(received) == len(contents)
    assert all(one.envelope[1] == [RECIPIENT] for one in received)
    shares = [
        sum(isinstance(event, Transaction) for event in session)
        for session in sessions(catcher.mailbox)
    ]
    assert len(shares) == 3
    assert min(shares) > 1
