"""How programs and systems are told to trust a certificate authority."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote
from typing import Final

_WAYS: Final = (
    ("curl", "curl --cacert {file} --ssl-reqd --url smtp://localhost:1025 ..."),
    ("OpenSSL", "openssl s_client -CAfile {file} -starttls smtp -connect localhost:1025"),
    ("swaks", "swaks --tls-verify --tls-ca-path {file} --tls ..."),
    ("msmtp", "tls_trust_file {file}"),
    ("Python", "export SSL_CERT_FILE={file}"),
    ("Node", "export NODE_EXTRA_CA_CERTS={file}"),
    ("Go, Ruby, Perl, PHP", "export SSL_CERT_FILE={file}"),
    ("Java", "keytool -importcert -noprompt -alias mailcatch -file {file} \\"),
    ("", "    -keystore mailcatch.p12 -storepass changeit"),
    ("", "java -Djavax.net.ssl.trustStore=mailcatch.p12 ..."),
    ("Debian, Ubuntu", "sudo cp {file} /usr/local/share/ca-certificates/mailcatch.crt"),
    ("", "sudo update-ca-certificates"),
    ("Fedora, Arch", "sudo trust anchor {file}"),
    ("macOS", "security add-trusted-cert -k ~/Library/Keychains/login.keychain-db {file}"),
    ("Windows", "certutil -user -addstore Root {file}"),
)


def explanation(file: str) -> Iterator[str]:
    """Return lines that explain how to trust an authority. file: its certificate."""
    yield ""
    yield f"This is the certificate in {file}"
    yield "Whoever has the key beside it can pretend to be any host to those who trust it: trust it"
    yield "where you develop, and nowhere else. Better than a whole system is one program:"
    yield ""
    for who, how in _WAYS:
        yield f"{who:>19}  {how.format(file=quote(file))}"
