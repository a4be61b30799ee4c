"""Parameters of MAIL and RCPT: kept as they were sent, judged, and never refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch import Catcher
from mailcatch.smtp.extensions import OFFERED, ON_REQUEST, offers
from mailcatch.smtp.parameters import OF_MAIL, OF_RCPT, declared, notes_on
from tests.reading import only_transaction
from tests.talk import Talk

ALL = offers(["all"])

RIGHT = [
    *("SIZE=0", "SIZE=12345678901234567890", "size=10"),
    *("BODY=7BIT", "BODY=8bitmime", "BODY=BINARYMIME", "SMTPUTF8"),
    *("AUTH=<>", "AUTH=ann+40example.com"),
    *("RET=FULL", "ret=hdrs", "ENVID=QQ314159", "ENVID=a+2Bb+3D", "ENVID=" + "x" * 100),
    *("BY=120;R", "BY=-60;NT", "BY=+0;n", "BY=999999999;RT"),
    *("REQUIRETLS", "MT-PRIORITY=-9", "MT-PRIORITY=0", "mt-priority=9"),
    *("HOLDFOR=1", "HOLDFOR=999999999"),
    *("HOLDUNTIL=2027-01-31T09:00:00Z", "HOLDUNTIL=2027-01-31t09:00:00.5+01:00"),
    *("SOLICIT=net.example:ADV", "SOLICIT=a:b,c_d:e-f"),
]
WRONG = [
    *("SIZE", "SIZE=", "SIZE=-1", "SIZE=1k", "SIZE=123456789012345678901", "SIZE=\u0661"),
    *("BODY=9BIT", "BODY", "SMTPUTF8=yes"),
    *("AUTH=a=b", "AUTH=a+4b"),
    *("RET=ALL", "RET=", "ENVID=a=b", "ENVID=ä", "ENVID=" + "x" * 101),
    *("BY=120", "BY=0;R", "BY=-1;RT", "BY=1234567890;N", "BY=1;X", "BY=1;NR"),
    *("REQUIRETLS=1", "MT-PRIORITY=10", "MT-PRIORITY=+1", "MT-PRIORITY=-0"),
    *("HOLDFOR=0", "HOLDFOR=1234567890", "HOLDUNTIL=tomorrow", "HOLDUNTIL=2027-13-01T00:00:00Z"),
    *("HOLDUNTIL=2027-01-31T09:00:00", "SOLICIT=", "SOLICIT=1a", "SOLICIT=a,,b"),
]
RIGHT_RECIPIENT = [
    *("NOTIFY=NEVER", "notify=success,FAILURE,Delay"),
    *("ORCPT=rfc822;Bob@Example.com", "ORCPT=utf-8;bøb@example.com", "orcpt=X400;/c+3Dx"),
]
WRONG_RECIPIENT = [
    *("NOTIFY=NEVER,SUCCESS", "NOTIFY=ALWAYS", "NOTIFY=", "NOTIFY=SUCCESS,SUCCESS"),
    *("ORCPT=bob@example.com", "ORCPT=;bob", "ORCPT=rfc822;", "ORCPT=rfc822;" + "x" * 500),
    *("ORCPT=rfc822;a=b", "ORCPT=rf c;x"),
]


def names(parameters: tuple[str, ...], *, of_rcpt: bool = False) -> list[str]:
    return [note.name for note in notes_on(OF_RCPT if of_rcpt else OF_MAIL, parameters, ALL)]


@pytest.mark.parametrize("parameter", RIGHT)
def test_a_value_that_its_rfc_allows_is_not_told(parameter: str) -> None:
    assert names((parameter,)) == []


@pytest.mark.parametrize("parameter", WRONG)
def test_a_value_that_its_rfc_does_not_allow_is_told(parameter: str) -> None:
    assert names((parameter,)) == ["bad-parameter"]


@pytest.mark.parametrize("parameter", RIGHT_RECIPIENT)
def test_a_value_of_rcpt_that_its_rfc_allows_is_not_told(parameter: str) -> None:
    assert names((parameter,), of_rcpt=True) == []


@pytest.mark.parametrize("parameter", WRONG_RECIPIENT)
def test_a_value_of_rcpt_that_its_rfc_does_not_allow_is_told(parameter: str) -> None:
    assert names((parameter,), of_rcpt=True) == ["bad-parameter"]


def test_what_would_be_right_is_told_too() -> None:
    (note,) = notes_on(OF_RCPT, ("NOTIFY=NEVER,DELAY",), ALL)
    assert note.detail == "NOTIFY=NEVER,DELAY: NEVER stands alone"


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (("RET=FULL", "ret=FULL"), "ret=FULL: RET stands twice"),
        (
            ("HOLDFOR=1", "HOLDUNTIL=2027-01-31T09:00:00Z"),
            "HOLDUNTIL=2027-01-31T09:00:00Z: HOLDUNTIL and HOLDFOR exclude each other",
        ),
    ],
)
def test_parameters_that_do_not_go_together_are_told(
    parameters: tuple[str, ...], told: str
) -> None:
    assert [note.detail for note in notes_on(OF_MAIL, parameters, ALL)] == [told]


@pytest.mark.parametrize("parameter", [*RIGHT, *WRONG])
def test_what_belongs_to_nothing_that_is_offered_is_told_so(parameter: str) -> None:
    notes = notes_on(OF_MAIL, (parameter,), offers(without=[*OFFERED, *ON_REQUEST]))
    assert [note.name for note in notes] == ["unknown-parameter"]


@given(st.lists(st.text(), max_size=5).map(tuple))
def test_nothing_that_a_parameter_holds_is_stumbled_over(parameters: tuple[str, ...]) -> None:
    for keywords in (OF_MAIL, OF_RCPT):
        for parameter in parameters:
            told = tuple(f"{name}={parameter}" for name in keywords)
            notes_on(keywords, (*parameters, *told), ALL)
            declared((*parameters, *told), ALL)


Start = Callable[..., Catcher]


def test_parameters_are_kept_exactly_as_they_were_sent(start: Start, mailbox: Path) -> None:
    of_mail = "rEt=hDrS EnVid=Aa+2Bb BY=1;rt X-Own=+2b Auth=<> SIZE=5"
    of_rcpt = "NoTiFy=sUcCeSs,DeLaY oRcPt=rFc822;Bob+2BX@Example.COM"
    with Talk(start(offer=["all"])) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(f"MAIL FROM:<a@b> {of_mail}".encode()).startswith(b"250")
        assert talk.ask(f"RCPT TO:<Bob+x@c> {of_rcpt}".encode()).startswith(b"250")
        assert talk.ask(b"RCPT TO:<plain@c>").startswith(b"250")
        talk.ask(b"DATA")
        assert talk.ask(b".").startswith(b"250")
    transaction = only_transaction(mailbox)
    assert " ".join(transaction.parameters) == of_mail
    assert [" ".join(one.parameters) for one in transaction.recipients] == [of_rcpt, ""]
    notes = [(note.name, note.detail) for note in transaction.notes]
    assert notes == [("unknown-parameter", "X-Own=+2b"), ("empty-message", "")]


def test_a_wrong_value_is_accepted_and_told(start: Start, mailbox: Path) -> None:
    with Talk(start()) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b> RET=SOME BY=1;R").startswith(b"250")
        assert talk.ask(b"RCPT TO:<c@d> NOTIFY=NEVER,SUCCESS").startswith(b"250")
        talk.ask(b"DATA")
        assert talk.ask(b"Subject: x\r\n.").startswith(b"250")
    assert [(note.name, note.detail) for note in only_transaction(mailbox).notes] == [
        ("bad-parameter", "RET=SOME: it is one of FULL, HDRS"),
        ("unknown-parameter", "BY=1;R"),
        ("bad-parameter", "NOTIFY=NEVER,SUCCESS: NEVER stands alone"),
    ]
