"""How applications are told where the server is."""

from __future__ import annotations

from typing import Final, Protocol

FORMS: Final = {
    "SMTP": ("SMTP_HOST", "SMTP_PORT"),
    "EMAIL": ("EMAIL_HOST", "EMAIL_PORT"),
    "MAIL": ("MAIL_HOST", "MAIL_PORT"),
    "MAIL_SERVER": ("MAIL_SERVER", "MAIL_PORT"),
}
"""Names of environment variables for host and port, by what they begin with."""


class Listening(Protocol):
    """Something that listens."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


def url(server: Listening) -> str:
    """Return "smtp://127.0.0.1:1025".

    With "smtps" where TLS comes first (RFC 8314), and "lmtp" for LMTP.
    """
    scheme = "smtps" if getattr(server, "begins_with_tls", False) else "smtp"
    if getattr(server, "speaks_lmtp", False):
        scheme = "lmtp"
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{scheme}://{host}:{server.port}"


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
