"""The links of an HTML text: what each says, where it leads, and the number it is listed under."""

from urllib.parse import urlsplit

from mailcatch.mail.html_document import HtmlLink
from mailcatch.mail.safe import safe_text

_LONGEST_TEXT = 500
_LONGEST_TARGET = 4_000


class LinkList:
    """Gathers links while the text inside them is read. most: how many are listed."""

    def __init__(self, most: int) -> None:
        self.found: list[HtmlLink] = []
        self._most = most
        self._numbers: dict[str, int] = {}
        self._open: list[tuple[str, list[str]]] = []

    @property
    def inside(self) -> bool:
        """Whether a link is open."""
        return bool(self._open)

    def begin(self, href: str) -> bool:
        """Open a link; say whether it leads anywhere, and so has to be ended."""
        target = safe_text(href.strip(), _LONGEST_TARGET)
        if not target or target.startswith("#"):
            return False
        self._open.append((target, []))
        return True

    def text(self, text: str) -> None:
        """Take text that is shown; it belongs to the innermost link."""
        if self._open:
            self._open[-1][1].append(text)

    def end(self) -> int | None:
        """Close the innermost link; give its number where its target has to be listed."""
        target, pieces = self._open.pop()
        if len(self.found) >= self._most:
            return None
        text = safe_text(" ".join("".join(pieces).split()), _LONGEST_TEXT).strip()
        number: int | None = None
        if text and not _same(text, target):
            number = self._numbers.setdefault(target, len(self._numbers) + 1)
        self.found.append(HtmlLink(text, target, number))
        return number


def _same(text: str, target: str) -> bool:
    """Whether a link's text already says its target."""
    bare = target.removeprefix("mailto:").removeprefix("tel:")
    if text.rstrip("/") in (target.rstrip("/"), bare):
        return True
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    shown = (parts.netloc + parts.path).rstrip("/")
    return not parts.query and not parts.fragment and text.rstrip("/") == shown
