"""STARTTLS, where a service has a certificate for it."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl

import trustme

from mailcatch.smtp.connection import Connection
from mailcatch.smtp.service import Service


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context, and one of a client that trusts it."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return server, client


def send_over_tls(port: int, context: ssl.SSLContext) -> list[str]:
    with smtplib.SMTP("localhost", port, timeout=20) as client:
        client.ehlo()
        before = set(client.esmtp_features)
        client.starttls(context=context)
        client.ehlo()
        after = set(client.esmtp_features)
        assert client.sendmail("a@b", ["c@d"], b"Subject: x\r\n\r\n") == {}
        assert client.docmd("STARTTLS")[0] == 503
    return sorted(before - after)


def inject_before_tls(port: int, context: ssl.SSLContext) -> bytes:
    """Send a command behind STARTTLS, in plain text, and return the first reply inside TLS."""
    with socket.create_connection(("localhost", port), timeout=20) as plain:
        plain.recv(1000)
        plain.sendall(b"EHLO x\r\n")
        plain.recv(1000)
        plain.sendall(b"STARTTLS\r\nRSET\r\n")
        assert plain.recv(1000).startswith(b"220 ")
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"NOOP ours\r\nQUIT\r\n")
            heard = b""
            while octets := secure.recv(1000):
                heard += octets
            return heard


async def test_a_session_goes_on_inside_tls() -> None:
    server_context, client_context = contexts()
    service = Service(tls_context=server_context)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service=service), "localhost", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        gone = await asyncio.to_thread(send_over_tls, port, client_context)
        assert gone == ["starttls"]
        heard = await asyncio.to_thread(inject_before_tls, port, client_context)
        assert heard == b"250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n"
    finally:
        server.close()
