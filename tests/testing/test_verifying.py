"""Who a message is from, in tests: by a zone file, or by records that a test makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mailcatch
from mailcatch.testing import Mailbox
from tests.testing.plugin import Run
from tests.testing.sending import send_raw
from tests.verifying.signing import RAW, signature, zone


@pytest.fixture
def records(tmp_path: Path) -> Path:
    place = tmp_path / "dns.zone"
    place.write_text(zone(), "utf-8")
    return place


def signed(raw: bytes = RAW) -> bytes:
    # Without t=: it comes now, whenever that is.
    return signature(raw, times={}) + raw


def test_a_message_is_from_whom_it_says(inbox: Mailbox, records: Path) -> None:
    send_raw(inbox, signed(), "app@shop.example")
    verdict = inbox.wait_for(subject="Your order").verify(records)
    assert (verdict.dkim, verdict.dmarc, verdict.arc) == ("pass", "pass", "none")
    assert verdict.spf == "fail", "it comes from this machine"


def test_a_message_may_be_supposed_to_come_from_the_outside(inbox: Mailbox, records: Path) -> None:
    send_raw(inbox, RAW, "app@shop.example")
    verdict = inbox.wait_for(subject="Your order").verify(str(records), client="192.0.2.7")
    assert (verdict.dkim, verdict.spf, verdict.dmarc) == ("none", "pass", "pass")


def test_the_findings_say_why(inbox: Mailbox, records: Path) -> None:
    send_raw(inbox, signed().replace(b"Thank you", b"Thank YOU"), "app@shop.example")
    finding, *_ = inbox.wait_for(subject="Your order").verify(records).findings
    assert (finding.method, finding.result, finding.domain) == ("dkim", "fail", "shop.example")
    assert "the body is not the one that was signed" in finding.reason


def test_the_example_of_the_document_runs(run: Run, pytester: pytest.Pytester) -> None:
    page = (Path(__file__).parents[2] / "docs" / "dkim.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    raw = signed(RAW.replace(b"Your order", b"Welcome"))
    (pytester.path / "dns.zone").write_text(zone(), "utf-8")
    pytester.makeconftest(
        f"""
import smtplib, types
import pytest

@pytest.fixture
def app(mailcatch):
    def sign_up(address):
        with smtplib.SMTP(mailcatch.host, mailcatch.port) as client:
            client.sendmail("app@shop.example", [address], {raw!r})
    return types.SimpleNamespace(sign_up=sign_up)
"""
    )
    run(example).assert_outcomes(passed=1)


def test_records_that_cannot_be_read_are_told(inbox: Mailbox, tmp_path: Path) -> None:
    send_raw(inbox, RAW, "app@shop.example")
    message = inbox.wait_for(subject="Your order")
    with pytest.raises(mailcatch.VerifyingError, match="cannot read the zone file"):
        message.verify(tmp_path / "none.zone")
    with pytest.raises(mailcatch.VerifyingError, match="'here' is no address"):
        message.verify(client="here")
