"""A process that reads messages within a time, and is replaced when it does not come back.

The bounds keep reading short; this is for what nobody thought of. The worker shares nothing with
its caller but two ends of a pipe: killing it loses one answer and nothing else.
"""

import contextlib
import multiprocessing
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from mailcatch.mail.envelope import Envelope
from mailcatch.mail.errors import TookTooLongError, WorkerClosedError, WorkerDiedError
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from mailcatch.mail.understood import Understood

P = ParamSpec("P")
R = TypeVar("R")

MOST_MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes of address space the worker may use, where the system can limit it."""

_START_LIMIT = 60.0


class Worker:
    """One reading process, used by one call at a time; calls from several threads queue up.

    The process starts with the first call, which takes a few tenths of a second.
    """

    def __init__(self, limit: float = 5.0) -> None:
        """Make a worker whose calls may take `limit` seconds each."""
        self._limit = limit
        self._lock = Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def understand(
        self,
        raw: bytes,
        envelope: Envelope | None = None,
        width: int = 80,
        bounds: Bounds = DEFAULT_BOUNDS,
    ) -> "Understood":
        """Read a message; one that takes too long or ends the process gives its summary and a note.

        Raises:
            WorkerClosedError: the worker was closed.
        """
        # Who never has a message read here, such as a list, loads nothing of the reading.
        from mailcatch.mail.understood import give_up, understand

        try:
            return self.call(understand, raw, envelope, width, bounds)
        except TookTooLongError:
            return give_up(raw, "time-limit", bounds)
        except WorkerDiedError:
            return give_up(raw, "reader-crashed", bounds)

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function of a module in the worker.

        Args:
            function: importable by name; it, its arguments and its result can be pickled.
            *args: its arguments.
            **kwargs: its arguments by name.

        Raises:
            TookTooLongError: it ran past the limit; the process was killed.
            WorkerDiedError: the process ended by itself.
            WorkerClosedError: the worker was closed.
            Exception: whatever the function raises.
        """
        with self._lock:
            if self._closed:
                raise WorkerClosedError
            pipe = self._running()
            try:
                pipe.send((function, args, kwargs))
                if not pipe.poll(self._limit):
                    self._stop()
                    raise TookTooLongError(f"no answer within {self._limit} s")
                raised, answer = pipe.recv()
            except (EOFError, OSError) as error:
                self._stop()
                raise WorkerDiedError("the reading process ended") from error
        if raised:
            raise answer
        result: R = answer
        return result

    def close(self) -> None:
        """End the process; may be called more than once."""
        with self._lock:
            self._closed = True
            self._stop()

    def _running(self) -> Connection:
        """Give the pipe to a process that has loaded what it needs, started when there is none."""
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self._stop()
            # "spawn": a fork would copy the locks of threads that do not exist in the child.
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._process, self._pipe = process, ours
            # The limit is for reading a message, not for starting Python.
            if ours.poll(_START_LIMIT):
                ours.recv()
        return self._pipe

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._pipe = self._process = None


def _serve(pipe: Connection) -> None:
    """Answer calls until the other end is closed."""
    _limit_memory()
    # Loaded before the first call, whose time is for reading alone.
    import_module("mailcatch.mail.understood")
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        pipe.send("ready")
        while True:
            function, args, kwargs = pipe.recv()
            try:
                answer = (False, function(*args, **kwargs))
            except Exception as error:  # noqa: BLE001
                answer = (True, error)
            pipe.send(answer)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
