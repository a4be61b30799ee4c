"""The kinds of values in a rule file: how each is read, and its JSON Schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from mailcatch.faults.lines import Path
from mailcatch.faults.quantities import shown

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Schema = Mapping[str, object]

MOST: Final = 1_000_000_000
"""The largest whole number."""
_NO_CONTROL: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}")


class WrongValueError(ValueError):
    """A value that cannot be. at: where inside the value. hint: what was probably meant."""

    def __init__(self, what: str, *, at: Path = (), hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.hint = hint


@dataclass(frozen=True)
class Kind(Generic[T_co]):
    """A kind of value. words: what it is called. read: takes it in, or raises WrongValueError."""

    words: str
    read: Callable[[object], T_co]
    schema: Schema


@dataclass(frozen=True)
class Field(Generic[T_co]):
    """A key of a table. about: a sentence for readers. default: as it is written."""

    name: str
    kind: Kind[T_co]
    about: str
    default: str = ""
    required: bool = False


def nearest(word: str, known: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """Return a hint that names the nearest known word, or all of them where they are few.

    meant: what certain other words are called here.
    """
    names = list(known)
    right = (meant or {}).get(word.lower())
    if right is not None:
        return f"did you mean {right}?"
    close = difflib.get_close_matches(word.lower(), names, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known are {', '.join(names)}" if len(names) <= 20 else ""


def bare(value: object, form: str) -> str:
    """Return a hint for a text that would be right as a number or a flag. form: what it is then."""
    right = isinstance(value, str) and re.fullmatch(form, value.strip(), re.ASCII)
    return "write it without quotation marks" if right else ""


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    hint = bare(value, "true|false")
    raise WrongValueError(f"{shown(value)} is neither true nor false", hint=hint)


FLAG: Final = Kind("true or false", _flag, {"type": "boolean"})


def text(most: int) -> Kind[str]:
    """Return the kind of a text of at most so many characters, without control characters."""

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise WrongValueError(f"{shown(value)} is no text: put it in quotation marks")
        if len(value) > most:
            raise WrongValueError(f"longer than {most} characters")
        if not value.isprintable():
            raise WrongValueError(f"{shown(value)} holds a control character")
        return value

    return Kind("text", read, {"type": "string", "maxLength": most, "pattern": _NO_CONTROL})


def _name(value: object) -> str:
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise WrongValueError(
        f"{shown(value)} is no name: write up to 64 letters, digits and . _ : + -, "
        "beginning with a letter or digit"
    )


NAME: Final = Kind("name", _name, {"type": "string", "pattern": f"^{_NAME.pattern}$"})


def whole(least: int, most: int = MOST) -> Kind[int]:
    """Return the kind of a whole number."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            hint = bare(value, r"-?\d+")
            raise WrongValueError(f"{shown(value)} is no whole number", hint=hint)
        if not least <= value <= most:
            raise WrongValueError(f"{shown(value)} is not between {least} and {most}")
        return value

    return Kind("whole number", read, {"type": "integer", "minimum": least, "maximum": most})


def number(least: float, most: float) -> Kind[float]:
    """Return the kind of a number that may have a fraction."""

    def read(value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            hint = bare(value, r"-?\d+(\.\d+)?")
            raise WrongValueError(f"{shown(value)} is no number", hint=hint)
        if not least <= value <= most:
            raise WrongValueError(f"{shown(value)} is not between {least:g} and {most:g}")
        return float(value)

    return Kind("number", read, {"type": "number", "minimum": least, "maximum": most})


def choice(*words: str, meant: Mapping[str, str] | None = None) -> Kind[str]:
    """Return the kind of one of several words. meant: what certain other words are called here."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        word = value if isinstance(value, str) else ""
        raise WrongValueError(f"{shown(value)} is not known here", hint=nearest(word, words, meant))

    return Kind("one of " + listed(words), read, {"type": "string", "enum": list(words)})


def listed(words: Sequence[str]) -> str:
    """Return words with commas."""
    return ", ".join(words)


def several(item: Kind[T], *, most: int = 1_000) -> Kind[tuple[T, ...]]:
    """Return the kind of a list, or of one item in its place."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            return (item.read(value),)
        if not value:
            raise WrongValueError("the list is empty")
        if len(value) > most:
            raise WrongValueError(f"more than {most} items")
        items = []
        for place, one in enumerate(value):
            try:
                items.append(item.read(one))
            except WrongValueError as wrong:
                raise WrongValueError(wrong.what, at=(place, *wrong.at), hint=wrong.hint) from None
        return tuple(items)

    items_schema = {"type": "array", "items": item.schema, "minItems": 1, "maxItems": most}
    return Kind(f"{item.words}, or a list", read, {"anyOf": [item.schema, items_schema]})


def check_names(
    table: Mapping[str, object],
    known: Sequence[str],
    where: str,
    meant: Mapping[str, str] | None = None,
) -> None:
    """Raise WrongValueError for the first key that is not known. meant: as for `nearest`."""
    for name in table:
        if name not in known:
            raise WrongValueError(
                f"{shown(name)} is no key of {where}",
                at=(name,),
                hint=nearest(str(name), known, meant),
            )


def record(
    name: str,
    struct: type[T],
    *fields: Field[object],
    rename: Mapping[str, str] | None = None,
) -> Kind[T]:
    """Return the kind of a small table that becomes a struct.

    rename: from the names in the file to those of the struct.
    """
    names = [field.name for field in fields]
    needed = [field.name for field in fields if field.required] or names[:1]
    form = f"{{ {', '.join(f'{name} = …' for name in needed)} }}"
    renamed = rename or {}

    def read(value: object) -> T:
        if not isinstance(value, Mapping):
            raise WrongValueError(f"{shown(value)} is no table: write {form}")
        check_names(value, names, name)
        found: dict[str, object] = {}
        for field in fields:
            if field.name in value:
                try:
                    found[renamed.get(field.name, field.name)] = field.kind.read(value[field.name])
                except WrongValueError as wrong:
                    raise WrongValueError(
                        f"{field.name}: {wrong.what}", at=(field.name, *wrong.at), hint=wrong.hint
                    ) from None
            elif field.required:
                raise WrongValueError(f"{field.name} is missing in {name}")
        return msgspec.convert(found, struct)

    return Kind("table", read, table_schema(fields))


def table_schema(fields: Sequence[Field[object]]) -> dict[str, object]:
    """Return the JSON Schema of a table."""
    schema: dict[str, object] = {
        "type": "object",
        "properties": {field.name: described(field) for field in fields},
        "additionalProperties": False,
    }
    required = [field.name for field in fields if field.required]
    if required:
        schema["required"] = required
    return schema


def described(field: Field[object]) -> dict[str, object]:
    """Return the JSON Schema of a key, with its sentence."""
    return {"description": field.about, **field.kind.schema}
