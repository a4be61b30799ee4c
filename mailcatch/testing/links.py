"""Links of a message, as a test follows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailcatch.mail.links import Link as FoundLink


@dataclass(frozen=True, slots=True)
class Link:
    """A link. url: where it leads. text: what the reader sees; the URL itself in plain text."""

    url: str
    text: str = ""

    @property
    def scheme(self) -> str:
        """The scheme in lower case, such as "https"."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """The host in lower case, without the port, or ""."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path, such as "/reset/x1"."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded; of a name that comes several times, the last."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def fragment(self) -> str:
        """What stands after "#"."""
        return urlsplit(self.url).fragment

    @property
    def target(self) -> str:
        """Path, query and fragment: what a test client of a web framework asks for."""
        parts = urlsplit(self.url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{parts.path or '/'}{query}{'#' + parts.fragment if parts.fragment else ''}"

    def __str__(self) -> str:
        return self.url


def one_for_each_target(found: Iterable[FoundLink]) -> list[Link]:
    """Return a link for each target, in order, with the text of its HTML form where it has one."""
    links: dict[str, Link] = {}
    for one in found:
        kept = links.get(one.target)
        if kept is None or (kept.text == kept.url and one.text != one.target):
            links[one.target] = Link(one.target, one.text)
    return list(links.values())


def select(
    links: Iterable[Link],
    contains: str | None,
    text: str | re.Pattern[str] | None,
    pattern: str | re.Pattern[str] | None,
) -> list[Link]:
    """Return the links that fit.

    contains: in the URL. text: in what the reader sees. pattern: found in the URL.
    """
    return [
        link
        for link in links
        if (contains is None or contains in link.url)
        and (text is None or _found(text, link.text))
        and (pattern is None or re.search(pattern, link.url) is not None)
    ]


def _found(wanted: str | re.Pattern[str], text: str) -> bool:
    return wanted in text if isinstance(wanted, str) else wanted.search(text) is not None
