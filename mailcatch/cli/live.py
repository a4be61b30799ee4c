"""Which sessions go on: a server that was killed leaves some behind that never ended."""

from __future__ import annotations

from mailcatch.mailbox.names import beginning_at
from mailcatch.mailbox.reader import Reader, Serving


def live_since(reader: Reader) -> str:
    """Return what the names of sessions that go on do not sort before; "" where none does.

    Whether a server on another machine still runs is not known: its sessions are not called live.
    """
    serving, state = reader.serving()
    return beginning_at(state.started) if state is not None and serving is Serving.HERE else ""
