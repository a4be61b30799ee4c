"""An index, or a session, that came with a directory from elsewhere, and means harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from mailcatch.mail import safe_text
from mailcatch.mailbox import events
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from mailcatch.verifying.results import Finding, Method, Result, Verdict, encode_verdict
from mailcatch.verifying.verdict import Source
from tests.mailbox.filling import Filling, letter
from tests.verifying.signing import zone

EVIL = "\x1b]52;c;aGk=\x07\x9b31m\u202e\x00"
NAMES = {"name", "file", "joined", "session"}


@contextmanager
def index_of(filling: Filling) -> Iterator[sqlite3.Connection]:
    """Give the index of a mailbox, to be changed by hand."""
    with Reader(filling.root) as reader:
        reader.refresh()
        path = reader.index_path
    with closing(sqlite3.connect(path)) as index, index:
        yield index


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one)


def test_no_text_of_an_index_is_taken_to_be_safe(filling: Filling) -> None:
    filling.stored(letter("One", head="X-Tags: billing"), user="app")
    filling.refused("eom", rule="slow")
    filling.session(
        [events.Server(10, "554 no"), events.Fault(11, "connect", "away", "close")], closed=False
    )
    with index_of(filling) as index:
        for table in ("messages", "sessions", "tries", "faults", "tags"):
            for _, column, kind, *_ in index.execute(f"PRAGMA table_info ({table})").fetchall():
                if kind == "TEXT" and column not in NAMES:
                    index.execute(f"UPDATE {table} SET {column} = ? || {column}", (EVIL,))
    with Reader(filling.root) as reader:
        reader.refresh()
        names, sessions = list(reader.search()), list(reader.search("", Found.SESSIONS))
        stories = [reader.story(name) for name in names]
        stories += [reader.story_of_try(name, 1) for name in sessions]
        told = [*reader.messages(names), *reader.sessions(sessions), *stories]
        found = [text for one in told for text in texts(msgspec.to_builtins(one))]
    assert any("52;c;aGk=" in text for text in found)
    assert [text for text in found if text != safe_text(text)] == []


SOURCE = Source(zone(), "dns.zone")


def verified(filling: Filling) -> Verdict:
    with Reader(filling.root, source=SOURCE) as reader:
        reader.refresh()
        found = reader.verdict(next(iter(reader.search())))
    assert found is not None
    return found


def test_no_text_of_a_verdict_is_taken_to_be_safe(filling: Filling) -> None:
    filling.stored()
    good = verified(filling)
    evil = Finding(Method.DKIM, Result.FAIL, EVIL, EVIL, EVIL, EVIL, EVIL, weak=(EVIL,))
    with index_of(filling) as index:
        index.execute("UPDATE verdicts SET verdict = ?", (encode_verdict(Verdict((evil,))),))
    told = verified(filling)
    found = list(texts(msgspec.to_builtins(told)))
    assert any("52;c;aGk=" in text for text in found)
    assert [text for text in found if text != safe_text(text)] == []
    assert told != good


@pytest.mark.parametrize("value", ["x'c1'", "x'93'", "'text'", "7", "x'9193a1610102'"])
def test_a_verdict_that_is_none_is_found_anew(filling: Filling, value: str) -> None:
    filling.stored()
    good = verified(filling)
    with index_of(filling) as index:
        index.execute(f"UPDATE verdicts SET verdict = {value}")
    assert verified(filling) == good


def test_names_that_lead_elsewhere_are_forgotten(filling: Filling) -> None:
    kept, other = filling.stored(), filling.stored()
    outside = filling.root / "outside.eml"
    outside.write_bytes(letter("Secret"))
    session = next(iter((filling.root / "sessions").iterdir())).name
    with index_of(filling) as index:
        index.execute("UPDATE messages SET name = '../outside.eml' WHERE name = ?", (other,))
        index.execute("UPDATE sessions SET name = '../outside.eml' WHERE name = ?", (session,))
    with Reader(filling.root) as reader:
        reader.refresh()
        assert sorted(reader.search()) == [kept, other]
        assert session in reader.search("", Found.SESSIONS)
        assert "../outside.eml" not in reader.search("", Found.SESSIONS)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE messages SET arrived = 'soon'",
        "UPDATE messages SET arrived = 9223372036854775807",
        "UPDATE messages SET subject = x'ff'",
        "UPDATE messages SET fingerprint = 'text'",
        "UPDATE tries SET recipients = x'c1'",
        "UPDATE sessions SET notes = x'00', began = 'then'",
        "UPDATE sessions SET carried = x'c1', size = size - 1",
        "UPDATE messages SET name = x'00ff' WHERE id = 1",
        "INSERT INTO log (what, name) VALUES ('exploded', 'x')",
        "UPDATE sqlite_sequence SET seq = 'many'",
        "CREATE TRIGGER again AFTER DELETE ON messages BEGIN DELETE FROM tries; END",
        "CREATE VIEW other AS SELECT 1",
    ],
)
def test_an_index_with_values_that_are_none_is_made_anew(filling: Filling, change: str) -> None:
    names = [filling.stored(letter(subject)) for subject in ("One", "Two")]
    filling.session([], closed=False)
    with index_of(filling) as index:
        index.execute(change)
    with Reader(filling.root) as reader:
        reader.refresh()
        found = reader.messages(list(reader.search("", Found.MESSAGES)))
        assert [(one.name, one.subject) for one in found] == [(names[1], "Two"), (names[0], "One")]
        assert len(reader.sessions(list(reader.search("", Found.SESSIONS)))) == 3
        assert [len(reader.story(name).attempts) for name in names] == [1, 1]
        reader.refresh()


def test_a_session_that_names_files_elsewhere_has_none_read(
    filling: Filling, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.eml"
    secret.write_bytes(letter("Secret", head="X-Secret: yes"))
    for name in ("../../secret.eml", str(secret)):
        filling.session(filling.transaction("stored", file=name))
    with Reader(filling.root) as reader:
        reader.refresh()
        for query in ("header:x-secret", "/Secret/", "-/nothing/ header:subject=secret"):
            assert list(reader.search(query, Found.SESSIONS)) == []
