"""What `ls` and `sessions` have in common: names that fit, a page at a time, one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

if TYPE_CHECKING:
    from mailcatch.mailbox.search import Search

_AT_ONCE: Final = 200

T = TypeVar("T")

Limit = Annotated[int | None, typer.Option(min=1, help="The newest so many; all by default.")]


def say_found(
    search: Search,
    limit: int | None,
    look_up: Callable[[Sequence[str]], Sequence[T]],
    say_one: Callable[[T], None],
) -> None:
    """Print what a search finds, newest first.

    limit: how many at most. look_up: gives what names stand for. say_one: prints one.
    """
    from mailcatch.cli.terminal import remark, say_nothing

    # A search that looks into files gives names as it finds them: each is shown at once.
    step = 1 if search.looks_into_files else _AT_ONCE
    names = islice(search, limit)
    found = False
    while chunk := list(islice(names, step)):
        found = True
        for one in look_up(chunk):
            say_one(one)
    if not found:
        say_nothing()
    if search.skipped:
        remark(f"mailcatch: {len(search.skipped)} messages took too long to look into")
