"""The certificates of one server: its own, and those that are wrong on purpose."""

from __future__ import annotations

from pathlib import Path

from mailcatch.smtp.handshake import Credentials
from mailcatch.tls.authority import Authority
from mailcatch.tls.certificates import HOSTS, Certificate, Kind, issue
from mailcatch.tls.contexts import Version, context
from mailcatch.tls.key_log import KeyLog


class Keyring:
    """Makes what a handshake needs, when it is needed first.

    directory: where the authority is kept that signs what the server shows. certificate: one of the
    user's own, in the place of that. hosts: names that the server is reached by. clients_from: a
    file of authorities whose clients show certificates.
    Raises CertificateError where the good certificate cannot be had.
    """

    def __init__(
        self,
        directory: Path,
        *,
        certificate: Certificate | None = None,
        hosts: tuple[str, ...] = HOSTS,
        clients_from: Path | None = None,
    ) -> None:
        self._directory = directory
        self._authority: Authority | None = None
        self._hosts = hosts
        self._clients_from = clients_from
        self._known: dict[tuple[str, str], Credentials] = {}
        self._certificates = {} if certificate is None else {Kind.GOOD: certificate}
        self.choose("", "")

    @property
    def authority_file(self) -> Path | None:
        """What a client has to trust, where the certificate is not the user's own."""
        return self._authority.certificate_file if self._authority is not None else None

    def choose(self, certificate: str, version: str, /) -> Credentials:
        """Return credentials. Raises CertificateError.

        certificate: a Kind, or "" for the good one. version: the only one spoken, or "".
        """
        known = self._known.get((certificate, version))
        if known is None:
            known = self._make(Kind(certificate or "good"), Version(version) if version else None)
            self._known[certificate, version] = known
        return known

    def _make(self, kind: Kind, version: Version | None) -> Credentials:
        shown = self._certificates.get(kind)
        if shown is None:
            if self._authority is None:
                self._authority = Authority.open(self._directory)
            shown = self._certificates[kind] = issue(self._authority, kind, hosts=self._hosts)
        made = context(shown, only=version, clients_from=self._clients_from)
        try:
            log = KeyLog(made)
        except OSError:
            return Credentials(made, shown.end_point)
        return Credentials(made, shown.end_point, log.binding)
