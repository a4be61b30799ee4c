"""Address fields: names, addresses, groups and comments (RFC 5322 section 3.4), read in one pass.

A flat scan with a few pieces of state and no recursion: ten thousand quotes or nested parentheses
cost what ten thousand letters cost.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from mailcatch.mail import charset as charsets
from mailcatch.mail.encoded_words import decode_words
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds

_TOKEN = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"?|\[[^\]\[]*\]?|[,;:<>()]|\\.|[^",;:<>()\[\\]+|.', re.DOTALL
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# Deliberately wide: what a server would take, not what a form would.
_MAILBOX = re.compile(
    r'(?:"(?:[^"\\]|\\.)*"|[^\s@"<>(),;:\\\[\]]+)@(?:\[[^\]\s]+\]|[^\s@<>(),;:\\\[\]]+)'
)


# What nearly all mail has: names of words, addresses without quotation marks, commas in between.
_SIMPLE = re.compile(
    rb" ?(?:(\w[\w.'!-]*(?: [\w.'!-]+)*)? ?<([\w.+'=-]+@[\w.-]+)>|([\w.+'=-]+@[\w.-]+)) ?(,|\Z)"
)
_LONGEST_SIMPLE = 4_000
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address field.

    Attributes:
        name: the display name decoded, or a trailing comment's text; "" when there is none.
        address: the address as written, without angle brackets, routes and comments.
        group: the name of the group it stands in, or None.
    """

    name: str
    address: str
    group: str | None = None

    @property
    def local(self) -> str:
        """The part before the last at sign."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The part after the last at sign in lower case, "" when there is none."""
        head, at, tail = self.address.rpartition("@")
        return tail.lower() if at and head else ""

    @property
    def valid(self) -> bool:
        """Whether it has the shape `local@domain`."""
        return len(self.address) <= _LONGEST and _MAILBOX.fullmatch(self.address) is not None

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class AddressList:
    """The addresses of one field, or of several of one name.

    Attributes:
        addresses: in order, at most as many as the bound allows.
        groups: names of the groups in order, empty ones included (`undisclosed-recipients:;`).
        problems: what was malformed, in words; empty when nothing was.
        cut: whether the bound was met and addresses were left out.
    """

    addresses: tuple[Address, ...] = ()
    groups: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    cut: bool = False


NO_ADDRESSES = AddressList()
"""Those of a field that is not there."""


def parse_addresses(value: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> AddressList:
    """Read an unfolded To, From, Cc, Reply-To or the like; no value is an error."""
    simple = _simple_addresses(value) if len(value) <= _LONGEST_SIMPLE else None
    if simple is None or len(simple.addresses) > bounds.addresses:
        return _scanned_addresses(value, bounds)
    return simple


@lru_cache(maxsize=32)
def _scanned_addresses(value: bytes, bounds: Bounds) -> AddressList:
    text = charsets.decode_bytes(value[: bounds.header_bytes], "utf-8").text
    scanner = _Scanner(bounds.addresses)
    for piece in _TOKEN.finditer(text):
        scanner.take(piece[0])
        if scanner.full:
            break
    return scanner.result(cut=scanner.full or len(value) > bounds.header_bytes)


@lru_cache(maxsize=256)
def _simple_addresses(value: bytes) -> AddressList | None:
    """Read a field that holds nothing out of the ordinary; None where it does."""
    found: list[Address] = []
    position, more = 0, True
    while more:
        match = _SIMPLE.match(value, position)
        if match is None:
            return None
        name, named, bare, comma = match.groups(b"")
        address = (named or bare).decode()
        if len(address) > _LONGEST:
            return None
        found.append(Address(name.decode(), address))
        position, more = match.end(), bool(comma)
    return AddressList(tuple(found))


class _Scanner:
    """The state between two tokens."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: list[Address] = []
        self._groups: list[str] = []
        self._problems: dict[str, None] = {}
        self._group: str | None = None
        self._depth = 0
        self._start_over()

    @property
    def full(self) -> bool:
        return len(self._found) > self._most

    def _start_over(self) -> None:
        self._phrase: list[str] = []
        self._raw_phrase: list[str] = []
        self._at_seen = False
        self._comment: list[str] = []
        self._angle: list[str] | None = None
        self._angle_open = False

    def take(self, piece: str) -> None:
        if self._depth:
            self._inside_comment(piece)
        elif piece == "(":
            self._depth = 1
            if self._comment:
                self._comment.append(" ")
        elif self._angle_open:
            self._inside_angle(piece)
        elif piece == "<":
            if self._angle is not None:
                self._problem("two addresses without a comma between them")
                self._end_address()
            self._angle, self._angle_open = [], True
        elif piece == ",":
            self._end_address()
        elif piece == ";":
            self._end_address()
            self._group = None
        elif piece == ":" and self._group is None and not self._at_seen:
            self._group = self._name()
            self._groups.append(self._group)
            self._start_over()
        else:
            self._inside_phrase(piece)

    def _inside_comment(self, piece: str) -> None:
        if piece == "(":
            self._depth += 1
        elif piece == ")":
            self._depth -= 1
        elif len(self._comment) < 100:
            self._comment.append(piece)

    def _inside_angle(self, piece: str) -> None:
        assert self._angle is not None
        if piece == ">":
            self._angle_open = False
        elif piece == "<":
            self._problem("an angle bracket inside an address")
        elif piece == "," and not "".join(self._angle[:1]).startswith("@"):
            self._problem("an address without its closing angle bracket")
            self._angle_open = False
            self._end_address()
        else:
            self._angle.append(piece)

    def _inside_phrase(self, piece: str) -> None:
        if piece in (">", ")"):
            self._problem("a closing bracket without an opening one")
            return
        self._raw_phrase.append(piece)
        self._at_seen = self._at_seen or "@" in piece
        if piece.startswith('"'):
            if len(piece) < 2 or not piece.endswith('"'):
                self._problem("a quotation mark that is never closed")
            piece = _QUOTED_PAIR.sub(r"\1", piece[1:].removesuffix('"'))
        self._phrase.append(piece)

    def _problem(self, what: str) -> None:
        self._problems[what] = None

    def _name(self) -> str:
        return _spaced(decode_words("".join(self._phrase).encode()).text)

    def _end_address(self) -> None:
        if self._angle is not None:
            address = "".join(self._angle).strip()
            if address.startswith("@") and ":" in address:  # a source route, RFC 5322 4.4
                address = address.rpartition(":")[2]
            self._add(self._name() or self._said_in_comment(), address)
        else:
            address = "".join(self._raw_phrase).strip()
            if address:
                self._add(self._said_in_comment(), address)
        self._start_over()

    def _said_in_comment(self) -> str:
        return _spaced(decode_words("".join(self._comment).encode()).text)

    def _add(self, name: str, address: str) -> None:
        # Blanks around the at sign are obsolete but legal (RFC 5322 section 4.4).
        if " " in address or "\t" in address:
            address = "@".join(piece.strip() for piece in address.split("@"))
        found = Address(name, address, self._group)
        if not found.valid:
            self._problem("something that is no address")
        self._found.append(found)

    def result(self, *, cut: bool) -> AddressList:
        if self._depth:
            self._problem("a comment that is never closed")
        if self._angle_open:
            self._problem("an address without its closing angle bracket")
        self._end_address()
        return AddressList(
            tuple(self._found[: self._most]),
            tuple(self._groups[: self._most]),
            tuple(self._problems),
            cut or self.full,
        )


def _spaced(text: str) -> str:
    return " ".join(text.split())
