"""Who messages of a mailbox are from: verified once, kept in the index, found by queries."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mailcatch.mail.errors import TookTooLongError
from mailcatch.mail.worker import Worker
from mailcatch.mailbox import events
from mailcatch.mailbox.errors import NotThereError
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.verdicts import UnverifiedError
from mailcatch.verifying.results import Method, decode_verdict
from mailcatch.verifying.verdict import Source
from tests.mailbox.filling import Filling
from tests.verifying.signing import RAW, signature, zone

SOURCE = Source(zone(), "dns.zone")
SENDER = "app@shop.example"


@pytest.fixture
def reader(filling: Filling) -> Iterator[Reader]:
    """A reader with a zone file."""
    with Reader(filling.root, source=SOURCE) as opened:
        yield opened


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was verified, in a list that grows."""
    names: list[str] = []
    call = Worker.call

    def counting(self: Worker, function: object, tasks: list[object], *rest: object) -> object:
        names.extend(Path(str(task[0])).name for task in tasks if isinstance(task, tuple))
        return call(self, function, tasks, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Worker, "call", counting)
    return names


def found(reader: Reader, query: str) -> set[str]:
    return set(reader.search(query))


def kept(reader: Reader) -> list[str]:
    """Return the results of DKIM that the index holds."""
    with closing(sqlite3.connect(reader.index_path)) as connection:
        rows = connection.execute("SELECT verdict FROM verdicts").fetchall()
    return [decode_verdict(row[0]).dkim for row in rows]


def test_a_verdict_needs_the_message_and_its_session(reader: Reader, filling: Filling) -> None:
    good = filling.stored(signature() + RAW, SENDER, peer="192.0.2.7:50000")
    elsewhere = filling.stored(signature() + RAW, SENDER, peer="198.51.100.7:50000")
    bare = filling.message(signature() + RAW + b"More.\r\n")
    reader.refresh()
    results = {}
    for name in (good, elsewhere, bare):
        verdict = reader.verdict(name)
        assert verdict is not None
        results[name] = (verdict.dkim, verdict.spf, verdict.dmarc)
    assert results == {
        good: ("pass", "pass", "pass"),
        elsewhere: ("pass", "fail", "pass"),
        bare: ("fail", "none", "fail"),
    }


def test_queries_find_messages_by_their_verdicts(reader: Reader, filling: Filling) -> None:
    good = filling.stored(signature() + RAW, SENDER, peer="192.0.2.7:50000")
    weak = filling.stored(signature(length=True) + RAW, SENDER, peer="198.51.100.7:50000")
    broken = filling.stored(signature() + RAW + b"More.\r\n", SENDER, peer="192.0.2.7:50000")
    plain = filling.stored(RAW, SENDER, peer="unix")
    reader.refresh()
    assert found(reader, "dkim:pass") == {good, weak}
    assert found(reader, "dkim:fail") == found(reader, "note:dkim-fail") == {broken}
    assert found(reader, "dkim:none") == {plain}
    assert found(reader, "dkim:weak") == found(reader, "note:dkim-weak") == {weak}
    assert found(reader, "spf:fail") == {weak}
    assert found(reader, "dmarc:fail") == {plain}
    assert found(reader, "arc:none") == {good, weak, broken, plain}
    assert found(reader, "-dkim:pass") == {broken, plain}
    assert found(reader, "dkim:pass -spf:fail order") == {good}
    assert found(reader, "dkim:none OR spf:fail") == {plain, weak}
    assert found(reader, "dkim:pass /Thank you/") == {good, weak}


def test_a_failed_session_has_no_verdict(reader: Reader, filling: Filling) -> None:
    filling.refused("rcpt", SENDER)
    reader.refresh()
    assert found(reader, "dkim:none") == set()


def test_a_message_is_verified_once(reader: Reader, filling: Filling, verified: list[str]) -> None:
    names = {filling.stored(signature() + RAW, SENDER) for _ in range(3)}
    reader.refresh()
    for _ in range(2):
        assert found(reader, "dkim:pass") == names
    with Reader(filling.root, source=SOURCE) as other:
        assert found(other, "dkim:pass") == names
        late = filling.stored(signature() + RAW, SENDER)
        other.refresh()
        assert found(other, "dkim:pass") == {*names, late}
    assert sorted(verified) == sorted({*names, late})


def test_records_that_changed_are_asked_again(reader: Reader, filling: Filling) -> None:
    filling.stored(signature() + RAW, SENDER)
    reader.refresh()
    assert len(found(reader, "dkim:pass")) == 1
    with Reader(filling.root, source=Source(zone(""), "dns.zone")) as other:
        assert found(other, "dkim:pass") == set()
        assert kept(other) == ["permerror"]
    assert len(found(reader, "dkim:pass")) == 1


def test_a_session_that_is_told_of_later_changes_the_verdict(
    reader: Reader, filling: Filling
) -> None:
    name = filling.message(signature() + RAW)
    reader.refresh()
    assert found(reader, "spf:none") == {name}
    filling.session(filling.transaction("stored", SENDER, file=name), peer="192.0.2.7:50000")
    reader.refresh()
    assert found(reader, "spf:pass") == {name}


def test_the_client_is_the_one_that_xclient_names(reader: Reader, filling: Filling) -> None:
    name = filling.message(signature() + RAW)
    attributes = {"ADDR": "192.0.2.7", "HELO": "mail.shop.example"}
    became = events.Xclient(5, attributes, "192.0.2.7:25")
    filling.session([became, *filling.transaction("stored", "", file=name)])
    reader.refresh()
    verdict = reader.verdict(name)
    assert verdict is not None
    (found,) = verdict.of(Method.SPF)
    assert (found.domain, found.result) == ("mail.shop.example", "none")


def test_what_goes_leaves_no_verdict(reader: Reader, filling: Filling) -> None:
    name = filling.stored(signature() + RAW, SENDER)
    reader.refresh()
    assert reader.verdict(name) is not None
    filling.remove(name)
    reader.refresh()
    assert kept(reader) == []
    with pytest.raises(NotThereError, match="there is no message"):
        reader.verdict(name)


def test_a_copied_mailbox_is_verified_without_its_index(filling: Filling, tmp_path: Path) -> None:
    name = filling.stored(signature() + RAW, SENDER, peer="192.0.2.7:50000")
    shutil.copytree(filling.root, tmp_path / "copy")
    with Reader(tmp_path / "copy", source=SOURCE) as reader:
        reader.refresh()
        assert found(reader, "dkim:pass spf:pass dmarc:pass") == {name}


def test_what_takes_too_long_is_told_and_not_kept(
    reader: Reader, filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = filling.stored(signature() + RAW + b"Slow.\r\n", SENDER)
    good = filling.stored(signature() + RAW, SENDER)
    reader.refresh()
    call = Worker.call

    def late(
        self: Worker, function: object, tasks: list[tuple[str, object]], *rest: object
    ) -> object:
        if any(slow in path for path, _ in tasks):
            raise TookTooLongError("too long")
        return call(self, function, tasks, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Worker, "call", late)
    assert found(reader, "dkim:temperror") == {slow}
    assert found(reader, "dkim:pass") == {good}
    verdict = reader.verdict(slow)
    assert verdict is not None
    assert verdict.findings[0].reason == "verifying took more than 10 s"
    assert kept(reader) == ["pass"]


def test_what_the_network_said_is_not_kept(filling: Filling) -> None:
    name = filling.stored(signature() + RAW, SENDER)
    # What the zone has is never asked of the network; DMARC of the top level is not there.
    local = zone(more="_dmarc.example. TXT none")
    source = Source(local.replace("none", '"none"'), "dns.zone", dns=True)
    with Reader(filling.root, source=source) as reader:
        reader.refresh()
        assert reader.verdict(name) is not None
        assert kept(reader) == []


@pytest.mark.parametrize("query", ["dkim:pass", "note:dmarc-fail", "-spf:none", "x OR arc:fail"])
def test_without_records_it_is_told_how_to_give_them(filling: Filling, query: str) -> None:
    filling.stored()
    with Reader(filling.root) as reader:
        reader.refresh()
        with pytest.raises(UnverifiedError, match="--zone FILE"):
            reader.search(query)
        assert reader.verdict(next(iter(reader.search()))) is None


def test_a_wrong_zone_file_is_told_before_the_search(filling: Filling) -> None:
    with Reader(filling.root, source=Source("what", "dns.zone")) as reader:
        reader.refresh()
        with pytest.raises(UnverifiedError, match=r"dns\.zone, line 1"):
            reader.search("dkim:pass")
