"""The HTML of a mail as a browser may have it: it looks, and does nothing.

nh3 keeps what is named here and drops everything else: scripts, handlers, forms, frames, objects,
drawings, what refreshes or moves the page, and whatever would be loaded from elsewhere.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import nh3

from mailcatch.mail.html_stylesheet import harmless_declarations, harmless_sheet
from mailcatch.mail.html_tags import tag_set
from mailcatch.mail.part import Part
from mailcatch.mail.safe import safe_text
from mailcatch.mail.tree import Tree

ROOT: Final = "main"
"""The element around the mail; the mail itself cannot have one."""

TAGS: Final = tag_set(
    "a abbr address area article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 "
    "header hgroup hr i img ins kbd li map mark nav ol p pre q s samp section small span strike "
    "strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
"""Elements that are kept."""

_EVERYWHERE: Final = tag_set(
    "align bgcolor class color dir height id lang style title valign width"
)
_ATTRIBUTES: Final = {
    "*": _EVERYWHERE,
    "a": tag_set("href name"),
    "area": tag_set("alt coords href shape"),
    "col": tag_set("span"),
    "colgroup": tag_set("span"),
    "font": tag_set("face size"),
    "img": tag_set("alt border hspace src usemap vspace"),
    "li": tag_set("type value"),
    "map": tag_set("name"),
    "ol": tag_set("reversed start type"),
    "table": tag_set("border cellpadding cellspacing rules summary"),
    "td": tag_set("abbr colspan headers nowrap rowspan scope"),
    "th": tag_set("abbr colspan headers nowrap rowspan scope"),
    "ul": tag_set("type"),
}
_UNREAD: Final = tag_set("datalist noembed noframes script select style svg template title")
"""Elements that go with all that is inside of them: it was never meant to stand in the text."""

SCHEMES: Final = ("http", "https", "mailto", "tel", "sms", "ftp", "webcal")
"""What a link may lead to."""

IMAGE_TYPES: Final = frozenset(
    f"image/{kind}" for kind in ("png", "jpeg", "jpg", "gif", "webp", "bmp", "avif", "x-icon")
)
"""Images that are shown: pixels, and no drawing that could have a script in it."""

_TARGET: Final = re.compile(rf"(?:{'|'.join(SCHEMES)}):[^\x00-\x20]*+", re.IGNORECASE)
_DATA: Final = re.compile(
    rf"data:(?:{'|'.join(sorted(IMAGE_TYPES))});base64,[a-z0-9+/=\s]*+", re.IGNORECASE
)
_STYLE: Final = re.compile(r"<style\b[^<>]*+>(.*?)(?:</style\b|\Z)", re.DOTALL | re.IGNORECASE)
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SanitisedHtml:
    """HTML without a risk, to be put inside of the element ROOT.

    Attributes:
        html: elements and style sheets.
        not_shown: why an image of the mail itself is missing, as safe text.
    """

    html: str
    not_shown: tuple[str, ...]


def sanitise_html(html: str, images: Mapping[str, str]) -> SanitisedHtml:
    """Take away everything that could run, load, send or lead astray.

    Args:
        html: the HTML of a part, whole.
        images: `data:` URIs of images by their content ids; see `inline_images`.
    """
    missing: dict[str, None] = {}

    def judge(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            return harmless_declarations(value) or None
        if attribute == "href":
            return value if value[:1] == "#" or _TARGET.fullmatch(value) else None
        if attribute != "src":
            return value
        if value[:4].lower() == "cid:":
            found = images.get(value[4:]) or images.get(unquote(value[4:]))
            if found is None:
                missing[safe_text(value, 200)] = None
            return found
        return value if tag == "img" and _DATA.fullmatch(value) else None

    clean = nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(_UNREAD),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=judge,
        url_schemes={*SCHEMES, "cid", "data"},
        link_rel="noreferrer noopener",
        set_tag_attribute_values={"a": {"target": "_blank"}, "area": {"target": "_blank"}},
    )
    sheets = _STYLE.findall(_COMMENT.sub("", html))
    styles = "".join(harmless_sheet(sheet, ROOT) for sheet in sheets)
    if styles:
        clean = f"<style>{styles}</style>{clean}"
    return SanitisedHtml(clean, tuple(missing))


def inline_images(tree: Tree, room: int) -> dict[str, str]:
    """Give the images of a message by their content ids, as `data:` URIs.

    Args:
        tree: the message.
        room: octets of images, in order, past which one is left out.
    """
    found: dict[str, str] = {}
    for part in tree:
        if part.content_id and part.content_id not in found and part.content_type in IMAGE_TYPES:
            octets = _fitting(part, room)
            if octets:
                room -= len(octets)
                encoded = base64.b64encode(octets).decode()
                found[part.content_id] = f"data:{part.content_type};base64,{encoded}"
    return found


def _fitting(part: Part, room: int) -> bytes:
    """Give the content of a part, or nothing where it is larger than there is room."""
    # Three octets take four in base64: what is too large is not decoded in vain.
    if part.size > 3 * room + 1_000 or part.content.cut or len(part.content.data) > room:
        return b""
    return part.content.data
