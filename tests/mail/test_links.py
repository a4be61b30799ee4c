import pytest

from mailcatch.mail import Link, Message


def links_of(body: str, kind: str = "plain") -> tuple[Link, ...]:
    head = f"Content-Type: text/{kind}; charset=utf-8\r\n\r\n"
    return Message.parse((head + body).encode()).links


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("see https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)"),
        ("<https://a.example/?q=1&r=2>", "https://a.example/?q=1&r=2"),
        ("www.a.example/x, too", "http://www.a.example/x"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
def test_links_in_plain_text_end_where_the_sentence_goes_on(text: str, target: str) -> None:
    assert [link.target for link in links_of(text)] == [target]


def test_a_link_of_html_knows_its_text_its_target_and_its_part() -> None:
    (link,) = links_of('<a href="https://a.example/x">Click</a>', "html")
    assert (link.text, link.target, link.form, link.part) == (
        "Click",
        "https://a.example/x",
        "html",
        "1",
    )
    assert link.host == "a.example"


@pytest.mark.parametrize(
    ("text", "target", "warning"),
    [
        ("www.bank.example", "https://evil.example/", "other-host"),
        ("https://bank.example/login", "https://bank.example.evil.example/", "other-host"),
        ("here", "https://bank.example@evil.example/", "user-in-address"),
        ("here", "https://xn--bnk-0na.example/", "look-alike-host"),
        ("here", "JavaScript:alert(1)", "script"),
        ("bank.example", "https://www.bank.example/login", None),
        ("www.bank.example", "https://bank.example/", None),
        ("bank.example", "https://login.bank.example/", None),
        ("ann@bank.example", "https://evil.example/", None),
        ("Click here", "https://evil.example/", None),
        ("v1.2", "https://evil.example/", None),
        ("Sign in to bank.example today", "https://evil.example/", "other-host"),
        ("Sign in (HTTPS://Bank.Example/x)", "https://evil.example/", "other-host"),
        ("Visit www.bank.example!", "https://bank.example/login", None),
        ("From bank.example to shop.example", "https://shop.example/", None),
        ("report.pdf", "https://files.example/1", None),
        ("Read about Node.js, e.g. here", "https://a.example/", None),
        ("Please wait.Then go on", "https://a.example/", None),
    ],
)
def test_a_link_that_misleads_is_told(text: str, target: str, warning: str | None) -> None:
    (link,) = links_of(f'<a href="{target}">{text}</a>', "html")
    assert link.warning == warning


def test_the_parts_of_an_image_map_are_links() -> None:
    html = '<img usemap="#m"><map name="m"><area href="https://a.example/1" alt="Shop"></map>'
    (link,) = links_of(html, "html")
    assert (link.text, link.target) == ("[Shop]", "https://a.example/1")


def test_links_of_html_that_is_not_read_are_found_too() -> None:
    raw = (
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nhttps://a.example/\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<a href='https://b.example/'>x</a>\r\n--b--"
    )
    assert [link.host for link in Message.parse(raw).links] == ["a.example", "b.example"]


def test_a_broken_target_is_still_a_link() -> None:
    (link,) = links_of('<a href="http://[::1">x</a>', "html")
    assert link.host == ""
