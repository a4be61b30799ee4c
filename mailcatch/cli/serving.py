"""Serving in the foreground: the event loop, the signals, and what is printed."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from mailcatch.breaking.faults import Faults
from mailcatch.catcher import Catcher
from mailcatch.cli.quantities import show_size
from mailcatch.cli.terminal import choose_paint, path_text
from mailcatch.mail.safe import safe_lines, safe_text
from mailcatch.mailbox.retention import Removal
from mailcatch.notifying.notices import Notice
from mailcatch.smtp.address import Address, Security
from mailcatch.smtp.transaction import Outcome, Transaction

_LIMITS: Final = {
    "messages": "max-messages",
    "age": "max-age",
    "octets": "max-size",
    "sessions": "max-empty-sessions",
}


class Printer:
    """Says on standard output what a server does. Nothing of a mail's text is printed."""

    def __init__(self, *, messages: bool) -> None:
        self._messages = messages
        self._paint = choose_paint()

    @staticmethod
    def choose(*, json: bool, quiet: bool) -> Printer:
        """Return the printer for a terminal, a pipe or a program."""
        if json:
            return JsonPrinter(messages=False)
        return Printer(messages=sys.stdout.isatty() and not quiet)

    def ready(self, catcher: Catcher) -> None:
        """Say where the server listens and where it keeps mail."""
        where = ", ".join(map(_described, catcher.addresses))
        mailbox = safe_text(path_text(catcher.mailbox), 5_000)
        _print(f"mailcatch listens on {safe_text(where, 5_000)} and keeps mail in {mailbox}")
        if catcher.authority_file is not None:
            file = safe_text(path_text(catcher.authority_file), 5_000)
            _print(f"clients of TLS have to trust {file}, see mailcatch ca")
        if catcher.faults.armed:
            self.faults(catcher.faults)

    def faults(self, faults: Faults) -> None:
        """Warn of what the server breaks on purpose."""
        if faults.error:
            return
        armed = faults.armed
        seed = f", seed {faults.engine.seed}" if armed else ""
        _warn(f"{armed or 'no'} fault{'s' * (armed != 1)} armed{seed}")

    def transaction(self, transaction: Transaction, outcome: Outcome, file: str) -> None:
        """Say what became of a transaction."""
        if not self._messages:
            return
        paint = self._paint
        now = paint.dim(datetime.now().astimezone().strftime("%H:%M:%S"))
        people = f"{transaction.accepted} recipient{'s' * (transaction.accepted != 1)}"
        if outcome is Outcome.STORED:
            _print(f"{now}  {paint.cyan(file)}  {show_size(transaction.octets)}, {people}")
        elif outcome is Outcome.REFUSED:
            _print(f"{now}  {paint.red(f'refused with {_code(transaction)}')}, {people}")
        elif outcome is Outcome.ABORTED:
            broken = paint.yellow("broken off")
            _print(f"{now}  {broken} after {show_size(transaction.octets)} of data, {people}")

    def notification(self, notice: Notice, file: str) -> None:
        """Say that a delivery status notification was made: the message is nobody else's."""
        if not self._messages:
            return
        now = self._paint.dim(datetime.now().astimezone().strftime("%H:%M:%S"))
        about = f"delivery status ({notice.action}) of {notice.about}"
        _print(f"{now}  {self._paint.cyan(file)}  {about}")

    def removal(self, removal: Removal) -> None:
        """Say what was removed because of a limit: it is news to whoever looks for it."""
        messages, sessions = len(removal.messages), len(removal.sessions)
        what = f"{messages} message{'s' * (messages != 1)} ({show_size(removal.octets)})"
        also = f" and {sessions} session{'s' * (sessions != 1)}"
        past = " and ".join(f"--{_LIMITS[limit]}" for limit in removal.why)
        _remark(f"mailcatch: removed {what}{also}: past {past}")


class JsonPrinter(Printer):
    """Says it to a program."""

    def ready(self, catcher: Catcher) -> None:
        """Print the object that says that the server is ready."""
        ready = {
            "event": "ready",
            "smtp": [
                ({"path": one.path} if one.path else {"host": one.host, "port": one.port})
                | ({"tls": str(one.security)} if _speaks_tls(one) else {})
                | ({"protocol": "lmtp"} if one.lmtp else {})
                | ({"proxied": True} if one.proxied else {})
                for one in catcher.addresses
            ],
            "mailbox": path_text(catcher.mailbox),
            "pid": os.getpid(),
            "faults": catcher.faults.armed,
            "seed": catcher.faults.engine.seed,
        }
        if catcher.authority_file is not None:
            ready["ca"] = path_text(catcher.authority_file)
        _print(msgspec.json.encode(ready).decode())

    def faults(self, faults: Faults) -> None:
        """Print the object that says that a rule file changed."""
        changed = {
            "event": "faults",
            "faults": faults.armed,
            "seed": faults.engine.seed,
            "error": faults.error,
        }
        _print(msgspec.json.encode(changed).decode())


class SafeFormatter(logging.Formatter):
    """What a server says of its defects; an exception may quote a client."""

    def format(self, record: logging.LogRecord) -> str:
        """Return what is said, with nothing in it that a terminal obeys."""
        return safe_lines(super().format(record))


def run_until_told(catcher: Catcher, printer: Printer, *, gives_to_all: bool) -> None:
    """Serve until SIGTERM or SIGINT; a second signal ends open transactions at once.

    gives_to_all: whether anybody who can connect can fetch the mailbox's mail.
    Raises MailboxError and ListenError.
    """
    log = logging.StreamHandler()
    log.setFormatter(SafeFormatter("mailcatch: %(message)s"))
    logging.basicConfig(handlers=[log])
    _allow_files()
    _collect_seldom()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(catcher, printer, gives_to_all))


async def _serve(catcher: Catcher, printer: Printer, gives_to_all: bool) -> None:
    told = asyncio.Event()
    _on_signals(told.set)
    await catcher.start()
    try:
        for address in catcher.addresses:
            if not address.loopback:
                _warn(
                    f"listens on {address}: every machine that can reach this one can leave mail"
                    " here; use 127.0.0.1 to keep others out"
                )
                if gives_to_all:
                    _warn(
                        f"with --atrn, every machine that reaches {address} can fetch what is in"
                        " the mailbox, because everybody can log in; say who may with --auth-user"
                    )
        printer.ready(catcher)
        await told.wait()
        told.clear()
        stopping = asyncio.create_task(catcher.stop())
        again = asyncio.create_task(told.wait())
        await asyncio.wait({stopping, again}, return_when=asyncio.FIRST_COMPLETED)
        again.cancel()
        if not stopping.done():
            stopping.cancel()
            with suppress(asyncio.CancelledError):
                await stopping
    finally:
        await catcher.stop(0)


def _on_signals(told: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, told)
        except NotImplementedError:
            # Windows: the handler runs between two turns of the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(told))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return uvloop's where it exists, which answers half as quick again."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _allow_files() -> None:
    """Allow as many open files as the system grants: each session has a socket and a file."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _collect_seldom() -> None:
    """Look for garbage seldom: a session leaves no cycles behind, and what is loaded stays."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _code(transaction: Transaction) -> str:
    """Return the code of the reply that refused a transaction."""
    last = transaction.recipients[::-1]
    replies = [transaction.answer, *(one.answer or one.reply for one in last)]
    for text in (*replies, transaction.reply):
        if text[:1] in {"4", "5"}:
            return text[:3]
    return "no reply"


def _speaks_tls(address: Address) -> bool:
    return address.security not in {None, Security.NONE}


def _described(address: Address) -> str:
    tls = {Security.STARTTLS: "STARTTLS", Security.IMPLICIT: "TLS"}
    told = [
        "LMTP" * address.lmtp,
        tls.get(address.security or Security.NONE, ""),
        "behind a proxy" * address.proxied,
    ]
    return f"{address} ({', '.join(filter(None, told))})" if any(told) else str(address)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _warn(line: str) -> None:
    _remark(f"mailcatch: warning: {line}")


def _remark(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
