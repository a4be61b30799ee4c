"""What makes two attempts the same mail.

A program that sends again makes a new Message-ID, Date, boundary and content-id. The fingerprint
covers what a person would call the mail: who it is from and to, by envelope and header, its
subject, its texts and its files.
"""

import re
from collections.abc import Callable
from hashlib import sha256

from mailcatch.mail.addresses import parse_addresses
from mailcatch.mail.envelope import Envelope
from mailcatch.mail.part import Part
from mailcatch.mail.tree import Tree

VERSION = b"1"
"""Part of every fingerprint: another version never equals this one."""

_CONTENT_ID = re.compile(r"cid:[^\"'\s>)]{1,500}", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def fingerprint(tree: Tree, envelope: Envelope | None) -> str:
    """Give 64 hexadecimal digits that are equal for two sends of one mail.

    Args:
        tree: the message.
        envelope: None when it is not known (a file without its session): only messages without
            envelope are then equal.
    """
    digested = [VERSION]

    def add(*values: str | bytes) -> None:
        for value in values:
            octets = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
            # The length keeps ("ab", "c") apart from ("a", "bc").
            digested.append(b"%d:" % len(octets))
            digested.append(octets)

    if envelope is None:
        add("no envelope")
    else:
        add("envelope", _address(envelope.sender), *sorted(map(_address, envelope.recipients)))
    for name in ("from", "to", "cc"):
        add(name)
        for field in tree.root.headers.all(name):
            for found in parse_addresses(field.value).addresses:
                add(_one_space(found.name), _address(found.address))
    whole = not tree.cut
    for part in tree:
        subject = part.headers.first("subject")
        if subject is not None:
            add("subject", _one_space(subject.text))
        if not part.child_numbers:
            _add_leaf(part, add)
            whole = whole and not part.content.cut
    if not whole:
        # Past a bound nothing is taken apart any more; the bytes themselves have to tell.
        add("rest", sha256(tree.root.raw_body).digest())
    return sha256(b"".join(digested)).hexdigest()


def _add_leaf(part: Part, add: Callable[..., None]) -> None:
    if part.maintype in ("text", "multipart") and not part.is_attachment:
        text = part.text.text
        if part.content_type == "text/html":
            text = _CONTENT_ID.sub("cid:", text)
        add(part.content_type, "\n".join(line.rstrip() for line in text.strip().splitlines()))
    else:
        add(part.content_type, part.filename or "", sha256(part.content.data).digest())


def _address(address: str) -> str:
    """Domains know no case (RFC 5321 section 2.3.11); local parts may."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _one_space(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
