"""Patterns in a rule file: globs, expressions, exact texts, numbers, networks."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_network
from typing import Final

from mailcatch.faults.expressions import check
from mailcatch.faults.quantities import LARGEST, SIZE_FORM, shown, size
from mailcatch.faults.rule import FOREVER, Between, Network, Pattern, Present, Text
from mailcatch.faults.values import FLAG, Kind, WrongValueError, several

LONGEST: Final = 1_000
"""Characters of a pattern."""

_COUNT: Final = "[0-9]{1,12}"
_NUMBER: Final = re.compile(
    r"\s*(?P<sign>>=|<=|>|<|=)?\s*(?P<low>[^-<>=\s][^-<>=]*?)\s*(?(sign)|(?:-\s*(?P<high>[^-<>=]+?)\s*)?)"
)
_NESTED: Final = re.compile(r"\((?:\?:)?(?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{](?!\+)")


def _text(value: object, form_without_prefix: str = "glob") -> Text:
    if not isinstance(value, str):
        raise WrongValueError(f"{shown(value)} is no pattern: put it in quotation marks")
    if len(value) > LONGEST:
        raise WrongValueError(f"a pattern has at most {LONGEST} characters")
    if value.startswith("="):
        return Text("exact", value[1:])
    if value.startswith("re:") or form_without_prefix == "re":
        expression = value.removeprefix("re:")
        _check_expression(expression)
        return Text("re", expression)
    return Text("glob", value)


def _check_expression(expression: str) -> None:
    try:
        check(expression)
    except ValueError as error:
        raise WrongValueError(f"{shown(expression)} is no regular expression: {error}") from None


def may_take_long(pattern: Pattern) -> bool:
    """Whether an expression repeats what repeats itself, which can take for ever: (a+)+."""
    return (
        isinstance(pattern, Text)
        and pattern.form == "re"
        and _NESTED.search(pattern.value) is not None
    )


def _present_or(read: Callable[[object], Pattern]) -> Callable[[object], Pattern]:
    return lambda value: Present(value) if isinstance(value, bool) else read(value)


def _command(value: object) -> Pattern:
    return _text(value, "re")


def _network(value: object) -> Pattern:
    if isinstance(value, str):
        try:
            return Network(str(ip_network(value.strip(), strict=False)))
        except ValueError:
            pass
    raise WrongValueError(
        f'{shown(value)} is neither an address nor a network: write such as "127.0.0.1", '
        '"10.0.0.0/8" or "::1"'
    )


def _tls(value: object) -> Pattern:
    return Present(FLAG.read(value))


def _whole(text: object) -> int:
    if isinstance(text, str) and re.fullmatch(_COUNT, text):
        return int(text)
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    raise WrongValueError(f'{shown(text)} is no number: write such as 3, ">5", "<=10" or "2-4"')


def _between(read: Callable[[object], int]) -> Callable[[object], Pattern]:
    def reader(value: object) -> Pattern:
        found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        try:
            if found is None:
                exact = read(value)
                return _range(exact, exact, value)
            low = read(found["low"])
            if found["high"] is not None:
                return _range(low, read(found["high"]), value)
        except WrongValueError:
            raise
        except ValueError as error:
            raise WrongValueError(str(error)) from None
        match found["sign"]:
            case ">":
                return _range(low + 1, FOREVER, value)
            case ">=":
                return _range(low, FOREVER, value)
            case "<":
                return _range(0, low - 1, value)
            case "<=":
                return _range(0, low, value)
            case _:
                return _range(low, low, value)

    return reader


def _range(least: float, most: float, value: object) -> Between:
    if most < least or most < 0 or LARGEST < least < FOREVER:
        raise WrongValueError(f"{shown(value)} fits no number")
    return Between(float(least), float(most))


_STRING: Final = {"type": "string", "maxLength": LONGEST}
_ADDRESS: Final = r"^\s*[0-9a-fA-F:.]+(%[^\s/]+)?(/[0-9.]+)?\s*$"


def _numeric(form: str) -> dict[str, object]:
    """Return the schema of a number of a form, with a sign, or of a range."""
    text = rf"^\s*((>=|<=|>|<|=)?\s*({form})|({form})\s*-\s*({form}))\s*$"
    number = {"type": "integer", "minimum": 0, "maximum": LARGEST}
    return {"anyOf": [number, {"type": "string", "pattern": text}]}


TEXT: Final = several(
    Kind("pattern", _present_or(_text), {"anyOf": [_STRING, {"type": "boolean"}]})
)
COMMAND: Final = several(Kind("expression", _command, _STRING))
NETWORK: Final = several(
    Kind("address or network", _network, {"type": "string", "pattern": _ADDRESS})
)
NUMBER: Final = several(Kind("number or range", _between(_whole), _numeric(_COUNT)))
SIZES: Final = several(Kind("size or range", _between(size), _numeric(SIZE_FORM)))
TLS: Final = several(Kind("true or false", _tls, {"type": "boolean"}))

ATTRIBUTES: Final[dict[str, Kind[tuple[Pattern, ...]]]] = {
    "client_address": NETWORK,
    "client_port": NUMBER,
    "server_port": NUMBER,
    "connection_nth": NUMBER,
    "helo_name": TEXT,
    "tls": TLS,
    "tls_sni": TEXT,
    "sasl_username": TEXT,
    "sasl_method": TEXT,
    "transaction_nth": NUMBER,
    "sender": TEXT,
    "size": SIZES,
    "recipient": TEXT,
    "recipient_count": NUMBER,
    "recipient_nth": NUMBER,
    "command": COMMAND,
    "subject": TEXT,
    "header": TEXT,
    "body": TEXT,
    "attachment": TEXT,
}
"""How each attribute is matched. Of "header", there is one for each name of a field."""
