"""The configuration file: every option of the command line by its name, declared there alone.

`mailcatch.toml`, or `[tool.mailcatch]` of `pyproject.toml`, in the current directory or the nearest
one above it that has either.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Final

FILE: Final = "mailcatch.toml"
# Options that name a place: in a file, it is told from where the file is.
PATHS: Final = frozenset(
    {"auth-file", "ca-dir", "cert", "client-ca", "dir", "faults", "key", "zone"}
)
KEYS: Final = "keys"
"""The table of the screen's keys."""

_SCALARS: Final = (str, int, float, bool)

Value = str | int | float | bool | list[str]


class ConfigurationError(Exception):
    """A configuration file that cannot be used. The message says where, and what would be right."""


def find(start: Path) -> Path | None:
    """Return the configuration file that is in force in a directory, or None."""
    for directory in (start, *start.parents):
        if (directory / FILE).is_file():
            return directory / FILE
        project = directory / "pyproject.toml"
        if project.is_file() and _table(project) is not None:
            return project
    return None


def load(path: Path, known: Iterable[str]) -> dict[str, Value]:
    """Return the options that a configuration file sets, by their names on the command line.

    known: the names of all options, without dashes before them.
    Raises ConfigurationError.
    """
    table = _table(path)
    if table is None:
        raise ConfigurationError(f"{path} has no [tool.mailcatch]")
    names = set(known)
    options: dict[str, Value] = {}
    for key, value in table.items():
        if key == KEYS:
            continue
        name = key.replace("_", "-")
        if name not in names:
            near = get_close_matches(name, names, 1)
            meant = f"; did you mean '{near[0]}'?" if near else ""
            raise ConfigurationError(f"{path}: there is no option '{key}'{meant}")
        if name in PATHS and isinstance(value, str):
            options[name] = _beside(path, value)
        elif name in PATHS and isinstance(value, list):
            options[name] = [_beside(path, str(item)) for item in value]
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            options[name] = [*map(str, value)]
        elif isinstance(value, _SCALARS):
            options[name] = value
        else:
            raise ConfigurationError(
                f"{path}: '{key}' must be text, a number, true, false or a list of texts"
            )
    return options


def _beside(path: Path, place: str) -> str:
    return str(path.parent / Path(place).expanduser())


def load_keys(path: Path) -> dict[str, str]:
    """Return the keys that a configuration file gives to actions of the screen, by their names.

    Raises ConfigurationError.
    """
    keys = (_table(path) or {}).get(KEYS, {})
    if not isinstance(keys, dict) or not all(isinstance(one, str) for one in keys.values()):
        raise ConfigurationError(f'{path}: [keys] must give texts to actions, such as mark = "m"')
    return {str(name): str(text) for name, text in keys.items()}


def _table(path: Path) -> dict[str, object] | None:
    # Most directories have no such file.
    import tomllib

    try:
        with path.open("rb") as file:
            content: dict[str, object] = tomllib.load(file)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {(error.strerror or '').lower()}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from None
    if path.name != "pyproject.toml":
        return content
    tool = content.get("tool")
    table = tool.get("mailcatch") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None
