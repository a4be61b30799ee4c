"""The certificate authority that signs for the servers of one user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import trustme
from filelock import FileLock

from mailcatch.tls.errors import CertificateError

CERTIFICATE: Final = "ca.pem"
KEY: Final = "ca.key"
_ORGANIZATION: Final = "mailcatch"
_UNIT: Final = "local test authority, trust it only where you develop"


class Authority:
    """A certificate authority that is kept in a directory, and made there on first use.

    certificate_file: what a client has to trust.
    """

    def __init__(self, directory: Path, ca: trustme.CA) -> None:
        self.certificate_file = directory / CERTIFICATE
        self.ca = ca

    @classmethod
    def open(cls, directory: Path) -> Authority:
        """Read the authority of a directory, or make it. Raises CertificateError.

        The key is for its owner alone. Two programs that begin at once get the same authority.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(directory / ".lock", mode=0o600):
                if not (directory / CERTIFICATE).exists():
                    _make(directory)
                return cls(directory, _read(directory))
        except OSError as error:
            raise CertificateError(
                f"cannot keep a certificate authority in {directory}:"
                f" {(error.strerror or str(error)).lower()}; name a certificate of your own with"
                " --cert and --key"
            ) from None


def _read(directory: Path) -> trustme.CA:
    try:
        return trustme.CA.from_pem(
            (directory / CERTIFICATE).read_bytes(), (directory / KEY).read_bytes()
        )
    except (ValueError, TypeError, FileNotFoundError) as error:
        raise CertificateError(
            f"the certificate authority in {directory} cannot be read ({error}): remove the"
            " directory, and a new one is made that clients have to trust again"
        ) from None


def _make(directory: Path) -> None:
    ca = trustme.CA(organization_name=_ORGANIZATION, organization_unit_name=_UNIT)
    # The certificate comes last: an authority exists where it does.
    for name, octets in (
        (KEY, ca.private_key_pem.bytes()),
        (CERTIFICATE, ca.cert_pem.bytes()),
    ):
        aside = directory / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(octets)
        aside.replace(directory / name)
