"""Reading a query. Pure: text in, values out; a mistake says where it is and what may be meant.

query  = group *( OR group )
group  = 1*( ["-"] ( "(" query ")" / term ) )
term   = word / "phrase" / /expression/ / operator ":" value
"""

from __future__ import annotations

import re
import warnings
from typing import Final

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.tokens import has_words
from mailcatch.mailbox.search.errors import QueryError
from mailcatch.mailbox.search.operators import (
    ADDRESS,
    ANY,
    CHOICES,
    FIELDS,
    OPERATORS,
    SIZES,
    TIMES,
    WORDS,
    nearest,
    read_code,
    read_size,
    read_when,
)
from mailcatch.mailbox.search.query import All, Any, Fit, Node, Not, Query, Term
from mailcatch.verifying.notes import KINDS

LONGEST: Final = 4_000
MOST_TERMS: Final = 100
DEEPEST: Final = 30
_OPERATOR: Final = re.compile(r"([A-Za-z][A-Za-z-]*):")
_FIELD: Final = re.compile(r"([!-9;<>-~]+)(?:=|$)")
_FLAGS: Final = re.compile(r"[A-Za-z]*")


def parse_query(text: str) -> Query:
    """Read a query; an empty one fits everything. Raises QueryError, and nothing else."""
    if len(text) > LONGEST:
        raise QueryError(f"longer than {LONGEST} characters", text, LONGEST)
    parser = _Parser(text)
    node = parser.query(0)
    if parser.peek():
        raise QueryError("“)” closes nothing", text, parser.at)
    return Query(text, node)


class _Parser:
    """Goes through a query from left to right. at: where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._terms = 0

    def peek(self) -> str:
        """Return the next character that is no space, "" at the end."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def query(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise QueryError(
                f"more than {DEEPEST} parentheses inside each other", self.text, self.at
            )
        groups: list[Node] = []
        while True:
            start = self.at
            group = self._group(depth)
            either = self._keyword("OR")
            if group is None and (either or groups):
                raise QueryError("OR needs something on both sides", self.text, start)
            if group is not None:
                groups.append(group)
            if not either:
                return _one(groups, Any) if groups else All(())

    def _group(self, depth: int) -> Node | None:
        nodes: list[Node] = []
        while (char := self.peek()) and char != ")":
            if self._at_keyword("OR"):
                break
            if not self._keyword("AND"):
                nodes.append(self._signed(depth))
        return _one(nodes, All) if nodes else None

    def _signed(self, depth: int) -> Node:
        start = self.at
        if self.text[start] != "-":
            return self._single(depth)
        self.at += 1
        following = self.text[self.at : self.at + 1]
        if not following or following.isspace() or following in ")-":
            raise QueryError("“-” needs something right behind it", self.text, start)
        return Not(self._single(depth))

    def _single(self, depth: int) -> Node:
        start = self.at
        if self.text[start] == "(":
            self.at += 1
            if self.peek() == ")":
                raise QueryError("nothing stands between the parentheses", self.text, start, 2)
            node = self.query(depth + 1)
            if self.peek() != ")":
                raise QueryError("“(” is never closed", self.text, start)
            self.at += 1
            return node
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise QueryError(f"more than {MOST_TERMS} things to look for", self.text, start)
        return self._term()

    def _term(self) -> Term:
        start = self.at
        if self.text[start] == "/":
            return self._expression()
        if self.text[start] == '"':
            return self._words("", self._quoted(), Fit.WHOLE, start)
        operator = _OPERATOR.match(self.text, start)
        if operator is not None:
            self.at = operator.end()
            following = self.text[self.at : self.at + 1]
            empty = not following or following.isspace() or following == ")"
            if operator[1].lower() in OPERATORS:
                if empty:
                    what = f"“{operator[0]}” needs a value right behind it"
                    raise QueryError(what, self.text, start, len(operator[0]))
                return self._operator(operator[1].lower(), start)
            if not empty and not self.text.startswith("//", self.at):
                raise self._unknown(operator[1], start)
            self.at = start
        return self._words("", self._bare(), Fit.START, start)

    def _unknown(self, name: str, start: int) -> QueryError:
        shown = safe_text(name, 40)
        is_field = "-" in name or name.lower() in FIELDS
        meant = nearest(name, OPERATORS, 0.8 if is_field else 0.6)
        if meant:
            hint = f"did you mean “{meant}:”?"
        elif is_field:
            self.at = start + len(name) + 1
            hint = f"did you mean “header:{shown}={safe_text(self._bare(), 40)}”?"
        else:
            hint = "put it in quotation marks to look for it"
        return QueryError(f"there is no operator “{shown}:”", self.text, start, len(name) + 1, hint)

    def _operator(self, name: str, start: int) -> Term:
        value_at = self.at
        if name == "header":
            return self._header(start)
        if self.text[value_at] == '"':
            value, fit = self._quoted(), Fit.WHOLE
        else:
            value, fit = self._bare(), Fit.START
        if name in ADDRESS or name in WORDS:
            return self._words(name, value, fit, value_at)
        if name in CHOICES:
            return self._choice(name, value, value_at)
        if name in TIMES:
            when = read_when(value)
            if when is None:
                raise self._wrong(value, value_at, "a time", "2026-11-23, 2026-11-23T14:00 or 2h")
            return Term(name, value, when=when)
        if name in SIZES:
            octets = read_size(value)
            if octets is None:
                raise self._wrong(value, value_at, "a size", "500, 10k or 1.5M")
            return Term(name, value, octets=octets)
        if name == "smtp":
            code = read_code(value)
            if code is None:
                raise self._wrong(value, value_at, "a reply code", "451, 4xx or 5")
            return Term(name, code)
        if name == "note" and value.lower() in KINDS:
            return Term(*KINDS[value.lower()])
        if not value.strip("* ") and (name not in ANY or value != "*"):
            raise QueryError(f"“{name}:” needs a value", self.text, value_at)
        if name == "note" and fit is Fit.START:
            self._check_note(value, value_at)
        return Term(name, value, fit)

    def _check_note(self, value: str, at: int) -> None:
        """Take the name of a note, known or not, but no mistyped one."""
        # Few queries ask for a note.
        from mailcatch.mailbox.search.note_names import NOTE_NAMES

        meant = nearest(value, NOTE_NAMES, 0.75)
        if value.lower() not in NOTE_NAMES and meant and not value.endswith("*"):
            hint = f"did you mean “note:{meant}”?"
            what = f"there is no note “{safe_text(value, 40)}”"
            raise QueryError(what, self.text, at, len(value), hint)

    def _choice(self, name: str, value: str, at: int) -> Term:
        known = CHOICES[name]
        if value.lower() in known:
            return Term(name, value.lower())
        meant = nearest(value, known)
        hint = f"did you mean “{name}:{meant}”?" if meant else f"known are {', '.join(known)}"
        shown = safe_text(value, 40)
        raise QueryError(f"“{name}:” knows no “{shown}”", self.text, at, len(value), hint)

    def _header(self, start: int) -> Term:
        at = self.at
        end = at
        while end < len(self.text) and not self.text[end].isspace() and self.text[end] not in '=")':
            end += 1
        name = self.text[at:end]
        if not name or _FIELD.fullmatch(name) is None:
            hint = ""
            field, colon, value = name.partition(":")
            if colon and _FIELD.fullmatch(field):
                hint = f"did you mean “header:{safe_text(field, 40)}={safe_text(value, 40)}”?"
            what = "“header:” needs the name of a field"
            raise QueryError(what, self.text, at, len(name), hint)
        self.at = end
        if self.text[end : end + 1] != "=":
            return Term("header", "", name=name.lower())
        self.at += 1
        if self.text[self.at : self.at + 1] == '"':
            return Term("header", self._quoted(), Fit.WHOLE, name=name.lower())
        value = self._bare()
        if not value:
            what = "“=” needs a value right behind it"
            raise QueryError(what, self.text, start, self.at - start)
        return Term("header", value, name=name.lower())

    def _expression(self) -> Term:
        start = self.at
        position = start + 1
        while position < len(self.text) and self.text[position] != "/":
            position += 2 if self.text[position] == "\\" else 1
        if position >= len(self.text):
            hint = "put it in quotation marks to look for a slash"
            raise QueryError("“/” begins an expression that never ends", self.text, start, 1, hint)
        source = self.text[start + 1 : position]
        flags = _FLAGS.match(self.text, position + 1)
        self.at = flags.end() if flags else position + 1
        following = self.text[self.at : self.at + 1]
        said = flags[0] if flags else ""
        if said not in ("", "c", "i") or (
            following and not following.isspace() and following != ")"
        ):
            hint = "put it in quotation marks to look for a path"
            what = "behind “/…/” only “c” may stand (capitals count)"
            raise QueryError(what, self.text, position + 1, max(len(said), 1), hint)
        if not source:
            raise QueryError("the expression is empty", self.text, start, 2)
        self._check(source, start + 1)
        return Term("/", source, minds_case=said == "c")

    def _check(self, source: str, at: int) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                re.compile(source, re.MULTILINE)
        except re.error as error:
            where = at + (error.pos or 0)
            raise QueryError(f"no regular expression: {error.msg}", self.text, where) from None
        except (OverflowError, RecursionError, MemoryError):
            what = "the regular expression is too large"
            raise QueryError(what, self.text, at, len(source)) from None

    def _words(self, operator: str, value: str, fit: Fit, at: int) -> Term:
        if not has_words(value):
            hint = "look for signs with /…/"
            what = f"“{safe_text(value, 40)}” has neither letters nor digits"
            raise QueryError(what, self.text, at, len(value), hint)
        return Term(operator, value, fit)

    def _wrong(self, value: str, at: int, what: str, such_as: str) -> QueryError:
        shown = safe_text(value, 40)
        return QueryError(
            f"“{shown}” is not {what}", self.text, at, len(value), f"such as {such_as}"
        )

    def _quoted(self) -> str:
        start = self.at
        end = self.text.find('"', start + 1)
        if end < 0:
            raise QueryError("the quotation mark is never closed", self.text, start)
        self.at = end + 1
        return self.text[start + 1 : end]

    def _bare(self) -> str:
        """Take what stands up to a space or a closing parenthesis that it did not open."""
        start = self.at
        opened = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace() or (char == ")" and not opened):
                break
            opened += (char == "(") - (char == ")")
            self.at += 1
        return self.text[start : self.at]

    def _at_keyword(self, word: str) -> bool:
        end = self.at + len(word)
        following = self.text[end : end + 1]
        return self.text.startswith(word, self.at) and (
            not following or following.isspace() or following in "()"
        )

    def _keyword(self, word: str) -> bool:
        self.peek()
        if not self._at_keyword(word):
            return False
        self.at += len(word)
        return True


def _one(nodes: list[Node], kind: type[All | Any]) -> Node:
    return nodes[0] if len(nodes) == 1 else kind(tuple(nodes))
