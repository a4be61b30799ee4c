"""The page of a message: whatever the mail says, a browser shows it and does nothing else."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from mailcatch.mail.html_sanitised import SCHEMES, TAGS, sanitise_html
from mailcatch.mail.html_stylesheet import harmless_declarations, harmless_sheet
from mailcatch.mail.message import Message
from mailcatch.mail.page import Page, make_page, make_source_page

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
OURS = {"html", "head", "body", "meta", "title", "header", "main", "style"}
HARMLESS = {
    "abbr", "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color",
    "colspan", "coords", "dir", "face", "headers", "height", "hspace", "id", "lang", "name",
    "nowrap", "reversed", "rowspan", "rules", "scope", "shape", "size", "span", "start", "style",
    "summary", "title", "type", "usemap", "valign", "value", "vspace", "width",
}  # fmt: skip
IMAGE = re.compile(
    r"data:image/(?:png|jpeg|jpg|gif|webp|bmp|avif|x-icon);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE
)
LOADS = re.compile(
    r"url\s*\(|@import|@font-face|expression|behavior|image-set|\\|<|javascript:", re.IGNORECASE
)


def letter(html: str, *parts: bytes) -> bytes:
    body = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode("utf-8", "replace")
    return b"".join(
        [
            b"From: App <app@example.org>\r\nTo: ann@example.com\r\nSubject: A <b>page</b>\r\n",
            b"Content-Type: multipart/related; boundary=XbX\r\n\r\n--XbX\r\n",
            body,
            *(b"\r\n--XbX\r\n" + part for part in parts),
            b"\r\n--XbX--\r\n",
        ]
    )


def image(content_id: bytes, octets: bytes = PNG, kind: bytes = b"image/png") -> bytes:
    head = b"Content-Type: " + kind + b"\r\nContent-ID: <" + content_id + b">\r\n"
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(octets)


def page_of(html: str, *parts: bytes) -> Page:
    return make_page(Message.parse(letter(html, *parts)))


def every(page: Page) -> list[LexborNode]:
    root = LexborHTMLParser(page.html).root
    assert root is not None
    return [node for node in root.traverse() if node.tag]


def assert_harmless(page: Page) -> None:
    """Look at every element as a browser's own parser sees it."""
    metas = []
    for node in every(page):
        tag = node.tag or ""
        assert tag in TAGS | OURS or tag in ("-doctype", "!doctype", "_comment", "-comment"), tag
        if tag == "meta":
            metas.append(dict(node.attributes))
            continue
        if tag == "style":
            assert not LOADS.search(node.text().replace("img:not([src])", ""))
        for name, value in node.attributes.items():
            if name == "href":
                assert value is not None
                assert value.startswith("#") or value.partition(":")[0].lower() in SCHEMES
                assert node.attributes["rel"] == "noreferrer noopener"
            elif name == "src":
                assert tag == "img"
                assert IMAGE.fullmatch(value or "")
            elif name in ("rel", "target"):
                assert value in ("noreferrer noopener", "_blank")
            else:
                assert name in HARMLESS, name
            if name == "style":
                assert not LOADS.search(value or "")
    assert len(metas) == 5
    assert metas[1] == {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'",
    }


HOSTILE = [
    "<script>alert(1)</script><SCRIPT SRC=http://x.example/></SCRIPT>",
    "<img src=x onerror=alert(1)><body onload=alert(1)>",
    '<a href="javascript:alert(1)">a</a><a href=" java\tscript:alert(1)">b</a>',
    '<a href="&#106;avascript:alert(1)">c</a><a href="vbscript:x">d</a>',
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:1'>x</a></svg>",
    '<svg><style><img src="</style><img src=x onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=a()>">',
    '<meta http-equiv=refresh content="0;url=http://x.example/"><base href="http://x.example/">',
    "<form action=http://x.example/><input name=a><button formaction=javascript:1>b</form>",
    "<iframe src=http://x.example/></iframe><iframe srcdoc='<script>1</script>'></iframe>",
    "<object data=x></object><embed src=x><applet code=x></applet><frameset><frame src=x>",
    '<p style="background:url(http://x.example/a)">a</p><p style="background:\\75rl(x)">b</p>',
    '<p style="behavior:url(x);-moz-binding:url(x);width:expression(alert(1))">c</p>',
    "<style>@import url(http://x.example/);body{background:url(http://x.example/)}</style>",
    "<style>@import 'http://x.example/';@font-face{font-family:x;src:url(x)}p{color:red}</style>",
    "<style></style ><img src=x onerror=1></style>",
    "<style>p{content:'</style><script>alert(1)</script>'}</style>",
    "<style>p{color:red}} } main{display:none}</style>",
    '<a href="data:text/html,<script>alert(1)</script>">a</a><img src="data:text/html,x">',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<img srcset="http://x.example/a 1x"><picture><source srcset="http://x.example/b"></picture>',
    "<video src=http://x.example/ poster=http://x.example/></video><audio src=x></audio>",
    "<link rel=stylesheet href=http://x.example/><link rel=prefetch href=//x.example>",
    '<table background="http://x.example/"><td background="http://x.example/">x</table>',
    "</main></body></html><script>alert(1)</script><main><header>no",
    "<!--><script>alert(1)</script>--><noscript><p title='</noscript><img src=x onerror=1>'>",
    "<template><script>1</script></template><slot></slot><dialog open>x</dialog>",
    '<a href="//x.example/">a</a><a href="relative">b</a><a href="file:///etc/passwd">c</a>',
    "<xmp><p title='</xmp><script>1</script>'></xmp><plaintext><script>1</script>",
    "<textarea><p title='</textarea><img src=x onerror=1>'>",
    "<a ping=http://x.example/ href=https://y.example/ target=_top rel=opener>x</a>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_does_nothing(html: str) -> None:
    page = page_of(html)
    assert_harmless(page)
    shown = LexborHTMLParser(page.html).css_first("main")
    assert shown is not None
    assert LexborHTMLParser(page.html).body is not None


FRAGMENTS = st.sampled_from(
    [
        *HOSTILE, "<", ">", "</", "<!--", "-->", "]]>", "<![CDATA[", "'", '"', "=", "/", " ", "\n",
        "<style>", "</style>", "{", "}", ";", "@media print{", "p{color:red}", "/*", "*/", "url(",
        "<p style='", "<img src=", "<a href=", "cid:pic", "https://y.example/", "<table>", "<svg>",
        "<math>", "<mtext>", "<title>", "</title>", "<p title='", "&lt;", "&#x3c;", "\0", "é",
    ]
)  # fmt: skip


@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=12).map("".join))
def test_no_mixture_of_html_does_anything(html: str) -> None:
    assert_harmless(page_of(html, image(b"pic")))


@given(st.binary(max_size=400))
def test_any_octets_have_a_page(raw: bytes) -> None:
    assert_harmless(make_page(Message.parse(raw)))


@given(
    st.lists(
        st.sampled_from(
            "{ } ; : ( ) ' \" / * \\ @ < > url( @import @media p color red rgb( calc( , # [ ] = "
            "</style> main :scope ! important \n"
        )
        | st.text(max_size=3),
        max_size=30,
    ).map("".join)
)
def test_no_sheet_loads_or_leaves_its_place(sheet: str) -> None:
    clean = harmless_sheet(sheet, "main")
    assert not LOADS.search(clean)
    depth = 0
    for char in re.sub(r'"[^"\n]*"|\'[^\'\n]*\'', "", clean):
        assert char not in "\"'"
        depth += (char == "{") - (char == "}")
        assert depth >= (1 if clean.index("{") == 0 else 0)
    assert depth == 0
    assert "/*" not in clean


def test_styles_of_real_mails_are_kept() -> None:
    sheet = (
        "/* reset */ @charset 'utf-8'; body, td { font-family: 'Open Sans', Arial; }\n"
        "@media only screen and (max-width: 600px) { .col { width: 100% !important } }\n"
        'a[class="btn"]:hover > span { background: linear-gradient(90deg, #fff, rgb(0,0,0)) }'
    )
    assert harmless_sheet(sheet, "main") == (
        "@scope (main){:scope, td{font-family:'Open Sans', Arial}"
        "@media only screen and (max-width: 600px){.col{width:100% !important}}"
        'a[class="btn"]:hover > span{background:linear-gradient(90deg, #fff, rgb(0,0,0))}}'
    )
    style = (
        "color:#333; mso-line-height-rule: exactly; background: url(x) no-repeat; margin: 0 -1px"
    )
    kept = "color:#333;mso-line-height-rule:exactly;margin:0 -1px"
    assert harmless_declarations(style) == kept


def test_a_million_characters_of_styles_take_no_time_worth_a_limit() -> None:
    for piece in (
        "{",
        "}",
        "p{",
        "a:b;",
        "rgb(",
        "calc(rgb(",
        "[a=",
        "<style>",
        "/*",
        '"',
        "@media",
    ):
        many = piece * (1_000_000 // len(piece))
        harmless_sheet(many, "main")
        harmless_declarations(many)


def test_images_of_the_message_are_inside_the_page() -> None:
    page = page_of('<img src="cid:pic@x" alt="A"><img src="cid:%70ic@x">', image(b"pic@x"))
    sources = [node.attributes["src"] for node in every(page) if node.tag == "img"]
    assert sources == [f"data:image/png;base64,{base64.b64encode(PNG).decode()}"] * 2
    assert (page.blocked, page.not_shown) == ((), ())
    assert_harmless(page)


def test_images_past_the_room_are_left_out_and_told() -> None:
    raw = letter('<img src="cid:a"><img src="cid:b">', image(b"a"), image(b"b"))
    page = make_page(Message.parse(raw), image_room=len(PNG))
    assert page.not_shown == ("cid:b",)
    assert "Not shown (1)" in page.html
    assert page.html.count("data:image/png") == 1


def test_a_drawing_with_a_script_is_no_image() -> None:
    drawing = image(b"pic", b"<svg onload='alert(1)'/>", b"image/svg+xml")
    assert page_of('<img src="cid:pic">', drawing).not_shown == ("cid:pic",)


def test_what_is_not_loaded_is_told() -> None:
    page = page_of('<img src="https://x.example/logo.png" alt="The logo" width="40">')
    assert page.blocked == ("https://x.example/logo.png",)
    assert "Not loaded from elsewhere (1)" in page.html
    (shown,) = [node for node in every(page) if node.tag == "img"]
    assert shown.attributes == {"alt": "The logo", "width": "40"}


def test_links_keep_their_target_and_tell_nobody_where_they_were() -> None:
    target = "https://y.example/reset?token=a&amp;b=%20#top"
    page = page_of(f'<a href="{target}">Reset</a><a href="#low">down</a><p id="low">')
    links = [dict(node.attributes) for node in every(page) if node.tag == "a"]
    about = {"target": "_blank", "rel": "noreferrer noopener"}
    assert links[0] == {"href": "https://y.example/reset?token=a&b=%20#top", **about}
    assert links[1]["href"] == "#low"


def test_what_never_stood_in_the_text_does_not_stand_in_the_page() -> None:
    html = (
        "<head><title>Title</title></head><body>one<select><option>Option</select>"
        "<svg><text>Drawing</text></svg><template>Template</template>two"
    )
    assert sanitise_html(html, {}).html == "onetwo"


def test_plain_text_is_shown_as_it_is_written() -> None:
    raw = b"Subject: x\r\n\r\n<script>alert(1)</script>\r\n  a & b\r\n"
    page = make_page(Message.parse(raw))
    (text,) = [node for node in every(page) if node.tag == "pre"]
    assert text.text() == "<script>alert(1)</script>\n  a & b"
    assert_harmless(page)


def test_html_goes_before_its_plain_alternative_and_files_are_named() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
        b"Content-Type: multipart/alternative; boundary=i\r\n\r\n"
        b"--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>rich\r\n--i--\r\n"
        b"--o\r\n\r\nfooter\r\n--o\r\nContent-Type: application/pdf; name=<b>.pdf\r\n\r\nx\r\n--o--"
    )
    page = make_page(Message.parse(raw))
    assert "<p>rich" in page.html
    assert "plain" not in page.html
    assert "<pre>footer</pre>" in page.html
    assert "&lt;b&gt;.pdf" in page.html
    assert_harmless(page)


def test_a_message_that_cannot_be_read_has_its_source_as_a_page() -> None:
    page = make_source_page(b"<script>\xff\x1b", "it took too long")
    assert_harmless(page)
    assert "&lt;script&gt;\\xff␛" in page.html
    assert "it took too long" in page.html
