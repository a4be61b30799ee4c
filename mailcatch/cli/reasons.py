"""Why a message that was waited for is not there: what came, and what was refused."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from mailcatch.cli.choosing import short
from mailcatch.cli.objects import attempt_object, message_object, session_object
from mailcatch.cli.refusals import failed, refusal_rows, refusals
from mailcatch.cli.rows import message_row
from mailcatch.cli.terminal import choose_paint, json_line, list_width, remark, show_time
from mailcatch.mail.safe import safe_text
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from mailcatch.mailbox.search.query import All, Any, Fit, Node, Not, Query, Term, When

_MOST: Final = 10
_MOST_SESSIONS: Final = 500


@dataclass(frozen=True, slots=True)
class Near:
    """A message that does not fit. fails: the criteria that it does not meet, safe to show."""

    message: MessageSummary
    fails: tuple[str, ...]
    meanwhile: bool


@dataclass(frozen=True, slots=True)
class Before:
    """When waiting began. at: the time. message: the newest one that was there, or ""."""

    at: datetime
    message: str

    @classmethod
    def now(cls, reader: Reader) -> Before:
        """Return what is there now."""
        return cls(datetime.now(UTC), next(iter(reader.search("").first(1)), ""))

    def came(self, session: SessionSummary, refused: Sequence[Attempt]) -> bool:
        """Return whether it was refused in a session since then; that may be an older one."""
        return max([session.began, *(one.at for one in refused)]) >= self.at


def explain(
    reader: Reader, wanted: Query, fit: int, count: int, before: Before, *, json: bool, utc: bool
) -> None:
    """Say what is there, which criterion each message fails, and what was refused.

    fit, count: how many fit, and how many were to. before: what was there when waiting began.
    """
    names = reader.search("").first(_MOST)
    near = _near(reader, wanted, names, before.message)
    refused = _refused(reader)
    if json:
        json_line(
            {
                "found": False,
                "fit": fit,
                "wanted": count,
                "messages": [
                    message_object(one.message) | {"fails": one.fails, "meanwhile": one.meanwhile}
                    for one in near
                ],
                "refused": [
                    session_object(session)
                    | {
                        "transactions": [attempt_object(one) for one in transactions],
                        "meanwhile": before.came(session, transactions),
                    }
                    for session, transactions in refused
                ],
            }
        )
        return
    paint = choose_paint(sys.stderr)
    came = sum(one.meanwhile for one in near)
    more = "or more " if came == _MOST else ""
    asked = f" {safe_text(wanted.text)!r}" if wanted.text.strip() else ""
    new = f"{came} {more}came meanwhile" if near else "the mailbox is empty"
    remark(f"mailcatch: {fit} of {count} fit{asked}; {new}")
    for one in near:
        when = "came meanwhile" if one.meanwhile else "was there before"
        why = f"does not fit {', '.join(one.fails)}" if one.fails else "fits"
        remark(f"  {message_row(one.message, paint, list_width() - 2, utc=utc)}")
        remark(f"        {when}, {why}")
    for title, meanwhile in (("meanwhile", True), ("before", False)):
        part = [one for one in refused if before.came(*one) is meanwhile]
        if part:
            remark(f"refused {title}:")
        for session, transactions in part:
            when = show_time(session.began, utc=utc)
            for row in refusal_rows(session, transactions, paint):
                remark(f"  {short(session.name)}  {when}  {row}")


def _near(reader: Reader, wanted: Query, names: Sequence[str], newest: str) -> list[Near]:
    messages = reader.messages(names)
    if not messages:
        return []
    since = Term("after", "", when=When(min(one.arrived for one in messages)))
    criteria = wanted.node.nodes if isinstance(wanted.node, All) else (wanted.node,)
    fitting = [
        (written(node), set(reader.search(Query("", All((node, since)))))) for node in criteria
    ]
    before = names.index(newest) if newest in names else len(names)
    return [
        Near(one, tuple(text for text, fits in fitting if one.name not in fits), place < before)
        for place, one in enumerate(messages)
    ]


def _refused(reader: Reader) -> list[tuple[SessionSummary, list[Attempt]]]:
    names = reader.search("is:refused OR fault:*", Found.SESSIONS).first(_MOST_SESSIONS)
    found = (session for session in reader.sessions(names) if failed(session))
    return [(session, refusals(reader, session)) for session in islice(found, _MOST)]


def written(node: Node) -> str:
    """Return a criterion as a query has it, safe to show."""
    match node:
        case Not(inner):
            return f"-{written(inner)}"
        case Any(nodes):
            return f"({' OR '.join(map(written, nodes))})"
        case All(nodes):
            return f"({' '.join(map(written, nodes))})"
        case Term("/", value):
            return safe_text(f"/{value}/", 200)
        case Term(operator, value, fit, name):
            text = f'"{value}"' if fit is Fit.WHOLE or " " in value else value
            before = f"{operator}:" if operator else ""
            return safe_text(f"{before}{f'{name}=' if name else ''}{text}", 200)
