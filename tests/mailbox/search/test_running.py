"""Searches over a real mailbox."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailcatch.mailbox import events
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found, QueryError, parse_query
from mailcatch.mailbox.search.query import Term
from tests.mailbox.filling import NOON, Filling, letter
from tests.mailbox.search.test_parser import PIECES


def found(reader: Reader, query: str) -> set[str]:
    names = list(reader.search(query, now=NOON))
    assert len(names) == len(set(names)) == reader.search(query, now=NOON).count()
    return {reader.message(name).subject for name in names}


def sessions(reader: Reader, query: str) -> list[str]:
    return sorted(reader.search(query, Found.SESSIONS, now=NOON))


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("ann@example.com", True),
        ("from:ann@example.com", True),
        ("from:ANN@Example.com", True),
        ("from:nn@example.com", False),
        ("from:ann@example.co", False),
        ("from:ann@example", False),
        ("from:ann@example*", True),
        ("from:ann@", True),
        ("from:nn@", False),
        ("from:@example.com", True),
        ("from:@ample.com", False),
        ("from:ann", True),
        ("from:an", True),
        ("from:nn", False),
        ("from:example.com", True),
        ('from:"ann"', True),
        ('from:"an"', False),
        ("from:smith", True),
        ("to:ann", False),
        ("nobody@example.com", False),
    ],
)
def test_addresses(reader: Reader, filling: Filling, query: str, *, matches: bool) -> None:
    filling.message(letter(author="Ann Smith <ann@example.com>", to="bob@example.com"))
    reader.refresh()
    assert bool(found(reader, query)) is matches


@pytest.mark.parametrize(
    "author",
    [
        "joann@example.com",
        "ann@example.com.au",
        "ann@mail.example.com",
        "x-ann@example.com",
        "ann+x@example.com",
        "ann.b@example.com",
        "ann@example.comx",
        "ännn@example.com",
    ],
)
def test_an_exact_address_never_matches_a_longer_one(
    reader: Reader, filling: Filling, author: str
) -> None:
    filling.message(letter(author=author, to="bob@example.com", text=f"Write to {author} please."))
    reader.refresh()
    assert found(reader, "from:ann@example.com") == set()
    assert found(reader, "ann@example.com") == set()
    assert found(reader, author) == {"Hello"}


def test_words_phrases_and_their_columns(reader: Reader, filling: Filling) -> None:
    filling.message(letter("Reset your password", "Click résumé now, 您的验证码 🎉done"))
    filling.message(letter("Invoice", "Your password was reset", head="X-Note: hidden"))
    reader.refresh()
    assert found(reader, "pass") == {"Reset your password", "Invoice"}
    assert found(reader, '"pass"') == set()
    assert found(reader, "p") == set()
    assert found(reader, "p*") == {"Reset your password", "Invoice"}
    assert found(reader, '"your password"') == {"Reset your password", "Invoice"}
    assert found(reader, '"password your"') == set()
    assert found(reader, "subject:password") == {"Reset your password"}
    assert found(reader, "text:password") == {"Invoice"}
    assert found(reader, "RESUME") == {"Reset your password"}
    assert found(reader, "验证") == {"Reset your password"}
    assert found(reader, "🎉") == {"Reset your password"}
    assert found(reader, "done") == {"Reset your password"}
    assert found(reader, "hidden") == set()
    assert found(reader, "-click") == {"Invoice"}
    assert found(reader, "invoice OR click") == {"Reset your password", "Invoice"}
    assert found(reader, "password -(click OR nothing)") == {"Invoice"}
    assert found(reader, 'text:"NOT OR AND (x"') == set()


def test_names_come_newest_first(reader: Reader, filling: Filling) -> None:
    names = [filling.message(letter(str(number))) for number in range(5)]
    reader.refresh()
    assert list(reader.search()) == names[::-1]
    assert reader.search("day").first(2) == names[:2:-1]
    assert reader.search("/day/").first(2) == names[:2:-1]


def test_facts_of_the_session_and_of_earlier_tries(reader: Reader, filling: Filling) -> None:
    failed = filling.refused("rcpt", rule="greylist")
    filling.stored(letter("Retried"), user="app_1")
    alone = filling.refused("data", sender="else@example.org", reply="554 5.0.0 no")
    filling.stored(letter("Plain"), to=("bob@example.com",), peer="[2001:db8::1]:99")
    broken = filling.session([events.Server(1, "421 busy"), events.Fault(1, "connect", "x", "y")])
    reader.refresh()
    for query in (
        "smtp:451", "smtp:4xx", "stage:rcpt", "fault:greylist", "fault:grey*", "is:refused",
        "is:retried", "user:app_1", "user:APP*", "rcpt:ann@example.com", "peer:127.0.0.1",
        "peer:127.0.0.1:50000",
    ):  # fmt: skip
        assert found(reader, query) == {"Retried"}, query
    assert (
        found(reader, "user:app%")
        == found(reader, "fault:grey")
        == found(reader, "smtp:5")
        == set()
    )
    assert found(reader, "smtp:250") == {"Retried", "Plain"}
    assert found(reader, "peer:2001*") == {"Plain"}
    assert sessions(reader, "is:refused") == [failed, alone, broken]
    assert sessions(reader, "smtp:451") == [failed]
    assert sessions(reader, "smtp:421") == [broken]
    assert sessions(reader, "stage:connect") == [broken]
    assert sessions(reader, "sender:else@example.org") == [alone]
    assert sessions(reader, "else") == [alone]
    assert len(sessions(reader, "subject:retried")) == 1
    assert len(sessions(reader, "peer:127.0.0.1")) == 4
    assert sessions(reader, "/421 BUSY/") == [broken]
    assert sessions(reader, "header:subject=retried user:app_1") != []


def test_traits_sizes_times_and_notes(reader: Reader, filling: Filling) -> None:
    html = b"Subject: Html\r\nContent-Type: text/html\r\n\r\n<a href='https://a.example'>x</a>"
    filling.message(html)
    filling.message(letter("Code", "Your verification code is 123456."))
    attached = letter("File") + b""
    attached = attached.replace(
        b"Content-Type: text/plain; charset=utf-8",
        b'Content-Type: application/pdf; name="Q3 report.pdf"\r\nContent-Disposition: attachment',
    )
    filling.message(attached + b"x" * 2000)
    reader.refresh()
    assert found(reader, "has:html") == {"Html"}
    assert found(reader, "has:link") == {"Html"}
    assert found(reader, "has:code") == {"Code"}
    assert found(reader, "has:attachment") == {"File"}
    assert found(reader, "filename:report.pdf") == {"File"}
    assert found(reader, "report") == {"File"}
    assert found(reader, "larger:2k") == {"File"}
    assert found(reader, "smaller:2k") == {"Html", "Code"}
    assert found(reader, "note:from-missing") == {"Html"}
    assert found(reader, "note:from*") == {"Html"}
    assert found(reader, "note:*") == found(reader, "has:note")
    assert found(reader, 'note:"from"') == set()
    assert found(reader, "after:2026-11-23T12:00:02Z") == {"Code", "File"}
    assert found(reader, "before:2026-11-23T12:00:02Z") == {"Html"}
    assert found(reader, "after:1h") == {"Html", "Code", "File"}


def test_fields_of_the_header_and_expressions(reader: Reader, filling: Filling) -> None:
    filling.message(letter("One", "first line\nsecond line", head="X-Kind: Big Red"))
    filling.message(letter("Two", "second", head="Message-ID: <a.b@c>"))
    reader.refresh()
    assert found(reader, "header:x-kind") == {"One"}
    assert found(reader, "header:X-Kind=red") == {"One"}
    assert found(reader, 'header:x-kind="big red"') == {"One"}
    assert found(reader, 'header:x-kind="red"') == set()
    assert found(reader, "-header:x-kind") == {"Two"}
    assert found(reader, "second header:x-kind=big") == {"One"}
    assert found(reader, "(subject:two OR header:x-kind) -/first/") == {"Two"}
    assert found(reader, "/^second line$/") == {"One"}
    assert found(reader, "/SUBJECT: t/") == {"Two"}
    assert found(reader, "/SUBJECT: t/c") == set()
    assert found(reader, "message-id:a.b@c") == found(reader, "message-id:<a.b") == {"Two"}
    assert found(reader, 'message-id:"a.b"') == set()


def test_a_search_in_files_streams_and_can_be_stopped(reader: Reader, filling: Filling) -> None:
    names = [filling.message() for _ in range(200)]
    reader.refresh()
    search = reader.search("/good/")
    assert search.looks_into_files
    going = iter(search)
    assert next(going) == names[-1]
    search.stop()
    assert list(going) == []


def test_a_search_that_was_stopped_asks_the_index_nothing(reader: Reader, filling: Filling) -> None:
    filling.message()
    reader.refresh()
    search = reader.search("good")
    assert search.first(-1) != []
    search.stop()
    assert search.first(-1) == []


def test_an_expression_without_end_costs_its_message_alone(
    reader: Reader, filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcatch.mailbox.search.running._TIME", 5.0)
    quick = filling.message(letter(text="aaa"))
    endless = filling.message(letter(text="a" * 64 + "b"))
    reader.refresh()
    search = reader.search("/^(a+)+$/c")
    assert list(search) == [quick]
    assert search.skipped == [endless]


def test_a_file_that_is_gone_fits_nothing(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    reader.refresh()
    filling.remove(name)
    assert list(reader.search("/good/")) == []


def test_duplicates(reader: Reader, filling: Filling) -> None:
    filling.message(letter("Twice", head="Message-ID: <1@x>"))
    filling.message(letter("Twice", head="Message-ID: <2@x>"))
    filling.message(letter("Once"))
    reader.refresh()
    assert found(reader, "is:duplicate") == found(reader, "is:retried") == {"Twice"}


@pytest.mark.parametrize(("hours", "there"), [(0, 0), (13, 1)])
def test_dates_without_a_zone_are_in_that_of_now(
    reader: Reader, filling: Filling, hours: int, there: int
) -> None:
    filling.message()
    reader.refresh()
    now = NOON.astimezone(timezone(timedelta(hours=hours)))
    assert reader.search("after:2026-11-24", now=now).count() == there


@pytest.mark.parametrize(("day", "utc"), [("2026-07-01", 22), ("2026-12-01", 23)])
def test_dates_of_summer_are_in_the_zone_of_summer(
    monkeypatch: pytest.MonkeyPatch, day: str, utc: int
) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        term = parse_query(f"after:{day}").node
        assert isinstance(term, Term)
        assert term.when is not None
        found = term.when.microseconds(datetime(2026, 11, 23, 12))  # noqa: DTZ001
    finally:
        monkeypatch.undo()
        time.tzset()
    assert datetime.fromtimestamp(found / 1_000_000, UTC).hour == utc


def test_a_client_that_left_without_quit_is_found_by_its_last_message(
    reader: Reader, filling: Filling
) -> None:
    first, last = (filling.message(letter(subject)) for subject in ("First", "Last"))
    happened = [
        *filling.transaction("stored", file=first),
        *filling.transaction("stored", file=last),
        events.SessionNote(30, "no-quit"),
    ]
    filling.session(happened)
    filling.stored(letter("Quit"))
    filling.message(letter("Bare"))
    reader.refresh()
    assert found(reader, "note:no-quit") == found(reader, "note:no-q*") == {"Last"}
    assert found(reader, "-note:no-quit") == {"First", "Quit", "Bare"}


def test_tags_are_found_whole_or_by_their_beginning(reader: Reader, filling: Filling) -> None:
    filling.message(letter("Brought", head="X-Tags: billing, two words"))
    taken = filling.message(letter("Taken", head="X-Tags: billing"))
    put = filling.message(letter("Put"))
    filling.message(letter("None"))
    reader.marks.mark("untag", [taken], "billing")
    reader.marks.mark("tag", [put], "bill_x")
    reader.refresh()
    assert found(reader, "tag:billing") == found(reader, "tag:billi*") == {"Brought"}
    assert found(reader, "tag:bill*") == found(reader, "tag:*") == {"Brought", "Put"}
    assert found(reader, "-tag:*") == {"Taken", "None"}
    assert found(reader, 'tag:"two words"') == {"Brought"}
    assert found(reader, "tag:bill") == found(reader, 'tag:"bill*"') == set()


def test_what_was_read_is_the_rest_of_what_was_not(reader: Reader, filling: Filling) -> None:
    seen = filling.message(letter("Seen"))
    filling.message(letter("New"))
    reader.marks.mark("read", [seen])
    reader.refresh()
    assert found(reader, "is:read") == found(reader, "-is:unread") == {"Seen"}
    assert found(reader, "is:unread") == found(reader, "-is:read") == {"New"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=8).map("".join))
def test_every_query_can_be_asked(reader: Reader, filling: Filling, text: str) -> None:
    if not any((filling.root / "messages").iterdir()):
        filling.stored()
        filling.refused()
        reader.refresh()
    try:
        parse_query(text)
    except QueryError:
        return
    for what in Found:
        search = reader.search(text, what)
        if not search.looks_into_files:
            assert search.count() == len(search.first(-1))


@pytest.mark.parametrize(
    "query",
    [
        "peer:127.0.0.1", "user:nobody", "user:*", "smtp:250", "stage:rcpt", "fault:*", "is:live",
        "is:refused", "is:dropped", "is:retried", "is:dsn", "note:no-quit", "sender:app",
        "rcpt:ann", "smtp:4xx from:app", "(is:live OR hello)",
    ],
)  # fmt: skip
def test_a_message_fits_a_query_or_its_opposite(
    reader: Reader, filling: Filling, query: str
) -> None:
    filling.message(letter("Bare"))
    filling.stored(letter("Sent"))
    reader.refresh()
    fit, other = found(reader, query), found(reader, f"-({query})")
    assert fit | other == {"Bare", "Sent"}
    assert not fit & other
