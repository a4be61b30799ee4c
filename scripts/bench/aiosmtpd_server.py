"""aiosmtpd as its users run it to keep mail: the library's own SMTP, and one file a message.

`python aiosmtpd_server.py DIRECTORY [CERTIFICATE]` listens on a free port of 127.0.0.1, and on
another where TLS comes first, and prints a line of JSON that says which. It runs by itself, so it
imports nothing of this project.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import ssl
import sys
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class FileHandler:
    """Writes each message to a file of its own, before the reply."""

    def __init__(self, directory: Path) -> None:
        """Write into a directory that exists."""
        self._directory = directory
        self._numbers = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Store one message."""
        content = envelope.original_content
        assert content is not None
        self._write(content)
        return "250 2.0.0 Ok"

    def _write(self, content: bytes) -> None:
        with (self._directory / f"{next(self._numbers):08}.eml").open("xb") as file:
            file.write(content)


async def serve(directory: Path, certificate: Path | None) -> None:
    """Serve until SIGTERM or SIGINT. certificate: of the listener with TLS, and its key."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    # A name of its own, since the library would otherwise look it up for each connection.
    factory = partial(SMTP, FileHandler(directory), hostname="localhost")
    contexts: list[ssl.SSLContext | None] = [None]
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        contexts.append(context)
    servers = [
        await loop.create_server(factory, "127.0.0.1", 0, backlog=1024, ssl=context)
        for context in contexts
    ]
    smtp = [{"host": "127.0.0.1", "port": one.sockets[0].getsockname()[1]} for one in servers]
    print(json.dumps({"event": "ready", "smtp": smtp}), flush=True)
    await stopped.wait()
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
