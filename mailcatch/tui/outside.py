"""Programs outside: the editor, the browser, and whatever a message is piped to.

Nothing of a mail is in a command line but names of files that are made here.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mailcatch.mail import safe_lines

_MOST: Final = 5_000_000


def editor() -> list[str]:
    """Return the command of the user's editor."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    default = "notepad" if os.name == "nt" else "vi"
    return shlex.split(named) or [default]


@contextmanager
def as_file(octets: bytes, name: str) -> Iterator[Path]:
    """Give a file that holds octets, for the owner alone, as long as the block goes on."""
    with tempfile.TemporaryDirectory(prefix="mailcatch-") as directory:
        path = Path(directory) / name
        path.write_bytes(octets)
        yield path


async def run_in_terminal(command: list[str]) -> str:
    """Run a command that has the terminal for itself; return why it did not run, or ""."""
    # Ctrl-C is the command's, not ours, while it has the terminal.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = await asyncio.create_subprocess_exec(*command, preexec_fn=_hear_interrupts())
        await process.wait()
    except OSError as error:
        return f"cannot run {command[0]}: {(error.strerror or type(error).__name__).lower()}"
    finally:
        signal.signal(signal.SIGINT, before)
    return ""


async def pipe(command: str, octets: bytes) -> tuple[int, str]:
    """Give octets to a command of the shell; return its exit status and what it said, safe to show.

    command: as the user typed it. Cancelling it ends the command.
    """
    process = await asyncio.create_subprocess_shell(
        command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=os.name == "posix",
    )
    try:
        said, _ = await process.communicate(octets)
    except asyncio.CancelledError:
        _end(process)
        raise
    text = said[:_MOST].decode("utf-8", "backslashreplace")
    return process.returncode or 0, safe_lines(text)


def browser_command(platform: str = sys.platform) -> list[str]:
    """Return the program that opens a file or an address as the user is used to."""
    named = os.environ.get("BROWSER", "").split(os.pathsep)[0]
    if named and "%s" not in named:
        return shlex.split(named)
    if platform == "darwin":
        return ["open"]
    return ["xdg-open"]


async def browse(address: str) -> str:
    """Open an address or a file in the browser; return why it was not opened, or "".

    address: begins with http://, https:// or file://, and is one argument of a command.
    """
    if os.name == "nt":
        import webbrowser

        return "" if await asyncio.to_thread(webbrowser.open, address) else "there is no browser"
    command = browser_command()
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            address,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        return f"cannot run {command[0]}: {why}; BROWSER names another"
    try:
        # A browser that stays is well; one that ends at once and badly is told of.
        status = await asyncio.wait_for(process.wait(), 2.0)
    except TimeoutError:
        return ""
    return f"{command[0]} ended with status {status}; BROWSER names another" if status else ""


def _hear_interrupts() -> Callable[[], object] | None:
    """Ctrl-C is for the command: it must not inherit that it is ignored."""
    if os.name != "posix":
        return None
    return lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)


def _end(process: asyncio.subprocess.Process) -> None:
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()
    except ProcessLookupError:
        pass
