"""Reading files for the index: in this process while they are few, in reading processes past that.

A reading process that does not come back is killed, and the messages it had are read one by one, so
that one hostile mail costs its own entry and nothing else.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import msgspec

from mailcatch.mail.errors import TookTooLongError, WorkerDiedError, WorkerNotStartedError
from mailcatch.mailbox.index.digest import Digest, Read, read_on
from mailcatch.mailbox.index.record import Delivered, Record, give_up, make_record
from mailcatch.processors import use_all

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from mailcatch.mail.worker import Worker

BATCH: Final = 128
BATCH_OCTETS: Final = 1024 * 1024
FEW: Final = 64
_FEW_OCTETS: Final = 256 * 1024
_TIME: Final = 10.0
# Enough to keep the processes busy while what was read is written.
_AHEAD: Final = 6

T = TypeVar("T")
R = TypeVar("R")


class MessageTask(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message to be read. name, path: of its file. size: its octets, to make batches by."""

    name: str
    path: str
    size: int
    delivered: Delivered | None


class SessionTask(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session to be read on.

    name, path: of its file. size: where to begin. digest: what is known of it.
    """

    name: str
    path: str
    size: int
    digest: Digest


_records: Final = msgspec.msgpack.Decoder(list[Record | None])
_reads: Final = msgspec.msgpack.Decoder(list[Read | None])
_message_tasks: Final = msgspec.msgpack.Decoder(list[MessageTask])
_session_tasks: Final = msgspec.msgpack.Decoder(list[SessionTask])


class ReadingRoom:
    """Reads files, with as many reading processes as are allowed.

    processes: how many there may be, which are started when there is much to read.
    """

    def __init__(self, processes: int = 2) -> None:
        self._processes = processes
        self._free: SimpleQueue[Worker] = SimpleQueue()
        self._workers: list[Worker] = []
        self._threads: ThreadPoolExecutor | None = None
        self._alone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reading processes. May be called more than once."""
        for worker in self._workers:
            worker.close()
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def messages(
        self, tasks: Iterator[MessageTask]
    ) -> Iterator[list[tuple[MessageTask, Record | None]]]:
        """Give what messages hold, in order and in batches; None for a file that is gone."""
        ahead = list(islice(tasks, FEW + 1))
        if is_little(ahead):
            return iter([[(task, read_message(task)) for task in ahead]])
        batches = in_batches(chain(ahead, tasks), lambda task: task.size)
        return self._each(batches, self._read_messages)

    def sessions(
        self, tasks: Iterator[SessionTask]
    ) -> Iterator[list[tuple[SessionTask, Read | None]]]:
        """Give what is new in sessions, in order and in batches; None for a file that is gone."""
        ahead = list(islice(tasks, FEW + 1))
        if len(ahead) <= FEW:
            return iter([[(task, read_session(task)) for task in ahead]])
        batches = in_batches(chain(ahead, tasks), lambda _: 0)
        return self._each(batches, self._read_sessions)

    def _each(
        self, batches: Iterable[list[T]], read: Callable[[list[T]], list[R]]
    ) -> Iterator[list[tuple[T, R]]]:
        """Keep the processes busy, with no more than a few batches waiting for the caller."""
        if self._threads is None:
            self._threads = self._staffed()
        ahead: deque[tuple[list[T], Future[list[R]]]] = deque()
        try:
            for batch in batches:
                ahead.append((batch, self._threads.submit(read, batch)))
                if len(ahead) > _AHEAD * self._processes:
                    yield _paired(*ahead.popleft())
            while ahead:
                yield _paired(*ahead.popleft())
        finally:
            for _, future in ahead:
                future.cancel()

    def _staffed(self) -> ThreadPoolExecutor:
        # What a mailbox in which little is new has no need to load.
        from concurrent.futures import ThreadPoolExecutor

        from mailcatch.mail.worker import Worker

        self._workers = [Worker(_TIME) for _ in range(self._processes)]
        for worker in self._workers:
            self._free.put(worker)
        # Much is read as quickly as can be, also where the caller keeps out of the way.
        return ThreadPoolExecutor(self._processes, "mailcatch-index", use_all)

    def _read_messages(self, batch: list[MessageTask]) -> list[Record | None]:
        try:
            return _records.decode(self._call(read_messages, msgspec.msgpack.encode(batch)))
        except (TookTooLongError, WorkerDiedError) as error:
            if len(batch) == 1:
                return [_give_up(batch[0], error)]
        return [record for task in batch for record in self._read_messages([task])]

    def _read_sessions(self, batch: list[SessionTask]) -> list[Read | None]:
        try:
            return _reads.decode(self._call(read_sessions, msgspec.msgpack.encode(batch)))
        except (TookTooLongError, WorkerDiedError):
            return [read_session(task) for task in batch]

    def _call(self, function: Callable[[bytes], bytes], tasks: bytes) -> bytes:
        worker = self._free.get()
        try:
            if not self._alone:
                try:
                    return worker.call(function, tasks)
                except WorkerNotStartedError:
                    # A limit of the system.
                    self._alone = True
            return function(tasks)
        finally:
            self._free.put(worker)


def get_ready() -> None:
    """Load what reading a message takes, so that the next one is read at once."""
    # Loaded with the first message else, because most of the time nothing is new.
    from mailcatch.mail import html_text, message  # noqa: F401


def in_batches(tasks: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Gather tasks into batches of bounded number and octets."""
    batch: list[T] = []
    octets = 0
    for task in tasks:
        batch.append(task)
        octets += size(task)
        if len(batch) >= BATCH or octets >= BATCH_OCTETS:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def is_little(batch: list[MessageTask]) -> bool:
    """Return whether messages may be read where the caller runs: they take no time to speak of."""
    return len(batch) <= FEW and all(task.size <= _FEW_OCTETS for task in batch)


def read_messages(tasks: bytes) -> bytes:
    """Read a batch of messages. What comes and goes is msgpack."""
    with _uncollected():
        return msgspec.msgpack.encode([read_message(task) for task in _message_tasks.decode(tasks)])


def read_sessions(tasks: bytes) -> bytes:
    """Read a batch of sessions. What comes and goes is msgpack."""
    with _uncollected():
        return msgspec.msgpack.encode([read_session(task) for task in _session_tasks.decode(tasks)])


def read_message(task: MessageTask) -> Record | None:
    """Read one message; None where its file is gone."""
    try:
        with open(task.path, "rb", buffering=0) as file:  # noqa: PTH123 - as below
            raw = file.read()
    except OSError:
        return None
    try:
        return make_record(raw, task.delivered)
    # A defect of ours, or memory: one message must not keep the others from being listed.
    except Exception:  # noqa: BLE001
        return give_up(raw, task.delivered, "reader-crashed")


def read_session(task: SessionTask) -> Read | None:
    """Read on in one session; None where its file is gone."""
    try:
        with open(task.path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs as much
            file.seek(task.size)
            octets = file.read()
    except OSError:
        return None
    return read_on(octets, task.size, task.digest)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Read a batch without the collector: it is small enough to be cleared away afterwards."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _paired(tasks: list[T], found: Future[list[R]]) -> list[tuple[T, R]]:
    return list(zip(tasks, found.result(), strict=True))


def _give_up(task: MessageTask, error: Exception) -> Record | None:
    note = "time-limit" if isinstance(error, TookTooLongError) else "reader-crashed"
    try:
        with open(task.path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
            return give_up(file.read(_FEW_OCTETS), task.delivered, note)
    except OSError:
        return None
