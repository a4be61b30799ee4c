"""Running asyncio clients to the end of their connections."""

from __future__ import annotations

import asyncio
from asyncio.trsock import TransportSocket
from collections.abc import Coroutine
from typing import Any


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that knows the sockets it connected."""

    def __init__(self) -> None:
        super().__init__()
        self.connected: list[TransportSocket] = []

    async def create_connection(self, *args: Any, **named: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **named)
        self.connected.append(transport.get_extra_info("socket"))
        return transport, protocol


def run_to_the_end(sending: Coroutine[Any, Any, object]) -> None:
    """Run a client, and its loop until all connections are closed.

    aiosmtplib says close and waits for nothing. Inside of TLS the other side has a word in it: a
    loop that ends before leaves an open socket behind, on a slow machine.
    """
    loop = _Loop()

    async def main() -> None:
        await sending
        # Transports tell nobody when they are closed.
        while any(sock.fileno() != -1 for sock in loop.connected):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())
