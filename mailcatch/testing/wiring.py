"""How applications are told where the server is."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

FORMS: Final = {
    "SMTP": ("SMTP_HOST", "SMTP_PORT"),
    "EMAIL": ("EMAIL_HOST", "EMAIL_PORT"),
    "MAIL": ("MAIL_HOST", "MAIL_PORT"),
    "MAIL_SERVER": ("MAIL_SERVER", "MAIL_PORT"),
}
"""Names of environment variables for host and port, by what they begin with."""


class Listening(Protocol):
    """Something that listens.

    begins_with_tls: whether TLS comes first on the port. speaks_lmtp: whether it is LMTP that is
    spoken there. authority_file: what clients have to trust
    then. login: the user and the secret that a client may use, where not everybody may.
    """

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def begins_with_tls(self) -> bool: ...
    @property
    def speaks_lmtp(self) -> bool: ...
    @property
    def authority_file(self) -> Path | None: ...
    @property
    def login(self) -> tuple[str, str] | None: ...


def url(server: Listening) -> str:
    """Return "smtp://127.0.0.1:1025"; "smtps" where TLS comes first (RFC 8314), "lmtp" for LMTP.

    Where only named users may authenticate, it has the first of them: "smtp://user:secret@...".
    """
    scheme = "lmtp" if server.speaks_lmtp else "smtps" if server.begins_with_tls else "smtp"
    host = f"[{server.host}]" if ":" in server.host else server.host
    login = ":".join(quote(part, safe="") for part in server.login) if server.login else ""
    return f"{scheme}://{login}{'@' if login else ''}{host}:{server.port}"


def environment(server: Listening, prefix: str = "") -> dict[str, str]:
    """Return environment variables that tell an application where the server is.

    prefix: "SMTP", "EMAIL", "MAIL" or any other gives PREFIX_HOST and PREFIX_PORT; "MAIL_SERVER"
    what Flask-Mail and fastapi-mail read. Without one all of these, and EMAIL_URL and MAILER_DSN.
    """
    port = str(server.port)
    if prefix:
        host_name, port_name = FORMS.get(prefix.upper(), (f"{prefix}_HOST", f"{prefix}_PORT"))
        return {host_name: server.host, port_name: port}
    found: dict[str, str] = {}
    for host_name, port_name in FORMS.values():
        found |= {host_name: server.host, port_name: port}
    return found | {"EMAIL_URL": url(server), "MAILER_DSN": url(server)}


@contextmanager
def variable(name: str, value: str) -> Generator[None]:
    """Set an environment variable in a block, and put back what it was."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
