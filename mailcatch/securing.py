"""What a server is given for TLS and AUTH: its listeners, its certificate, its accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

from msgspec.structs import replace

from mailcatch.smtp.address import Address, ListenError, Security
from mailcatch.smtp.handshake import Keyring
from mailcatch.smtp.sasl.accounts import Accounts, Everyone, Named
from mailcatch.smtp.sasl.htpasswd import AccountsError, verifiers
from mailcatch.smtp.sasl.mechanisms import MECHANISMS

Tls = Literal["starttls", "implicit", "both"]
TLS_PORT: Final = 1465
_MODES: Final = frozenset({None, *get_args(Tls)})


def authority_directory() -> Path:
    """Return where this user's certificate authority is kept."""
    import platformdirs

    return Path(platformdirs.user_data_dir("mailcatch", appauthor=False)) / "ca"


def listeners(
    asked: Iterable[Address], tls: Tls | None, port: int | None, *, required: bool
) -> list[Address]:
    """Return where to listen, each address with how TLS is spoken there.

    tls: "starttls" offers it on the addresses that say nothing of TLS; "implicit" adds a listener
    where TLS comes first; "both" does both. port: of that listener, by default 1465, or a free one
    where an address asks for a free one. required: whether mail is taken inside of TLS only; then
    no address is listened on where there is none.
    Raises ListenError, and ValueError for another tls.
    """
    if tls not in _MODES:
        raise ValueError(f'there is no tls={tls!r}: choose "starttls", "implicit" or "both"')
    addresses = list(asked)
    usual = Security.STARTTLS if tls in {"starttls", "both"} else Security.NONE
    marked = [
        replace(one, security=usual) if one.security is None else one
        for one in addresses
        if one.security is not None or not required or usual is not Security.NONE
    ]
    if tls in {"implicit", "both"} and all(
        one.security is not Security.IMPLICIT for one in addresses
    ):
        beside = next((one for one in addresses if not one.path), Address("127.0.0.1", TLS_PORT))
        if port is None:
            port = TLS_PORT if beside.port else 0
        marked.append(replace(beside, port=port, security=Security.IMPLICIT))
    if not marked:
        raise ListenError(
            "TLS is required, and no address speaks it: choose one with --tls, or mark one, such as"
            " tls:127.0.0.1:1465"
        )
    return marked


def keyring(
    directory: Path | None,
    addresses: Iterable[Address],
    *,
    hostname: str,
    certificate: Path | None,
    key: Path | None,
    clients_from: Path | None,
) -> Keyring:
    """Return the certificates of a server. Raises CertificateError.

    directory: of the authority, by default the user's. addresses, hostname: what clients reach the
    server by. certificate, key: the user's own. clients_from: authorities of clients.
    """
    # These load what makes certificates, which takes longer than all else together.
    from mailcatch.tls.certificates import HOSTS, load
    from mailcatch.tls.keyring import Keyring as Certificates

    hosts = [one.host for one in addresses if one.host not in {"", "0.0.0.0", "::"}]  # noqa: S104
    return Certificates(
        directory or authority_directory(),
        certificate=None if certificate is None else load(certificate, key),
        hosts=tuple(dict.fromkeys((*HOSTS, hostname, *hosts))),
        clients_from=clients_from,
    )


def accounts_of(users: Mapping[str, str], file: Path | None) -> Accounts:
    """Return who may authenticate: everyone, where nobody is named. Raises AccountsError.

    users: secrets by name. file: of htpasswd.
    """
    if not users and file is None:
        return Everyone()
    known = {}
    if file is not None:
        try:
            known = dict(verifiers(file.read_bytes(), str(file)))
        except OSError as error:
            raise AccountsError(f"cannot read {file}: {(error.strerror or '').lower()}") from None
    return Named({name: secret.encode() for name, secret in users.items()}, known)


def mechanisms_of(names: Iterable[str]) -> list[str] | None:
    """Return names of mechanisms in capitals, None for no choice. Raises AccountsError."""
    chosen = [name.upper() for name in names]
    for name in chosen:
        if name not in MECHANISMS:
            raise AccountsError(
                f"there is no mechanism {name!r} of AUTH: choose from {', '.join(MECHANISMS)}"
            )
    return chosen or None
