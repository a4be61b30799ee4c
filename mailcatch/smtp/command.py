"""A command line: its verb and its argument, and lines that no mail client sends."""

from __future__ import annotations

import re
import sys
from typing import Final

_HTTP: Final = re.compile(
    rb"(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|TRACE|CONNECT|PRI)(?:[ \t].*)?", re.IGNORECASE
)
# With an equals sign too: it stands so in the replies of old servers, and somebody may copy it.
# The word is a mechanism where it is short enough (RFC 4422 section 3.1).
_AUTH: Final = re.compile(
    rb"(\s*AUTH[\s=]+(?:[\w-]{1,20}(?![\w+/=-]))?)(\s*)(.*)", re.IGNORECASE | re.DOTALL
)

MASK: Final = b"********"


CRLF: Final = sys.intern("\r\n")

_KNOWN: Final = {
    spelled.encode(): verb
    for verb in "AUTH DATA EHLO HELO MAIL NOOP QUIT RCPT RSET".split()  # noqa: SIM905
    for spelled in (verb, verb.lower())
}


def split(line: bytes) -> tuple[bytes, str, str, str | None]:
    """Return a line without its end, the end ("\\r\\n", "\\n" or ""), its verb and its argument.

    The verb is in upper case, and "" where the line begins with anything but ASCII letters. Octets
    of the argument that are not UTF-8 become lone surrogates.
    """
    if line.endswith(b"\r\n"):
        text, end = line[:-2], CRLF
    elif line.endswith(b"\n"):
        text, end = line[:-1], "\n"
    else:
        text, end = line, ""
    word, _, rest = text.partition(b" ")
    verb = _KNOWN.get(word)
    if verb is None:
        words = text.split(None, 1) or [b""]
        verb = words[0].decode("ascii").upper() if words[0].isalpha() else ""
        rest = words[1] if len(words) > 1 else b""
    return text, end, verb, rest.strip().decode("utf-8", "surrogateescape") or None


def is_http(text: bytes) -> bool:
    """Return whether a line is the request line of HTTP, as a web page may send it."""
    return _HTTP.fullmatch(text) is not None


def announces_octets(beginning: bytes) -> bool:
    """Return whether a line that begins so is a BDAT: what follows it are no commands."""
    return beginning[:4].upper() == b"BDAT" and not beginning[4:5].isalpha()


def begins_tls(octets: bytes) -> bool:
    """Return whether octets begin a TLS handshake: a record of type 22, version 3.x (RFC 8446)."""
    return octets[:1] == b"\x16" and octets[1:2] in {b"", b"\x03"}


def masked(text: bytes) -> bytes | None:
    """Return a line of AUTH without what follows its mechanism; None for any other line."""
    found = _AUTH.fullmatch(text)
    if found is None:
        return None
    return found[1] + found[2] + MASK if found[3] else text
