"""The screen, started from the command line: alone, or together with a server of its own."""

from __future__ import annotations

import gc
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.saving import file_name, write_new
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.verifying.verdict import Source

_STOPPING: Final = 10.0
_STARTING: Final = 30.0


def look_at(context: typer.Context, where: Path, source: Source | None) -> None:
    """Show a mailbox or a message; nothing is served. source: of records to verify messages by."""
    _need_terminal("'mailcatch ls' and 'mailcatch show' print")
    if where.is_dir():
        _show(context, where, source=source)
        return
    root = where.parent.parent
    if where.parent.name == "messages" and (root / "sessions").is_dir():
        _show(context, root, first=where.name, source=source)
        return
    # A mailbox of one message, so that nothing is written beside the file.
    with tempfile.TemporaryDirectory(prefix="mailcatch-view-") as directory:
        try:
            shutil.copy2(where, Path(directory) / f"{where.stem or 'message'}.eml")
        except OSError as error:
            fail(f"cannot read {where}: {(error.strerror or type(error).__name__).lower()}")
        place = where.absolute()
        _show(context, Path(directory), shown_place=place, may_change=False, source=source)


def serve_and_look(
    context: typer.Context,
    where: Path,
    options: list[str],
    before: list[str],
    source: Source | None,
) -> None:
    """Show a mailbox; serve it meanwhile, where nobody does.

    options: of the server. before: those of the program itself. source: of records to verify
    messages by.
    """
    from mailcatch.mailbox.reader import Serving, serving_of

    _need_terminal("'mailcatch serve' runs")
    if serving_of(where)[0] is Serving.HERE:
        if options:
            fail(f"{where} is served already: leave out {options[0]}, or choose another --dir")
        _show(context, where, source=source)
        return
    server = _Server(where, options, before)
    try:
        _show(context, where, server_log=server.news, source=source)
    finally:
        server.stop()


class _Server:
    """A server in a process of its own. Fails the command where it does not start."""

    def __init__(self, directory: Path, options: list[str], before: list[str]) -> None:
        arguments = [*before, "serve", "--dir", str(directory), "--json", *options]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "mailcatch", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C, in an editor that the screen gave way to, is not for the server.
            start_new_session=True,
        )
        self._said: deque[str] = deque(maxlen=1_000)
        assert self._process.stdout is not None
        slow = threading.Timer(_STARTING, self._process.kill)
        slow.start()
        ready = self._process.stdout.readline()
        slow.cancel()
        if not ready:
            _, error = self._process.communicate()
            said = error.decode("utf-8", "replace").strip().removeprefix("mailcatch: ")
            fail(
                said.splitlines()[-1] if said else f"the server did not start in {_STARTING:.0f} s"
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def news(self) -> list[str]:
        """Return what it said since this was last asked."""
        said: list[str] = []
        with suppress(IndexError):
            while True:
                said.append(self._said.popleft())
        return said

    def stop(self) -> None:
        """End it: transactions in flight may finish."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for said in self._process.stderr:
            self._said.append(safe_text(said.decode("utf-8", "replace").strip(), 1_000))
        status = self._process.wait()
        if status:
            self._said.append(f"the server ended with status {status}: no mail is taken any more")


def _show(
    context: typer.Context,
    root: Path,
    *,
    shown_place: Path | None = None,
    first: str = "",
    server_log: Callable[[], list[str]] = list,
    may_change: bool = True,
    source: Source | None = None,
) -> None:
    # What is loaded now stays: to look for garbage in it takes a tenth of the time until the first
    # paint. The screen turns it on again.
    gc.disable()

    from mailcatch.mailbox.errors import MailboxError
    from mailcatch.tui.running import Desk, KeysError, ScreenError, show_mailbox

    try:
        status = show_mailbox(
            root,
            desk=Desk(save=_save, page=_page, part=_part),
            keys=context.find_root().obj or {},
            shown_place=shown_place,
            first=first,
            server_log=server_log,
            may_change=may_change,
            source=source,
        )
    except (MailboxError, KeysError, ScreenError) as error:
        fail(str(error))
    if status:
        raise typer.Exit(status)


def _save(directory: Path, wanted: str, fallback: str, octets: bytes) -> Path:
    return write_new(directory, file_name(wanted, fallback), octets)


def _page(octets: bytes) -> Path:
    from mailcatch.cli.page_file import read_page, sweep_pages, write_page
    from mailcatch.mail.page import IMAGE_ROOM

    page = read_page(octets, IMAGE_ROOM)
    sweep_pages()
    return write_page(page.html)


def _part(wanted: str, fallback: str, octets: bytes) -> Path:
    from mailcatch.cli.page_file import sweep_pages, write_part

    sweep_pages()
    return write_part(file_name(wanted, fallback), octets)


def _need_terminal(instead: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(f"the screen needs a terminal: {instead} without one")
