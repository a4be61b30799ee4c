"""A server: listening sockets, and one Connection for each client."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import partial
from typing import Final

from mailcatch.smtp.address import Address, open_sockets
from mailcatch.smtp.connection import Connection
from mailcatch.smtp.heartbeat import Heartbeat
from mailcatch.smtp.lmtp import LmtpConnection
from mailcatch.smtp.outbox import Outbox
from mailcatch.smtp.service import Service

GRACE_SECONDS: Final = 5.0
# What idle sessions need to say good-bye.
_FAREWELL_SECONDS: Final = 0.05


class Server:
    """Listens on addresses, until it is stopped.

    service: what its connections share. handler: an aiosmtpd handler, or None.
    """

    def __init__(self, service: Service, handler: object = None) -> None:
        self.service = service
        self.handler = handler
        self.addresses: list[Address] = []
        self._servers: list[asyncio.Server] = []
        self._heartbeat: Heartbeat | None = None
        self._outbox: Outbox | None = None

    async def start(self, addresses: list[Address]) -> None:
        """Listen. Raises ListenError."""
        loop = asyncio.get_running_loop()
        self._heartbeat = Heartbeat(loop)
        self._outbox = Outbox(loop)
        await self.listen(addresses)

    async def listen(self, addresses: list[Address]) -> list[Address]:
        """Listen on more addresses, and return where that really is. Raises ListenError."""
        loop = asyncio.get_running_loop()

        def connect(address: Address) -> Connection:
            kind = LmtpConnection if address.lmtp else Connection
            return kind(
                self.handler,
                service=self.service,
                heartbeat=self._heartbeat,
                outbox=self._outbox,
                loop=loop,
                security=address.security,
                proxied=address.proxied,
            )

        taken = []
        for address, sock in open_sockets(addresses):
            factory = partial(connect, address)
            if address.path:
                server = await loop.create_unix_server(factory, sock=sock)
            else:
                server = await loop.create_server(factory, sock=sock)
            taken.append(address)
            self.addresses.append(address)
            self._servers.append(server)
        return taken

    def leave(self, address: Address) -> None:
        """Listen on an address no more; sessions that came through it go on."""
        place = self.addresses.index(address)
        del self.addresses[place]
        self._servers.pop(place).close()

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop listening, let transactions finish, and end every session.

        grace: seconds after which transactions are cut off.
        """
        heartbeat = self._heartbeat
        if heartbeat is None:
            return
        for server in self._servers:
            server.close()
        self._servers.clear()
        for address in self.addresses:
            if address.path:
                with suppress(OSError):
                    os.unlink(address.path)  # noqa: PTH108
        open_now = [one for one in heartbeat.members if isinstance(one, Connection)]
        for connection in open_now:
            connection.stop()
        ends = {connection.ended: connection for connection in open_now}
        if ends:
            _, late = await asyncio.wait(ends, timeout=max(grace, _FAREWELL_SECONDS))
            for end in late:
                ends[end].cut_off()
            if late:
                await asyncio.wait(late)
        heartbeat.stop()
        # The transports close in the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
