"""What `mailcatch serve` is told of TLS and AUTH."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mailcatch.cli.failure import fail
from mailcatch.securing import Tls

_MODES: Final[dict[str, Tls]] = {"starttls": "starttls", "implicit": "implicit", "both": "both"}


def mode_of_tls(given: str | None) -> Tls | None:
    """Return how TLS is to be spoken; fails for what is no way to do so."""
    if given is None:
        return None
    mode = _MODES.get(given.lower())
    if mode is None:
        fail(f"--tls {given!r} is none of {', '.join(_MODES)}")
    return mode


def named_users(given: Iterable[str]) -> dict[str, str]:
    """Return secrets by name, from NAME:SECRET; fails for what has another form."""
    users = {}
    for one in given:
        name, colon, secret = one.partition(":")
        if not name or not colon:
            fail("--auth-user takes NAME:SECRET, such as alice:wonderland")
        users[name] = secret
    return users
