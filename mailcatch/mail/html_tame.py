"""HTML made cheap to parse, before it is parsed.

An HTML5 parser obeys rules whose cost grows with the square of hostile input: 1 MB of `<div>` keeps
lexbor busy for a minute and a half, a tag with 140,000 attributes for one, and a few thousand
unclosed `<font>` make millions of nodes. One linear pass over the tags takes all that away without
changing what a terminal can show:

* tags that only style text become `<wbr>`, which holds nothing, `<span>` when they may hide it, or
  `<del>` when they cross it out;
* tags nested deeper than in any real mail become `<wbr>`;
* attributes past a number are dropped, and so are scripts and what surrounds no text.

To know the depth, the open elements are followed by the parser's own rules ("Tree construction" in
the HTML standard), and where following them exactly is too much, so that the depth is never
thought smaller than it is.
"""

import re

from mailcatch.mail.html_tags import tag_set

DEEPEST = 256
"""Open elements past which a tag no longer opens another one."""

_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+"""
_PIECE = re.compile(
    rf"""(?P<parts> (?:</?t(?:[dhr]|body)>[^<]*+)+ )
    |(?P<comment> <!--(?:-?>|.*?(?:--!?>|\Z)) )
    |<(?P<raw>script|style|title|textarea|xmp|iframe|noembed|noframes|template|select)\b
        .*?(?:</(?P=raw)\b[^<>]*>?|\Z)
    |<(?P<slash>/?)(?P<name>[a-z][^\s/>]*+)
        (?P<kept>(?:{_ATTRIBUTE}){{0,200}}+)(?P<dropped>(?:{_ATTRIBUTE})*+)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_STYLING = tag_set("b big code em font i nobr s small strike strong sub tt u")
_CROSSING_OUT = tag_set("s strike")
_MAY_HIDE = re.compile("style|hidden|class|id", re.IGNORECASE)
# Elements with rules of their own that show nothing themselves; text inside them stays.
_DROPPED = tag_set("applet form frameset marquee math noscript object plaintext svg")
# These never stay open: they are void, or the next of their kind closes them.
_SHORT_LIVED = tag_set(
    "a area base basefont bgsound br col embed frame head hr img input keygen link meta param "
    "source track wbr"
)
# Nor do these, but each is a fence that end tags of ordinary elements do not pass.
_FENCING = tag_set("dd dt li p")
_TABLE_PARTS = tag_set("caption colgroup tbody td tfoot th thead tr")
# The end tag of an ordinary element does not reach past these: the standard's "special".
_SPECIAL = tag_set(
    "address article aside blockquote body button center details dir div dl fieldset figcaption "
    "figure footer h1 h2 h3 h4 h5 h6 header hgroup html listing main menu nav ol "
    "pre search section summary table ul"
)


def tame_html(html: str) -> str:
    """Give HTML that renders to the same text and is parsed in linear time."""
    return _PIECE.sub(_Tamer().replace, html)


class _Tamer:
    """Rewrites one piece after another and follows which elements are open.

    A place is an index into the stack of open elements. `fences` holds, innermost last, the place
    just past which an ordinary end tag cannot reach, with the name of what stands there.
    """

    def __init__(self) -> None:
        self._open: list[str] = []
        self._places: dict[str, list[int]] = {}
        self._fences: list[tuple[int, str]] = []
        self._ignored: dict[str, int] = {}
        self._styling: dict[str, list[str]] = {}
        self._seen_once: set[str] = set()

    def replace(self, piece: re.Match[str]) -> str:
        """Give what the parser shall see in place of a comment, a raw element or tags."""
        parts, comment, raw, slash, name, kept = piece.group(
            "parts", "comment", "raw", "slash", "name", "kept"
        )
        if parts is not None:
            # Most tags of a large table, taken together.
            if "<t" in parts or "<T" in parts:
                self._start_table_part()
            return str(parts)
        if comment is not None:
            return ""
        if raw is not None:
            return piece[0] if raw.lower() == "style" else ""
        name = name.lower()
        if slash:
            return f"</{self._end(name)}"
        if name in _TABLE_PARTS:
            self._start_table_part()
            return f"<{name}{kept}"
        if name in _STYLING:
            name = self._start_styling(name, kept)
            return f"<{name}{kept}"
        return f"<{self._start(name)}{kept}"

    def _start_styling(self, name: str, attributes: str) -> str:
        if name in _CROSSING_OUT:
            become = self._start("del")
        else:
            become = self._start("span") if _MAY_HIDE.search(attributes) else "wbr"
        self._styling.setdefault(name, []).append(become)
        return become

    def _start(self, name: str) -> str:
        if name in _FENCING:
            return self._start_fencing(name)
        if name in _SHORT_LIVED:
            return name
        if name in _DROPPED:
            return "wbr"
        if name in ("html", "body"):
            # Attributes of a second one would be merged into the first, one by one.
            again = name in self._seen_once
            self._seen_once.add(name)
            return "wbr" if again else name
        if len(self._open) >= DEEPEST:
            self._ignored[name] = self._ignored.get(name, 0) + 1
            return "wbr"
        place = len(self._open)
        self._open.append(name)
        self._places.setdefault(name, []).append(place)
        if name in _SPECIAL:
            self._fences.append((place, name))
        return name

    def _start_table_part(self) -> None:
        """Close everything that is open inside the innermost table."""
        tables = self._places.get("table")
        if tables:
            self._pop_to(tables[-1] + 1)

    def _start_fencing(self, name: str) -> str:
        """Open an item or a paragraph, which closes one of its kind beside it."""
        place = len(self._open)
        kind = "dd" if name == "dt" else name
        if self._fences and self._fences[-1] == (place, "p"):
            self._fences.pop()
        if not self._fences or self._fences[-1] != (place, kind):
            if len(self._fences) >= 2 * DEEPEST:
                return "wbr"  # items of different kinds do not close each other
            self._fences.append((place, kind))
        return name

    def _end(self, name: str) -> str:
        if name in _STYLING:
            became = self._styling.get(name)
            name = became.pop() if became else "wbr"
        if name in _DROPPED or name == "wbr":
            return "wbr"
        if self._ignored.get(name):
            self._ignored[name] -= 1
            return "wbr"
        if name in _FENCING:
            kind = "dd" if name == "dt" else name
            if self._fences and self._fences[-1] == (len(self._open), kind):
                self._fences.pop()
        elif self._places.get(name) and self._reaches(name, self._places[name][-1]):
            self._pop_to(self._places[name][-1])
        return name

    def _reaches(self, name: str, place: int) -> bool:
        """Whether the end tag of an open element closes it, and all that is open inside it."""
        if name == "table":
            return True
        if name in _SPECIAL:
            tables = self._places.get("table")
            return not tables or place >= tables[-1]
        return not self._fences or place >= self._fences[-1][0]

    def _pop_to(self, place: int) -> None:
        while len(self._open) > place:
            self._places[self._open.pop()].pop()
        while self._fences and self._fences[-1] >= (place, ""):
            self._fences.pop()
