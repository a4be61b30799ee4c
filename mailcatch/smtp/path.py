"""The paths and parameters of MAIL and RCPT (RFC 5321 section 4.1.2), read as clients write them.

Everything is taken that can be told apart, kept as it was sent, and told in notes. Nothing here
raises, whatever the argument holds.
"""

from __future__ import annotations

import re

import msgspec

from mailcatch.smtp.notes import Note

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A path as nearly all clients send it: in brackets, in ASCII, nothing quoted, no route.
_ORDINARY = {
    "FROM": re.compile(r"FROM:<((?!@)[!#-;=?-\[\]-~]*)>(?: ([ -~]*))?", re.IGNORECASE),
    "TO": re.compile(r"TO:<((?!@)[!#-;=?-\[\]-~]*)>(?: ([ -~]*))?", re.IGNORECASE),
}


class Path(msgspec.Struct, frozen=True):
    """A path: the mailbox it names, case kept, and the source route before it.

    address: the mailbox without angle brackets; "" is the null path.
    route: an RFC 821 source route such as "@a.example,@b.example", or "".
    """

    address: str
    route: str = ""


class Argument(msgspec.Struct, frozen=True):
    """What stands behind `FROM:` or `TO:`.

    path: the path.
    parameters: the parameters, each as it was sent.
    notes: what was unusual about the form.
    """

    path: Path
    parameters: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def parse_argument(keyword: str, argument: str) -> Argument | None:
    """Read the argument of MAIL ("FROM") or RCPT ("TO").

    keyword: "FROM" or "TO".
    argument: what followed the verb; octets that are not UTF-8 stand as lone surrogates.
    Returns None where the keyword, its colon or any path is missing.
    """
    ordinary = _ORDINARY[keyword].fullmatch(argument)
    if ordinary is not None:
        address, after = ordinary.groups()
        return Argument(Path(address), tuple(after.split()) if after else ())
    return _parse_unusual(keyword, argument)


def _parse_unusual(keyword: str, argument: str) -> Argument | None:
    head, colon, rest = argument.partition(":")
    if not colon or head.strip(" \t").upper() != keyword:
        return None
    notes: list[Note] = []
    text = rest.lstrip(" \t")
    if len(text) != len(rest) or head[-1:] in {" ", "\t"}:
        notes.append(Note("space-around-colon"))
    if not text:
        return None
    mailbox, after = _split_path(text, notes)
    route, mailbox = _split_route(mailbox)
    if route:
        notes.append(Note("source-route", printable(route)))
    if not mailbox.isascii():
        if printable(mailbox) != mailbox:
            notes.append(Note("address-not-utf8"))
        mailbox = printable(mailbox)
    if _CONTROL.search(mailbox):
        notes.append(Note("control-in-address"))
    parameters = tuple(printable(word) for word in after.split())
    return Argument(Path(mailbox, printable(route)), parameters, tuple(notes))


def printable(text: str) -> str:
    """Return text without lone surrogates: octets that are not UTF-8 are read as Latin-1."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape").decode("latin-1")
    return text


def _split_path(text: str, notes: list[Note]) -> tuple[str, str]:
    if text[0] == "<":
        end = _unquoted(text, ">", 1)
        if end >= 0:
            return text[1:end], text[end + 1 :]
        notes.append(Note("unclosed-path"))
        text = text[1:]
    else:
        notes.append(Note("path-without-brackets"))
    end = _unquoted(text, " ", 0)
    path, rest = (text, "") if end < 0 else (text[:end], text[end:])
    return path, rest


def _unquoted(text: str, wanted: str, start: int) -> int:
    """Return where wanted first stands outside a quoted string (RFC 5321 section 4.1.2)."""
    if '"' not in text:
        return text.find(wanted, start)
    quoted = False
    position = start
    while position < len(text):
        character = text[position]
        if quoted and character == "\\":
            position += 1
        elif character == '"':
            quoted = not quoted
        elif character == wanted and not quoted:
            return position
        position += 1
    return text.find(wanted, start) if quoted else -1


def _split_route(mailbox: str) -> tuple[str, str]:
    if not mailbox.startswith("@"):
        return "", mailbox
    depth = 0
    for position, character in enumerate(mailbox):
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
        elif character == ":" and depth <= 0:
            return mailbox[:position], mailbox[position + 1 :]
    return "", mailbox
