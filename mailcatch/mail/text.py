"""The best readable text of a message.

Of alternatives the plain one is taken unless it is empty or only says that the mail is HTML; texts
that follow each other in a message are joined; calendars are described; an HTML text is rendered.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from mailcatch.mail.flowed import unflow
from mailcatch.mail.html_document import HtmlText
from mailcatch.mail.invite import describe_invite
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.part import Part
from mailcatch.mail.safe import safe_lines
from mailcatch.mail.tree import Tree

_STUB = re.compile(
    r"(?:does(?: not|n't) support html|html[- ](?:capable|enabled|compatible)|view (?:this|the) "
    r"(?:e-?mail|message) in (?:your|a) browser|to view (?:this|the) (?:e-?mail|message))",
    re.IGNORECASE,
)

Form = Literal["plain", "html", "calendar"]


class Passage(msgspec.Struct, frozen=True):
    """The text of one part.

    Attributes:
        part: where it comes from.
        form: what it was before it became text.
        plain: safe text, unwrapped, to search.
        html: the rendered HTML, for form "html" only.
    """

    part: Part
    form: Form
    plain: str
    html: HtmlText | None = None

    def render(self, width: int) -> str:
        """Give the passage for a width in cells; plain text keeps its own lines."""
        return self.html.render(width) if self.html else self.plain


class ReadableText(msgspec.Struct, frozen=True):
    """What a reader of the message reads, passage by passage."""

    passages: tuple[Passage, ...] = ()

    @property
    def plain(self) -> str:
        """The whole as safe text, unwrapped, to search."""
        return "\n\n".join(passage.plain for passage in self.passages if passage.plain)

    def render(self, width: int = 80) -> str:
        """Give the whole as safe text for a width in cells."""
        return "\n\n".join(text for text in (p.render(width) for p in self.passages) if text)


def read_text(tree: Tree, bounds: Bounds = DEFAULT_BOUNDS) -> ReadableText:
    """Choose and render the text of a message; attached messages and files are left out."""
    return ReadableText(tuple(read_part(part, bounds) for part in _chosen(tree)))


def read_part(part: Part, bounds: Bounds = DEFAULT_BOUNDS) -> Passage:
    """Render one part as text, whatever its type claims."""
    text = part.text.text
    if part.content_type == "text/html":
        # The HTML parser is loaded with the first HTML text: a list of plain mail needs none.
        from mailcatch.mail.html_text import render_html

        html = render_html(text, bounds)
        return Passage(part, "html", html.plain, html)
    if part.content_type == "text/calendar":
        described = describe_invite(text)
        if described:
            return Passage(part, "calendar", safe_lines(described))
    if (part.parameters.get("format") or "").lower() == "flowed":
        text = unflow(text, delete_space=(part.parameters.get("delsp") or "").lower() == "yes")
    return Passage(part, "plain", safe_lines(text).strip("\n"))


def _chosen(tree: Tree) -> Iterator[Part]:
    """Walk the parts a mail program would show in place."""
    stack = [tree.root]
    while stack:
        part = stack.pop()
        children = tree.children(part)
        if part.content_type == "multipart/alternative" and children:
            stack.extend(reversed(_alternatives(tree, children)))
        elif part.maintype == "multipart" and children:
            stack.extend(reversed(children))
        elif part.is_body_text or (part.maintype == "multipart" and not children):
            yield part


def _alternatives(tree: Tree, children: tuple[Part, ...]) -> list[Part]:
    """Give the alternative to read, and a calendar beside it."""
    plain = next((part for part in children if part.content_type == "text/plain"), None)
    calendars = [part for part in children if part.content_type == "text/calendar"]
    others = [part for part in children if part is not plain and part not in calendars]
    readable = [part for part in others if part.maintype in ("text", "multipart")]
    if plain is not None and (not readable or _says_something(plain)):
        return [plain, *calendars]
    # RFC 2046 section 5.1.4: the last one is the best.
    html = next((part for part in readable if part.content_type == "text/html"), None)
    best = html or (readable[-1] if readable else None)
    return [best, *calendars] if best else calendars or list(children[:1])


def _says_something(plain: Part) -> bool:
    text = plain.text.text.strip()
    return bool(text) and not (len(text) < 400 and _STUB.search(text))
