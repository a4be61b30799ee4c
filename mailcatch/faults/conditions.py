"""The conditions of a rule file: the table `match`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from mailcatch.faults import misnomers
from mailcatch.faults.lines import Path
from mailcatch.faults.patterns import ATTRIBUTES, may_take_long
from mailcatch.faults.quantities import shown
from mailcatch.faults.reporting import Report
from mailcatch.faults.rule import Condition
from mailcatch.faults.values import WrongValueError, nearest

NOT: Final = "not"
_FIELD_NAME: Final = re.compile(r"[!-9;-~]{1,200}")


def read_match(value: object, path: Path, report: Report) -> tuple[Condition, ...]:
    """Return the conditions of a table, in the order of the file."""
    if not isinstance(value, Mapping):
        report.wrong(path, f'{shown(value)} is no table: write such as match.recipient = "*"')
        return ()
    read = (_condition(names, found, where, report) for names, found, where in _flat(value, path))
    return tuple(condition for condition in read if condition is not None)


def _flat(table: Mapping[str, object], path: Path) -> Iterator[tuple[str, object, Path]]:
    """Give each key with dots in one name, whether it was written with tables or with dots."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            for inner, found, where in _flat(value, (*path, name)):
                yield f"{name}.{inner}", found, where
            if not value:
                yield str(name), value, (*path, name)
        else:
            yield str(name), value, (*path, name)


def _condition(name: str, value: object, path: Path, report: Report) -> Condition | None:
    negated = name.startswith(f"{NOT}.")
    plain = name.removeprefix(f"{NOT}.")
    attribute, _, field = plain.partition(".")
    if attribute == "header":
        if _FIELD_NAME.fullmatch(field) is None:
            report.wrong(path, *_no_field(name, value))
            return None
    elif plain not in ATTRIBUTES:
        report.wrong(path, f"{shown(name)} is nothing to match", _meant(plain, negated=negated))
        return None
    try:
        patterns = ATTRIBUTES[attribute].read(value)
    except WrongValueError as wrong:
        report.wrong((*path, *wrong.at), f"match.{name}: {wrong.what}", wrong.hint)
        return None
    if any(map(may_take_long, patterns)):
        report.odd(
            path,
            f"match.{name}: the expression repeats what repeats itself, which can take very long",
            "write ++ and *+ for what never has to be given back",
        )
    return Condition(attribute=attribute, patterns=patterns, name=field.lower(), negated=negated)


def _no_field(name: str, value: object) -> tuple[str, str]:
    """Return what is wrong with `match.header = "X-Shop: 7"`, and what was meant."""
    field, colon, wanted = value.partition(":") if isinstance(value, str) else ("", "", "")
    if colon and _FIELD_NAME.fullmatch(field.strip()):
        hint = f"write match.{name.rstrip('.')}.{field.strip()} = {shown(wanted.strip())}"
    else:
        hint = 'write such as match.header.X-Shop = "7"'
    return f"match.{name}: {shown(value)} names no field", hint


def _meant(name: str, *, negated: bool) -> str:
    """Return the condition that was meant by a name that is none."""
    before = f"{NOT}." if negated else ""
    meant = dict(misnomers.CONDITIONS)
    if "-" in name and _FIELD_NAME.fullmatch(name):
        meant[name.lower()] = f"header.{name}"
    return nearest(
        f"{before}{name}",
        [f"{before}{one}" for one in (*ATTRIBUTES, "header.NAME")],
        {f"{before}{wrong}": f"{before}{right}" for wrong, right in meant.items()},
    )
