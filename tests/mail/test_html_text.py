"""Golden texts of realistic mails, and the rules they follow one by one.

To look at a change: `python -m tests.mail.test_html_text` writes the golden files anew.
"""

from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import Bounds, Message, cell_width, render_html

REALISTIC = Path(__file__).parents[2] / "fixtures" / "realistic"
WIDTH = 72


def rendered(path: Path) -> str:
    return Message.parse(path.read_bytes()).text.render(WIDTH) + "\n"


@pytest.mark.parametrize("path", sorted(REALISTIC.glob("*.eml")), ids=lambda path: path.stem)
def test_a_realistic_mail_reads_as_it_should(path: Path) -> None:
    assert rendered(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_there_are_realistic_mails_to_read() -> None:
    assert len(list(REALISTIC.glob("*.eml"))) >= 15


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<p>two", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a<br>b", "a\nb"),
        ("  many \n blanks&nbsp; here ", "many blanks here"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "  • a\n  • b\n      • c"),
        ("<ol start=9><li>a<li>b</ol>", "  9. a\n  10. b"),
        ("<blockquote>a<p>b</blockquote>c", "> a\n>\n> b\n\nc"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ("a<hr>b", "a\n\n" + "─" * 40 + "\n\nb"),
        ("<b>bold</b><i>er</i>", "bolder"),
        ("<script>x</script><style>y</style><title>z</title>a", "a"),
        ("<!-- no --><!--[if mso]>no<![endif]-->a<![if !mso]>b<![endif]>", "ab"),
        ('<img alt="A cat" src=x>', "[A cat]"),
        ('<img alt="" src=x><img src=x width=1 height=1 alt="pixel">a', "a"),
        ('<p style="display: none">no</p><p hidden>no</p>yes', "yes"),
        ("<style>.x{display:none}</style><p class='a x'>no</p>yes", "yes"),
        ("<style>@media print{.x{display:none}}</style><p class=x>yes</p>", "yes"),
        ("<div style='font-size:0'>no<p style='font-size:12px'>yes</p></div>", "yes"),
        ("<div style='font-size:0'>no<img alt='A cat' src=x></div>", "[A cat]"),
        ("<style>td p{font-size:9pt}</style><table><td style='font-size:0'>no<p>yes", "yes"),
        ("<b style='font-size:0'>no</b><b style='mso-hide:all'>yes</b>", "yes"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<div>a<br></div><div>b</div>", "a\nb"),
        ("a<br><br><div>b</div><div><br>c</div>", "a\n\nb\n\nc"),
        ("<div style='margin:20px'>a</div><div>b</div>", "a\n\nb"),
        ("<s>9</s> <strike>8</strike> <del>7</del> 6", "~~9~~ ~~8~~ ~~7~~ 6"),
        ("<q>a</q>", "“a”"),
        ("E=mc<sup>2</sup>, 1<sup>st</sup>", "E=mc², 1st"),
        ("<input type=checkbox checked>a<input type=checkbox>b<input value=c>", "[x] a[ ] b"),
        ('<img alt="🎉" src=x> <img alt="★☆" src=x> <img alt=":)" src=x>', "🎉 ★☆ [:)]"),
        ("", ""),
    ],
)
def test_elements_become_text(html: str, text: str) -> None:
    assert render_html(html).render(40) == text


def test_links_are_numbered_and_their_targets_listed_once() -> None:
    html = '<a href="https://a/x">one</a> <a href="https://b/">two</a> <a href="https://a/x">3</a>'
    assert render_html(html).render() == (
        "one [1] two [2] 3 [1]\n\n[1] https://a/x\n[2] https://b/"
    )


@pytest.mark.parametrize("text", ["https://a.example/x", "a.example/x", "https://a.example/x/"])
def test_a_link_that_says_its_target_needs_no_number(text: str) -> None:
    (link,) = render_html(f'<a href="https://a.example/x">{text}</a>').links
    assert (link.text, link.number) == (text, None)


def test_a_table_of_data_is_set_in_columns_with_numbers_to_the_right() -> None:
    html = "<table><tr><th>Item<th>Price<tr><td>Tea<td>$2.50<tr><td>Cake<td>$12.00</table>"
    assert render_html(html).render() == "Item   Price\n────  ──────\nTea    $2.50\nCake  $12.00"


def test_words_above_columns_of_numbers_are_their_headings() -> None:
    html = "<table><tr><td>Item<td>Pieces<td>Price<tr><td>Tea<td>2<td>$5<tr><td>Pie<td>1<td>$12"
    lines = render_html(html).render().splitlines()
    assert lines == [
        "Item  Pieces  Price",
        "────  ──────  ─────",
        "Tea        2     $5",
        "Pie        1    $12",
    ]


def test_names_and_values_have_no_headings() -> None:
    html = "<table><tr><td>Order<td>new<tr><td>Items<td>3<tr><td>Total<td>12.00</table>"
    assert render_html(html).render() == "Order    new\nItems      3\nTotal  12.00"


def test_a_cell_over_two_rows_keeps_its_column() -> None:
    html = (
        "<table><tr><th rowspan=2>Where<th colspan=2>When<tr><th>now<th>then"
        "<tr><td rowspan=2>here<td>x<td>y<tr><td>z<td>w</table>"
    )
    assert render_html(html).render().splitlines() == [
        "Where  When",
        "       now  then",
        "─────  ───  ────",
        "here   x    y",
        "       z    w",
    ]


def test_columns_of_several_lines_are_set_one_below_the_other() -> None:
    html = "<table><tr><td>Ship to<br>Ann<td>Bill to<br>Bob<tr><td>Bye</table>"
    assert render_html(html).render() == "Ship to\nAnn\n\nBill to\nBob\n\nBye"


def test_a_sign_before_a_text_makes_it_an_item() -> None:
    html = f"<table><tr><td>✓<td>{'word ' * 20}<p>more</table>"
    lines = render_html(html).render(60).splitlines()
    assert lines[0].startswith("✓ word")
    assert all(line.startswith("  ") for line in lines[1:] if line)
    assert lines[-1] == "  more"


def test_the_number_of_a_link_stays_with_its_text() -> None:
    html = (
        '<a href="https://a.example/"><table><tr><td>one</table></a> two <a href="b">three</a>, f'
    )
    assert render_html(html).render(20).splitlines()[:3] == ["one [1]", "two three [2], f", ""]


def test_an_address_of_the_web_is_never_broken() -> None:
    target = "https://a.example/" + "x" * 100
    text = render_html(f"<p>Copy this: {target} and go</p>").render(40)
    assert text == f"Copy this:\n{target}\nand go"


def test_a_table_that_places_things_is_taken_apart() -> None:
    html = "<table><tr><td><p>left</p><p>more</p></td><td><ul><li>right</ul></td></tr></table>"
    assert render_html(html).render() == "left\n\nmore\n\n  • right"


def test_a_table_too_wide_for_the_screen_is_given_cell_by_cell() -> None:
    row = "".join(f"<td>v{number}" for number in range(6))
    head = "".join(f"<th>h{number}" for number in range(6))
    text = render_html(f"<table><tr>{head}<tr>{row}<tr>{row}</table>").render(30)
    assert text.splitlines()[:2] == ["h0: v0", "h1: v1"]


def test_what_would_be_loaded_is_listed_and_what_is_inside_is_not() -> None:
    html = (
        '<img src="https://a/1.png"><td background="http://a/2.png">'
        '<p style="background:url(https://a/3.png)"><img src="data:x"><img src="cid:logo">'
    )
    read = render_html(f"<table><tr>{html}</table>")
    assert set(read.remote) == {"https://a/1.png", "http://a/2.png", "https://a/3.png"}
    assert read.content_ids == ("logo",)


def test_escape_sequences_are_harmless_in_text_targets_and_alternatives() -> None:
    html = '<p>\x1b[31m</p><a href="http://a/\x1b]8;;">x</a><img alt="\x9b1m"><pre>\x07</pre>'
    assert not {"\x1b", "\x9b", "\x07"} & set(render_html(html).render())


def test_html_past_the_bound_is_cut_and_said_so() -> None:
    read = render_html("<p>abc</p>" * 100, Bounds(html_chars=50))
    assert read.cut
    assert read.plain.count("abc") == 5


def test_nodes_past_the_bound_are_left_out_wherever_they_stand() -> None:
    read = render_html("<table><tr><td><ul>" + "<li>abc" * 100, Bounds(html_nodes=50))
    assert read.cut
    assert 0 < read.plain.count("abc") < 50


def test_links_past_the_bound_are_left_out() -> None:
    html = "".join(f"<a href=http://a/{number}>x</a>" for number in range(20))
    assert len(render_html(html, Bounds(links=5)).links) == 5


FRAGMENTS = st.sampled_from(
    [
        "<table>",
        "<tr>",
        "<td>",
        "<th>",
        "</td>",
        "</table>",
        "<ul>",
        "<li>",
        "</ul>",
        "<ol>",
        "<blockquote>",
        "</blockquote>",
        "<pre>",
        "</pre>",
        "<a\thref=x>",
        "</a>",
        "<p>",
        "<br>",
        "<hr>",
        "<b>",
        "</b>",
        "<dl>",
        "<dd>",
        "<caption>",
        "<div>",
        "</div>",
        "漢字",
        "word",
        "<td\tcolspan=3>",
        "<!--",
        "-->",
        "<style>",
        "</style>",
        "<p\thidden>",
        "<img\talt=x>",
        "&nbsp;",
        "\x1b",
        "\u202e",
    ]
)


@given(st.lists(FRAGMENTS, max_size=60), st.integers(20, 80))
def test_any_html_is_rendered(fragments: list[str], width: int) -> None:
    text = render_html("".join(fragments)).render(width)
    assert "\x1b" not in text


@given(
    st.lists(st.sampled_from(["<p>", "word", "漢字漢字", "<ul>", "<li>", "<br>", "<blockquote>"]))
)
def test_no_line_of_a_text_is_wider_than_the_screen(fragments: list[str]) -> None:
    lines = render_html(" ".join(fragments)).render(60).split("\n")
    assert all(cell_width(line) <= 60 for line in lines)


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=4), max_size=6))
def test_a_bare_cell_is_what_one_with_attributes_is(rows: list[list[str]]) -> None:
    def table(cell: str) -> str:
        return "".join("<tr>" + "".join(cell + escape(text) for text in row) for row in rows)

    bare = render_html(f"<ul><li>x<table>{table('<td>')}</table>y")
    named = render_html(f"<ul><li>x<table>{table('<td lang=en>')}</table>y")
    assert bare.render() == named.render()
    bare, named = (render_html(f"<table>{table(cell)}") for cell in ("<th>", "<th lang=en>"))
    assert bare.render() == named.render()


if __name__ == "__main__":
    for golden in sorted(REALISTIC.glob("*.eml")):
        golden.with_suffix(".txt").write_text(rendered(golden), encoding="utf-8")
