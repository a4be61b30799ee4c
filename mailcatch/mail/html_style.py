"""What HTML mail hides: preheaders, padding, dark-mode doubles, and pixels that only track."""

import re
from collections.abc import Mapping

_HIDING = re.compile(
    r"""display\s*:\s*none
    |visibility\s*:\s*(?:hidden|collapse)
    |font-size\s*:\s*0*\.?0*(?:px|pt|em|rem|%)?\s*(?:!|;|$)
    |opacity\s*:\s*0*\.?0*\s*(?:!|;|$)
    |max-(?:height|width)\s*:\s*0*\.?0*(?:px|pt|em|%)?\s*(?:!|;|$)
    |mso-hide\s*:\s*all""",
    re.VERBOSE | re.IGNORECASE,
)
_AT_BLOCK = re.compile(
    r"@[a-z-]{1,30}+[^{};]{0,120}+(?:\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}|;)", re.IGNORECASE
)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]*)\}")
_SIMPLE_SELECTOR = re.compile(r"[a-z0-9]*([.#][a-z0-9_-]+)", re.IGNORECASE)
_URL = re.compile(r"url\(\s*[\"']?([^\"')\s]{1,4000})", re.IGNORECASE)
_MOST_CSS = 100_000

Attributes = Mapping[str, str | None]


class Hiding:
    """Tells which elements a mail program does not show.

    Only selectors of one class or id outside any @media are followed: that is what mails use to
    hide a preheader, and what a phone or dark mode would show is not what is on the desk.
    """

    def __init__(self, css: str = "") -> None:
        self._selectors: set[str] = set()
        plain = _AT_BLOCK.sub("", _CSS_COMMENT.sub("", css[:_MOST_CSS]))
        for rule in _RULE.finditer(plain):
            if _HIDING.search(rule[2]):
                for selector in rule[1].split(","):
                    simple = _SIMPLE_SELECTOR.fullmatch(selector.strip())
                    if simple:
                        self._selectors.add(simple[1])

    def hides(self, attributes: Attributes) -> bool:
        """Whether an element with these attributes, and all that is inside it, is not shown."""
        style = attributes.get("style")
        if style and _HIDING.search(style[:2_000]):
            return True
        if "hidden" in attributes:
            return True
        if self._selectors:
            names = (attributes.get("class") or "")[:1_000].split()
            if any("." + name in self._selectors for name in names):
                return True
            return "#" + (attributes.get("id") or "") in self._selectors
        return False


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
