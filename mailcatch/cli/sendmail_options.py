"""The options of sendmail, in sendmail's own syntax: one dash, letters that may be joined.

Real sendmails have no long options, so every word with two dashes is an option of mailcatch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

_WITHOUT_VALUE: Final = frozenset("cGimntUvx")
_WITH_VALUE: Final = frozenset("ABCDFLMNORVXbefhopr")
# Options whose value is joined to them, if there is one.
_JOINED: Final = frozenset("dQ")
_OURS: Final = frozenset({"--host", "--port", "--dir"})
_ADDRESS: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\[[^\s\[\]<>\\]*\]|[^\s"<>(),;\[\]\\])+')


class SendmailUsageError(Exception):
    """Arguments that make no sense. The message says which, in words for a person."""


@dataclass(frozen=True, slots=True)
class SendmailOptions:
    """What a caller of sendmail asked for.

    Attributes:
        mode: "message" reads a message, "smtp" speaks SMTP on standard input and output (-bs).
        recipients_from_header: -t, recipients stand in the message.
        dots_are_text: -i, a line of one dot does not end the message.
        verbose: -v, say what the server answered.
        sender: -f or -r, "" for the null sender; None where the caller did not say.
        name: -F, the sender's full name, or "".
        recipients: the other arguments as they were given.
        own: the options of mailcatch itself with their values.
    """

    mode: Literal["message", "smtp"] = "message"
    recipients_from_header: bool = False
    dots_are_text: bool = False
    verbose: bool = False
    sender: str | None = None
    name: str = ""
    recipients: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def parse_sendmail(argv: Sequence[str]) -> SendmailOptions:
    """Read the arguments of sendmail, without the program's name.

    Options may stand after recipients too, as GNU programs allow. What only steers a real mail
    system (queues, aliases, configuration) is taken and ignored. Raises SendmailUsageError.
    """
    reader = _Reader(argv)
    while (word := reader.next_word()) is not None:
        if word == "--":
            reader.recipients += reader.rest()
        elif word == "--help":
            reader.own.append(word)
        elif word.startswith("--"):
            reader.own += reader.own_option(word)
        elif word.startswith("-") and word != "-":
            reader.letters(word[1:])
        else:
            reader.recipients.append(word)
    return reader.options()


def is_address(text: str) -> bool:
    """Return whether text can stand in an envelope; a local name without a domain can, too."""
    return text.isprintable() and len(text) <= 1_000 and _ADDRESS.fullmatch(text) is not None


class _Reader:
    """The words that are left, and what was understood so far."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._words = list(argv)
        self._position = 0
        self.recipients: list[str] = []
        self.own: list[str] = []
        self._flags: set[str] = set()
        self._smtp = False
        self._sender: str | None = None
        self._name = ""

    def next_word(self) -> str | None:
        if self._position == len(self._words):
            return None
        self._position += 1
        return self._words[self._position - 1]

    def rest(self) -> list[str]:
        rest, self._position = self._words[self._position :], len(self._words)
        return rest

    def own_option(self, word: str) -> list[str]:
        name, equals, _ = word.partition("=")
        if name not in _OURS:
            raise SendmailUsageError(f"sendmail has no option {_shown(name)}")
        return [word] if equals else [word, self._value(name)]

    def letters(self, letters: str) -> None:
        for position, letter in enumerate(letters):
            if letter in _WITHOUT_VALUE:
                self._flags.add(letter)
                continue
            joined = letters[position + 1 :]
            if letter in _WITH_VALUE:
                self._take(letter, joined or self._value(f"-{letter}"))
            elif letter not in _JOINED:
                raise SendmailUsageError(f"sendmail has no option -{_shown(letter)}")
            return

    def options(self) -> SendmailOptions:
        return SendmailOptions(
            mode="smtp" if self._smtp else "message",
            recipients_from_header="t" in self._flags,
            dots_are_text="i" in self._flags,
            verbose="v" in self._flags,
            sender=self._sender,
            name=self._name,
            recipients=tuple(self.recipients),
            own=tuple(self.own),
        )

    def _value(self, option: str) -> str:
        value = self.next_word()
        if value is None:
            raise SendmailUsageError(f"option {option} wants a value")
        return value

    def _take(self, letter: str, value: str) -> None:
        if letter == "b":
            self._choose_mode(value)
        elif letter in "fr":
            self._sender = _sender(value)
        elif letter == "F":
            self._name = _name(value)
        elif (letter == "o" and value == "i") or (
            letter == "O" and value.lower() in {"ignoredots", "ignoredots=true"}
        ):
            self._flags.add("i")

    def _choose_mode(self, value: str) -> None:
        if value not in {"m", "s"}:
            raise SendmailUsageError(
                f"-b{_shown(value)} is not supported: only -bm (send a message) and -bs (SMTP) are"
            )
        self._smtp = value == "s"


def _sender(value: str) -> str:
    address = value[1:-1] if value.startswith("<") and value.endswith(">") else value
    if address and not is_address(address):
        raise SendmailUsageError(f"the sender {_shown(value)} is no address")
    return address


def _name(value: str) -> str:
    """Return a name that fits on one line, whatever octets the caller gave."""
    text = value.encode(errors="surrogateescape").decode(errors="replace") if value else ""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _shown(word: str) -> str:
    return ascii(word)[1:-1][:100]
