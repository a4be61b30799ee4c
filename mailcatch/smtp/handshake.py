"""What a TLS handshake came to, and what is used for one."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, cast

import msgspec

_Nested = tuple[tuple[tuple[str, str], ...], ...]


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a handshake once it is over; "" is what is not.

    version: as "TLSv1.3". cipher: its suite. server_name: the host that the client asked for (SNI).
    subject, fingerprint: of the client's certificate (SHA-256, hexadecimal). identity: whom that
    names: a mail address, else its common name. failure: why there is no TLS. alert: what the
    client said of it, as "unknown_ca" (RFC 8446 section 6).
    """

    version: str = ""
    cipher: str = ""
    server_name: str = ""
    subject: str = ""
    fingerprint: str = ""
    identity: str = ""
    failure: str = ""
    alert: str = ""


class Credentials(msgspec.Struct, frozen=True):
    """What a server shows and speaks.

    end_point: the binding tls-server-end-point (RFC 5929). exporter: asked when a handshake is
    over, whatever came of it, tells the binding tls-exporter (RFC 9266) of the session whose client
    began with these random octets, or b""; None where that cannot be known.
    """

    context: ssl.SSLContext
    end_point: bytes = b""
    exporter: Callable[[bytes], bytes] | None = None


class Keyring(Protocol):
    """Where the credentials come from."""

    @property
    def authority_file(self) -> Path | None:
        """What a client has to trust, where that is known."""

    def choose(self, certificate: str, version: str, /) -> Credentials:
        """Return credentials. certificate: what is wrong with it, or "". version: the only one."""


class OneContext:
    """The keyring of a server that was given a context, and knows no other."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._credentials = Credentials(context)

    @property
    def authority_file(self) -> Path | None:
        """Nothing is known of it."""
        return None

    def choose(self, _certificate: str, _version: str, /) -> Credentials:
        """Return the one there is."""
        return self._credentials


class ServerEnd(ssl.SSLObject):
    """The server's end of a handshake. asked: the host that the client asked for, or ""."""

    asked = ""


def hear_names(context: ssl.SSLContext) -> None:
    """Let the ends that a context makes keep the host that the client asks for."""
    if context.sni_callback is None:
        context.sslobject_class = ServerEnd
        context.sni_callback = _keep_name


def _keep_name(end: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
    if isinstance(end, ServerEnd):
        end.asked = name or ""


def succeeded(end: ssl.SSLObject) -> Handshake:
    """Return what a handshake came to."""
    cipher = end.cipher()
    shown = end.getpeercert(binary_form=True)
    named = end.getpeercert() or {}
    subject = _pairs(named.get("subject"))
    return Handshake(
        version=end.version() or "",
        cipher=cipher[0] if cipher else "",
        server_name=_asked(end),
        subject=", ".join(f"{key}={value}" for key, value in subject),
        fingerprint=hashlib.sha256(shown).hexdigest() if shown else "",
        identity=_identity(_pairs((named.get("subjectAltName", ()),)), subject),
    )


def failed(end: ssl.SSLObject, error: Exception | None) -> Handshake:
    """Return what a handshake came to that failed; without an error, the client left."""
    if error is None:
        return Handshake(server_name=_asked(end), failure="the client left in the handshake")
    alert = alert_of(error)
    failure = _EXPLAINED.get(alert) or f"the client ended it with the alert {alert}"
    if not alert:
        reason = getattr(error, "reason", None) or type(error).__name__
        failure = _OWN.get(reason) or f"the handshake failed: {reason.lower().replace('_', ' ')}"
    return Handshake(server_name=_asked(end), failure=failure, alert=alert)


def alert_of(error: Exception) -> str:
    """Return the alert of the client that an error tells of (RFC 8446 section 6), or ""."""
    _, told, alert = str(getattr(error, "reason", None) or "").partition("ALERT_")
    return alert.lower() if told else ""


_UNTRUSTED: Final = (
    "the client does not trust the certificate: let it trust the authority that `mailcatch ca`"
    " shows, or turn off TLS"
)
_EXPLAINED: Final = {
    "unknown_ca": _UNTRUSTED,
    "bad_certificate": _UNTRUSTED + ", or ask for a host that the certificate names",
    "certificate_unknown": _UNTRUSTED + ", or ask for a host that the certificate names",
    "certificate_expired": "the client takes the certificate for expired or not valid yet",
    "protocol_version": "the client speaks no version of TLS that was offered",
    "handshake_failure": "the client found nothing in common with what was offered",
}
_OWN: Final = {
    "HTTP_REQUEST": "the client speaks HTTP instead of TLS",
    "WRONG_VERSION_NUMBER": "the client speaks no TLS",
    "UNSUPPORTED_PROTOCOL": "the client speaks no version of TLS that the server takes",
    "NO_SHARED_CIPHER": "the client and the server have no cipher in common",
    "UNEXPECTED_EOF_WHILE_READING": "the client left in the handshake",
}


def _asked(end: ssl.SSLObject) -> str:
    return end.asked if isinstance(end, ServerEnd) else ""


def _pairs(names: object) -> list[tuple[str, str]]:
    """Return names and values of a distinguished name, as the ssl module nests them."""
    return [(str(key), str(value)) for part in cast("_Nested", names or ()) for key, value in part]


def _identity(alternatives: list[tuple[str, str]], subject: list[tuple[str, str]]) -> str:
    mails = [value for kind, value in alternatives if kind == "email"]
    names = [value for key, value in subject if key == "commonName"]
    return [*mails, *names, ""][0]
