"""The links of a message, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from mailcatch.mail.links import Link
    from mailcatch.mail.understood import Understood


WARNINGS: Final = {
    "other-host": "leads to another host than its text names",
    "user-in-address": "a user name stands where a host is looked for",
    "look-alike-host": "the host is written in look-alike letters",
    "script": "runs a script",
}


_MAIL_FIELDS: Final = {"to", "cc", "bcc", "subject", "body", "in-reply-to"}


def only_text(address: str) -> str:
    """Return a mailto link without fields by which a mail program would attach a file.

    RFC 6068 section 4: what a link asks for beyond text is not to be trusted.
    """
    scheme, colon, rest = address.partition(":")
    if scheme.lower() != "mailto":
        return address
    whom, mark, query = rest.partition("?")
    fields = [one for one in query.split("&") if _field(one) in _MAIL_FIELDS]
    return f"{scheme}{colon}{whom}{mark if fields else ''}{'&'.join(fields)}"


def _field(pair: str) -> str:
    return unquote(pair.partition("=")[0]).lower()


def distinct_links(found: Understood) -> list[tuple[str, Link]]:
    """Return the links, each target once, with the text that says most about it."""
    texts: dict[str, str] = {}
    links: dict[str, Link] = {}
    for link in found.links:
        if link.target not in links or (link.warning and not links[link.target].warning):
            links[link.target] = link
        said = "" if link.text == link.target else link.text
        if said and not texts.get(link.target):
            texts[link.target] = said
    return [(texts.get(target, ""), link) for target, link in links.items()]
