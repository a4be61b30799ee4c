"""The bounds within which a message is read.

A mail is written by a stranger. Every loop over it ends at one of these bounds; past a bound the
rest of the message is left alone, the bytes stay readable, and a note says which bound was met.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of one message is looked at.

    Attributes:
        depth: levels of multipart and attached messages that are opened.
        parts: MIME parts in the whole message.
        headers: header fields of a message's outermost header.
        part_headers: header fields of each part below it.
        header_bytes: octets of one header block.
        value_bytes: octets of one field that are decoded.
        parameters: parameters of one Content-Type or Content-Disposition.
        addresses: addresses in one field.
        decoded_bytes: octets that the content of one part may decode to.
        html_chars: characters of HTML that are parsed.
        html_nodes: nodes of parsed HTML that are rendered.
        text_chars: characters of text that are searched for links and codes.
        links: links that are listed.
    """

    depth: int = 50
    parts: int = 1_000
    headers: int = 1_000
    part_headers: int = 100
    header_bytes: int = 256 * 1024
    value_bytes: int = 64 * 1024
    parameters: int = 100
    addresses: int = 1_000
    decoded_bytes: int = 32 * 1024 * 1024
    html_chars: int = 2_000_000
    html_nodes: int = 200_000
    text_chars: int = 1_000_000
    links: int = 1_000


DEFAULT_BOUNDS = Bounds()
