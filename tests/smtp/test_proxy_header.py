"""The PROXY protocol: what a header says, and what is none."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.smtp.endpoint import Endpoint
from mailcatch.smtp.proxy_header import ProxyHeader, ProxyHeaderError, read_header

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
IPV4 = b"\xcb\x00\x71\x07\xc0\x00\x02\x01" + struct.pack("!HH", 50123, 25)


def binary(rest: bytes, *, verb: int = 0x21, family: int = 0x11) -> bytes:
    return SIGNATURE + bytes([verb, family]) + struct.pack("!H", len(rest)) + rest


def value(kind: int, octets: bytes) -> bytes:
    return struct.pack("!BH", kind, len(octets)) + octets


def whole(octets: bytes) -> ProxyHeader:
    header = read_header(octets)
    assert header is not None
    return header


@pytest.mark.parametrize(
    ("octets", "client", "server"),
    [
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25\r\n", "203.0.113.7:50123", "192.0.2.1:25"),
        (b"PROXY TCP6 2001:db8::7 ::1 1 65535\r\n", "[2001:db8::7]:1", "[::1]:65535"),
        (b"PROXY TCP6 2001:DB8:0:0::7 ::1 0 25\r\n", "[2001:db8::7]:0", "[::1]:25"),
        (b"PROXY UNKNOWN\r\n", "None", "None"),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "None", "None"),
        (binary(IPV4), "203.0.113.7:50123", "192.0.2.1:25"),
        (binary(IPV4, family=0x12), "203.0.113.7:50123", "192.0.2.1:25"),
        (binary(bytes(15) + b"\1" + bytes(20), family=0x21), "[::1]:0", "[::]:0"),
        (binary(b"/run/a".ljust(108, b"\0") * 2, family=0x31), "unix", "unix"),
        (binary(b"", verb=0x20, family=0), "None", "None"),
        (binary(IPV4 + b"anything", verb=0x20), "None", "None"),
        (binary(b"", family=0), "None", "None"),
    ],
)
def test_a_header_names_the_two_ends(octets: bytes, client: str, server: str) -> None:
    header = whole(octets + b"EHLO x\r\n")
    assert (str(header.client), str(header.server)) == (client, server)
    assert header.octets == len(octets)
    assert header.version == (2 if octets.startswith(SIGNATURE) else 1)


def test_a_header_tells_of_tls_and_more() -> None:
    tls = b"\7" + bytes(4) + value(0x21, b"TLSv1.3") + value(0x22, b"ann") + value(0x23, b"AES")
    header = whole(
        binary(
            IPV4
            + value(0x02, b"mail.example.com")
            + value(0x04, b"padding")
            + value(0x05, b"\x01\xff")
            + value(0x20, tls)
            + value(0xEE, b"of somebody's own")
        )
    )
    assert (header.server_name, header.unique_id) == ("mail.example.com", "01ff")
    assert (header.tls, header.subject, header.cipher) == ("TLSv1.3", "ann", "AES")


def test_a_checksum_has_to_fit() -> None:
    blank = binary(IPV4 + value(0x03, bytes(4)) + value(0x04, b"more"))
    place = blank.index(b"\x03\x00\x04") + 3
    fitting = blank[:place] + _crc32c(blank).to_bytes(4, "big") + blank[place + 4 :]
    assert whole(fitting).client == Endpoint("203.0.113.7", 50123)
    for octets in (blank, fitting.replace(b"more", b"less")):
        with pytest.raises(ProxyHeaderError, match="checksum"):
            read_header(octets)


def _crc32c(octets: bytes) -> int:
    """The checksum bit by bit, as RFC 9260 appendix A defines it."""
    register = 0xFFFFFFFF
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def test_the_checksum_is_the_one_that_everybody_means() -> None:
    assert _crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25\n", "bare line feed"),
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 50123\r\n", "two addresses and two ports"),
        (b"PROXY TCP4  203.0.113.7 192.0.2.1 50123 25\r\n", "two addresses and two ports"),
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25 \r\n", "two addresses and two ports"),
        (b"PROXY TCP4 ::1 ::1 1 2\r\n", "no IPv4 address"),
        (b"PROXY TCP6 127.0.0.1 127.0.0.1 1 2\r\n", "no IPv6 address"),
        (b"PROXY TCP6 fe80::1%lo ::1 1 2\r\n", "no IPv6 address"),
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 050123 25\r\n", "no number from 0 to 65535"),
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 65536 25\r\n", "no number from 0 to 65535"),
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 1 \xb2\r\n", "no number from 0 to 65535"),
        (b"PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n", "none of TCP4, TCP6 and UNKNOWN"),
        (b"PROXY \r\n", "none of TCP4, TCP6 and UNKNOWN"),
        (b"PROXY UNKNOWN " + b"x" * 94, "longer than 107 octets"),
        (binary(IPV4, verb=0x11), "version"),
        (binary(IPV4, verb=0x22), "neither LOCAL nor PROXY"),
        (binary(IPV4, family=0x41), "unknown family"),
        (binary(IPV4, family=0x13), "unknown family"),
        (binary(IPV4, family=0x10), "unknown family"),
        (binary(IPV4[:11]), "too short"),
        (binary(IPV4 + b"\x02"), "past its end"),
        (binary(IPV4 + b"\x02\x00\x09short"), "past its end"),
        (binary(IPV4 + value(0x20, b"\7\0\0")), "too short"),
        (binary(IPV4 + value(0x20, b"\7" + bytes(4) + b"\x21\x00\x09x")), "past its end"),
        (binary(IPV4 + value(0x03, b"four")), "checksum"),
        (binary(IPV4 + value(0x03, b"")), "checksum"),
    ],
)
def test_a_spoilt_header_is_named(octets: bytes, why: str) -> None:
    with pytest.raises(ProxyHeaderError, match=why) as raised:
        read_header(octets)
    assert raised.value.note == "proxy-header-malformed"


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        (b"EHLO x\r\n", "something else"),
        (b"PROXI", "something else"),
        (b"\r\n\r\n\0\r\nQUIT\r", "something else"),
        (b"\x16\x03\x01\x00\xc8", "TLS"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
    ],
)
def test_what_is_no_header_is_told_apart(octets: bytes, what: str) -> None:
    with pytest.raises(ProxyHeaderError, match=what) as raised:
        read_header(octets)
    assert raised.value.note == "proxy-header-missing"


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))
PORTS = st.integers(0, 65535)


@st.composite
def headers(draw: st.DrawFn) -> tuple[bytes, str, str]:
    """Return a header of either version, and the two ends that it names."""
    client = draw(ADDRESSES)
    server = draw(st.ip_addresses(v=4 if client.version == 4 else 6))
    ports = draw(PORTS), draw(PORTS)
    ends = str(Endpoint(str(client), ports[0])), str(Endpoint(str(server), ports[1]))
    if draw(st.booleans()):
        words = ("PROXY", f"TCP{client.version}", client, server, *ports)
        return " ".join(map(str, words)).encode() + b"\r\n", *ends
    values = draw(st.lists(st.tuples(st.integers(0x30, 255), st.binary(max_size=300)), max_size=4))
    rest = client.packed + server.packed + struct.pack("!HH", *ports)
    rest += b"".join(value(kind, octets) for kind, octets in values)
    return binary(rest, family=0x11 if client.version == 4 else 0x21), *ends


@given(headers(), st.binary(max_size=40))
def test_a_header_is_read_from_its_last_octet_on_and_not_before(
    header: tuple[bytes, str, str], behind: bytes
) -> None:
    octets, client, server = header
    for end in range(len(octets)):
        assert read_header(octets[:end]) is None
    read = whole(octets + behind)
    assert (str(read.client), str(read.server), read.octets) == (client, server, len(octets))


BEGINNINGS = [b"", b"PROXY ", b"PROXY TCP4 ", b"PROXY TCP6 ", SIGNATURE, SIGNATURE + b"\x21"]
WORDS = st.text("0123456789abcdef.: \r\n", max_size=90).map(str.encode)


@given(st.sampled_from(BEGINNINGS), st.one_of(st.binary(max_size=300), WORDS))
def test_any_octets_are_a_header_or_none_or_want_more(beginning: bytes, octets: bytes) -> None:
    given_octets = beginning + octets
    try:
        header = read_header(given_octets)
    except ProxyHeaderError:
        return
    if header is None:
        assert len(given_octets) < 16 + 65535
    else:
        assert header.octets <= len(given_octets)
        for end in (header.client, header.server):
            assert end is None or end.host == "unix" or ip_address(end.host).version in {4, 6}


def test_no_more_octets_are_wanted_than_a_length_can_tell() -> None:
    longest = binary(IPV4 + value(0xEE, bytes(65535 - len(IPV4) - 3)))
    assert read_header(longest[:-1]) is None
    assert whole(longest).octets == 16 + 65535
