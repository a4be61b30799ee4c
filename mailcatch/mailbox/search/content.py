"""Looking into files for what the index does not hold: fields of headers, regular expressions.

Runs in a reading process where there is a regular expression: one that takes forever can be killed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec

from mailcatch import mail
from mailcatch.mailbox.events import Client, Server
from mailcatch.mailbox.search.query import Fit, Term
from mailcatch.mailbox.session_file import read_session


class Candidate(msgspec.Struct, frozen=True):
    """What is to be looked into: the files of messages, and of the session where one is sought."""

    messages: tuple[str, ...]
    session: str = ""


def look_into(candidates: list[Candidate], terms: list[Term]) -> list[list[bool]]:
    """Return for each candidate which of the terms it fits. Files that are gone fit none."""
    return [[_fits(one, term) for term in terms] for one in candidates]


def _fits(candidate: Candidate, term: Term) -> bool:
    try:
        if term.operator == "header":
            return any(_has_field(Path(path).read_bytes(), term) for path in candidate.messages)
        expression = _compiled(term)
        if candidate.session:
            return any(map(expression.search, _transcript(Path(candidate.session))))
        return any(
            expression.search(text)
            for path in candidate.messages
            for text in _texts(Path(path).read_bytes())
        )
    except OSError:
        return False


def _compiled(term: Term) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(term.value, re.MULTILINE | (0 if term.minds_case else re.IGNORECASE))


def _has_field(raw: bytes, term: Term) -> bool:
    wanted = term.value.lower()
    for field in mail.split_headers(raw[: mail.DEFAULT_BOUNDS.header_bytes]).all(term.name):
        value = field.text.lower()
        if (value == wanted) if term.fit is Fit.WHOLE else (wanted in value):
            return True
    return False


def _texts(raw: bytes) -> Iterator[str]:
    message = mail.Message.parse(raw)
    yield "\n".join(f"{field.name}: {field.text}" for field in message.headers)
    yield message.text.plain
    yield "\n".join(part.filename for part in message.tree if part.filename)


def _transcript(path: Path) -> Iterator[str]:
    for event in read_session(path):
        if isinstance(event, Client | Server):
            yield event.text or event.base64.decode("latin-1")
