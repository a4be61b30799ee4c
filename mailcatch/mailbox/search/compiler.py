"""From a query to SQL over the index.

Each term is a condition on a message `m` or on a session `s`. What is known of a try, such as a
reply code, holds for a message when it holds for any try of the same mail, so that `smtp:451` finds
the message that got through after it; it holds for a session when any try in it fits. What is known
of messages holds for a session that brought one that fits.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.marking import TAGGED
from mailcatch.mailbox.index.record import Trait, note_token
from mailcatch.mailbox.index.schema import WORDS
from mailcatch.mailbox.index.tokens import address_token, searchable
from mailcatch.mailbox.search.operators import VERIFIED
from mailcatch.mailbox.search.query import All, Any, Fit, Node, Not, Term
from mailcatch.mailbox.session_file import LEAVING


class Found(Enum):
    """What is looked for."""

    MESSAGES = "messages"
    SESSIONS = "sessions"


class Condition(msgspec.Struct, frozen=True):
    """A piece of SQL and its values."""

    sql: str
    values: tuple[object, ...] = ()

    def inside(self, template: str) -> Condition:
        """Return the condition put into a template, at each `{}` of it."""
        return Condition(template.replace("{}", self.sql), self.values * template.count("{}"))


SLOW: Final = frozenset(("/", "header", *VERIFIED))
"""What the index does not know: these are looked up in the files."""

_ALL_WORDS: Final = tuple(name for name in WORDS if name != "notes")
_COLUMNS: Final = {
    "": _ALL_WORDS, "from": ("author",), "to": ("receiver",), "cc": ("copy",), "bcc": ("hidden",),
    "rcpt": ("rcpt",), "sender": ("sender",), "subject": ("subject",), "text": ("text",),
    "filename": ("files",),
}  # fmt: skip
_REFUSED: Final = (
    "t.outcome <> 'stored' AND (t.outcome = 'refused' OR substr(t.reply, 1, 1) IN ('4', '5'))"
)
_OTHER_TRY: Final = (
    "m.fingerprint <> x'' AND EXISTS (SELECT 1 FROM messages d"
    " WHERE d.fingerprint = m.fingerprint AND d.id <> m.id)"
)
_OTHER_COPY: Final = (
    "m.fingerprint <> x'' AND NOT m.refused AND EXISTS (SELECT 1 FROM messages d"
    " WHERE d.fingerprint = m.fingerprint AND d.id <> m.id AND NOT d.refused)"
)
# Every try of the mail that a message is: its own, those of its copies, and those joined to them.
_OF_THE_MAIL: Final = (
    "(m.name IN (SELECT CASE t.joined WHEN '' THEN t.file ELSE t.joined END FROM tries t WHERE {})"
    " OR (m.fingerprint <> x'' AND m.fingerprint IN (SELECT d.fingerprint FROM messages d"
    " WHERE d.name IN (SELECT CASE t.joined WHEN '' THEN t.file ELSE t.joined END FROM tries t"
    " WHERE {}))))"
)
_OWN_TRY: Final = "m.try IN (SELECT t.id FROM tries t JOIN sessions s ON s.id = t.session WHERE {})"
_TRY_INSIDE: Final = "s.id IN (SELECT t.session FROM tries t WHERE {})"
_MESSAGE_INSIDE: Final = (
    "s.id IN (SELECT t.session FROM messages m JOIN tries t ON t.id = m.try WHERE {})"
)
_TAG: Final = (
    "((m.id IN (SELECT message FROM tags WHERE tag = ?) AND NOT EXISTS (SELECT 1 FROM marks"
    " WHERE marks.name = m.name AND mark = ? AND NOT present))"
    " OR EXISTS (SELECT 1 FROM marks WHERE marks.name = m.name AND mark = ? AND present))"
)
_TAG_BEGINNING: Final = (
    "(EXISTS (SELECT 1 FROM tags WHERE tags.message = m.id AND tag LIKE ? ESCAPE '\\'"
    " AND NOT EXISTS (SELECT 1 FROM marks WHERE marks.name = m.name AND mark = '#' || tag"
    " AND NOT present))"
    " OR EXISTS (SELECT 1 FROM marks WHERE marks.name = m.name AND mark LIKE ? ESCAPE '\\'"
    " AND present))"
)
_UNREAD: Final = (
    "NOT EXISTS (SELECT 1 FROM marks WHERE marks.name = m.name AND mark = 'read' AND present)"
)
_FAULT_IN_TRY: Final = (
    "EXISTS (SELECT 1 FROM faults f WHERE f.session = t.session AND f.ordinal = t.ordinal AND {})"
)
_FAULT_IN_SESSION: Final = "EXISTS (SELECT 1 FROM faults f WHERE f.session = s.id AND {})"


def compile_term(term: Term, found: Found, now: datetime) -> Condition:
    """Return the condition of a term that the index knows about. now: for times."""
    match term.operator:
        case "has":
            return _lifted(Condition("m.traits & ?", (int(Trait[term.value.upper()]),)), found)
        case "is":
            return _state(term.value, found)
        case "before" | "after":
            sign = "<" if term.operator == "before" else ">="
            column = "m.arrived" if found is Found.MESSAGES else "s.began"
            assert term.when is not None
            return Condition(f"{column} {sign} ?", (term.when.microseconds(now),))
        case "larger" | "smaller":
            sign = ">" if term.operator == "larger" else "<"
            return _lifted(Condition(f"m.size {sign} ?", (term.octets,)), found)
        case "message-id":
            wanted = safe_text(term.value.strip("<> \t")).lower()
            sql = (
                "lower(m.message_id) = ?"
                if term.fit is Fit.WHOLE
                else ("instr(lower(m.message_id), ?) > 0")
            )
            return _lifted(Condition(sql, (wanted,)), found)
        case "smtp":
            pattern = f"% {term.value if len(term.value) == 3 else term.value + '__'} %"
            return _of_tries(
                Condition("t.codes LIKE ?", (pattern,)),
                found,
                Condition("s.codes LIKE ?", (pattern,)),
            )
        case "stage":
            return _stage(term.value, found)
        case "fault":
            rule = _named("f.rule", term)
            return _of_tries(rule.inside(_FAULT_IN_TRY), found, rule.inside(_FAULT_IN_SESSION))
        case "note":
            return _note(term, found)
        case "user":
            return _of_session(_either(_named("t.user", term), _named("s.user", term)), found)
        case "peer":
            return _of_session(_either(_named("s.host", term), _named("s.peer", term)), found)
        case "tag":
            return _lifted(_tag(term), found)
        case _:
            return _words(_match(term), found)


def compile_node(node: Node, found: Found, now: datetime) -> Condition:
    """Return a condition that everything fits which fits the node.

    Where the node has terms of SLOW, more than that fits it; without any, nothing else does.
    """
    return _compile(node, found, now, negated=False)


def _compile(node: Node, found: Found, now: datetime, *, negated: bool) -> Condition:
    match node:
        case Not(inner):
            return _compile(inner, found, now, negated=not negated)
        case All(nodes) | Any(nodes):
            together = isinstance(node, All) != negated
            parts = [_compile(one, found, now, negated=negated) for one in nodes]
            if not parts:
                return Condition("1" if together else "0")
            sql = (" AND " if together else " OR ").join(f"({part.sql})" for part in parts)
            return Condition(sql, tuple(value for part in parts for value in part.values))
        case Term():
            if node.operator in SLOW:
                return Condition("1")
            condition = compile_term(node, found, now)
            # What cannot be said of a message without a session is not so.
            return condition.inside("({}) IS NOT TRUE") if negated else condition


def _state(value: str, found: Found) -> Condition:
    match value:
        case "unread":
            return _lifted(Condition(_UNREAD), found)
        case "read":
            return _lifted(Condition(f"NOT {_UNREAD}"), found)
        case "refused":
            early = "s.tries = 0 AND (s.refusal <> '' OR s.how = 'fault')"
            return _of_tries(Condition(_REFUSED), found, Condition(early))
        case "dropped":
            return _of_tries(Condition("t.outcome = 'dropped'"), found, Condition("0"))
        case "stored":
            return _lifted(Condition("NOT m.refused"), found)
        case "dsn":
            return _of_session(Condition("t.status_of <> ''"), found)
        case "duplicate":
            return _lifted(Condition(_OTHER_COPY), found)
        case "retried":
            joined = (
                "m.fingerprint <> x'' AND m.fingerprint IN (SELECT d.fingerprint FROM tries t"
                " JOIN messages d ON d.name = t.joined WHERE t.joined <> '')"
            )
            return _lifted(Condition(f"({_OTHER_TRY}) OR ({joined})"), found)
        case _:
            return _of_session(Condition("s.ended IS NULL"), found)


def _note(term: Term, found: Found) -> Condition:
    bare, star = _begun(term)
    if star and not bare:
        words = _lifted(Condition("m.traits & ?", (int(Trait.NOTE),)), found)
    else:
        words = _words(f'{{notes}} : "{note_token(bare)}"{" *" if star else ""}', found)
    inside = f"% {_escaped(bare)}{'' if star else ' '}%"
    of_session = Condition("s.notes LIKE ? ESCAPE '\\'", (inside,))
    if found is not Found.MESSAGES:
        return _either(words, of_session)
    name = bare.lower()
    if not name or not any(one.startswith(name) if star else one == name for one in LEAVING):
        return words
    # How the client left is noted on the last message that it brought.
    last = Condition(f"t.ordinal = s.tries AND {of_session.sql}", of_session.values)
    return _either(words, last.inside(_OWN_TRY))


def _tag(term: Term) -> Condition:
    bare, star = _begun(term)
    tag = safe_text(bare, 100).strip()
    if not star:
        mark = f"{TAGGED}{tag}"
        return Condition(_TAG, (tag, mark, mark))
    beginning = f"{_escaped(tag)}%"
    return Condition(_TAG_BEGINNING, (beginning, TAGGED + beginning))


def _begun(term: Term) -> tuple[str, bool]:
    """Return a name without the star at its end, and whether it is only a beginning."""
    star = term.fit is Fit.START and term.value.endswith("*")
    return (term.value.rstrip("*") if star else term.value), star


def _stage(stage: str, found: Found) -> Condition:
    fault = Condition("f.stage = ?", (stage,))
    failed = _either(
        Condition("t.outcome <> 'stored' AND t.stage = ?", (stage,)), fault.inside(_FAULT_IN_TRY)
    )
    ended = Condition("s.tries = 0 AND s.stage = ?", (stage,))
    return _of_tries(failed, found, _either(fault.inside(_FAULT_IN_SESSION), ended))


def _match(term: Term) -> str:
    """Return what a term means to FTS5."""
    columns = " ".join(_COLUMNS[term.operator])
    value = safe_text(term.value, 1_000).strip()
    bare = value.rstrip("*")
    if "@" in bare and not any(char.isspace() for char in bare):
        # A whole address, or a domain with its sign, stands for itself alone.
        goes_on = term.fit is Fit.START and (value != bare or bare.endswith("@"))
        return f'{{{columns}}} : "{address_token(bare)}"{" *" if goes_on else ""}'
    words = searchable(bare).replace('"', " ")
    # What begins with one letter is nearly everything, and takes long to gather.
    goes_on = term.fit is Fit.START and (len(bare) > 1 or value != bare)
    return f'{{{columns}}} : "{words}"{" *" if goes_on else ""}'


def _words(match: str, found: Found) -> Condition:
    if found is Found.MESSAGES:
        return Condition("m.id IN (SELECT rowid FROM words WHERE words MATCH ?)", (match,))
    return Condition(
        "s.id IN (SELECT t.session FROM tries t WHERE t.id IN"
        " (SELECT -rowid FROM words WHERE words MATCH ? AND rowid < 0)"
        " UNION SELECT t.session FROM messages m JOIN tries t ON t.id = m.try WHERE m.id IN"
        " (SELECT rowid FROM words WHERE words MATCH ? AND rowid > 0))",
        (match, match),
    )


def _lifted(condition: Condition, found: Found) -> Condition:
    """Return what holds for a message as what holds for that which is looked for."""
    return condition if found is Found.MESSAGES else condition.inside(_MESSAGE_INSIDE)


def _of_tries(condition: Condition, found: Found, session: Condition) -> Condition:
    """Return what holds for a try; `session` holds for a session by itself."""
    if found is Found.MESSAGES:
        return condition.inside(_OF_THE_MAIL)
    return _either(condition.inside(_TRY_INSIDE), session)


def _of_session(condition: Condition, found: Found) -> Condition:
    """Return what holds for a session `s`, or a try `t` in it."""
    if found is Found.MESSAGES:
        return condition.inside(_OWN_TRY)
    outer = "s.id IN (SELECT s.id FROM sessions s LEFT JOIN tries t ON t.session = s.id WHERE {})"
    return condition.inside(outer)


def _named(column: str, term: Term) -> Condition:
    """Return a condition on a name: the whole of it, or its beginning where it ends in a star."""
    bare, star = _begun(term)
    if star and not bare:
        return Condition(f"{column} <> ''")
    return Condition(f"{column} LIKE ? ESCAPE '\\'", (_escaped(bare) + ("%" if star else ""),))


def _either(one: Condition, other: Condition) -> Condition:
    return Condition(f"({one.sql}) OR ({other.sql})", one.values + other.values)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
