"""Bytes to text, whatever the label says.

A declared charset is tried first. When it is unknown, or the bytes are not in it, a charset is
guessed and the result says so, so that the reader can be told.
"""

import codecs
import re
from functools import lru_cache
from typing import Literal

import msgspec

Problem = Literal["charset-unknown", "charset-broken", "charset-undeclared"]

# Labels seen in mail that Python does not know, or that in practice mean a larger charset
# (the WHATWG encoding standard makes the same choices).
_MEANT = {
    "ascii": "us-ascii",
    "ansi_x3.4-1968": "us-ascii",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "utf8mb4": "utf-8",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
}
# Python codecs that are no charset of mail: some are not text, some are slow on purpose-made input.
_NO_CHARSET = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
)
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKS_OF_ORDER = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class DecodedText(msgspec.Struct, frozen=True):
    """Text, and how it was read.

    Attributes:
        text: without lone surrogates; may hold any other character, so not yet safe to show.
        charset: the charset that was used.
        problem: why the declared charset was not, or None when it was.
    """

    text: str
    charset: str
    problem: Problem | None = None

    @property
    def guessed(self) -> bool:
        """Whether the charset is a guess and not what the message declared."""
        return self.problem is not None


@lru_cache(maxsize=256)
def known_charset(label: str) -> str | None:
    """Give the codec for a charset label as mail writes it, or None when there is none."""
    name = label.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    if _LABEL.fullmatch(name) is None:
        return None
    try:
        codec = codecs.lookup(name)
        "".encode(name)  # refuses the codecs that are not text, hex and rot13 among them
    except (LookupError, ValueError):
        return None
    return None if codec.name.replace("-", "_") in _NO_CHARSET else codec.name


def decode_bytes(data: bytes, declared: str | None) -> DecodedText:
    """Turn the bytes of a body or of an encoded word into text.

    Args:
        data: the bytes, transfer encoding already undone.
        declared: the label given by the message; None when it gives none, which means US-ASCII
            (RFC 2045 section 5.2).
    """
    if declared is None:
        if data.isascii():
            return _guess(data, None) if b"\x1b$" in data else DecodedText(_text(data), "us-ascii")
        return _guess(data, "charset-undeclared")
    codec = known_charset(declared)
    if codec is None:
        return _guess(data, "charset-unknown")
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        return _guess(data, "charset-broken")
    return DecodedText(_whole(text), codec)


def _guess(data: bytes, problem: Problem | None) -> DecodedText:
    """Try a byte order mark, ISO-2022-JP, UTF-8, then Windows-1252, which takes nearly anything."""
    for mark, codec in _MARKS_OF_ORDER:
        if data.startswith(mark):
            return DecodedText(_whole(data.decode(codec, "replace")), codec, problem)
    if b"\x1b$" in data[:65536]:
        try:
            return DecodedText(
                data.decode("iso2022_jp"), "iso2022_jp", problem or "charset-undeclared"
            )
        except UnicodeError:
            pass
    for codec in ("utf-8", "cp1252"):
        try:
            return DecodedText(data.decode(codec), codec, problem)
        except UnicodeError:
            continue
    return DecodedText(data.decode("latin-1"), "iso8859-1", problem)


def _text(data: bytes) -> str:
    return data.decode("ascii")


def _whole(text: str) -> str:
    """Replace lone surrogates (UTF-7 can make them), which nothing could encode again."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
