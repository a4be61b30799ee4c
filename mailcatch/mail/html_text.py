"""HTML rendered for a terminal.

Paragraphs, lists, quotes and preformatted text keep their shape; tables that hold data are set in
columns and those that only place things are taken apart; links are numbered and their real targets
listed; an image is its alternative text; what a mail program would hide is left out. Nothing that
the HTML names is ever loaded.
"""

from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailcatch.mail.html_blocks import flatten
from mailcatch.mail.html_builder import BlockBuilder
from mailcatch.mail.html_document import HtmlText
from mailcatch.mail.html_links import LinkList
from mailcatch.mail.html_style import Attributes, Hiding, Look, css_urls, is_pixel, is_spaced
from mailcatch.mail.html_tags import tag_set
from mailcatch.mail.html_tame import tame_html
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds

_LONGEST_TARGET = 4_000
_LONGEST_RAISED = 8
_NOT_SHOWN = tag_set(
    "head script style title template noembed noframes iframe object embed audio video canvas "
    "select datalist textarea meta link base"
)
_CELLS = tag_set("td th")
_SPACED = tag_set("p h1 h2 h3 h4 h5 h6 dl figure fieldset")
_PLAIN_BLOCKS = tag_set(
    "div section article header footer main aside nav address center form dt figcaption legend "
    "details summary button menu hgroup body"
)
# What stands around the text of an element: a price that is crossed out is no price.
_SURROUNDED = {"del": ("~~", "~~"), "q": ("“", "”")}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_REMOTE = ("http://", "https://", "//")


def render_html(html: str, bounds: Bounds = DEFAULT_BOUNDS) -> HtmlText:
    """Read an HTML text.

    Args:
        html: the decoded content of a text/html part.
        bounds: `html_chars`, `html_nodes` and `links` are used.
    """
    document = LexborHTMLParser(tame_html(html[: bounds.html_chars]))
    sheets = [node.text() for node in document.css("style")[:50]]
    walk = _Walk(Hiding("\n".join(sheets)), bounds)
    for sheet in sheets:
        walk.loads(css_urls(sheet))
    if document.root is not None:
        walk.run(document.root)
    return walk.result(cut=len(html) > bounds.html_chars)


_Leave = Callable[[], object]


class _Walk:
    """One pass over the nodes, without recursion; leaving an element closes what it opened."""

    def __init__(self, hiding: Hiding, bounds: Bounds) -> None:
        self._hiding = hiding
        self._bounds = bounds
        self._builder = BlockBuilder()
        self._links = LinkList(bounds.links)
        self._remote: dict[str, None] = {}
        self._content_ids: dict[str, None] = {}
        self._lists: list[int | None] = []
        self._unsized = False
        self._raised = False
        self._cut = False

    def run(self, root: LexborNode) -> None:
        """Visit every node below the root that is shown."""
        outside: list[tuple[LexborNode, _Leave | None]] = []
        node: LexborNode | None = root
        left = self._bounds.html_nodes
        while node is not None:
            left -= 1
            if left < 0:
                self._cut = True
                return
            tag = node.tag or ""
            if tag == "-text":
                self._text(node.text_content or "")
            elif tag in _CELLS and (text := self._lone_text(node)) is not None:
                left -= 1
                self._builder.lone_cell(text, heading=tag == "th")
            elif tag[:1] not in "-_!" or tag in ("-document", ""):
                shown, leave = self._enter(node, tag)
                child = node.child if shown else None
                if child is not None:
                    outside.append((node, leave))
                    node = child
                    continue
                if leave:
                    leave()
            following = node.next
            while following is None and outside:
                node, leave = outside.pop()
                if leave:
                    leave()
                following = node.next if outside else None
            node = following

    def result(self, *, cut: bool) -> HtmlText:
        """Give what was read."""
        return HtmlText(
            tuple(flatten(self._builder.finish())),
            tuple(self._links.found),
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

    def _lone_text(self, node: LexborNode) -> str | None:
        """Give the text of a cell that holds nothing else, as most do in a large table of data."""
        child = node.child
        if child is None or child.tag != "-text" or child.next is not None or node.attributes:
            return None
        if self._unsized or self._raised or self._links.inside or self._hiding.follows_sheets:
            return None
        return child.text_content or ""

    def _enter(self, node: LexborNode, tag: str) -> tuple[bool, _Leave | None]:
        """Take one element; say whether its children are shown and what to do after them."""
        attributes: Attributes = node.attributes
        look = self._hiding.look(tag, attributes)
        if tag in _NOT_SHOWN or look is Look.HIDDEN:
            if tag == "img":
                self.loads([attributes.get("src") or ""])
            return False, None
        if attributes:
            self._styled(attributes)
        leave = self._element(tag, attributes)
        if look is Look.PLAIN or (look is Look.UNSIZED) == self._unsized:
            return True, leave
        self._unsized = not self._unsized

        def restore() -> None:
            self._unsized = not self._unsized
            if leave:
                leave()

        return True, restore

    def _styled(self, attributes: Attributes) -> None:
        style = attributes.get("style") or ""
        if "url(" in style:
            self.loads(css_urls(style))
        background = attributes.get("background")
        if background:
            self.loads([background])

    def _text(self, text: str) -> None:
        if self._unsized:
            return
        if self._raised and len(text) <= _LONGEST_RAISED and text.isascii() and text.isdecimal():
            text = text.translate(_RAISED)
        self._shown(text)

    def _shown(self, text: str) -> None:
        self._links.text(text)
        self._builder.text(text)

    def _element(self, tag: str, attributes: Attributes) -> _Leave | None:
        """Open an element; give what closes it."""
        builder = self._builder
        if tag in _CELLS:
            return self._cell(tag, attributes)
        if tag == "tr":
            builder.begin_row()
        elif tag == "br":
            builder.line_break()
        elif tag == "a":
            return self._end_link if self._links.begin(attributes.get("href") or "") else None
        elif tag == "img":
            self._image(attributes)
        elif tag == "area":
            self._area(attributes)
        elif tag in _SPACED or (tag in _PLAIN_BLOCKS and is_spaced(attributes)):
            builder.block(gap=True)
            return builder.end_spaced_block
        elif tag in _PLAIN_BLOCKS:
            builder.block(gap=False)
            return builder.end_block
        elif tag == "table":
            builder.begin_table()
            return builder.end_table
        elif tag == "caption":
            builder.begin_caption()
            return builder.end_inside_table
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
        else:
            return self._inline(tag, attributes)
        return None

    def _cell(self, tag: str, attributes: Attributes) -> _Leave:
        builder = self._builder
        if not attributes:
            builder.begin_cell(heading=tag == "th")
            return builder.end_inside_table
        span, rows = _span(attributes.get("colspan")), _span(attributes.get("rowspan"))
        builder.begin_cell(heading=tag == "th", span=span, rows=rows)
        if not is_spaced(attributes):
            return builder.end_inside_table
        builder.block(gap=True)
        return builder.end_spaced_cell

    def _inline(self, tag: str, attributes: Attributes) -> _Leave | None:
        """Open an element inside of a line that is more than a style."""
        if tag in _SURROUNDED:
            before, after = _SURROUNDED[tag]
            self._text(before)
            return lambda: self._text(after)
        if tag == "sup":
            self._raised = True
            return self._leave_raised
        if tag == "input" and (attributes.get("type") or "").lower() in ("checkbox", "radio"):
            self._text("[x] " if "checked" in attributes else "[ ] ")
        return None

    def _leave_raised(self) -> None:
        self._raised = False

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

    def _end_link(self) -> None:
        number = self._links.end()
        if number is not None:
            self._builder.marker(f" [{number}]")

    def _area(self, attributes: Attributes) -> None:
        """Take a part of an image that is a link."""
        if self._links.begin(attributes.get("href") or ""):
            alt = " ".join((attributes.get("alt") or "image")[:1_000].split())
            self._shown(f" [{alt}]")
            self._end_link()

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
            # An emoji that is sent as an image is the emoji.
            self._shown(f"[{alt}]" if alt.isascii() or any(map(str.isalnum, alt)) else alt)
        elif self._links.inside and "alt" not in attributes:
            self._shown("[image]")


def _span(value: str | None) -> int:
    return 1 if value is None else min(max(_number(value, 1), 1), 20)


def _number(value: str | None, default: int) -> int:
    if value is None:
        return default
    digits = value.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 7 else default
