import os
import time
from collections.abc import Callable, Iterator

import pytest

from mailcatch.mail import TookTooLongError, Worker, WorkerClosedError, WorkerDiedError


@pytest.fixture(scope="module")
def reader() -> Iterator[Worker]:
    with Worker(limit=20) as started:
        yield started


def test_a_message_is_understood_in_another_process(reader: Worker) -> None:
    assert reader.understand(b"Subject: hi\r\n\r\nbody").plain == "body"
    assert reader.call(os.getpid) != os.getpid()


def test_a_failing_function_raises_here_and_the_process_goes_on(reader: Worker) -> None:
    before = reader.call(os.getpid)
    with pytest.raises(ValueError, match="invalid literal"):
        reader.call(int, "x")
    assert reader.call(os.getpid) == before


def test_a_process_that_ends_is_replaced(reader: Worker) -> None:
    before = reader.call(os.getpid)
    with pytest.raises(WorkerDiedError):
        reader.call(os._exit, 1)
    assert reader.call(os.getpid) != before


def test_a_call_past_the_limit_is_ended_and_the_process_replaced() -> None:
    with Worker(limit=0.2) as hasty:
        before = hasty.call(os.getpid)
        with pytest.raises(TookTooLongError):
            hasty.call(time.sleep, 60)
        assert hasty.call(os.getpid) != before


@pytest.mark.parametrize(
    ("stand_in", "note"), [(time.sleep, "time-limit"), (os._exit, "reader-crashed")]
)
def test_a_message_that_cannot_be_read_is_listed_with_a_note(
    stand_in: Callable[[int], object], note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Worker(limit=0.2) as hasty:
        original = hasty.call
        monkeypatch.setattr(hasty, "call", lambda *_: original(stand_in, 60))
        understood = hasty.understand(b"Subject: still here\r\n\r\n")
    assert understood.summary.subject == "still here"
    assert [found.name for found in understood.notes] == [note]


def test_a_closed_worker_refuses_calls() -> None:
    closed = Worker()
    closed.close()
    with pytest.raises(WorkerClosedError):
        closed.call(os.getpid)
