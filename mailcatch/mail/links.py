"""The links of a message: their text, their real target, and a warning when the two disagree."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.safe import safe_text
from mailcatch.mail.text import Passage

_IN_TEXT = re.compile(
    r"""\b(?:https?://|www\.(?=[a-z0-9]))[^\s<>"\u201c\u201d\u300c\u300d]{1,4000}"""
    r"""|\bmailto:[^\s<>"]{1,500}""",
    re.IGNORECASE,
)
# Without one of these there is no link, which is quicker to see.
_SIGNS = ("://", "www.", "mailto:")
_NAMES_A_HOST = re.compile(
    r"(?:https?://)?(?:[^\s/@]{1,200}@)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})"
    r"(?::\d{1,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
# In a longer text a host stands out by "https://", "www." or the end of its name.
_HOST_INSIDE = re.compile(
    r"""(?<![\w@./-])(?:(?:(?i:https?)://|(?=(?i:www)\.))((?i:(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}))
    |((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}(?:com|org|net|edu|gov|info|biz|io|app|dev|shop
    |eu|de|at|ch|fr|nl|be|uk|ie|es|pt|it|pl|cz|se|no|dk|fi|us|ca|mx|br|au|nz|jp|cn|kr|in|ru
    |example|test)))(?![\w@-]|\.\w)""",
    re.VERBOSE,
)
# What ends so, and has nothing before or behind it, is a file or the name of a library.
_FILE = re.compile(
    r"[\w.-]+\.(?:pdf|docx?|xlsx?|pptx?|odt|ods|csv|tsv|txt|rtf|json|xml|ya?ml|toml|html?|css|[cm]?js|tsx?|jsx"
    r"|py|rb|rs|go|php|sh|sql|md|log|ics|eml|png|jpe?g|gif|svg|webp|mp[34]|mov|zip|gz|tgz|tar|exe|dmg)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'*_~"
_PAIRS = {")": "(", "]": "[", "}": "{"}

Warning = Literal["other-host", "user-in-address", "look-alike-host", "script"]  # noqa: A001


@dataclass(frozen=True, slots=True)
class Link:
    """One link.

    Attributes:
        text: what the reader sees, safe; the target itself for a link in plain text.
        target: where it leads, safe.
        form: "html" or "plain": where it was found.
        part: path of the part it was found in.
        warning: why the reader may be misled, or None: the text names another host; a user name
            stands where a host is looked for; the host is written in look-alike letters; it runs a
            script.
    """

    text: str
    target: str
    form: Literal["html", "plain"]
    part: str
    warning: Warning | None = None

    @property
    def host(self) -> str:
        """The host of the target in lower case, "" when it has none."""
        return host_of(self.target)


def find_links(passages: Iterable[Passage], bounds: Bounds = DEFAULT_BOUNDS) -> tuple[Link, ...]:
    """Give the links of the passages in order, each text and target once a part."""
    found: dict[Link, None] = {}
    for passage in passages:
        for link in _links_of(passage, bounds):
            found[link] = None
            if len(found) >= bounds.links:
                return tuple(found)
    return tuple(found)


def host_of(target: str) -> str:
    """Give the host of a URL in lower case, "" when there is none or it is no URL."""
    try:
        return (urlsplit(target).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _links_of(passage: Passage, bounds: Bounds) -> Iterator[Link]:
    path = passage.part.path
    if passage.html is not None:
        for link in passage.html.links:
            yield Link(link.text, link.target, "html", path, _warning(link.text, link.target))
        return
    text = passage.plain[: bounds.text_chars]
    if not any(map(text.lower().__contains__, _SIGNS)):
        return
    for match in _IN_TEXT.finditer(text):
        written = _trim(match[0])
        target = written if ":" in written[:8] else f"http://{written}"
        clean = safe_text(target, 4_000)
        yield Link(safe_text(written, 4_000), clean, "plain", path, _warning("", clean))


def _trim(url: str) -> str:
    """Drop punctuation of the sentence around a URL, and a closing bracket it did not open."""
    while url:
        last = url[-1]
        unopened = last in _PAIRS and url.count(last) > url.count(_PAIRS[last])
        if last not in _TRAILING and not unopened:
            break
        url = url[:-1]
    return url


def _warning(text: str, target: str) -> Warning | None:
    scheme = target[:20].lower().partition(":")[0]
    if scheme in ("javascript", "vbscript", "data"):
        return "script"
    host = host_of(target)
    if not host or scheme not in ("http", "https"):
        return None
    named = _named_hosts(text.strip()[:500])
    if named and not any(_same_site(one, host) for one in named):
        return "other-host"
    if "@" in target.partition("//")[2].partition("/")[0]:
        return "user-in-address"
    return "look-alike-host" if not host.isascii() or "xn--" in host else None


def _named_hosts(text: str) -> list[str]:
    """Give the hosts that a text names, as a reader sees them."""
    whole = _NAMES_A_HOST.fullmatch(text)
    if whole:
        return [] if "@" in text or _FILE.fullmatch(text) else [whole[1].lower()]
    return [(found[1] or found[2]).lower() for found in _HOST_INSIDE.finditer(text)]


def _same_site(one: str, other: str) -> bool:
    """Whether two hosts are the same, `www.` aside, or one lies inside the other."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith("." + other) or other.endswith("." + one)
