"""List-Unsubscribe (RFC 2369) and its one-click form (RFC 8058)."""

import re
from dataclasses import dataclass

from mailcatch.mail.headers import HeaderBlock
from mailcatch.mail.safe import safe_text

_URI = re.compile(r"<\s*([^<>]{1,4000})>")
_MOST = 20


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """How a receiver can leave the list.

    Attributes:
        links: http and https targets, safe, in order of preference.
        mailto: mailto targets, safe, in order of preference.
        post: whether List-Unsubscribe-Post asks for one-click.
    """

    links: tuple[str, ...]
    mailto: tuple[str, ...]
    post: bool

    @property
    def one_click(self) -> bool:
        """Whether a mail program can unsubscribe with one click (RFC 8058 section 3.1)."""
        return self.post and any(link.lower().startswith("https://") for link in self.links)


def find_unsubscribe(headers: HeaderBlock) -> Unsubscribe | None:
    """Read the headers; None when there is no List-Unsubscribe."""
    field = headers.first("list-unsubscribe")
    if field is None:
        return None
    uris = ["".join(uri.split()) for uri in _URI.findall(field.text)[:_MOST]]
    post = "".join(headers.text("list-unsubscribe-post").split()).lower()
    return Unsubscribe(
        tuple(_safe(uri) for uri in uris if uri.lower().startswith(("http://", "https://"))),
        tuple(_safe(uri) for uri in uris if uri.lower().startswith("mailto:")),
        post == "list-unsubscribe=one-click",
    )


def _safe(uri: str) -> str:
    return safe_text(uri, 4_000)
