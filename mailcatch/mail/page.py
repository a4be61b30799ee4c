"""A message as a page for a browser: it shows the mail, and nothing in it runs or is fetched.

The HTML is sanitised, and the page forbids the browser scripts and remote loads besides
(Content Security Policy, https://www.w3.org/TR/CSP3/). Images that the message brings along are
inside the page; what would have been loaded from elsewhere is listed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from mailcatch.mail.html_sanitised import ROOT, inline_images, sanitise_html
from mailcatch.mail.message import Message
from mailcatch.mail.part import Part
from mailcatch.mail.safe import safe_lines, safe_text
from mailcatch.mail.text import read_part
from mailcatch.mail.tree import Tree

IMAGE_ROOM: Final = 20 * 1024 * 1024
"""Octets of images that are put into a page."""

POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'"
)
"""What a browser may do with a page: show its pixels and its styles."""

_MOST_LISTED: Final = 100
_MOST_PARTS: Final = 20
# `contain` keeps what a mail positions inside of its own box, away from what the page says of it.
_BOX: Final = "display:block;contain:layout paint;isolation:isolate;padding:1em"
_STYLE: Final = (
    "body{margin:0;font-family:sans-serif}"
    "header{padding:.7em 1em;background:#eee;color:#222;border-bottom:1px solid #bbb;"
    "font-size:.85em;overflow-wrap:anywhere}"
    "header b{display:inline-block;min-width:6em}"
    "header ul{margin:.3em 0}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "img:not([src]){outline:1px dashed #999;min-width:1em;min-height:1em}"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and what it does not show.

    Attributes:
        html: the whole document, to be written as UTF-8.
        blocked: remote targets that a mail program would load, as safe text.
        not_shown: references to images that the message does not have, or that are too large.
    """

    html: str
    blocked: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()


def make_page(message: Message, *, image_room: int = IMAGE_ROOM) -> Page:
    """Make the page of a message: its HTML where it has any, else its text.

    Args:
        message: any message.
        image_room: octets of images that are put into the page; further ones are left out.
    """
    images = inline_images(message.tree, image_room)
    pieces: list[str] = []
    blocked: dict[str, None] = {}
    not_shown: dict[str, None] = {}
    for part in _shown(message.tree):
        if part.content_type != "text/html":
            pieces.append(_preformatted(read_part(part, message.bounds).plain))
            continue
        text = part.text.text
        clean = sanitise_html(text[: message.bounds.html_chars], images)
        pieces.append(clean.html)
        not_shown |= dict.fromkeys(clean.not_shown)
        passage = read_part(part, message.bounds)
        if passage.html is not None:
            blocked |= dict.fromkeys(safe_text(target) for target in passage.html.remote)
        if len(text) > message.bounds.html_chars:
            not_shown["the end of the HTML: it is too large"] = None
    head = _head(message, list(blocked), list(not_shown))
    body = "<hr>".join(pieces) or "<p>(no text)</p>"
    title = message.summary.subject or "(no subject)"
    return Page(_document(title, head, body), tuple(blocked), tuple(not_shown))


def make_source_page(raw: bytes, why: str) -> Page:
    """Make the page of a message that could not be read: its source, and the reason."""
    source = safe_lines(raw.decode("utf-8", "backslashreplace"))
    return Page(_document("The source of a message", _line("Note", why), _preformatted(source)))


def _shown(tree: Tree) -> Iterator[Part]:
    """Walk the parts a mail program would show in place, HTML before its alternatives."""
    stack = [tree.root]
    given = 0
    while stack and given < _MOST_PARTS:
        part = stack.pop()
        children = list(tree.children(part))
        if part.content_type == "multipart/alternative" and children:
            # RFC 2046 section 5.1.4: the last one is the best; a calendar is not the mail's look.
            best = [one for one in children if one.content_type != "text/calendar"] or children
            rich = [one for one in best if one.content_type == "text/html"]
            stack.append((rich or best)[-1])
        elif part.maintype == "multipart" and children:
            stack.extend(reversed(children))
        elif part.is_body_text:
            given += 1
            yield part


def _head(message: Message, blocked: list[str], not_shown: list[str]) -> str:
    about = message.summary
    lines = [
        _line("Subject", about.subject or "(no subject)"),
        _line("From", about.sender or "-"),
        _line("To", ", ".join(about.to) or "-"),
        _line("Date", safe_text(message.headers.text("date")) or "-"),
    ]
    files = [safe_text(part.filename or "(no name)", 200) for part in message.attachments]
    if files:
        lines.append(_list(f"Files ({len(files)})", files))
    if blocked:
        lines.append(_list(f"Not loaded from elsewhere ({len(blocked)})", blocked))
    if not_shown:
        lines.append(_list(f"Not shown ({len(not_shown)})", not_shown))
    return "".join(lines)


def _line(title: str, value: str) -> str:
    return f"<div><b>{escape(title)}</b> {escape(safe_text(value))}</div>"


def _list(title: str, values: list[str]) -> str:
    items = [f"<li>{escape(safe_text(value))}</li>" for value in values[:_MOST_LISTED]]
    if len(values) > _MOST_LISTED:
        items.append(f"<li>and {len(values) - _MOST_LISTED} more</li>")
    return f"<details><summary>{escape(title)}</summary><ul>{''.join(items)}</ul></details>"


def _preformatted(text: str) -> str:
    return f"<pre>{escape(safe_lines(text))}</pre>"


def _document(title: str, head: str, body: str) -> str:
    return (
        "<!DOCTYPE html>\n"
        '<html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta http-equiv="x-dns-prefetch-control" content="off">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(safe_text(title))}</title><style>{_STYLE}</style></head>\n"
        f'<body><header>{head}</header>\n<{ROOT} style="{_BOX}">{body}</{ROOT}></body></html>\n'
    )
