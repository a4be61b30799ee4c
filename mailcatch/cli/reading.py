"""Values of a command line that are taken as they stand.

typer reads every value, one that was not given too, with a library that takes longer to load than
a list of messages takes to make. Texts, paths and what is left out need no reading.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, TypeGuard, Union, get_args, get_origin, get_type_hints

_MADE_OF_TEXT: Final[dict[Any, Callable[[str], object]]] = {str: str, Path: Path}


def read_lightly(parameters: list[Any], function: Callable[..., object]) -> None:
    """Make parameters of a command take such values as they stand; others are read by typer.

    function: that of the command, whose annotations say what the parameters are.
    """
    kinds = get_type_hints(function, include_extras=True)
    for parameter in parameters:
        made = _maker(kinds.get(parameter.name))
        parameter.process_value = _Light(parameter, parameter.process_value, made)


def lightly(option: Any) -> Any:
    """Return the option for help, if there is one; it is read lightly from now on."""
    if option is not None and not isinstance(option.process_value, _Light):
        option.process_value = _Light(option, option.process_value, None)
    return option


class _Light:
    """Reads the values of a parameter. read: how typer does it. made: how a text becomes one."""

    def __init__(
        self,
        parameter: Any,
        read: Callable[[Any, object], object],
        made: Callable[[str], object] | None,
    ) -> None:
        self._parameter = parameter
        self._read = read
        self._made = made

    def __call__(self, context: Any, value: object) -> object:
        """Return the value that the command gets."""
        parameter, made = self._parameter, self._made
        several = parameter.nargs == -1 or getattr(parameter, "multiple", False)
        result: object
        if value is None and not parameter.required:
            result = () if several else None
        elif made is not None and not several and isinstance(value, str):
            result = made(value)
        elif made is not None and several and _are_texts(value):
            result = [made(one) for one in value]
        else:
            return self._read(context, value)
        return (
            result if parameter.callback is None else parameter.callback(context, parameter, result)
        )


def _are_texts(value: object) -> TypeGuard[list[str] | tuple[str, ...]]:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(one, str) for one in value)
    )


def _maker(kind: Any) -> Callable[[str], object] | None:
    """Return what makes a value of a text; None where an annotation asks for more than that."""
    if get_origin(kind) is Annotated:
        kind, *about = get_args(kind)
        if any(getattr(one, "parser", None) is not None for one in about):
            return None
    kinds = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) in (Union, UnionType) and len(kinds) == 1:
        kind = kinds[0]
    if get_origin(kind) is list:
        (kind,) = get_args(kind)
    return _MADE_OF_TEXT.get(kind) if isinstance(kind, type) else None
