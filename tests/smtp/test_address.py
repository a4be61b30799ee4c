"""Where to listen, and how it is spoken there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch import ListenError
from mailcatch.smtp.address import Address, Security


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:25", Address("127.0.0.1", 25)),
        ("[::1]:25", Address("::1", 25)),
        (":25", Address("127.0.0.1", 25)),
        ("unix:/run/x", Address(path="/run/x")),
        ("/run/x", Address(path="/run/x")),
        ("tls:localhost:25", Address("localhost", 25, security=Security.IMPLICIT)),
        ("lmtp:unix:/run/x", Address(path="/run/x", lmtp=True)),
        ("proxy:lmtp:/run/x", Address(path="/run/x", lmtp=True, proxied=True)),
        ("lmtp:proxy:lmtp:a:1", Address("a", 1, lmtp=True, proxied=True)),
        ("starttls:proxy:a:1", Address("a", 1, security=Security.STARTTLS, proxied=True)),
        # A host that has the name of a mark.
        ("proxy:25", Address("proxy", 25)),
        ("tls:tls:25", Address("tls", 25, security=Security.IMPLICIT)),
    ],
)
def test_an_address_is_read(text: str, address: Address) -> None:
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    "text", ["", "a", "a:b", "a:65536", "proxy:", "lmtp:unix:", "tls:plain:a:1", "/run/\udcff"]
)
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(ListenError, match="cannot listen on"):
        Address.parse(text)


HOSTS = st.sampled_from(["127.0.0.1", "::1", "localhost", "proxy"])
SECURITY = st.sampled_from([None, *Security])


@given(HOSTS, st.integers(0, 65535), SECURITY, st.booleans(), st.booleans())
def test_what_is_written_is_read_back(
    host: str, port: int, security: Security | None, lmtp: bool, proxied: bool
) -> None:
    address = Address(host, port, security=security, lmtp=lmtp, proxied=proxied)
    assert Address.parse(f"{address.marks}{address}") == address
