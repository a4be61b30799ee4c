"""What HTML mail hides: preheaders, padding, dark-mode doubles, and pixels that only track.

Two kinds are told apart. An element may be hidden with all that is inside it. Or letters are given
no size, which frameworks do to whole layouts so that the blanks between columns take no room: then
text shows again wherever an element inside gives it a size, and images show in any case.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum

_ZERO = r"(?:0+(?:\.0*)?|\.0+)"
_HIDING = re.compile(
    rf"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*{_ZERO}\s*(?:!|;|$)",
    re.IGNORECASE,
)
# Without room something is hidden only where what does not fit is not shown.
_NO_ROOM = re.compile(
    rf"(?<![\w-])(?:max-)?(?:height|width)\s*:\s*{_ZERO}(?:px|pt|r?em|%)?\s*(?:!|;|$)",
    re.IGNORECASE,
)
_CLIPPED = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_FONT = re.compile(r"(?<![\w-])font(?:-size)?\s*:\s*([^;]{1,200})", re.IGNORECASE)
_SIZE = re.compile(
    rf"(?P<zero>(?<![\w.]){_ZERO}(?:px|pt|r?em|%)?(?![\w.%]))"
    r"|(?P<size>\d(?:px|pt|pc|rem|cm|mm|in|v[wh])|\b(?:xx?-)?(?:small|large)\b|\bmedium\b)",
    re.IGNORECASE,
)
_SPACE = re.compile(
    r"(?<![\w-])(?:margin|padding)(?:-top|-bottom)?\s*:\s*(?:(\d{1,4})(?:\.\d+)?px|[1-9]\d*(?:\.\d+)?r?em)",
    re.IGNORECASE,
)
_EMPTY_LINE = 10
_AT_BLOCK = re.compile(
    r"@[a-z-]{1,30}+[^{};]{0,120}+(?:\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}|;)", re.IGNORECASE
)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]*)\}")
_SIMPLE_SELECTOR = re.compile(r"[a-z0-9]*([.#][a-z0-9_-]+)", re.IGNORECASE)
_LAST_IN_SELECTOR = re.compile(r"(?:\*|[.#]?[a-z0-9_-]+)(?=(?:[:\[].*)?$)", re.IGNORECASE)
_URL = re.compile(r"url\(\s*[\"']?([^\"')\s]{1,4000})", re.IGNORECASE)
_MOST_CSS = 100_000

Attributes = Mapping[str, str | None]


class Look(Enum):
    """What an element does to itself and all inside it.

    PLAIN: nothing. HIDDEN: it is not shown. SIZED: its letters have a size. UNSIZED: they have
    none, and so are not seen.
    """

    PLAIN = "plain"
    HIDDEN = "hidden"
    SIZED = "sized"
    UNSIZED = "unsized"


class Hiding:
    """Tells which elements a mail program does not show.

    Only selectors of one class or id outside any @media hide anything: that is what mails use to
    hide a preheader, and what a phone or dark mode would show is not what is on the desk. Any
    selector may give letters a size.

    follows_sheets: whether a sheet says anything of these; else only attributes do.
    """

    def __init__(self, css: str = "") -> None:
        self._hidden: set[str] = set()
        self._unsized: set[str] = set()
        self._sized: set[str] = set()
        plain = _AT_BLOCK.sub("", _CSS_COMMENT.sub("", css[:_MOST_CSS]))
        for rule in _RULE.finditer(plain):
            self._take(rule[1].split(","), rule[2])
        self.follows_sheets = bool(self._hidden or self._unsized or self._sized)

    def _take(self, selectors: list[str], declarations: str) -> None:
        hides = _hides(declarations)
        size = _size(declarations)
        if not hides and size is Look.PLAIN:
            return
        for selector in selectors:
            simple = _SIMPLE_SELECTOR.fullmatch(selector.strip())
            if simple and hides:
                self._hidden.add(simple[1])
            elif simple and size is Look.UNSIZED:
                self._unsized.add(simple[1])
            elif size is Look.SIZED:
                last = _LAST_IN_SELECTOR.search(selector.strip()[-200:])
                if last:
                    self._sized.add(last[0] if last[0][0] in ".#" else last[0].lower())

    def look(self, tag: str, attributes: Attributes) -> Look:
        """Say what an element does."""
        if not attributes and not self._sized:
            return Look.PLAIN
        if "hidden" in attributes:
            return Look.HIDDEN
        style = attributes.get("style")
        size = Look.PLAIN
        if style:
            style = style[:2_000]
            if _hides(style):
                return Look.HIDDEN
            size = _size(style)
        if self.follows_sheets:
            names = set(_names(tag, attributes))
            if names & self._hidden:
                return Look.HIDDEN
            if size is Look.PLAIN and names & self._sized:
                return Look.SIZED
            if size is Look.PLAIN and names & self._unsized:
                return Look.UNSIZED
        return size


def _names(tag: str, attributes: Attributes) -> Iterator[str]:
    """Give what selectors may call an element by."""
    yield "*"
    yield tag
    for name in (attributes.get("class") or "")[:500].split():
        yield f".{name}"
    identity = attributes.get("id")
    if identity:
        yield f"#{identity}"


def _hides(declarations: str) -> bool:
    if _HIDING.search(declarations):
        return True
    return bool(_NO_ROOM.search(declarations) and _CLIPPED.search(declarations))


def _size(declarations: str) -> Look:
    """Say whether letters are given a size; one that counts from that around it says nothing."""
    found = Look.PLAIN
    for font in _FONT.finditer(declarations):
        size = _SIZE.search(font[1])
        if size is not None:
            found = Look.UNSIZED if size["zero"] else Look.SIZED
    return found


def is_spaced(attributes: Attributes) -> bool:
    """Whether so much room is left above or below an element that it stands for an empty line."""
    style = attributes.get("style")
    if not style or ":" not in style:
        return False
    return any(
        int(space[1] or _EMPTY_LINE) >= _EMPTY_LINE for space in _SPACE.finditer(style[:2_000])
    )


def is_pixel(attributes: Attributes) -> bool:
    """Whether an image is made to be loaded and not to be seen."""
    width, height = (_pixels(attributes, side) for side in ("width", "height"))
    return width is not None and height is not None and width <= 2 and height <= 2


def css_urls(style: str) -> list[str]:
    """Give the targets of `url()` in a style attribute or sheet."""
    return _URL.findall(style[:_MOST_CSS]) if "url(" in style.lower() else []


def _pixels(attributes: Attributes, side: str) -> int | None:
    value = (attributes.get(side) or "").strip().removesuffix("px")
    return int(value) if value.isdecimal() and value.isascii() and len(value) < 6 else None
