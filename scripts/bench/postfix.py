"""Where Postfix's test tools are: an unpacked Debian package, or an installed Postfix."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.bench.processes import BenchError

VARIABLE: Final = "MAILCATCH_POSTFIX"
CACHE: Final = Path(__file__).resolve().parents[2] / ".cache" / "postfix"
_INSTALLED: Final = "/usr/sbin"


@dataclass(frozen=True)
class Postfix:
    """The two programs, and where their libraries are unless the system knows."""

    source: str
    sink: str
    libraries: Path | None = None

    def environment(self) -> dict[str, str]:
        """Return the environment they run in."""
        environment = dict(os.environ)
        if self.libraries is not None:
            known = environment.get("LD_LIBRARY_PATH")
            parts = [str(self.libraries), *([known] if known else [])]
            environment["LD_LIBRARY_PATH"] = ":".join(parts)
        return environment


def find() -> Postfix:
    """Return the tools of $MAILCATCH_POSTFIX, of .cache/postfix, or of the system, in that order.

    Raises BenchError.
    """
    named = os.environ.get(VARIABLE)
    if named:
        tools = _unpacked(Path(named).absolute())
        if tools is None:
            raise BenchError(f"{VARIABLE}={named} has no usr/sbin/smtp-source and smtp-sink in it.")
        return tools
    tools = _unpacked(CACHE)
    if tools is not None:
        return tools
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), _INSTALLED))
    source, sink = (shutil.which(name, path=path) for name in ("smtp-source", "smtp-sink"))
    if source is None or sink is None:
        raise BenchError(
            "Postfix's smtp-source and smtp-sink are missing: run scripts/install-clients, which"
            f" unpacks them into .cache/postfix, or set {VARIABLE} to an unpacked postfix package."
        )
    return Postfix(source, sink)


def _unpacked(root: Path) -> Postfix | None:
    source, sink = (root / "usr" / "sbin" / name for name in ("smtp-source", "smtp-sink"))
    if not (os.access(source, os.X_OK) and os.access(sink, os.X_OK)):
        return None
    return Postfix(str(source), str(sink), root / "usr" / "lib" / "postfix")
