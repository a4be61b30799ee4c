"""Queries, read: what they mean, and what is said of mistakes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcatch.mailbox.search import QueryError, parse_query
from mailcatch.mailbox.search.operators import OPERATORS
from mailcatch.mailbox.search.query import All, Any, Fit, Node, Not, Term

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
WORD = Term("", "word")
OTHER = Term("", "other")
THIRD = Term("", "third")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", All(())),
        ("  ", All(())),
        ("word", WORD),
        ("word other", All((WORD, OTHER))),
        ("word AND other", All((WORD, OTHER))),
        ("word OR other", Any((WORD, OTHER))),
        ("word other OR third", Any((All((WORD, OTHER)), THIRD))),
        ("word (other OR third)", All((WORD, Any((OTHER, THIRD))))),
        ("-word", Not(WORD)),
        ("-(word other)", Not(All((WORD, OTHER)))),
        ('"word other"', Term("", "word other", Fit.WHOLE)),
        ("ORDER", Term("", "ORDER")),
        ("or", Term("", "or")),
        ("foo(bar)", Term("", "foo(bar)")),
        ("(word)", WORD),
        ("From:word", Term("from", "word")),
        ('subject:"word other"', Term("subject", "word other", Fit.WHOLE)),
        ("(from:word)", Term("from", "word")),
        ("http://shop.example/x", Term("", "http://shop.example/x")),
        ("Re:", Term("", "Re:")),
        ("12:30", Term("", "12:30")),
        ("header:X-Mailer", Term("header", "", name="x-mailer")),
        ("header:x-a=b=c", Term("header", "b=c", name="x-a")),
        ('header:x-a="b c"', Term("header", "b c", Fit.WHOLE, name="x-a")),
        ("has:HTML", Term("has", "html")),
        ("larger:1.5k", Term("larger", "1.5k", octets=1536)),
        ("smaller:2M", Term("smaller", "2M", octets=2 * 1024 * 1024)),
        ("smtp:4xx", Term("smtp", "4")),
        ("/a b\\/c/", Term("/", "a b\\/c")),
        ("/A/c word", All((Term("/", "A", minds_case=True), WORD))),
        ("(/a/)", Term("/", "a")),
        ("fault:once*", Term("fault", "once*")),
        ("tag:*", Term("tag", "*")),
        ("note:date*", Term("note", "date*")),
        ("note:of-another-kind", Term("note", "of-another-kind")),
        ('note:"date-mising"', Term("note", "date-mising", Fit.WHOLE)),
    ],
)
def test_what_a_query_means(text: str, node: Node) -> None:
    assert parse_query(text).node == node


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("word (other", 5, "“(” is never closed"),
        ("word)", 4, "closes nothing"),
        ("()", 0, "nothing stands between"),
        ("OR word", 0, "OR needs something on both sides"),
        ("word OR", 7, "OR needs something on both sides"),
        ("word OR OR other", 7, "OR needs something on both sides"),
        ("word - other", 5, "“-” needs something right behind it"),
        ("--word", 0, "“-” needs"),
        ('word "other', 5, "the quotation mark is never closed"),
        ("from: word", 0, "“from:” needs a value"),
        ("word form:ann", 5, "there is no operator “form:”; did you mean “from:”?"),
        ("sbuject:x", 0, "did you mean “subject:”?"),
        ("qqqqq:x", 0, "there is no operator “qqqqq:”; put it in quotation marks"),
        ("x-mailer:swaks", 0, "did you mean “header:x-mailer=swaks”?"),
        ("date:today", 0, "did you mean “header:date=today”?"),
        ("mesage-id:x", 0, "did you mean “message-id:”?"),
        ("header:x-mailer:swaks", 7, "did you mean “header:x-mailer=swaks”?"),
        (
            "note:date-mising",
            5,
            "there is no note “date-mising”; did you mean “note:date-missing”?",
        ),
        ("note:bare-lf-comand", 5, "did you mean “note:bare-lf-command”?"),
        ("has:atachment", 4, "“has:” knows no “atachment”; did you mean “has:attachment”?"),
        ("is:zzz", 3, "known are unread, read, stored"),
        ("before:tomorow", 7, "“tomorow” is not a time; such as 2026-11-23"),
        ("before:2026-13-01", 7, "is not a time"),
        ("larger:big", 7, "“big” is not a size; such as 500, 10k or 1.5M"),
        ("smtp:999", 5, "“999” is not a reply code"),
        ("/a(b/", 2, "no regular expression: missing ), unterminated subpattern"),
        ("word /ab", 5, "“/” begins an expression that never ends"),
        ("/usr/bin", 5, "only “c” may stand"),
        ("//", 0, "the expression is empty"),
        ("subject:$$$", 8, "“$$$” has neither letters nor digits; look for signs with /…/"),
        ("header:=x", 7, "“header:” needs the name of a field"),
        ("header:x-a= y", 0, "“=” needs a value"),
        ("peer:*", 5, "“peer:” needs a value"),
        ("(" * 40 + "x", 31, "more than 30 parentheses"),
        ("x " * 101, 200, "more than 100 things"),
        ("x" * 5000, 4000, "longer than 4000 characters"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_is_meant(text: str, at: int, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert said in str(caught.value)
    assert caught.value.at == at


def test_a_mistake_is_pointed_at() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("a\x1b form:ann")
    assert caught.value.pointed() == "a␛ form:ann\n   ^^^^^"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-11", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T14:00", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("2026-11-23T14:00:01+02:00", datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)),
        ("2026-11-23t14:00z", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("today", datetime(2026, 11, 23, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 22, tzinfo=UTC)),
        ("90m", datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("1w", datetime(2026, 11, 16, 15, 30, tzinfo=UTC)),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    term = parse_query(f"after:{text}").node
    assert isinstance(term, Term)
    assert term.when is not None
    assert term.when.microseconds(NOW) == round(moment.timestamp()) * 1_000_000


PIECES = st.one_of(
    st.sampled_from([f"{name}:" for name in OPERATORS]),
    st.sampled_from(["OR", "AND", "-", "(", ")", '"', "/", " ", "=", "*", "\\", "x", "4xx", "é"]),
    st.sampled_from(["unread", "0001", "9999-12-31", "999999w", "9.9g", "[a", "(?i", "x{9999999}"]),
    st.text(max_size=5),
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
@example("/[[a]/")
@example("/(?x)/")
@example("/a{4294967295}{4294967295}/")
@example("before:0001-01-01T00:00+14:00")
@example("\ud800")
def test_nothing_but_its_own_error_is_raised(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        caught = error
    else:
        for term in terms(query.node):
            if term.when is not None:
                term.when.microseconds(NOW)
        return
    assert 0 <= caught.at <= len(text)
    assert caught.pointed().count("\n") == 1


def terms(node: Node) -> list[Term]:
    match node:
        case Term():
            return [node]
        case Not(inner):
            return terms(inner)
        case All(nodes) | Any(nodes):
            return [term for one in nodes for term in terms(one)]
