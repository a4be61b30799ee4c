"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 section 5.1).

Continuations, charsets and percent-encoding of RFC 2231 are read; so are the encoded words that
many programs put into file names although RFC 2047 section 5 forbids it.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from mailcatch.mail import charset as charsets
from mailcatch.mail.encoded_words import decode_words
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds

_PARAMETER = re.compile(
    r"""[\s;]*([^\s=;"()]{1,128})[ \t]*=[ \t]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^;]*))[^;]*""",
    re.DOTALL,
)
_NEXT = re.compile(r"[^;]*;?")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")


class Parameterised(msgspec.Struct, frozen=True):
    """A structured value: `text/plain; charset=utf-8`.

    Attributes:
        value: what stands before the first semicolon, in lower case.
        parameters: by lower-case name, decoded; the first of a doubled name counts.
    """

    value: str
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Give one parameter, None when it is not there."""
        return self.parameters.get(name)


def parse_parameters(raw: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Parameterised:
    """Read an unfolded Content-Type or Content-Disposition value; no value is an error."""
    text = charsets.decode_bytes(raw[: bounds.value_bytes], "utf-8").text
    head, _, rest = text.partition(";")
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    position = 0
    for _ in range(bounds.parameters):
        match = _PARAMETER.match(rest, position)
        if match is None:
            skipped = _NEXT.match(rest, position)
            position = skipped.end() if skipped else len(rest)
            if position >= len(rest):
                break
            continue
        position = match.end()
        quoted, bare = match[2], match[3]
        value = _QUOTED_PAIR.sub(r"\1", quoted) if quoted is not None else _bare(bare)
        _file(match[1].lower(), value, plain, sections)
    for name, pieces in sections.items():
        plain[name] = _join(pieces)
    return Parameterised(_COMMENT.sub("", head).strip().lower(), plain)


def _bare(token: str) -> str:
    return _COMMENT.sub("", token).strip()


def _file(
    name: str,
    value: str,
    plain: dict[str, str],
    sections: dict[str, dict[int, tuple[str, bool]]],
) -> None:
    """Put a parameter where it belongs: whole, or one section of a continued one (RFC 2231)."""
    section = _SECTION.fullmatch(name) if "*" in name else None
    if section is None:
        if name not in plain:
            plain[name] = decode_words(value.encode()).text if "=?" in value else value
        return
    pieces = sections.setdefault(section[1], {})
    pieces.setdefault(int(section[2] or 0), (value, section[3] is not None))


def _join(pieces: dict[int, tuple[str, bool]]) -> str:
    """Join the sections of a continued parameter, decoding those that are encoded."""
    first, encoded = pieces.get(0, ("", False))
    label: str | None = "utf-8"
    if encoded and first.count("'") >= 2:
        label, _, first = first.split("'", 2)
        pieces = pieces | {0: (first, True)}
    octets: list[bytes] = []
    for number in range(len(pieces)):
        if number not in pieces:
            break
        value, percent = pieces[number]
        octets.append(unquote_to_bytes(value) if percent else value.encode())
    return charsets.decode_bytes(b"".join(octets), label or "utf-8").text
