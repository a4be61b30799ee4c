"""Records from a zone file in the form of RFC 1035 section 5, of any number of domains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailcatch.verifying.records import Kind, normal

_ALIASES: Final = 8
ALIAS: Final = "CNAME"

Found = Mapping[tuple[str, str], tuple[str, ...]]
"""Records by name and type."""


class Zone:
    """The records of a zone file.

    found: as `zone_file.read_zone` gives them. name: what messages call the file.
    """

    def __init__(self, found: Found, name: str) -> None:
        self._found = found
        self._names = {name for name, _ in found}
        self.name = name

    def lookup(self, name: str, kind: Kind, /) -> tuple[str, ...]:
        """Return the records of a name. What the file does not have does not exist."""
        wanted = normal(name)
        for _ in range(_ALIASES):
            here = self._place(wanted)
            found = self._found.get((here, kind))
            if found is not None:
                return found
            alias = self._found.get((here, ALIAS))
            if alias is None:
                return ()
            wanted = alias[0]
        return ()

    def _place(self, name: str) -> str:
        """Return the name whose records count: itself, or a wildcard (RFC 4592)."""
        if name in self._names:
            return name
        _, dot, above = name.partition(".")
        while dot:
            if f"*.{above}" in self._names:
                return f"*.{above}"
            if above in self._names:
                break
            _, dot, above = above.partition(".")
        return name
