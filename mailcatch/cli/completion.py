"""What may stand at a place of a command line, for shells that complete words.

Shells show a description beside a word, and some read what they are given twice: nothing is in
either that a shell could obey.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mailcatch.mail.safe import safe_text

_HARMLESS: Final = re.compile(r"[\w.:-][\w.:~-]*", re.ASCII)
_ODD: Final = re.compile(r"[^\w .,:@#!?+/-]+")
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may stand there, and what it is."""

    word: str
    about: str = ""

    @property
    def harmless(self) -> bool:
        """Whether the word means itself in every shell."""
        return _HARMLESS.fullmatch(self.word) is not None

    def line(self) -> str:
        """Return the word and its description, with a tab between them."""
        about = " ".join(_ODD.sub(" ", safe_text(self.about)).split())
        return f"{self.word}\t{about[:_LONGEST]}".rstrip()


@dataclass(frozen=True, slots=True)
class Option:
    """An option. names: with their dashes. takes_value: whether a word follows it."""

    names: tuple[str, ...]
    about: str
    takes_value: bool


@dataclass(frozen=True, slots=True)
class Grammar:
    """A command, or the program itself.

    arguments: what its arguments are, as its help has them ("ID|last|QUERY", "FILE").
    commands: what may follow it.
    """

    about: str
    options: tuple[Option, ...]
    arguments: str
    commands: Mapping[str, Grammar]

    @property
    def flags(self) -> Iterator[str]:
        """Every name of its options, with the dashes."""
        for one in self.options:
            yield from one.names


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a command line a word is to be completed.

    values: those of the options before it, by their names.
    """

    grammar: Grammar
    values: Mapping[str, str]
    expects_value: bool


def grammar_of(command: Any) -> Grammar:
    """Return the grammar of a command of click, with those of the commands below it."""
    options: list[Option] = []
    arguments: list[str] = []
    for one in command.params:
        if one.param_type_name == "option":
            help_text = one.help or ""
            options.append(Option((*one.opts, *one.secondary_opts), help_text, not one.is_flag))
        else:
            arguments.append(str(one.metavar or ""))
    below = getattr(command, "commands", {})
    return Grammar(
        about=(command.help or "").partition("\n")[0],
        options=tuple(options),
        arguments=" ".join(arguments),
        commands={name: grammar_of(one) for name, one in below.items()},
    )


def place_of(grammar: Grammar, words: Iterable[str]) -> Place:
    """Return where the word after these is. words: those before it, without the program's."""
    values: dict[str, str] = {}
    waiting = ""
    options_over = False
    for word in words:
        if waiting:
            values[waiting] = word
            waiting = ""
        elif word == "--":
            options_over = True
        elif word.startswith("-") and not options_over:
            name, equals, value = word.partition("=")
            if equals:
                values[name] = value
            elif any(name in one.names and one.takes_value for one in grammar.options):
                waiting = name
        elif word in grammar.commands:
            grammar = grammar.commands[word]
    return Place(grammar, values, bool(waiting))


def candidates(
    place: Place, current: str, identities: Callable[[str], Sequence[Candidate]]
) -> Iterator[Candidate]:
    """Give the words that may stand at a place and begin with what is typed.

    identities: gives messages whose names begin so; it is asked only where one may stand.
    """
    for one in _possible(place, current, identities):
        if one.word.startswith(current) and one.harmless:
            yield one


def _possible(
    place: Place, current: str, identities: Callable[[str], Sequence[Candidate]]
) -> Iterator[Candidate]:
    if place.expects_value:
        return
    grammar = place.grammar
    if current.startswith("-"):
        for option in grammar.options:
            yield from (Candidate(name, option.about) for name in option.names)
        return
    yield from (Candidate(name, one.about) for name, one in grammar.commands.items())
    if "ID" in grammar.arguments:
        yield Candidate("last", "the newest message")
        yield from identities(current)
    if "QUERY" in grammar.arguments:
        yield from _criteria(current)


def _criteria(current: str) -> Iterator[Candidate]:
    from mailcatch.mailbox.search.operators import CHOICES, OPERATORS, TIMES

    operator, colon, _ = current.partition(":")
    if not colon:
        yield from (Candidate(f"{name}:") for name in OPERATORS)
    elif operator in CHOICES:
        yield from (Candidate(f"{operator}:{value}") for value in CHOICES[operator])
    elif operator in TIMES:
        yield from (
            Candidate(f"{operator}:{value}") for value in ("today", "yesterday", "1h", "1d")
        )
