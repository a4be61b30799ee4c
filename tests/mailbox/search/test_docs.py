"""Every example of docs/search.md finds what it says, and not what it does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import QueryError, parse_query
from mailcatch.mailbox.search.operators import CHOICES, OPERATORS
from mailcatch.verifying.verdict import Source
from tests.mailbox.filling import NOON, Filling, letter
from tests.verifying.signing import public, sealed, signature

DOCS = (Path(__file__).parents[3] / "docs" / "search.md").read_text()
ROWS = re.findall(r"^\| `([a-z-]+:)` \| `([^|]+)` \| (.+) \|$", DOCS, re.MULTILINE)
HEAD = """Cc: x@example.net
Bcc: boss@example.com
X-Mailer: Django 5
Message-ID: <20261123.1@app.example>
X-Tags: signup
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b"""
DATE = "Mon, 23 Nov 2026 12:00:00 +0000"
BODY = f"""--b

From the warehouse: {"word " * 3000}
--b
Content-Type: application/pdf; name=report.pdf
Content-Disposition: attachment

%PDF
--b--"""

RECORDS = f"""$ORIGIN example.org.
@ TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc TXT "v=DMARC1; p=reject"
2026._domainkey TXT "v=DKIM1; p={public()}"
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reader, str]]:
    """A mailbox with a message that every example finds, and others."""
    filling = Filling(tmp_path_factory.mktemp("docs") / "mail")
    for name in ("bob", "carl"):
        other = letter("Other", author="else@x", to=f"{name}@x", head=f"Date: {DATE}")
        filling.stored(other, "else@x", (f"{name}@x",), peer="unix")
    raw = letter("Your invoice", BODY, head=HEAD).replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    raw = raw.replace(b"Content-Type: text/plain; charset=utf-8\r\n", b"")
    raw = sealed(raw, domain="example.org")
    raw = signature(raw, domain="example.org") + raw
    sender, to = "bounce@example.org", ("hidden@example.com",)
    filling.refused("rcpt", sender, to, rule="greylist")
    wanted = filling.stored(raw, sender, to, user="app")
    with Reader(filling.root, source=Source(RECORDS, "dns.zone")) as reader:
        reader.refresh()
        yield reader, wanted


def test_every_operator_is_documented() -> None:
    assert sorted(name for name, _, _ in ROWS) == sorted(f"{name}:" for name in OPERATORS)


@pytest.mark.parametrize("operator", CHOICES)
def test_every_choice_is_documented(operator: str) -> None:
    said = next(about for name, _, about in ROWS if name == f"{operator}:")
    assert set(CHOICES[operator]) <= set(re.findall(r"[a-z]+", said))


@pytest.mark.parametrize("example", [example for _, example, _ in ROWS])
def test_each_example_finds_its_message(box: tuple[Reader, str], example: str) -> None:
    reader, wanted = box
    found = list(reader.search(example, now=NOON + timedelta(hours=1)))
    assert wanted in found
    # Times and sizes of this mailbox leave out none or all others.
    operator = example.partition(":")[0]
    assert len(found) == (3 if operator in ("before", "after", "smaller") else 1)


@pytest.mark.parametrize("query", re.findall(r"^\| `([^`]+)` \| [^|]+ \|$", DOCS, re.MULTILINE))
def test_what_is_put_together_is_a_query(box: tuple[Reader, str], query: str) -> None:
    box[0].search(query).count()


def test_the_example_of_a_mistake_is_what_is_said() -> None:
    query, marks, said = DOCS.rpartition("```\n")[0].rpartition("```\n")[2].splitlines()
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert caught.value.pointed() == f"{query}\n{marks}"
    assert str(caught.value) == said
