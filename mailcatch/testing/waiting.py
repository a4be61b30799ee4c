"""Waiting without polling: a question is asked again whenever the server heard something.

A question is a function of the time (monotonic seconds). It returns its answer, raises, or returns
`Later`: nothing yet, ask again when something changed, or at that time.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from mailcatch.testing.errors import MailcatchMisuse
from mailcatch.testing.ledger import Ledger

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Later:
    """No answer yet. until: when to ask again though nothing changed."""

    until: float


Question = Callable[[float], "T | Later"]


def ask_until_answered(ledger: Ledger, question: Question[T], name: str) -> T:
    """Block until a question is answered; name: the method, for the advice in an event loop.

    Raises MailcatchMisuse where blocking would stop the event loop that may have to send the mail.
    """
    __tracebackhide__ = True
    while True:
        version = ledger.version
        answer = question(monotonic())
        if not isinstance(answer, Later):
            return answer
        if event_loop():
            raise MailcatchMisuse(
                f"mailcatch: {name}() would stop the event loop that may have to send the mail:"
                f" write `{ASYNC_FORMS.get(name, f'await mailcatch.async_{name}(...)')}`"
            )
        with ledger.changed:
            if ledger.version == version:
                ledger.changed.wait(max(answer.until - monotonic(), 0))


async def ask_until_answered_async(ledger: Ledger, question: Question[T]) -> T:
    """Wait in asyncio or trio until a question is answered."""
    __tracebackhide__ = True
    wait = _wait_in_trio if event_loop() == "trio" else _wait_in_asyncio
    while True:
        version = ledger.version
        answer = question(monotonic())
        if not isinstance(answer, Later):
            return answer
        await wait(ledger, version, answer.until)


ASYNC_FORMS = {"expect": "async with mailcatch.expect(...)"}


def event_loop() -> str:
    """Return the kind of event loop that runs in this thread: "asyncio", "trio" or ""."""
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return "asyncio"
    if "trio" in sys.modules:
        import trio

        if trio.lowlevel.in_trio_run():
            return "trio"
    return ""


async def _wait_in_asyncio(ledger: Ledger, version: int, until: float) -> None:
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    stop = ledger.watch(lambda: loop.call_soon_threadsafe(woken.set))
    try:
        if ledger.version == version:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(until - monotonic(), 0)):
                    await woken.wait()
    finally:
        stop()


async def _wait_in_trio(ledger: Ledger, version: int, until: float) -> None:
    import trio

    token = trio.lowlevel.current_trio_token()
    woken = trio.Event()
    stop = ledger.watch(lambda: token.run_sync_soon(woken.set))
    try:
        if ledger.version == version:
            with trio.move_on_after(max(until - monotonic(), 0)):
                await woken.wait()
    finally:
        stop()
