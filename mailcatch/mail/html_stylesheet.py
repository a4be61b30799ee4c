"""Styles of a mail, reduced to what only styles: nothing is fetched, nothing runs.

What is kept is written anew from pieces that a small grammar knows, so that a browser cannot read
them in another way: no `url()`, no at-rules but `@media`, no escapes, comments or open quotes.
"""

import re
from typing import Final

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE: Final = re.compile(r"([^{}]*)([{}])")
_STRING: Final = r""""[\w .,:%&+-]*"|'[\w .,:%&+-]*'"""
_PLAIN: Final = r"[\w\s#%.,+*/-]"
_FUNCTION: Final = (
    r"(?:rgba?|hsla?|calc|min|max|clamp|var|rotate|scale|translate|linear-gradient|radial-gradient)"
)
_DECLARATION: Final = re.compile(
    rf"\s*+(-{{0,2}}[a-z][a-z0-9-]*+)\s*+:((?:{_FUNCTION}\((?:{_FUNCTION}\({_PLAIN}*+\)|{_PLAIN})*+\)"
    rf"|{_PLAIN}|{_STRING})++(?:!\s*+important\s*+)?)",
    re.IGNORECASE,
)
_SELECTOR: Final = re.compile(
    rf"(?:[\w\s.#:>+~*,-]|\[[\w-]++(?:[~|^$*]?=(?:{_STRING}|[\w-]++))?\]|\([\w\s.#:+-]*+\))++"
)
_MEDIA: Final = re.compile(r"@media(?:[\w\s,-]|\([\w\s:.,/-]*+\))++", re.IGNORECASE)
_PAGE: Final = re.compile(r"(?<![\w.#:-])(?:html|body)(?![\w-])", re.IGNORECASE)
_DEEPEST: Final = 4


def harmless_declarations(style: str) -> str:
    """Give the declarations of a `style` attribute, or of a rule, that only style."""
    kept = []
    for written in _COMMENT.sub("", style).split(";"):
        found = _DECLARATION.fullmatch(written)
        if found and "/*" not in found[2]:
            kept.append(f"{found[1].lower()}:{found[2].strip()}")
    return ";".join(kept)


def harmless_sheet(sheet: str, root: str) -> str:
    """Give the rules of a style sheet that only style, for what is inside of one element.

    Args:
        sheet: the text of a `<style>`.
        root: a selector of the element that stands for the page.
    """
    written: list[str] = []
    open_blocks: list[str] = []
    others = 0  # open blocks that are no @media: nothing is looked for inside of them
    text = _COMMENT.sub("", sheet)
    for before, brace in _BRACE.findall(text[: max(text.rfind("{"), text.rfind("}")) + 1]):
        if brace == "{":
            head = before.rpartition(";")[2].strip()
            usable = not others and len(open_blocks) < _DEEPEST
            if usable and _MEDIA.fullmatch(head):
                open_blocks.append(head)
                written.append(f"{head}{{")
                continue
            others += 1
            harmless = usable and _SELECTOR.fullmatch(head)
            open_blocks.append(_PAGE.sub(":scope", head) if harmless else "")
        elif open_blocks:
            head = open_blocks.pop()
            if head.startswith("@"):
                written.append("}")
                continue
            others -= 1
            if head:
                written.append(f"{head}{{{harmless_declarations(before)}}}")
    written += ["}" for head in open_blocks if head.startswith("@")]
    rules = "".join(written)
    return f"@scope ({root}){{{rules}}}" if rules else ""
