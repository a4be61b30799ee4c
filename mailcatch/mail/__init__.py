"""Understanding one message: bytes in, values out.

    message = Message.parse(raw, Envelope("app@example.org", ("ann@example.org",)))
    message.text.render(width=80), message.links, message.codes, message.notes

Nothing here opens a file or a socket, and nothing raises for what a message holds. Names are loaded
when they are first used, so that importing the package costs nothing; the HTML parser is loaded
with the first HTML text.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailcatch.mail.addresses import Address, AddressList, parse_addresses
    from mailcatch.mail.charset import DecodedText
    from mailcatch.mail.codes import Code, find_codes
    from mailcatch.mail.comparison import Comparison, compare, compare_sources
    from mailcatch.mail.dates import parse_date
    from mailcatch.mail.envelope import Envelope
    from mailcatch.mail.errors import (
        MailError,
        TookTooLongError,
        WorkerClosedError,
        WorkerDiedError,
    )
    from mailcatch.mail.headers import Field, HeaderBlock, split_headers
    from mailcatch.mail.html_document import HtmlLink, HtmlText
    from mailcatch.mail.html_text import render_html
    from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
    from mailcatch.mail.links import Link
    from mailcatch.mail.message import Message
    from mailcatch.mail.notes import NOTE_KINDS, Note, NoteKind, make_note
    from mailcatch.mail.page import Page, make_page, make_source_page
    from mailcatch.mail.part import Part
    from mailcatch.mail.safe import safe_bytes, safe_lines, safe_text
    from mailcatch.mail.summary import Summary, summarise
    from mailcatch.mail.text import Passage, ReadableText, read_part
    from mailcatch.mail.tree import Tree, build_tree
    from mailcatch.mail.understood import PartInfo, Understood, understand
    from mailcatch.mail.unsubscribe import Unsubscribe
    from mailcatch.mail.worker import Worker
    from mailcatch.mail.wrap import cell_width, clip_cells, pad_cells, wrap_cells

_HOME = {
    "addresses": ("Address", "AddressList", "parse_addresses"),
    "charset": ("DecodedText",),
    "codes": ("Code", "find_codes"),
    "comparison": ("Comparison", "compare", "compare_sources"),
    "dates": ("parse_date",),
    "envelope": ("Envelope",),
    "errors": ("MailError", "TookTooLongError", "WorkerClosedError", "WorkerDiedError"),
    "headers": ("Field", "HeaderBlock", "split_headers"),
    "html_document": ("HtmlLink", "HtmlText"),
    "html_text": ("render_html",),
    "limits": ("DEFAULT_BOUNDS", "Bounds"),
    "links": ("Link",),
    "message": ("Message",),
    "notes": ("NOTE_KINDS", "Note", "NoteKind", "make_note"),
    "page": ("Page", "make_page", "make_source_page"),
    "part": ("Part",),
    "safe": ("safe_bytes", "safe_lines", "safe_text"),
    "summary": ("Summary", "summarise"),
    "text": ("Passage", "ReadableText", "read_part"),
    "tree": ("Tree", "build_tree"),
    "understood": ("PartInfo", "Understood", "understand"),
    "unsubscribe": ("Unsubscribe",),
    "worker": ("Worker",),
    "wrap": ("cell_width", "clip_cells", "pad_cells", "wrap_cells"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "DEFAULT_BOUNDS",
    "NOTE_KINDS",
    "Address",
    "AddressList",
    "Bounds",
    "Code",
    "Comparison",
    "DecodedText",
    "Envelope",
    "Field",
    "HeaderBlock",
    "HtmlLink",
    "HtmlText",
    "Link",
    "MailError",
    "Message",
    "Note",
    "NoteKind",
    "Page",
    "Part",
    "PartInfo",
    "Passage",
    "ReadableText",
    "Summary",
    "TookTooLongError",
    "Tree",
    "Understood",
    "Unsubscribe",
    "Worker",
    "WorkerClosedError",
    "WorkerDiedError",
    "build_tree",
    "cell_width",
    "clip_cells",
    "compare",
    "compare_sources",
    "find_codes",
    "make_note",
    "make_page",
    "make_source_page",
    "pad_cells",
    "parse_addresses",
    "parse_date",
    "read_part",
    "render_html",
    "safe_bytes",
    "safe_lines",
    "safe_text",
    "split_headers",
    "summarise",
    "understand",
    "wrap_cells",
]


def __getattr__(name: str) -> object:
    """Load a public name from its module when it is first used (PEP 562)."""
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value
