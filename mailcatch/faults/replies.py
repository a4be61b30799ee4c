"""Replies in a rule file: a code, a line, a list of lines, or a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mailcatch.faults import misnomers
from mailcatch.faults.quantities import shown
from mailcatch.faults.replying import LONGEST_LINE
from mailcatch.faults.rule import Reply, ReplyLine
from mailcatch.faults.values import Kind, WrongValueError, check_names

_LINE: Final = re.compile(
    r"(?P<code>\d{3})(?:[ -](?:(?P<enhanced>\d{1,3}\.\d{1,3}\.\d{1,3})(?= |$))? ?(?P<text>.*))?",
    re.ASCII,
)
_ENHANCED: Final = re.compile(r"[245]\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})", re.ASCII)
_GRAMMAR: Final = re.compile(r"[2-5][0-5][0-9]")
_MOST_LINES: Final = 200
_DIGITS: Final = 3

KEYS: Final = ("code", "codes", "enhanced", "text")
"""The keys of a reply that is written as a table."""

USUAL: Final = {
    220: ("", "Service ready"),
    221: ("2.0.0", "Service closing transmission channel"),
    235: ("2.7.0", "Authentication successful"),
    250: ("2.0.0", "Ok"),
    251: ("2.1.5", "User not local; will forward"),
    252: ("2.5.0", "Cannot verify the user, but will take the message"),
    334: ("", ""),
    354: ("", "Start mail input; end with <CRLF>.<CRLF>"),
    421: ("4.3.2", "Service not available, closing transmission channel"),
    432: ("4.7.12", "A password transition is needed"),
    450: ("4.2.0", "Requested mail action not taken: mailbox unavailable"),
    451: ("4.3.0", "Requested action aborted: error in processing"),
    452: ("4.3.1", "Requested action not taken: insufficient system storage"),
    454: ("4.7.0", "Temporary authentication failure"),
    455: ("4.3.0", "Server unable to accommodate parameters"),
    500: ("5.5.2", "Syntax error, command unrecognized"),
    501: ("5.5.4", "Syntax error in parameters or arguments"),
    502: ("5.5.1", "Command not implemented"),
    503: ("5.5.1", "Bad sequence of commands"),
    504: ("5.5.4", "Command parameter not implemented"),
    521: ("5.3.2", "Server does not accept mail"),
    530: ("5.7.0", "Authentication required"),
    534: ("5.7.9", "Authentication mechanism is too weak"),
    535: ("5.7.8", "Authentication credentials invalid"),
    538: ("5.7.11", "Encryption required for requested authentication mechanism"),
    550: ("5.1.1", "Requested action not taken: mailbox unavailable"),
    551: ("5.1.6", "User not local"),
    552: ("5.2.2", "Requested mail action aborted: exceeded storage allocation"),
    553: ("5.1.3", "Requested action not taken: mailbox name not allowed"),
    554: ("5.3.0", "Transaction failed"),
    555: ("5.5.4", "MAIL FROM/RCPT TO parameters not recognized or not implemented"),
    556: ("5.1.10", "Domain does not accept mail"),
}
"""What is said where a rule gives a code alone (RFC 5321 section 4.2.3, RFC 4954, RFC 7504)."""


def read_reply(value: object) -> Reply:
    """Return a reply. Raises WrongValueError."""
    if isinstance(value, Mapping):
        return _table(value)
    if isinstance(value, list | tuple):
        return _lines(value)
    if isinstance(value, str):
        return Reply((_checked(_line(value)),))
    return Reply((_usual(_code(value)),))


def is_reply(value: object) -> bool:
    """Whether a step of a sequence is written as a reply."""
    if isinstance(value, Mapping):
        return "code" in value or "codes" in value
    return isinstance(value, list) or (
        isinstance(value, int | str) and str(value)[:1] in set("0123456789")
    )


def in_grammar(code: int) -> bool:
    """Whether RFC 5321's grammar allows a code; real servers also send others."""
    return _GRAMMAR.fullmatch(str(code)) is not None


def _code(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"\d{3}", value, re.ASCII):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValueError(
            f'{shown(value)} is no reply: write such as 451 or "451 4.3.0 Try later"'
        )
    if not 200 <= value <= 599:
        raise WrongValueError(
            f"{shown(value)} is no reply code: a server's replies run from 200 to 599"
        )
    return value


def _usual(code: int) -> ReplyLine:
    if code in USUAL:
        return ReplyLine(code, *USUAL[code])
    first = code // 100
    if first == 3:
        return ReplyLine(code, "", "Go on")
    what = {2: "Ok", 4: "Requested action not taken, try again later", 5: "Requested action failed"}
    return ReplyLine(code, f"{first}.0.0", what[first])


def _line(value: str, before: ReplyLine | None = None) -> ReplyLine:
    """Read one line. before: the line above, whose code a line without one has."""
    found = _LINE.fullmatch(value)
    if found is None:
        if before is None or re.match(r"\d{3}", value, re.ASCII):
            raise WrongValueError(_why_no_line(value))
        return ReplyLine(before.code, before.enhanced, value)
    code = _code(found["code"])
    if not found["text"] and not found["enhanced"] and before is None:
        return _usual(code)
    return ReplyLine(code, found["enhanced"] or "", found["text"] or "")


def _why_no_line(value: str) -> str:
    if not value.isprintable():
        return _unprintable(value)
    return f'{shown(value)} is no reply: write such as "451 4.3.0 Try later"'


def _lines(values: list[object] | tuple[object, ...]) -> Reply:
    if not 1 <= len(values) <= _MOST_LINES:
        raise WrongValueError(f"a reply has 1 to {_MOST_LINES} lines, and this has {len(values)}")
    lines: list[ReplyLine] = []
    for place, value in enumerate(values):
        try:
            lines.append(_next_line(value, lines[-1] if lines else None))
        except WrongValueError as wrong:
            raise WrongValueError(wrong.what, at=(place,)) from None
    return Reply(tuple(lines))


def _next_line(value: object, before: ReplyLine | None) -> ReplyLine:
    if isinstance(value, str):
        return _checked(_line(value, before))
    return _usual(_code(value))


def _table(table: Mapping[str, object]) -> Reply:
    check_names(table, KEYS, "reply", misnomers.REPLY_KEYS)
    if ("code" in table) == ("codes" in table):
        raise WrongValueError("a reply needs either code or codes")
    codes = _codes(table)
    texts = table.get("text")
    if isinstance(texts, str):
        texts = [texts]
    if texts is not None and not isinstance(texts, list | tuple):
        raise WrongValueError(f"{shown(texts)} is no text", at=("text",))
    enhanced = table.get("enhanced")
    if enhanced is not None and not isinstance(enhanced, str):
        raise WrongValueError(
            f'{shown(enhanced)} is no enhanced code: write such as "4.3.0"', at=("enhanced",)
        )
    count = max(len(codes), len(texts or ()))
    if not 1 <= count <= _MOST_LINES:
        raise WrongValueError(f"a reply has 1 to {_MOST_LINES} lines, and this has {count}")
    lines = []
    for place in range(count):
        code = codes[min(place, len(codes) - 1)]
        usual = _usual(code)
        text: object = usual.text
        if texts is not None:
            text = texts[min(place, len(texts) - 1)] if texts else ""
        if not isinstance(text, str):
            raise WrongValueError(f"{shown(text)} is no text", at=("text", place))
        shown_code = usual.enhanced if enhanced is None and texts is None else enhanced or ""
        lines.append(_checked(ReplyLine(code, shown_code, text)))
    return Reply(tuple(lines))


def _codes(table: Mapping[str, object]) -> list[int]:
    """Return the codes of a reply that is written as a table."""
    several = table.get("codes")
    if "code" in table:
        return [_only_code(table["code"])]
    if not isinstance(several, list | tuple):
        what = f"{shown(several)} is no list: write code = {shown(several)}"
        raise WrongValueError(what, at=("codes",))
    codes = []
    for place, code in enumerate(several):
        try:
            codes.append(_only_code(code))
        except WrongValueError as wrong:
            raise WrongValueError(wrong.what, at=("codes", place), hint=wrong.hint) from None
    return codes


def _only_code(value: object) -> int:
    """Return a code that can have nothing beside it."""
    if isinstance(value, list | tuple):
        hint = f"several are codes = {shown(value)}"
    elif isinstance(value, str) and (found := _LINE.fullmatch(value)) and found["enhanced"]:
        hint = f'the enhanced code has a key of its own: enhanced = "{found["enhanced"]}"'
    elif isinstance(value, str) and len(value) > _DIGITS:
        hint = "the text has a key of its own"
    else:
        return _code(value)
    raise WrongValueError(
        f"{shown(value)} is no reply code: write such as 451", at=("code",), hint=hint
    )


def _checked(line: ReplyLine) -> ReplyLine:
    if line.enhanced:
        if _ENHANCED.fullmatch(line.enhanced) is None:
            raise WrongValueError(
                f'{shown(line.enhanced)} is no enhanced code: write such as "4.3.0"'
            )
        if line.enhanced[0] != str(line.code)[0]:
            raise WrongValueError(
                f"the enhanced code {line.enhanced} does not go with {line.code}: "
                f"its first digit must be {str(line.code)[0]}"
                if line.code // 100 != 3
                else f"{line.code} can have no enhanced code"
            )
    if not line.text.isprintable():
        raise WrongValueError(_unprintable(line.text))
    octets = 4 + len(line.text.encode("utf-8")) + (len(line.enhanced) + 1 if line.enhanced else 0)
    if octets > LONGEST_LINE:
        raise WrongValueError(
            f"a line of {octets + 2} octets with its line end: at most {LONGEST_LINE + 2} are "
            "allowed (RFC 5321); write a list of lines, or use raw"
        )
    return line


def _unprintable(text: str) -> str:
    if "\r" in text or "\n" in text:
        return f"{shown(text)} holds a line end (CR or LF): write a list of lines"
    return f"{shown(text)} holds a control character"


_CODE_SCHEMA: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 200, "maximum": 599},
        {"type": "string", "pattern": "^[2-5][0-9]{2}$"},
    ]
}
_TEXT_SCHEMA: Final = {
    "type": "string",
    "maxLength": LONGEST_LINE,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
}
_FIRST_LINE_SCHEMA: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 200, "maximum": 599},
        {
            "type": "string",
            "maxLength": LONGEST_LINE,
            "pattern": r"^[2-5][0-9]{2}([ -][^\u0000-\u001f\u007f-\u009f]*)?$",
        },
    ]
}
# What begins with three digits is a line with a code of its own.
_LINE_SCHEMA: Final = {
    "anyOf": [*_FIRST_LINE_SCHEMA["anyOf"], {**_TEXT_SCHEMA, "not": {"pattern": "^[0-9]{3}"}}]
}
REPLY_SCHEMA: Final = {
    "anyOf": [
        *_FIRST_LINE_SCHEMA["anyOf"],
        {
            "type": "array",
            "minItems": 1,
            "maxItems": _MOST_LINES,
            "prefixItems": [_FIRST_LINE_SCHEMA],
            "items": _LINE_SCHEMA,
        },
        {
            "type": "object",
            "properties": {
                "code": _CODE_SCHEMA,
                "codes": {
                    "type": "array",
                    "items": _CODE_SCHEMA,
                    "minItems": 1,
                    "maxItems": _MOST_LINES,
                },
                "enhanced": {"type": "string", "pattern": f"^({_ENHANCED.pattern})?$"},
                "text": {
                    "anyOf": [
                        _TEXT_SCHEMA,
                        {"type": "array", "items": _TEXT_SCHEMA, "maxItems": _MOST_LINES},
                    ],
                },
            },
            "oneOf": [{"required": ["code"]}, {"required": ["codes"]}],
            "additionalProperties": False,
        },
    ]
}
REPLY: Final = Kind("reply", read_reply, {"$ref": "#/$defs/reply"})
