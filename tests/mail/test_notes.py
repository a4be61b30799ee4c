"""Each note fires on the fixture made for it and stays quiet on its near miss."""

import json
import re
from pathlib import Path

import pytest

from mailcatch.mail import NOTE_KINDS, Bounds, Envelope, Message, make_note
from mailcatch.mail.notes import MOST_OF_ONE_KIND
from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.notes import notes_of
from mailcatch.verifying.verdict import source_of, verify

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "fixtures" / "notes"
# Small enough that a fixture past a bound is a small file.
SMALL = Bounds(
    depth=10, parts=50, headers=100, header_bytes=8_192, addresses=100, decoded_bytes=4_096
)
# Given by the worker, when there is no reading the message at all: tested there.
OF_THE_WORKER = {"time-limit", "reader-crashed"}


def names_of(folder: Path, which: str) -> list[str]:
    envelopes = folder / "envelope.json"
    envelope, arrival = None, Arrival()
    if envelopes.exists():
        said = json.loads(envelopes.read_text())[which]
        envelope = Envelope(said["sender"], tuple(said["recipients"]))
        arrival = Arrival(said.get("client", ""), "", envelope.sender)
    raw = (folder / f"{which}.eml").read_bytes()
    notes = list(Message.parse(raw, envelope, limits=SMALL).notes)
    zone = folder / "dns.zone"
    if zone.exists():
        notes += notes_of(verify(raw, arrival, source_of(zone)))
    return [note.name for note in notes]


@pytest.mark.parametrize("name", sorted(NOTE_KINDS.keys() - OF_THE_WORKER))
def test_a_note_fires_on_its_fixture(name: str) -> None:
    assert name in names_of(NOTES / name, "fires")


@pytest.mark.parametrize("name", sorted(NOTE_KINDS.keys() - OF_THE_WORKER))
def test_a_note_stays_quiet_on_its_near_miss(name: str) -> None:
    assert name not in names_of(NOTES / name, "quiet")


def test_every_folder_of_fixtures_is_named_after_a_note() -> None:
    assert {folder.name for folder in NOTES.iterdir()} == NOTE_KINDS.keys() - OF_THE_WORKER


def test_the_document_lists_every_note_and_no_other() -> None:
    document = (ROOT / "docs" / "notes.md").read_text()
    assert re.findall(r"^\| `([a-z-]+)` \|", document, re.MULTILINE) == list(NOTE_KINDS)


def test_the_document_says_what_the_code_says_of_each_note() -> None:
    document = (ROOT / "docs" / "notes.md").read_text()
    for kind in NOTE_KINDS.values():
        assert f"| `{kind.name}` | {kind.about} | {kind.rfc} |" in document


def test_names_are_kebab_case() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in NOTE_KINDS)


def test_a_plain_correct_message_has_no_notes() -> None:
    raw = (NOTES / "bare-lf" / "quiet.eml").read_bytes()
    assert Message.parse(raw).notes == ()


def test_a_note_says_where_it_found_what() -> None:
    raw = (NOTES / "bare-lf" / "fires.eml").read_bytes()
    (note,) = Message.parse(raw).notes
    assert (note.place, note.rfc) == ("line 7", "RFC 5321 2.3.8")


def test_a_note_of_an_unknown_kind_cannot_be_made() -> None:
    with pytest.raises(KeyError):
        make_note("no-such-note")


def test_no_more_notes_of_one_kind_are_given_than_are_worth_reading() -> None:
    raw = b"".join(b"X-%d : y\r\n" % number for number in range(50)) + b"\r\n"
    names = [note.name for note in Message.parse(raw).notes]
    assert names.count("header-malformed") == MOST_OF_ONE_KIND


def test_smtputf8_allows_eight_bit_headers() -> None:
    raw = (NOTES / "eight-bit-header" / "fires.eml").read_bytes()
    envelope = Envelope("app@acme.example", ("ann@example.org",), smtputf8=True)
    names = [note.name for note in Message.parse(raw, envelope).notes]
    assert "eight-bit-header" not in names
