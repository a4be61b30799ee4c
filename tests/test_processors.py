"""Which processors threads run on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailcatch.processors import leave_one, use_all
from tests.affinity import all_but_one, processors_of


def on_a_thread(what: Callable[[], set[int]]) -> set[int]:
    """What it returns on a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(what).result()


def left() -> set[int]:
    """The processors of a thread that leaves one."""
    leave_one()
    return processors_of()


def test_a_thread_that_leaves_one_processor_runs_on_all_others() -> None:
    assert on_a_thread(left) == all_but_one()


def test_the_other_threads_stay_where_they_were() -> None:
    before = processors_of()
    on_a_thread(left)
    assert processors_of() == before
    assert on_a_thread(processors_of) == before


def test_what_such_a_thread_starts_leaves_it_too_until_told_otherwise() -> None:
    def inside() -> tuple[set[int], set[int]]:
        leave_one()
        leave_one()
        started = on_a_thread(processors_of)

        def back() -> set[int]:
            use_all()
            return processors_of()

        return started, on_a_thread(back)

    found: list[tuple[set[int], set[int]]] = []
    thread = threading.Thread(target=lambda: found.append(inside()))
    thread.start()
    thread.join()
    assert found == [(all_but_one(), processors_of())]


def test_where_it_is_forbidden_threads_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", forbidden, raising=False)
    assert on_a_thread(left) == processors_of()
