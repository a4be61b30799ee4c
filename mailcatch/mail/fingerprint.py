"""What makes two attempts the same mail.

A program that sends again makes a new Message-ID, Date, boundary and content-id. The fingerprint
covers what a person would call the mail: who it is from and to, by envelope and header, its
subject, its texts and its files.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from mailcatch.mail.addresses import parse_addresses
from mailcatch.mail.envelope import Envelope
from mailcatch.mail.part import Part
from mailcatch.mail.tree import Tree

VERSION = b"1"
"""Part of every fingerprint: another version never equals this one."""

_CONTENT_ID = re.compile(r"cid:[^\"'\s>)]{1,500}", re.IGNORECASE)


def fingerprint(tree: Tree, envelope: Envelope | None) -> str:
    """Give 64 hexadecimal digits that are equal for two sends of one mail.

    Args:
        tree: the message.
        envelope: None when it is not known (a file without its session): only messages without
            envelope are then equal.
    """
    said: list[str | bytes]
    if envelope is None:
        said = ["no envelope"]
    else:
        receivers = sorted(map(_address, envelope.recipients))
        said = ["envelope", _address(envelope.sender), *receivers]
    for name in ("from", "to", "cc"):
        said.append(name)
        for field in tree.root.headers.all(name):
            for found in parse_addresses(field.value).addresses:
                said += _one_space(found.name), _address(found.address)
    whole = not tree.cut
    for part in tree:
        subject = part.headers.first("subject")
        if subject is not None:
            said += "subject", _one_space(subject.text)
        if not part.child_numbers:
            said += _leaf(part)
            whole = whole and not part.content.cut
    if not whole:
        # Past a bound nothing is taken apart any more; the bytes themselves have to tell.
        said += "rest", sha256(tree.root.raw_body).digest()
    return sha256(VERSION + _measured(said)).hexdigest()


def _measured(said: Iterable[str | bytes]) -> bytes:
    """Join with the length of each, which keeps ("ab", "c") apart from ("a", "bc")."""
    octets = [
        one if isinstance(one, bytes) else one.encode("utf-8", "surrogatepass") for one in said
    ]
    return b"".join([b"%d:%b" % (len(one), one) for one in octets])


def _leaf(part: Part) -> tuple[str | bytes, ...]:
    if part.maintype in ("text", "multipart") and not part.is_attachment:
        text = part.text.text
        if part.content_type == "text/html":
            text = _CONTENT_ID.sub("cid:", text)
        lines = [line.rstrip() for line in text.strip().splitlines()]
        return part.content_type, "\n".join(lines)
    return part.content_type, part.filename or "", sha256(part.content.data).digest()


def _address(address: str) -> str:
    """Domains know no case (RFC 5321 section 2.3.11); local parts may."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _one_space(text: str) -> str:
    return " ".join(text.split())
