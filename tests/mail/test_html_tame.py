import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailcatch.mail.html_tame import DEEPEST, tame_html

# A table brings tbody, tr and td, and items and paragraphs stand open between the counted ones.
DEEPEST_TREE = 8 * DEEPEST


def size_and_depth(html: str) -> tuple[int, int]:
    """Count the nodes of a parsed document and its levels."""
    node: LexborNode | None = LexborHTMLParser(html).root
    nodes = depth = deepest = 0
    while node is not None:
        nodes += 1
        if node.child is not None:
            node, depth = node.child, depth + 1
            deepest = max(deepest, depth)
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = node.next if node is not None else None
    return nodes, deepest


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<x>",
        "<table><tr><td>x",
        "<ul><li>",
        "<blockquote>x",
        "<dd><ul>",
        "<optgroup><option>",
        "<span><div></span></div>",
        "<x><p></x></p>",
        "<x><div></x></div>",
        "<table><div></td>",
        "<object><table></object>",
        "<form><div></form>",
        "<rt>",
        "<option><x>",
        "<svg><td>",
        "<div><!--</div>-->",
        "<div><textarea></div></textarea>",
        '<div a="</div>">',
        "<font color=x><p>",
    ],
)
def test_what_repeats_never_nests_without_end(unit: str) -> None:
    nodes, depth = size_and_depth(tame_html(unit * 3_000))
    assert depth <= DEEPEST_TREE
    assert nodes <= 10 * 3_000 + 10


def test_a_tag_keeps_no_more_attributes_than_it_needs() -> None:
    html = "<p " + " ".join(f"a{number}=1" for number in range(5_000)) + ">text"
    tamed = tame_html(html)
    assert tamed.count("=") == 200
    assert tamed.endswith(">text")


@pytest.mark.parametrize(
    ("html", "tamed"),
    [
        ("<p>a<!-- b -->c", "<p>ac"),
        ("<b>a</b>", "<wbr>a</wbr>"),
        ('<font style="display:none">a</font>', '<span style="display:none">a</span>'),
        ("a<script>b<</script>c", "ac"),
        ('<a href="x>y" b>c</a>', '<a href="x>y" b>c</a>'),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("<style>a<b</style>", "<style>a<b</style>"),
    ],
)
def test_tags_are_rewritten(html: str, tamed: str) -> None:
    assert tame_html(html) == tamed


TAGS = [
    "div",
    "x",
    "p",
    "table",
    "tr",
    "td",
    "th",
    "li",
    "ul",
    "span",
    "a",
    "b",
    "object",
    "form",
    "button",
    "option",
    "h1",
    "dd",
    "rt",
    "caption",
    "select",
]


@given(st.lists(st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS])))
def test_no_repeated_mixture_of_tags_nests_without_end(tags: list[str]) -> None:
    html = "".join(tags[:8])
    _, depth = size_and_depth(tame_html(html * 400))
    assert depth <= DEEPEST_TREE
