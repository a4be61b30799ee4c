"""Whatever is mixed and however it is split: chunks end where they said, and nowhere else."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.smtp.loopback import cut, run

_BDAT = re.compile(rb"BDAT[ \t]+([0-9]{1,20})([ \t]+LAST)?[ \t]*\r?\n", re.IGNORECASE)


class Reference:
    """The messages of a session that came in one piece, read in the plainest way.

    It knows no policy, no limits and no replies: what is a command, what belongs to a message.
    """

    def __init__(self, octets: bytes) -> None:
        self.messages: list[bytes] = []
        self._rest = octets
        self._forget()
        while b"\n" in self._rest and self._obeys():
            pass

    def _forget(self) -> None:
        self._opened = self._binary = self._failed = False
        self._recipients = 0
        self._verb = b""
        self._content = b""

    def _obeys(self) -> bool:
        """Obey the next command; return whether the session goes on."""
        line, _, self._rest = self._rest.partition(b"\n")
        line += b"\n"
        match line.upper().split()[:1]:
            case [b"QUIT"]:
                return False
            case [b"RSET" | b"EHLO"]:
                self._forget()
            case [b"MAIL"] if not self._opened:
                self._opened, self._binary = True, b"BINARYMIME" in line
            case [b"RCPT"] if self._opened and self._verb != b"BDAT":
                self._recipients += 1
            case [b"DATA"] if self._opened:
                return self._takes_data()
            case [b"BDAT"]:
                return self._takes_chunk(line)
        return True

    def _takes_data(self) -> bool:
        if self._verb == b"BDAT":
            self._failed = True
            return True
        if self._binary:
            return True
        self._verb = b"DATA"
        if not self._recipients:
            return True
        content, end, rest = (b"\r\n" + self._rest).partition(b"\r\n.\r\n")
        if not end:
            return False
        self._rest = rest
        self.messages.append((content + b"\r\n").replace(b"\r\n.", b"\r\n")[2:])
        self._forget()
        return True

    def _takes_chunk(self, line: bytes) -> bool:
        found = _BDAT.fullmatch(line)
        if found is None or len(self._rest) < int(found[1]):
            return False
        octets, self._rest = self._rest[: int(found[1])], self._rest[int(found[1]) :]
        if not self._opened or self._verb == b"DATA":
            return True
        self._verb = b"BDAT"
        self._failed = self._failed or not self._recipients
        self._content += octets
        if found[2]:
            if not self._failed:
                self.messages.append(self._content)
            self._forget()
        return True


OCTETS = st.lists(
    st.sampled_from(
        [
            b"Subject: x\r\n\r\n",
            b"\r\n.\r\n",
            b".",
            b"\n",
            b"\r",
            b"\0\xff",
            b"QUIT\r\n",
            b"MAIL FROM:<evil@example.com>\r\n",
            b"BDAT 3 LAST\r\n",
            b"BDAT 1000000\r\n",
        ]
    ),
    max_size=4,
).map(b"".join)


def announced(octets: bytes, off: int, *, last: bool) -> bytes:
    """Return a chunk whose size is told wrong by some octets."""
    return b"BDAT %d%s\r\n" % (max(len(octets) + off, 0), b" LAST" if last else b"") + octets


CHUNKS = st.builds(announced, OCTETS, st.just(0), last=st.booleans())
WRONG_CHUNKS = st.builds(announced, OCTETS, st.integers(-20, 20), last=st.booleans())
COMMANDS = st.sampled_from(
    [
        b"EHLO x\r\n",
        b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n",
        b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n",
        b"MAIL FROM:<a@example.com> BODY=BINARYMIME\r\nRCPT TO:<b@example.com>\r\n",
        b"MAIL FROM:<a@example.com>\r\n",
        b"RCPT TO:<c@example.com>\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"DATA\r\n",
        b".\r\n",
        b"bdat 0 last\n",
        b"BDAT -1\r\n",
        b"BDAT 0x10 LAST\r\n",
    ]
)
DATA = OCTETS.map(lambda octets: b"DATA\r\n" + octets + b"\r\n.\r\n")
SESSIONS = st.lists(st.one_of(COMMANDS, CHUNKS, CHUNKS, WRONG_CHUNKS, DATA), max_size=12).map(
    b"".join
)
PLACES = st.lists(st.integers(0, 2000), max_size=12)
OPENED = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n"


@settings(max_examples=200)
@given(SESSIONS, PLACES)
@example(OPENED + b"BDAT 2\r\n\r\r" + b"BDAT 0 LAST\r\n", [])
@example(OPENED + b"BDAT 5\r\nDATA\r\n.\r\nBDAT 0 LAST\r\n", [])
@example(b"\rBDAT 3 LAST\r\n\r\n.\r\n" + OPENED + b"BDAT 0 LAST\r\n", [])
def test_any_split_of_any_session_keeps_the_messages_of_the_plainest_reading(
    octets: bytes, places: list[int]
) -> None:
    session = b"EHLO x\r\n" + octets
    expected = Reference(session).messages
    whole = run([session])
    assert whole[2] == expected
    assert run(cut(session, places)) == whole
    assert run([bytes([octet]) for octet in session]) == whole


SIZES = st.one_of(
    st.text("0123456789 +-xX_.,lLaAsStT\t", max_size=12),
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", "", "+", "-", "0x", "00", "\t"]),
            st.from_regex(r"[0-9]{1,3}( LAST)?", fullmatch=True),
            st.sampled_from(["", "", " ", "e0", " LAST", ".0"]),
        ),
    ),
)


@settings(max_examples=150)
@given(st.binary(max_size=30), SIZES, PLACES)
def test_no_size_lets_octets_of_a_chunk_pass_for_commands(
    before: bytes, size: str, places: list[int]
) -> None:
    """A size is read as all read it, or the session ends: there is no third way."""
    evil = b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<b@example.com>\r\nBDAT 4 LAST\r\nevil"
    line = b"BDAT " + size.encode() + b"\r\n"
    session = b"EHLO x\r\n" + OPENED + line + before + evil
    _, told, messages = run(cut(session, places))
    plain = re.fullmatch(r"\s*([0-9]{1,20})([ \t]+LAST)?\s*", size, re.IGNORECASE)
    if plain is None:
        assert messages == []
        assert told[-1] == ("server", "protocol")
    elif int(plain[1]) >= len(before + evil):
        assert b"evil" not in b"".join(messages) or messages == [before + evil]
