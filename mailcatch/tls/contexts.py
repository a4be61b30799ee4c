"""How a server speaks TLS: versions, and whether a client shows a certificate too."""

from __future__ import annotations

import ssl
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Final

from mailcatch.tls.certificates import Certificate, load_into
from mailcatch.tls.errors import CertificateError


class Version(StrEnum):
    """A version of TLS that a server may be kept to."""

    TLS_1_0 = "1.0"
    TLS_1_1 = "1.1"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


_VERSIONS: Final = {
    Version.TLS_1_0: ssl.TLSVersion.TLSv1,
    Version.TLS_1_1: ssl.TLSVersion.TLSv1_1,
    Version.TLS_1_2: ssl.TLSVersion.TLSv1_2,
    Version.TLS_1_3: ssl.TLSVersion.TLSv1_3,
}


def context(
    certificate: Certificate, *, only: Version | None = None, clients_from: Path | None = None
) -> ssl.SSLContext:
    """Return what a server needs for its handshakes.

    only: the one version that is spoken; by default what OpenSSL holds for safe. clients_from: a
    file of authorities; clients are then asked for a certificate, and may do without.
    Raises CertificateError.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        load_into(made, certificate)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"TLS cannot begin with this certificate: {error}") from None
    if clients_from is not None:
        try:
            made.load_verify_locations(clients_from)
        except ssl.SSLError:
            raise CertificateError(
                f"{clients_from} holds no certificates of authorities in PEM form"
            ) from None
        except OSError as error:
            raise CertificateError(
                f"cannot read {clients_from}: {(error.strerror or '').lower()}"
            ) from None
        made.verify_mode = ssl.CERT_OPTIONAL
    if only is not None:
        # OpenSSL speaks 1.0 and 1.1 only where nothing is asked of a cipher's strength.
        if only in {Version.TLS_1_0, Version.TLS_1_1}:
            made.set_ciphers("ALL:@SECLEVEL=0")
        _keep_to(made, _VERSIONS[only])
    return made


def _keep_to(made: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    with warnings.catch_warnings():
        # The ssl module warns of old versions, which are here to be refused by clients.
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = version
        made.maximum_version = version
