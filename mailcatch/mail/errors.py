"""What can go wrong when a message is understood in a worker.

Reading a message never raises for what the message holds: a malformed mail gives notes. Only the
worker, which may be killed, reports failure with an exception.
"""


class MailError(Exception):
    """The family of every exception this package raises on purpose."""


class TookTooLongError(MailError):
    """A call did not end within the worker's time limit; the worker was killed."""


class WorkerDiedError(MailError):
    """The worker process ended in the middle of a call (out of memory, a crash in native code)."""


class WorkerClosedError(MailError):
    """A call was made after `Worker.close()`."""


class WorkerNotStartedError(WorkerDiedError):
    """No reading process can be started here."""
