"""A handshake in memory, between a server's context and a client that checks what it should."""

from __future__ import annotations

import ssl
from pathlib import Path


def shake_hands(
    server_context: ssl.SSLContext, client_context: ssl.SSLContext, host: str = "localhost"
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Return the client's and the server's end. Raises ssl.SSLError, as the client sees it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    done: set[ssl.SSLObject] = set()
    while len(done) < 2:
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                continue
    return client, server


def trusting(authority: Path) -> ssl.SSLContext:
    """Return the context of a client that trusts one authority and no other."""
    return ssl.create_default_context(cafile=str(authority))
