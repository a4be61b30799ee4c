"""The PROXY protocol, versions 1 and 2: what a proxy says of a client before the client speaks.

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_address
from typing import Final

import msgspec

from mailcatch.smtp import command
from mailcatch.smtp.endpoint import UNIX, Endpoint

_PREFIX: Final = b"PROXY "
_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
# Section 2.1: the longest line of version 1, its end included.
_LONGEST_LINE: Final = 107
# Section 2.2: the signature, then version and command, family and protocol, and the length.
_HEAD: Final = 16
_ADDRESSES: Final = {0: 0, 1: 12, 2: 36, 3: 216}
_TCP_OR_UDP: Final = 2
_PORT: Final = re.compile(r"0|[1-9][0-9]{0,4}")
# Section 2.2.1 to 2.2.7: what comes behind the addresses.
_AUTHORITY: Final = 0x02
_CRC32C: Final = 0x03
_UNIQUE_ID: Final = 0x05
_SSL: Final = 0x20
_SSL_VERSION: Final = 0x21
_SSL_CN: Final = 0x22
_SSL_CIPHER: Final = 0x23
_LONGEST_TEXT: Final = 255


class ProxyHeaderError(Exception):
    """No header, or a spoilt one. note: which, by its name in `notes`. The message says why."""

    def __init__(self, why: str, *, note: str = "proxy-header-malformed") -> None:
        super().__init__(why)
        self.note = note


class ProxyHeader(msgspec.Struct, frozen=True, kw_only=True):
    """A header, and what it says.

    octets: how long it is. version: 1 or 2. client, server: the two ends of the connection to the
    proxy; None where the header names none, as for a check of the proxy's own. server_name: the
    host that the client asked for. tls, cipher, subject: what it has of TLS with the proxy: the
    version, the cipher suite, and whom its certificate names. unique_id: the proxy's name for the
    connection, in hexadecimal digits. All else that is not known is "".
    """

    octets: int
    version: int
    client: Endpoint | None = None
    server: Endpoint | None = None
    server_name: str = ""
    tls: str = ""
    cipher: str = ""
    subject: str = ""
    unique_id: str = ""


def read_header(octets: bytes) -> ProxyHeader | None:
    """Return the header that octets begin with; None where more of them have to come.

    Never wants more than 65,551 octets. Raises ProxyHeaderError.
    """
    if octets.startswith(_SIGNATURE):
        return _version_2(octets)
    if octets.startswith(_PREFIX):
        return _version_1(octets)
    if _SIGNATURE.startswith(octets) or _PREFIX.startswith(octets):
        return None
    raise ProxyHeaderError(_what_else(octets), note="proxy-header-missing")


def _what_else(octets: bytes) -> str:
    if command.begins_tls(octets):
        return "the connection begins with TLS"
    line = octets.partition(b"\n")[0].rstrip(b"\r")
    if command.is_http(line):
        return "the connection begins with HTTP"
    return "the connection begins with something else"


def _version_1(octets: bytes) -> ProxyHeader | None:
    end = octets.find(b"\r\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(octets) >= _LONGEST_LINE:
            raise ProxyHeaderError(f"a line longer than {_LONGEST_LINE} octets")
        if b"\n" in octets:
            raise ProxyHeaderError("a line that ends in a bare line feed")
        return None
    words = octets[:end].decode("latin-1").split(" ")[1:]
    length = end + len(b"\r\n")
    if words[0] == "UNKNOWN":
        return ProxyHeader(octets=length, version=1)
    family = {"TCP4": 4, "TCP6": 6}.get(words[0])
    if family is None:
        raise ProxyHeaderError("a protocol that is none of TCP4, TCP6 and UNKNOWN")
    if len(words) != 5:
        raise ProxyHeaderError("two addresses and two ports have to stand behind the protocol")
    source, destination, source_port, destination_port = words[1:]
    return ProxyHeader(
        octets=length,
        version=1,
        client=Endpoint(_address(source, family), _port(source_port)),
        server=Endpoint(_address(destination, family), _port(destination_port)),
    )


def _address(text: str, family: int) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        address = None
    if address is None or address.version != family or "%" in text:
        raise ProxyHeaderError(f"an address that is no IPv{family} address")
    return str(address)


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise ProxyHeaderError("a port that is no number from 0 to 65535")
    return int(text)


def _version_2(octets: bytes) -> ProxyHeader | None:
    if len(octets) < _HEAD:
        return None
    version, verb = divmod(octets[12], 16)
    if version != 2:
        raise ProxyHeaderError("a version of the binary form that is not 2")
    if verb > 1:
        raise ProxyHeaderError("a command that is neither LOCAL nor PROXY")
    family, transport = divmod(octets[13], 16)
    if family not in _ADDRESSES or transport > _TCP_OR_UDP or bool(family) != bool(transport):
        raise ProxyHeaderError("an unknown family of addresses, or transport")
    size = int.from_bytes(octets[14:16], "big")
    if verb and size < _ADDRESSES[family]:
        raise ProxyHeaderError("too short for the addresses that it announces")
    length = _HEAD + size
    if len(octets) < length:
        return None
    header = octets[:length]
    if not verb:
        # A check of the proxy's own; what stands behind it is to be skipped (section 2.2).
        return ProxyHeader(octets=length, version=2)
    client, server = _ends(family, header[_HEAD:])
    place = _HEAD + _ADDRESSES[family]
    facts = _facts(header, place)
    return ProxyHeader(octets=length, version=2, client=client, server=server, **facts)


def _ends(family: int, octets: bytes) -> tuple[Endpoint | None, Endpoint | None]:
    if not family:
        return None, None
    if family == 3:
        return Endpoint(UNIX), Endpoint(UNIX)
    size = 4 if family == 1 else 16
    ports = octets[2 * size :]
    return (
        Endpoint(str(ip_address(octets[:size])), int.from_bytes(ports[:2], "big")),
        Endpoint(str(ip_address(octets[size : 2 * size])), int.from_bytes(ports[2:4], "big")),
    )


def _facts(header: bytes, place: int) -> dict[str, str]:
    """Read the values behind the addresses. place: where they begin."""
    facts = {}
    for kind, begin, end in _values(header, place, len(header)):
        value = header[begin:end]
        if kind == _AUTHORITY:
            facts["server_name"] = _text(value)
        elif kind == _UNIQUE_ID:
            facts["unique_id"] = value.hex()[:_LONGEST_TEXT]
        elif kind == _CRC32C:
            _check_sum(header, begin, end)
        elif kind == _SSL:
            if len(value) < 5:
                raise ProxyHeaderError("a description of TLS that is too short")
            names = {_SSL_VERSION: "tls", _SSL_CN: "subject", _SSL_CIPHER: "cipher"}
            for part, first, last in _values(header, begin + 5, end):
                if part in names:
                    facts[names[part]] = _text(header[first:last])
    return facts


def _values(header: bytes, place: int, stop: int) -> list[tuple[int, int, int]]:
    """Return the type of each value, and where it begins and ends."""
    found = []
    while place < stop:
        begin = place + 3
        end = begin + int.from_bytes(header[place + 1 : begin], "big")
        if begin > stop or end > stop:
            raise ProxyHeaderError("a value that goes past its end")
        found.append((header[place], begin, end))
        place = end
    return found


def _text(octets: bytes) -> str:
    return octets.decode(errors="replace")[:_LONGEST_TEXT]


def _check_sum(header: bytes, begin: int, end: int) -> None:
    blank = header[:begin] + bytes(end - begin) + header[end:]
    if header[begin:end] != _crc32c(blank).to_bytes(4, "big"):
        raise ProxyHeaderError("a checksum that does not fit")


def _crc32c(octets: bytes) -> int:
    """Return the checksum of RFC 9260 appendix A, which the standard library does not know."""
    table = _crc32c_table()
    register = 0xFFFFFFFF
    for octet in octets:
        register = register >> 8 ^ table[(register ^ octet) & 0xFF]
    return register ^ 0xFFFFFFFF


@cache
def _crc32c_table() -> list[int]:
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table
