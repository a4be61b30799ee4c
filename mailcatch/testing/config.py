"""How the server of a test run is set up. Imports nothing, as the plugin loads it in every run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Isolation = Literal["view", "port", "address"]
ISOLATIONS: Final = get_args(Isolation)
Tls = Literal["starttls", "implicit", "both"]
File = str | os.PathLike[str]

TIMEOUT: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The server of a test run.

    host, port: where to listen; port 0 takes a free one. hostname: what it calls itself.
    without: extensions that are not offered, such as "SMTPUTF8".
    max_size: octets of one message, 0 for any number; offered as SIZE.
    tls: "starttls" offers STARTTLS on the port; with "implicit" TLS comes first there; "both"
    offers STARTTLS on the port, and listens besides on `tls_port`, where TLS comes first.
    require_tls: take mail inside of TLS only. cert, key: files of a certificate of your own,
    instead of one that an authority of the server's own signs. client_ca: authorities (a file) of
    clients that may show a certificate.
    auth_users: secrets by user; nobody else may authenticate then. Without them everybody may.
    auth_mechanisms: names of those that are offered. require_auth: take mail from authenticated
    clients only.
    lmtp: speak LMTP instead of SMTP. proxy_protocol: expect a PROXY header in front of each
    connection. atrn: let clients that log in fetch the mail (RFC 2645).
    dsn: make the notifications of success that clients ask for (NOTIFY=SUCCESS).
    """

    host: str = "127.0.0.1"
    port: int = 0
    hostname: str = "localhost"
    without: tuple[str, ...] = ()
    max_size: int = 64 * 1024 * 1024
    tls: Tls | None = None
    require_tls: bool = False
    cert: File | None = None
    key: File | None = None
    client_ca: File | None = None
    auth_users: Mapping[str, str] | None = None
    auth_mechanisms: tuple[str, ...] = ()
    require_auth: bool = False
    lmtp: bool = False
    proxy_protocol: bool = False
    atrn: bool = False
    dsn: bool = False


def time_scale(environment: Mapping[str, str] = os.environ) -> float:
    """Return what time limits are multiplied by: MAILCATCH_TIMEOUT_SCALE, for slow machines.

    Raises ValueError.
    """
    given = environment.get("MAILCATCH_TIMEOUT_SCALE", "1")
    try:
        scale = float(given)
    except ValueError:
        scale = 0
    if not 0 < scale < float("inf"):
        raise ValueError(f"MAILCATCH_TIMEOUT_SCALE is {given!r}: write a number above 0, such as 3")
    return scale
