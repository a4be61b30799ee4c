"""What the server does with a rule file: whether it has taken it, and what it counted."""

from __future__ import annotations

import time
from enum import Enum
from pathlib import Path
from typing import Final

from mailcatch.mailbox.server_file import is_running, read_state
from mailcatch.rulefile.errors import RuleFileError
from mailcatch.rulefile.file import digest_of, read

PATIENCE: Final = 5.0
"""Seconds after which a server that has not taken a change is given up; it takes 0.2 s."""

SHORT_PATIENCE: Final = 0.5
"""The same where its process is not on this machine: it was killed, or is in a container."""

_LOOK: Final = 0.01


class NotTakenError(RuleFileError):
    """A server is there, and has not taken the rules. The message says why."""


class Taken(Enum):
    """SERVER: the server has the rules. NOBODY: there is no server to take them.

    GONE: server.json names a process that is not on this machine, and that has not taken them.
    """

    SERVER = "server"
    NOBODY = "nobody"
    GONE = "gone"


def wait_until_taken(root: Path, path: Path, digest: str, patience: float = PATIENCE) -> Taken:
    """Return when the server of a directory has taken a rule file, or there is no server.

    path, digest: the file, and what it is now. Where somebody else has edited it since, that edit
    stands on this one, and is waited for as well. patience: seconds to wait at most.
    Raises NotTakenError.
    """
    began = time.monotonic()
    while True:
        state = read_state(root)
        if state is None:
            return Taken.NOBODY
        if state.faults is not None and not state.faults.file:
            raise NotTakenError(f"the server of {root} was told to take no rules from it")
        if state.faults is not None and state.faults.digest in (digest, digest_of(read(path))):
            if state.faults.error:
                raise NotTakenError(
                    f"the server cannot use its rules, and keeps the last good ones:"
                    f" {state.faults.error}"
                )
            return Taken.SERVER
        elapsed = time.monotonic() - began
        if elapsed >= min(patience, SHORT_PATIENCE) and not is_running(state.pid):
            return Taken.GONE
        if elapsed >= patience:
            break
        time.sleep(_LOOK)
    if state.faults is None:
        raise NotTakenError(f"process {state.pid} serves {root} and knows no faults: start it anew")
    raise NotTakenError(f"process {state.pid} has not taken the rules within {patience:g} s")
