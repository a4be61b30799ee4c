"""HTML rendered for a terminal.

Paragraphs, lists, quotes and preformatted text keep their shape; tables that hold data are set in
columns and those that only place things are taken apart; links are numbered and their real targets
listed; an image is its alternative text; what a mail program would hide is left out. Nothing that
the HTML names is ever loaded.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailcatch.mail.html_blocks import flatten
from mailcatch.mail.html_builder import BlockBuilder
from mailcatch.mail.html_document import HtmlLink, HtmlText
from mailcatch.mail.html_style import Attributes, Hiding, css_urls, is_pixel
from mailcatch.mail.html_tags import tag_set
from mailcatch.mail.html_tame import tame_html
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.safe import safe_text

_LONGEST_TARGET = 4_000
_NOT_SHOWN = tag_set(
    "head script style title template noembed noframes iframe object embed audio video canvas map "
    "select datalist input textarea meta link base"
)
_SPACED = tag_set("p h1 h2 h3 h4 h5 h6 dl figure fieldset")
_PLAIN_BLOCKS = tag_set(
    "div section article header footer main aside nav address center form dt figcaption legend "
    "details summary button menu hgroup body"
)
_REMOTE = ("http://", "https://", "//")


def render_html(html: str, bounds: Bounds = DEFAULT_BOUNDS) -> HtmlText:
    """Read an HTML text.

    Args:
        html: the decoded content of a text/html part.
        bounds: `html_chars`, `html_nodes` and `links` are used.
    """
    document = LexborHTMLParser(tame_html(html[: bounds.html_chars]))
    walk = _Walk(Hiding("\n".join(node.text() for node in document.css("style")[:50])), bounds)
    for node in document.css("style")[:50]:
        walk.loads(css_urls(node.text()))
    if document.root is not None:
        walk.run(document.root)
    return walk.result(cut=len(html) > bounds.html_chars)


_Leave = Callable[[], None]


class _Walk:
    """One pass over the nodes, without recursion; leaving an element closes what it opened."""

    def __init__(self, hiding: Hiding, bounds: Bounds) -> None:
        self._hiding = hiding
        self._bounds = bounds
        self._builder = BlockBuilder()
        self._links: list[HtmlLink] = []
        self._numbers: dict[str, int] = {}
        self._remote: dict[str, None] = {}
        self._content_ids: dict[str, None] = {}
        self._link_text: list[str] | None = None
        self._lists: list[int | None] = []
        self._cut = False

    def run(self, root: LexborNode) -> None:
        """Visit every node below the root that is shown."""
        leaves: list[_Leave | None] = []
        node: LexborNode | None = root
        visited = 0
        while node is not None:
            visited += 1
            if visited > self._bounds.html_nodes:
                self._cut = True
                return
            shown, leave = self._enter(node)
            child = node.child if shown else None
            if child is not None:
                leaves.append(leave)
                node = child
                continue
            if leave:
                leave()
            while node is not None and leaves:
                following = node.next
                if following is not None:
                    node = following
                    break
                node = node.parent
                finished = leaves.pop()
                if finished:
                    finished()
            else:
                return

    def result(self, *, cut: bool) -> HtmlText:
        """Give what was read."""
        return HtmlText(
            tuple(flatten(self._builder.finish())),
            tuple(self._links),
            tuple(self._remote),
            tuple(self._content_ids),
            cut or self._cut,
        )

    def loads(self, targets: list[str]) -> None:
        """Take note of what a mail program would load."""
        for target in targets:
            clean = target.strip()[:_LONGEST_TARGET]
            lower = clean[:8].lower()
            if lower.startswith("cid:"):
                self._content_ids[clean[4:]] = None
            elif lower.startswith(_REMOTE) and len(self._remote) < self._bounds.links:
                self._remote[clean] = None

    def _enter(self, node: LexborNode) -> tuple[bool, _Leave | None]:
        """Take one node; say whether its children are shown and what to do after them."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return False, None
        if tag[:1] in "-_!":
            return tag == "-document" or not tag, None
        attributes: Attributes = node.attributes
        style = attributes.get("style") or ""
        if tag in _NOT_SHOWN or self._hiding.hides(attributes):
            if tag == "img":
                self.loads([attributes.get("src") or ""])
            return False, None
        if "url(" in style:
            self.loads(css_urls(style))
        background = attributes.get("background")
        if background:
            self.loads([background])
        return True, self._element(tag, attributes)

    def _text(self, text: str) -> None:
        if self._link_text is not None:
            self._link_text.append(text)
        self._builder.text(text)

    def _element(self, tag: str, attributes: Attributes) -> _Leave | None:
        """Open an element; give what closes it."""
        builder = self._builder
        if tag == "br":
            builder.line_break()
        elif tag == "a":
            return self._link(attributes)
        elif tag == "img":
            self._image(attributes)
        elif tag in ("td", "th"):
            builder.begin_cell(heading=tag == "th", span=_span(attributes.get("colspan")))
            return builder.end_inside_table
        elif tag == "tr":
            builder.begin_row()
        elif tag == "table":
            builder.begin_table()
            return builder.end_table
        elif tag == "caption":
            builder.begin_caption()
            return builder.end_inside_table
        elif tag in _PLAIN_BLOCKS:
            builder.block(gap=False)
            return lambda: builder.block(gap=False)
        elif tag in _SPACED:
            builder.block(gap=True)
            return lambda: builder.block(gap=True)
        elif tag in ("ul", "ol"):
            return self._list(tag, attributes)
        elif tag == "li":
            return self._item(attributes)
        elif tag == "blockquote":
            builder.block(gap=True)
            builder.begin_prefix("> ", "> ")
            return self._leave_quote
        elif tag == "dd":
            builder.begin_prefix("    ", "    ")
            return builder.end_prefix
        elif tag in ("pre", "listing", "plaintext"):
            builder.begin_pre()
            return builder.end_pre
        elif tag == "hr":
            builder.rule()
        return None

    def _leave_quote(self) -> None:
        self._builder.end_prefix()
        self._builder.block(gap=True)

    def _list(self, tag: str, attributes: Attributes) -> _Leave:
        self._builder.block(gap=not self._lists)
        self._lists.append(_number(attributes.get("start"), 1) if tag == "ol" else None)

        def leave() -> None:
            self._lists.pop()
            self._builder.block(gap=not self._lists)

        return leave

    def _item(self, attributes: Attributes) -> _Leave:
        number = self._lists[-1] if self._lists else None
        if number is None:
            marker = "• "
        else:
            number = _number(attributes.get("value"), number)
            self._lists[-1] = number + 1
            marker = f"{number}. "
        self._builder.begin_prefix("  " + marker, " " * (len(marker) + 2))
        return self._builder.end_prefix

    def _link(self, attributes: Attributes) -> _Leave | None:
        target = safe_text((attributes.get("href") or "").strip(), _LONGEST_TARGET)
        if not target or target.startswith("#"):
            return None
        outer, self._link_text = self._link_text, []

        def leave() -> None:
            text = safe_text(" ".join("".join(self._link_text or ()).split()), 500)
            self._link_text = outer
            self._end_link(text.strip(), target)

        return leave

    def _end_link(self, text: str, target: str) -> None:
        if len(self._links) >= self._bounds.links:
            return
        number: int | None = None
        if text and not _same(text, target):
            number = self._numbers.setdefault(target, len(self._numbers) + 1)
            self._builder.marker(f" [{number}]")
        self._links.append(HtmlLink(text, target, number))

    def _image(self, attributes: Attributes) -> None:
        sources = [attributes.get("src") or ""]
        sources += [
            piece.split()[0]
            for piece in (attributes.get("srcset") or "").split(",")
            if piece.strip()
        ]
        self.loads(sources[: self._bounds.links])
        alt = " ".join((attributes.get("alt") or "")[:1_000].split())
        if is_pixel(attributes):
            return
        if alt:
            self._text(f"[{alt}]")
        elif self._link_text is not None and "alt" not in attributes:
            self._text("[image]")


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


def _span(value: str | None) -> int:
    return 1 if value is None else min(max(_number(value, 1), 1), 20)


def _number(value: str | None, default: int) -> int:
    if value is None:
        return default
    digits = value.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else default
