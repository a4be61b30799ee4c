"""Any conversation at all: each command is answered or ends the session, nothing fails, nothing
hangs, and the session's file says what was said."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcatch import Catcher
from tests.reading import eventually
from tests.smtp.conversation import LIMITS, STEPS, Conversation


@pytest.fixture(scope="module")
def complaints() -> Iterator[list[str]]:
    """What is logged."""
    told: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    # An event loop in debug mode warns of turns that took long.
    handler = Listening(logging.ERROR)
    loggers = [logging.getLogger(name) for name in ("mailcatch", "asyncio", "mail")]
    for logger in loggers:
        logger.addHandler(handler)
    yield told
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture(scope="module")
def catchers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Catcher]]:
    place = tmp_path_factory.mktemp("conversations")
    everywhere = "127.0.0.1:0"
    marks = ["starttls:", "tls:", "lmtp:", "proxy:starttls:", "proxy:tls:", "proxy:lmtp:starttls:"]
    lenient = Catcher(
        listen=[mark + everywhere for mark in marks],
        mailbox=place / "lenient",
        limits=LIMITS,
        ca_dir=place / "ca",
        offer=["all"],
        atrn=True,
        old_auth=True,
    )
    strict = Catcher(
        listen=["starttls:" + everywhere, "tls:" + everywhere],
        mailbox=place / "strict",
        limits=LIMITS,
        ca_dir=place / "ca",
        auth_users={"ann": "sesame"},
        require_auth=True,
        require_tls=True,
        without=["ENHANCEDSTATUSCODES", "SIZE"],
    )
    with lenient.in_thread(), strict.in_thread():
        yield [lenient, strict]
        eventually(lambda: not lenient.counters.live + strict.counters.live)


@settings(max_examples=150)
@given(data=st.data())
def test_any_conversation_is_answered_recorded_and_over(
    catchers: list[Catcher], complaints: list[str], data: st.DataObject
) -> None:
    catcher = data.draw(st.sampled_from(catchers))
    with Conversation(catcher, data.draw(st.sampled_from(catcher.addresses)), data) as talk:
        talk.begin()
        for _ in range(data.draw(st.integers(0, 25))):
            if not talk.over:
                data.draw(STEPS)(talk)
        talk.end()
    assert complaints == []
