"""The text of a rule file, changed rule by rule: comments, order and all else stay as they are.

    document = RuleDocument(text)
    identity = document.add({"at": "rcpt", "reply": "451", "times": 2})
    document.text

Each change is looked at before it counts: the new text must hold what the old one held, changed
as asked and in nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from mailcatch.rulefile.chunks import Chunk, find_key, split
from mailcatch.rulefile.errors import NoSuchRuleError, RuleFileError

_VALUE: Final = re.compile(
    r"([^=]*=[ \t]*)([A-Za-z0-9_+-]+|\"[^\"\\]*\")([ \t]*(?:#[^\n]*)?\r?\n?)"
)

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Removed:
    """A rule that was removed, so that it can be put back.

    identity: its id. place: among all tables of the file. text: its lines, with the comment.
    """

    identity: str
    place: int
    text: str


class RuleDocument:
    """A rule file as text.

    Raises RuleFileError where the text is no TOML, or where its rules are not in tables.
    """

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._data = _loaded(text)
        faults = self._data.get("faults", {})
        rules = faults.get("rule", []) if isinstance(faults, dict) else None
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise RuleFileError("rules stand in tables: [[faults.rule]]")

    @property
    def text(self) -> str:
        """The file as it is now."""
        return self._text

    @property
    def rules(self) -> list[Mapping[str, object]]:
        """The rules in the order of the file, as tables."""
        return list(self._data.get("faults", {}).get("rule", []))

    @property
    def ids(self) -> list[str]:
        """What the rules are called, in the order of the file: a rule without an id is given one.

        In a file with mistakes, that is "".
        """
        written = [rule.get("id") for rule in self.rules]
        if not all(isinstance(one, str) for one in written):
            from mailcatch.faults import RuleError, load
            from mailcatch.faults.presets import TABLES

            with suppress(RuleError):
                return [one.id for one in load(self._text, name="", presets=TABLES).rules]
        return [one if isinstance(one, str) else "" for one in written]

    @property
    def enabled(self) -> bool:
        """Whether rules are asked at all."""
        return self._data.get("faults", {}).get("enabled", True) is not False

    @property
    def preset_tables(self) -> dict[str, Mapping[str, object]]:
        """The user's presets by name, as tables."""
        tables = self._data.get("faults", {}).get("preset", {})
        if not isinstance(tables, dict):
            return {}
        return {name: table for name, table in tables.items() if isinstance(table, dict)}

    @property
    def presets(self) -> dict[str, str]:
        """The names of the user's presets, each with its stage or ""."""
        return {name: str(table.get("at", "")) for name, table in self.preset_tables.items()}

    def written(self, identity: str) -> str:
        """Return the lines of a rule, with the comment right above it. Raises NoSuchRuleError."""
        first, last = self._span(self._number(identity))
        return "".join(line for chunk in split(self._text)[first:last] for line in chunk.lines)

    def add(self, table: Mapping[str, object]) -> str:
        """Add a rule at the end, and return its id: its own, or one made of what it does.

        Where a rule with that id is there, the new one is numbered: `slow-2`.
        """
        from mailcatch.faults.naming import free_name, name_of

        identity = free_name(str(table.get("id") or name_of(table)), set(self.ids))
        rule = {"id": identity, **{key: value for key, value in table.items() if key != "id"}}
        text = self._text
        if text and not text.endswith("\n"):
            text += self._newline
        if text:
            text += self._newline
        text += self._written(rule)

        def change(data: Data) -> None:
            data.setdefault("faults", {}).setdefault("rule", []).append(rule)

        self._take(text, change)
        return identity

    def remove(self, identity: str) -> Removed:
        """Remove a rule, with the comment right above it. Raises NoSuchRuleError."""
        number = self._number(identity)
        first, last = self._span(number)
        chunks = split(self._text)
        removed = self.written(identity)
        kept = chunks[:first] + chunks[last:]
        text = "".join(line for chunk in kept for line in chunk.lines)

        def change(data: Data) -> None:
            _drop_rules(data, number)

        self._take(text, change)
        return Removed(identity, first, removed)

    def put_back(self, removed: Removed) -> None:
        """Put a removed rule back to its place, or near it where the file changed since.

        Raises RuleFileError where a rule of that name is there again.
        """
        if removed.identity in self.ids:
            raise RuleFileError(f"there is a rule '{removed.identity}' again: rename it first")
        chunks = split(self._text)
        at = min(removed.place, len(chunks))
        while at < len(chunks) and chunks[at].goes_on:
            at += 1
        number = sum(chunk.rule is not None for chunk in chunks[:at])
        before = "".join(line for chunk in chunks[:at] for line in chunk.lines)
        after = "".join(line for chunk in chunks[at:] for line in chunk.lines)
        lines = removed.text
        if before and not before.endswith("\n"):
            before += self._newline
        if after and not lines.endswith("\n"):
            lines += self._newline
        rule = _loaded(lines)["faults"]["rule"][0]

        def change(data: Data) -> None:
            data.setdefault("faults", {}).setdefault("rule", []).insert(number, rule)

        self._take(before + lines + after, change)

    def clear(self) -> int:
        """Remove all rules, and return how many they were. Settings and presets stay."""
        count = len(self.rules)
        kept = [chunk for chunk in split(self._text) if chunk.rule is None and not chunk.goes_on]
        self._take("".join(line for chunk in kept for line in chunk.lines), _drop_rules)
        return count

    def enable(self, identity: str, *, on: bool) -> None:
        """Turn a rule on or off. Raises NoSuchRuleError."""
        number = self._number(identity)
        if self.rules[number].get("enabled", True) is on:
            return
        chunks = split(self._text)
        place = self._span(number)[0]
        chunks[place] = self._with(chunks[place], "enabled", on, after="id")

        def change(data: Data) -> None:
            data["faults"]["rule"][number]["enabled"] = on

        self._take("".join(line for chunk in chunks for line in chunk.lines), change)

    def enable_all(self, *, on: bool) -> None:
        """Let the server ask the rules, or none of them: `enabled` in [faults]."""
        if self.enabled is not on:
            self._set("enabled", on)

    def reset(self) -> int:
        """Let all counters start anew: raise `generation` in [faults], and return it."""
        before = self._data.get("faults", {}).get("generation", 0)
        generation = before + 1 if isinstance(before, int) else 1
        self._set("generation", generation)
        return generation

    def _set(self, key: str, value: bool | int) -> None:
        chunks = split(self._text)
        place = next((at for at, chunk in enumerate(chunks) if chunk.is_settings), None)
        if place is not None:
            chunks[place] = self._with(chunks[place], key, value)
            text = "".join(line for chunk in chunks for line in chunk.lines)
        else:
            lines = f"[faults]{self._newline}{key} = {_plain(value)}{self._newline}"
            top, rest = chunks[0].lines, [line for chunk in chunks[1:] for line in chunk.lines]
            before = "".join(top)
            if before.strip() and not before.endswith("\n"):
                before += self._newline
            text = before + lines + (self._newline if rest else "") + "".join(rest)

        def change(data: Data) -> None:
            data.setdefault("faults", {})[key] = value

        self._take(text, change)

    def _with(self, chunk: Chunk, key: str, value: bool | int, after: str = "") -> Chunk:
        """Return a chunk that sets a key of its table, right after another one where it is new."""
        lines = list(chunk.lines)
        place = find_key(chunk, key)
        if place is not None:
            found = _VALUE.fullmatch(lines[place])
            if found is None:
                raise RuleFileError(f"cannot change '{lines[place].strip()}': do it by hand")
            lines[place] = f"{found[1]}{_plain(value)}{found[3]}"
        else:
            beside = find_key(chunk, after) if after else None
            place = chunk.header + 1 if beside is None else beside + 1
            if not lines[place - 1].endswith("\n"):
                lines[place - 1] += self._newline
            lines.insert(place, f"{key} = {_plain(value)}{self._newline}")
        return Chunk(tuple(lines), chunk.header, chunk.data)

    def _number(self, identity: str) -> int:
        known = self.ids
        if identity not in known or not identity:
            raise NoSuchRuleError(_missing(identity, [one for one in known if one]))
        return known.index(identity)

    def _span(self, number: int) -> tuple[int, int]:
        """Return the places of the first chunk of a rule and of the first one after it."""
        chunks = split(self._text)
        begins = [place for place, chunk in enumerate(chunks) if chunk.rule is not None]
        if number >= len(begins):
            raise RuleFileError(
                "rules that stand in one line, as rule = [...], are changed by hand only"
            )
        last = begins[number] + 1
        while last < len(chunks) and chunks[last].goes_on:
            last += 1
        return begins[number], last

    def _written(self, rule: Mapping[str, object]) -> str:
        lines = ["[[faults.rule]]"]
        for key, value in rule.items():
            lines += _lines(key, value) if key == "match" else [f"{_key(key)} = {_value(value)}"]
        return "".join(f"{line}{self._newline}" for line in lines)

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self._text else "\n"

    def _take(self, text: str, change: Callable[[Data], None]) -> None:
        """Take a new text, if it holds what is expected of it."""
        wanted = deepcopy(self._data)
        change(wanted)
        found = _loaded(text, "this change would break the file")
        if _solid(found) != _solid(wanted):
            raise RuleFileError("cannot change only this in the file: do it by hand")
        self._text, self._data = text, found


def _loaded(text: str, why: str = "this is no TOML") -> Data:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(f"{why}: {error}") from None


def _drop_rules(data: Data, number: int | None = None) -> None:
    """Take one rule out, or all of them."""
    rules = data.get("faults", {}).get("rule", [])
    if number is None:
        rules.clear()
    else:
        del rules[number]


def _solid(data: Data) -> Data:
    """Return data without tables that are only there because of their rules."""
    faults = dict(data.get("faults", {}))
    if not faults.get("rule"):
        faults.pop("rule", None)
    return {**{key: value for key, value in data.items() if key != "faults"}, "faults": faults}


def _missing(identity: str, known: list[str]) -> str:
    from difflib import get_close_matches

    if not known:
        return f"there is no rule '{identity}': there are no rules"
    near = get_close_matches(identity, known, 1)
    meant = f"; did you mean '{near[0]}'?" if near else f": there are {', '.join(known)}"
    return f"there is no rule '{identity}'{meant}"


def _plain(value: bool | int) -> str:
    return str(value).lower()


def _lines(before: str, value: object) -> list[str]:
    """Return a table as one line a value: match.recipient = "bob@*"."""
    if not isinstance(value, Mapping):
        return [f"{before} = {_value(value)}"]
    return [line for key, inner in value.items() for line in _lines(f"{before}.{_key(key)}", inner)]


def _key(key: str) -> str:
    import tomlkit

    return tomlkit.key(key).as_string()


def _value(value: object) -> str:
    """Return a value in one line."""
    import tomlkit

    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return tomlkit.item(value).as_string()
