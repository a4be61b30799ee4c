"""What a run of pytest, and each test in it, is told: options, ini and markers.

An option of the command line wins over the marker of a test, the marker over the ini file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, cast, get_args

import pytest

from mailcatch.testing.config import ISOLATIONS, TIMEOUT, Config, Isolation, time_scale

Show = Literal["fail", "always", "never"]
SHOWS: Final = get_args(Show)
LINES: Final = 60

_PREFIX: Final = "mailcatch_"
_WRITTEN: Final = re.compile(rf"^\s*\"?({_PREFIX}\w+)\"?\s*=", re.MULTILINE)
_OPTION: Final = "--mailcatch-"
OPTIONS: Final = ("timeout", "port", "artifacts", "connect")

_INI: Final = {
    "timeout": f"seconds that a wait for mail may take ({TIMEOUT:g})",
    "strict": "whether a fault rule that never fired fails its test (true)",
    "isolation": "how tests are told apart: view, port or address (view)",
    "show": "when a test's report has the section SMTP: fail, always or never (fail)",
    "transcript_lines": f"lines of each session, and of the mail, in that section ({LINES})",
}


# A NamedTuple is made in a fifth of the time of a dataclass, and this is loaded in every run.
class Settings(NamedTuple):
    """What holds for one test; the names are those of the marker and, with mailcatch_, of ini.

    server: what the marker says of the test's own server, by the names of `Config`.
    """

    timeout: float = TIMEOUT
    strict: bool = True
    isolation: Isolation = "view"
    show: Show = "fail"
    transcript_lines: int = LINES
    server: Mapping[str, object] = MappingProxyType({})


NAMES: Final = Settings._fields[:-1]
SERVER_NAMES: Final = tuple(Config.__dataclass_fields__)


def add_options(parser: pytest.Parser) -> None:
    """Declare options and ini values."""
    group = parser.getgroup("mailcatch", "mail that tests send")
    group.addoption(
        f"{_OPTION}timeout", metavar="SECONDS", help="how long a wait for mail may take"
    )
    group.addoption(
        f"{_OPTION}port", metavar="PORT", help="listen on this port instead of on a free one"
    )
    group.addoption(
        f"{_OPTION}artifacts",
        metavar="DIR",
        help="keep a mailbox directory of each failed test in DIR, for `mailcatch view`",
    )
    group.addoption(
        f"{_OPTION}connect",
        metavar="DIR",
        help="write the tests' mail into the mailbox DIR of a running mailcatch, live",
    )
    for name, text in _INI.items():
        parser.addini(_PREFIX + name, text)


def refuse_unknown_options(arguments: list[str]) -> None:
    """Name the nearest option for one that does not exist. Raises pytest.UsageError."""
    for argument in arguments:
        name = argument.partition("=")[0].removeprefix(_OPTION)
        if argument.startswith(_OPTION) and name not in OPTIONS:
            raise pytest.UsageError(
                f"mailcatch: there is no option {_OPTION}{name}{_nearest(name, OPTIONS, _OPTION)}"
            )


class RunSettings(NamedTuple):
    """What holds for the whole run.

    port: the one to listen on, or 0. artifacts, connect: directories, or None.
    timeout: that of the command line, or None.
    """

    ini: Settings
    port: int
    artifacts: Path | None
    connect: Path | None
    timeout: float | None


def read_run(config: pytest.Config) -> RunSettings:
    """Read what the run was told. Raises pytest.UsageError."""
    try:
        time_scale()
        given = _given_ini(config)
        ini = _settle(Settings(), given, _PREFIX)
    except ValueError as error:
        raise pytest.UsageError(f"mailcatch: {error}") from None
    timeout = config.getoption("mailcatch_timeout")
    port = config.getoption("mailcatch_port")
    artifacts = config.getoption("mailcatch_artifacts")
    connect = config.getoption("mailcatch_connect")
    if connect is not None and not _is_served(Path(connect)):
        raise pytest.UsageError(
            f"mailcatch: {_OPTION}connect: nobody serves a mailbox at {connect}: start"
            f" `mailcatch serve --dir {connect}` first"
        )
    try:
        return RunSettings(
            ini,
            0 if port is None else _port(port, config),
            Path(artifacts).absolute() if artifacts else None,
            Path(connect).absolute() if connect else None,
            None if timeout is None else _seconds(f"{_OPTION}timeout", timeout),
        )
    except ValueError as error:
        raise pytest.UsageError(f"mailcatch: {error}") from None


def read_test(run: RunSettings, item: pytest.Item) -> Settings:
    """Read what a test was told by its markers, the nearest first. Raises ValueError."""
    settings = run.ini
    for marker in reversed(list(item.iter_markers("mailcatch"))):
        if marker.args:
            raise ValueError(
                f"@pytest.mark.mailcatch takes names only, such as timeout={TIMEOUT:g}; got"
                f" {marker.args[0]!r}"
            )
        own = {name: value for name, value in marker.kwargs.items() if name in SERVER_NAMES}
        given = {name: value for name, value in marker.kwargs.items() if name not in own}
        settings = _settle(
            settings, given, "", "@pytest.mark.mailcatch: ", known=(*NAMES, *SERVER_NAMES)
        )
        settings = settings._replace(server={**settings.server, **own})
    if run.timeout is not None:
        settings = settings._replace(timeout=run.timeout)
    return settings


def _given_ini(config: pytest.Config) -> dict[str, object]:
    known = [_PREFIX + name for name in NAMES]
    for name in _written(config):
        if name not in known:
            raise ValueError(f"there is no ini option {name}{_nearest(name, known)}")
    values = {name: _ini(config, _PREFIX + name) for name in NAMES}
    return {name: value for name, value in values.items() if value not in (None, "")}


def _ini(config: pytest.Config, name: str) -> object:
    """Return what the configuration file says: text, or what TOML has it as (pytest 9)."""
    try:
        return config.getini(name)
    except (TypeError, pytest.UsageError):
        import tomllib

        assert config.inipath is not None
        document = tomllib.loads(config.inipath.read_text("utf-8"))
        table = document["pytest"] if "pytest" in document else document["tool"]["pytest"]
        return table[name]


def _is_served(mailbox: Path) -> bool:
    from mailcatch.mailbox.server_file import read_state

    return mailbox.is_dir() and read_state(mailbox) is not None


def _written(config: pytest.Config) -> list[str]:
    """Return the names of ours in the configuration file, and those of -o: pytest tells of none."""
    overridden = [str(one) for one in config.getoption("override_ini", None) or ()]
    text = config.inipath.read_text("utf-8", "replace") if config.inipath is not None else ""
    return _WRITTEN.findall("\n".join([text, *overridden]))


def _settle(
    settings: Settings,
    given: Mapping[str, Any],
    prefix: str,
    place: str = "",
    known: tuple[str, ...] = NAMES,
) -> Settings:
    """Return settings with what is given put in; known: what a mistake may have meant.

    Raises ValueError.
    """
    for name, value in given.items():
        if name not in NAMES:
            raise ValueError(f"{place}there is no '{name}'{_nearest(name, known)}")
        changes: dict[str, Any] = {name: _value(place + prefix + name, name, value)}
        settings = settings._replace(**changes)
    return settings


def _value(shown: str, name: str, value: object) -> object:
    match name:
        case "timeout":
            return _seconds(shown, value)
        case "strict":
            return _truth(shown, value)
        case "isolation":
            return _choice(shown, value, ISOLATIONS)
        case "show":
            return _choice(shown, value, SHOWS)
        case _:
            return _count(shown, value)


def _seconds(shown: str, value: object) -> float:
    seconds = _number(value)
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{shown} is {value!r}: write seconds, such as {TIMEOUT:g} or 0.5")
    return seconds


def _count(shown: str, value: object) -> int:
    count = _number(value)
    if not (count >= 1 and count.is_integer()):
        raise ValueError(f"{shown} is {value!r}: write a whole number above 0, such as {LINES}")
    return int(count)


def _number(value: object) -> float:
    """Return a number, or NaN for what is none."""
    try:
        return math.nan if isinstance(value, bool) else float(cast(str, value))
    except (TypeError, ValueError):
        return math.nan


def _truth(shown: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    truths = {"true": True, "yes": True, "on": True, "1": True}
    truths |= {"false": False, "no": False, "off": False, "0": False}
    found = truths.get(str(value).lower())
    if found is None:
        raise ValueError(f"{shown} is {value!r}: write true or false")
    return found


def _choice(shown: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        near = _nearest(str(value), choices)
        raise ValueError(f"{shown} is {value!r}{near}")
    return str(value)


def _port(value: str, config: pytest.Config) -> int:
    if not (value.isascii() and value.isdigit() and 0 <= int(value) <= 65535):
        raise ValueError(f"{_OPTION}port is {value!r}: write a port from 1 to 65535, or 0")
    workers = config.getoption("numprocesses", None) or 0
    if int(value) and workers > 1:
        raise ValueError(
            f"{_OPTION}port gives one port, and {workers} workers need one each: leave it out, or"
            " run without -n"
        )
    return int(value)


def _nearest(name: str, known: tuple[str, ...] | list[str], prefix: str = "") -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1, 0.5)
    if near:
        return f": did you mean {prefix}{near[0]}?"
    return ": there are " + ", ".join(prefix + one for one in known)
