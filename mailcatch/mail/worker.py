"""A process that reads messages within a time, and is replaced when it does not come back.

The bounds keep reading short; this is for what nobody thought of. The worker shares nothing with
its caller but two pipes: killing it loses one answer and nothing else.

It is a Python of its own that imports this module and nothing of the caller's, so that a script
that reads a mailbox is not run a second time, as it would be by `multiprocessing`.
"""

import contextlib
import math
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

from mailcatch.mail.envelope import Envelope
from mailcatch.mail.errors import (
    TookTooLongError,
    WorkerClosedError,
    WorkerDiedError,
    WorkerNotStartedError,
)
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from mailcatch.mail.understood import Understood

P = ParamSpec("P")
R = TypeVar("R")

MOST_MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes of address space the worker may use, where the system can limit it."""

_START_LIMIT = 60.0
_GRACE = 1.0
_LENGTH: Final = struct.Struct("!Q")
# The path of modules first, and nothing before it that a file in the current directory could be.
_PROGRAM: Final = (
    "import os, sys; sys.path[:] = sys.argv[1].split(os.pathsep);"
    "from mailcatch.mail.worker import serve; serve()"
)


class Worker:
    """One reading process, used by one call at a time; calls from several threads queue up.

    The process starts with the first call, which takes a few tenths of a second.
    """

    def __init__(self, limit: float = 5.0) -> None:
        """Make a worker whose calls may take `limit` seconds each."""
        self._limit = limit
        self._lock = Lock()
        self._process: _Process | None = None
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
            WorkerNotStartedError: no process can be started.
            WorkerClosedError: the worker was closed.
            Exception: whatever the function raises.
        """
        with self._lock:
            if self._closed:
                raise WorkerClosedError
            process = self._running()
            try:
                process.send((self._limit, function, args, kwargs))
                answer = process.receive(self._limit)
            except TookTooLongError:
                self._stop()
                raise
            except (EOFError, OSError) as error:
                self._stop()
                raise WorkerDiedError("the reading process ended") from error
        # What cannot be made a value again is a mistake of the caller's and not of the process.
        raised, answer = pickle.loads(answer)  # noqa: S301 - from a program of ours
        if raised:
            raise answer
        result: R = answer
        return result

    def close(self) -> None:
        """End the process; may be called more than once."""
        with self._lock:
            self._closed = True
            self._stop()

    def _running(self) -> "_Process":
        """Give a process that has loaded what it needs, started when there is none."""
        if self._process is None or not self._process.lives:
            self._stop()
            try:
                self._process = _Process()
                # The limit is for reading a message, not for starting Python.
                self._process.receive(_START_LIMIT)
            except (EOFError, OSError, TookTooLongError) as error:
                self._stop()
                raise WorkerNotStartedError("no reading process can be started") from error
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


class _Process:
    """A reading process, and the pipes to it. Raises OSError where none can be started."""

    def __init__(self) -> None:
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109
        alone = ["-I"] if sys.flags.isolated else []
        self._process = subprocess.Popen(  # noqa: S603 - this Python, and a program of ours
            [sys.executable, *alone, "-c", _PROGRAM, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Nothing that a mail makes Python say reaches the terminal.
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for the caller, which ends the process.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        # Reading from a pipe cannot be given up after a time everywhere; waiting on a queue can.
        self._listener = Thread(target=self._listen, name="mailcatch-reading", daemon=True)
        self._listener.start()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def send(self, value: object) -> None:
        """Send a value. Raises OSError where the process has ended."""
        _write(self._to, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))

    def receive(self, limit: float) -> bytes:
        """Return an answer. Raises TookTooLongError, and EOFError where the process has ended."""
        try:
            answer = self._answers.get(timeout=limit)
        except Empty:
            raise TookTooLongError(f"no answer within {limit} s") from None
        if answer is None:
            raise EOFError
        return answer

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        with contextlib.suppress(OSError):
            self._to.close()
        self._from.close()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._answers.put(_read(self._from))
        self._answers.put(None)


def serve() -> None:
    """Answer calls on standard input until it is closed. The main function of the process."""
    _limit_memory()
    calls = sys.stdin.buffer
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Loaded before the first call, whose time is for reading alone.
    import_module("mailcatch.mail.understood")
    with contextlib.suppress(EOFError, OSError):
        _write(answers, b"")
        while True:
            call = _read(calls)
            try:
                limit, function, args, kwargs = pickle.loads(call)  # noqa: S301 - from our caller
                _end_after(limit + _GRACE)
                answer: tuple[bool, object] = (False, function(*args, **kwargs))
            except Exception as error:  # noqa: BLE001
                answer = (True, error)
            _end_after(0)
            _write(answers, _pickled(answer))


def _pickled(answer: tuple[bool, object]) -> bytes:
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001
        return pickle.dumps((True, TypeError(f"cannot be sent: {error}")))


def _write(pipe: IO[bytes], octets: bytes) -> None:
    pipe.write(_LENGTH.pack(len(octets)))
    pipe.write(octets)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    """Return what was written. Raises EOFError where the other end is closed."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    octets = pipe.read(*_LENGTH.unpack(head))
    if len(octets) < _LENGTH.unpack(head)[0]:
        raise EOFError
    return octets


def _end_after(seconds: float) -> None:
    """End this process if it is still at it then: its caller may have been killed meanwhile."""
    if sys.platform != "win32":
        signal.alarm(math.ceil(seconds))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
