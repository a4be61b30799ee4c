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

_LOOK: Final = 0.01


class NotTakenError(RuleFileError):
    """A server is there, and has not taken the rules. The message says why."""


class Taken(Enum):
    """SERVER: the server has the rules. NOBODY: there is no server to take them."""

    SERVER = "server"
    NOBODY = "nobody"


def wait_until_taken(root: Path, path: Path, digest: str, patience: float = PATIENCE) -> Taken:
    """Return when the server of a directory has taken a rule file, or there is no server.

    path, digest: the file, and what it is now. Where somebody else has edited it since, that edit
    stands on this one, and is waited for as well. patience: seconds to wait at most.
    Raises NotTakenError.
    """
    deadline = time.monotonic() + patience
    while True:
        state = read_state(root)
        if state is None:
            return Taken.NOBODY
        if state.faults is not None and state.faults.digest in (digest, digest_of(read(path))):
            if state.faults.error:
                raise NotTakenError(
                    f"the server cannot use its rules, and keeps the last good ones:"
                    f" {state.faults.error}"
                )
            return Taken.SERVER
        if time.monotonic() >= deadline:
            break
        time.sleep(_LOOK)
    if not is_running(state.pid):
        raise NotTakenError(
            f"{root / 'server.json'} names process {state.pid}, which is not on this machine: if it"
            " serves from a container or another machine, it has not taken the rules; if it was"
            " killed, the next server takes them"
        )
    if state.faults is None:
        raise NotTakenError(f"process {state.pid} serves {root} and knows no faults: start it anew")
    raise NotTakenError(f"process {state.pid} has not taken the rules within {patience:g} s")
