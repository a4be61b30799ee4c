"""Notes on the parts of a message and on what they say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from mailcatch.mail.html_document import HtmlText
from mailcatch.mail.links import Link
from mailcatch.mail.notes import Note, make_note
from mailcatch.mail.part import Part
from mailcatch.mail.safe import safe_text
from mailcatch.mail.tree import Tree
from mailcatch.mail.unsubscribe import Unsubscribe

_MIME_FIELDS = frozenset(("content-type", "content-transfer-encoding", "content-disposition"))
_BULK_FIELDS = frozenset(("list-id", "list-post", "feedback-id", "x-campaign-id", "x-campaign"))
_UNSUBSCRIBE = re.compile(r"unsubscribe|abmelden|désabonner|desabonn|darse de baja", re.IGNORECASE)
_IDENTITY = frozenset(("", "7bit", "8bit", "binary"))


def check_structure(tree: Tree) -> Iterator[Note]:
    """Look at boundaries, declarations and file names."""
    headers = tree.root.headers
    if headers.first("mime-version") is None and headers.has_any(_MIME_FIELDS):
        yield make_note("mime-version-missing", place="header MIME-Version")
    for part in tree:
        place = f"part {part.path}"
        for defect in part.defects:
            yield make_note(defect, place=place)
        if part.maintype == "multipart" and part.encoding not in _IDENTITY:
            yield make_note("multipart-encoded", place=place)
        if part.is_attachment and not part.filename and part.maintype != "message":
            yield make_note("attachment-unnamed", f"{part.content_type} without a name.", place)
    for name in sorted(tree.cut):
        yield make_note(name)
    for part in tree:
        if part.headers.cut:
            yield make_note(part.headers.cut, place=f"part {part.path}")


def check_decoding(tree: Tree) -> Iterator[Note]:
    """Look at transfer encodings and charsets."""
    for part in tree.leaves():
        place = f"part {part.path}"
        content = part.content
        if content.problem == "transfer-encoding-unknown":
            reason = f'"{safe_text(part.encoding, 60)}" is no transfer encoding.'
            yield make_note("transfer-encoding-unknown", reason, place)
        elif content.problem:
            yield make_note(content.problem, f"The content is not valid {part.encoding}.", place)
        if content.cut:
            yield make_note("content-too-large", place=place)
        if part.maintype == "text" and part.text.problem:
            said = safe_text(part.charset or "none", 60)
            reason = f"Declared: {said}; read as {part.text.charset}."
            yield make_note(part.text.problem, reason, place)


def check_texts(tree: Tree) -> Iterator[Note]:
    """Look at whether there is a text for those who see no HTML."""
    plain = [part for part in tree if part.content_type == "text/plain" and part.is_body_text]
    html = [part for part in tree if part.content_type == "text/html" and part.is_body_text]
    if html and not plain:
        yield make_note("html-only", place=f"part {html[0].path}")
    others = len([part for part in tree.leaves() if part not in plain])
    for part in plain:
        alone = others == 0 and len(plain) == 1
        if (html or alone) and not part.text.text.strip():
            yield make_note("text-empty", place=f"part {part.path}")


def check_html(tree: Tree, rendered: Mapping[str, HtmlText]) -> Iterator[Note]:
    """Look at what the HTML texts, by the path of their part, would load."""
    for path, html in rendered.items():
        if html.remote:
            count = len(html.remote)
            reason = f"{count} thing{'s' * (count > 1)} loaded from elsewhere."
            yield make_note("remote-images", reason, f"part {path}")
        if html.cut:
            yield make_note("content-too-large", place=f"part {path}")
        for missing in missing_content_ids(tree, html):
            reason = f"No part has the content id {safe_text(missing, 100)}."
            yield make_note("cid-missing", reason, f"part {path}")


def check_links(links: Sequence[Link]) -> Iterator[Note]:
    """Look at links that mislead."""
    for link in links:
        if link.warning:
            reason = f'"{safe_text(link.text, 80)}" leads to {safe_text(link.target, 120)}'
            yield make_note("link-misleading", reason, f"part {link.part}")


def check_bulk(
    tree: Tree, unsubscribe: Unsubscribe | None, links: Sequence[Link]
) -> Iterator[Note]:
    """Look at whether receivers of bulk mail can leave."""
    if unsubscribe is not None:
        if not unsubscribe.one_click:
            yield make_note("one-click-missing", place="header List-Unsubscribe")
        return
    if _is_bulk(tree.root, links):
        yield make_note("unsubscribe-missing", place="header List-Unsubscribe")


def missing_content_ids(tree: Tree, html: HtmlText) -> tuple[str, ...]:
    """Give the content ids that an HTML text refers to and no part has."""
    there = {part.content_id for part in tree if part.content_id}
    return tuple(
        name for name in html.content_ids if unquote(name) not in there and name not in there
    )


def _is_bulk(root: Part, links: Sequence[Link]) -> bool:
    precedence = root.headers.text("precedence").strip().lower()
    return (
        precedence in ("bulk", "list")
        or root.headers.has_any(_BULK_FIELDS)
        or any(_UNSUBSCRIBE.search(link.text) or _UNSUBSCRIBE.search(link.target) for link in links)
    )
