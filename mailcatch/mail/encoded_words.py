"""Encoded words in headers (RFC 2047), read leniently and within bounds.

Words cut in the middle of a character, wrong charsets, raw UTF-8 next to encoded words: all are
read as well as can be, and what was wrong is named.
"""

import binascii
import re
from dataclasses import dataclass
from typing import Literal

from mailcatch.mail import charset as charsets
from mailcatch.mail.transfer import undo_transfer_encoding

MOST_WORDS = 5_000

_WORD = re.compile(rb"=\?([^?\s]{1,80})\?([A-Za-z0-9])\?([^?]*)\?=")
_LOOKS_LIKE_A_WORD = re.compile(rb"=\?[^?\s]{1,80}\?[A-Za-z0-9]?\?|\?=")
_LINEAR_SPACE = b" \t\r\n"

Problem = Literal["encoded-word-broken"]


@dataclass(frozen=True, slots=True)
class DecodedWords:
    """A header value with its encoded words decoded.

    Attributes:
        text: what is meant; may hold control characters that were encoded.
        charset: the last charset used, "us-ascii" when nothing was encoded.
        charset_problem: set when a charset was guessed.
        broken: the words, or what looks like one, that could not be decoded; empty when all could.
    """

    text: str
    charset: str = "us-ascii"
    charset_problem: charsets.Problem | None = None
    broken: tuple[str, ...] = ()


def decode_words(value: bytes) -> DecodedWords:
    """Decode an unfolded header value.

    Raw octets outside ASCII are read as UTF-8 when they are (RFC 6532), else guessed.

    Args:
        value: the value, already cut to a bound by the caller.
    """
    if b"=?" not in value:
        return _raw(value)
    decoder = _Decoder()
    position = 0
    for count, word in enumerate(_WORD.finditer(value)):
        if count >= MOST_WORDS:
            break
        decoder.literal(value[position : word.start()], between_words=position > 0)
        decoder.word(word)
        position = word.end()
    decoder.literal(value[position:], between_words=False)
    return decoder.result()


def _raw(value: bytes) -> DecodedWords:
    if value.isascii():
        return DecodedWords(value.decode("ascii"))
    text = charsets.decode_bytes(value, "utf-8")
    return DecodedWords(text.text, text.charset, text.problem)


class _Decoder:
    """Joins neighbouring words of one charset before decoding: writers cut inside characters."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._pending: list[bytes] = []
        self._pending_label = ""
        self._charset = "us-ascii"
        self._problem: charsets.Problem | None = None
        self._broken: list[str] = []

    def literal(self, octets: bytes, *, between_words: bool) -> None:
        """Take what stands before, between or after words; only blank between two is dropped."""
        if not octets or (between_words and not octets.strip(_LINEAR_SPACE)):
            return
        self._flush()
        text = _raw(octets)
        self._out.append(text.text)
        if text.charset != "us-ascii":
            self._charset = text.charset
        self._problem = self._problem or text.charset_problem
        for like in _LOOKS_LIKE_A_WORD.findall(octets)[:10]:
            self._broken.append(like.decode("latin-1"))

    def word(self, match: re.Match[bytes]) -> None:
        """Take one encoded word, or its source when it cannot be decoded."""
        label = match[1].decode("latin-1").partition("*")[0].lower()  # RFC 2231 5: a language
        octets, intact = _undo(match[2], match[3])
        if not intact:
            self._broken.append(match[0].decode("latin-1"))
        if octets is None:
            self._flush()
            self._out.append(match[0].decode("latin-1"))
            return
        if label != self._pending_label:
            self._flush()
            self._pending_label = label
        self._pending.append(octets)

    def result(self) -> DecodedWords:
        """Give the whole value."""
        self._flush()
        broken = tuple(self._broken[:10])
        return DecodedWords("".join(self._out), self._charset, self._problem, broken)

    def _flush(self) -> None:
        if self._pending:
            text = charsets.decode_bytes(b"".join(self._pending), self._pending_label)
            self._out.append(text.text)
            self._charset = text.charset
            self._problem = self._problem or text.problem
            self._pending = []


def _undo(encoding: bytes, encoded: bytes) -> tuple[bytes | None, bool]:
    """Undo Q or B; tell whether the word was well formed."""
    if encoding in b"qQ":
        return binascii.a2b_qp(encoded, header=True), not encoded.endswith(b"=")
    if encoding in b"bB":
        content = undo_transfer_encoding(encoded, "base64", len(encoded) + 3)
        return content.data, content.problem is None
    return None, False
