"""How text and addresses stand in the full-text index, and how they are asked for there.

The tokenizer of SQLite splits at everything that is neither letter nor digit. An address has to be
one token, so that `ann@example.com` never matches `joann@example.com` or `ann@example.com.au`;
writing without spaces has to be many, so that a word in its middle is found. Both are done by
rewriting the text: signs become characters of the private use area, which count as letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final
from unicodedata import category

LONGEST_ADDRESS: Final = 1_000
_PRIVATE: Final = 0xE000
_PRIVATE_HIGH: Final = 0xE100
_ADDRESS_IN_TEXT: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+){1,20}")
_MOST_IN_TEXT: Final = 200
# Scripts written without spaces (Thai to Burmese, Khmer, kana, Han), symbols such as emoji, and
# all that lies past the tables of the tokenizer.
_ALONE: Final = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00010000-\U0010ffff]"
)
_PRIVATE_USE: Final = re.compile("[\ue000-\uf8ff]")
_SIGNS: Final = {code: chr(_PRIVATE + code) for code in range(128) if not chr(code).isalnum()}
# All that is neither ASCII nor a sign that stands for ASCII already.
_FOREIGN: Final = re.compile("[^\x00-\x7f\ue000-\ue07f]")


@cache
def _alone_char() -> re.Pattern[str]:
    """Return the expression for such a character; English never needs it."""
    return re.compile(_ALONE)


def searchable(text: str) -> str:
    """Return safe text as it is put into the index, and as it is asked for."""
    if text.isascii():
        return text
    text = _PRIVATE_USE.sub(" ", text)
    return _alone_char().sub(lambda found: f" {_alone(found[0])} ", text)


def has_words(text: str) -> bool:
    """Return whether a text holds anything that can be looked for in the index."""
    return any(category(char)[0] in "LN" or _alone_char().match(char) for char in text)


def address_token(address: str) -> str:
    """Return an address, or the beginning or end of one, as one token."""
    text = address.lower()[:LONGEST_ADDRESS].translate(_SIGNS)
    return text if text.isascii() else _FOREIGN.sub(lambda found: _private(found[0]), text)


def address_words(people: Iterable[tuple[str, str]]) -> str:
    """Return names and addresses as the index holds them.

    people: pairs of a display name and an address, both safe.
    """
    return " ".join([_person_words(name, address) for name, address in people])


@lru_cache(maxsize=1_000)
def _person_words(name: str, address: str) -> str:
    words = [searchable(f"{name} {address}" if name else address), address_token(address)]
    _, at, domain = address.rpartition("@")
    if at:
        words.append(address_token(at + domain))
    return " ".join(words)


def text_words(text: str) -> str:
    """Return a text as the index holds it: the addresses in it can be asked for as a whole."""
    words = searchable(text)
    if "@" not in text:
        return words
    found: dict[str, None] = {}
    for match in _ADDRESS_IN_TEXT.finditer(text):
        found[address_token(match[0])] = None
        if len(found) >= _MOST_IN_TEXT:
            break
    return " ".join((words, *found))


def _alone(char: str) -> str:
    return _private(char) if ord(char) > 0xFFFF or category(char)[0] not in "LN" else char


def _private(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return chr(_PRIVATE + code)
    return chr(_PRIVATE_HIGH + (code >> 8)) + chr(_PRIVATE + (code & 0xFF))
