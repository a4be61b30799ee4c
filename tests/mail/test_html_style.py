import pytest

from mailcatch.mail.html_style import Hiding, Look, css_urls, is_pixel, is_spaced


def look(style: str) -> Look:
    return Hiding().look("p", {"style": style})


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "visibility:hidden",
        "opacity:0;",
        "opacity: .0",
        "max-height:0px;overflow:hidden",
        "overflow: hidden; width: 0",
    ],
)
def test_a_style_that_hides_is_seen(style: str) -> None:
    assert look(style) is Look.HIDDEN


@pytest.mark.parametrize(
    "style",
    [
        "display:block",
        "opacity:0.5",
        "opacity:",
        "max-height:10px;overflow:hidden",
        "max-height:0",
        "line-height:0;overflow:hidden",
        "mso-hide:all",
        "font-size:0.9em",
        "font-size:120%",
        "font-family:0px",
        "font-weight:700",
    ],
)
def test_a_style_that_hides_nothing_is_let_be(style: str) -> None:
    assert look(style) is Look.PLAIN


@pytest.mark.parametrize(
    "style", ["font-size:0", "FONT-SIZE: 0px;", "font-size:.0pt", "font:0/0 a"]
)
def test_letters_without_a_size_are_told_from_what_is_hidden(style: str) -> None:
    assert look(style) is Look.UNSIZED


@pytest.mark.parametrize(
    "style",
    ["font-size:13px", "font:bold 14px/0 Arial", "font-size:0;font-size:1rem", "font-size:x-small"],
)
def test_letters_that_are_given_a_size_are_seen(style: str) -> None:
    assert look(style) is Look.SIZED


def test_classes_and_ids_of_a_sheet_are_followed() -> None:
    hiding = Hiding("/* .c{display:none} */ p.a, #b { display:none } @media x { .d{display:none} }")
    assert hiding.look("p", {"class": "z a"}) is Look.HIDDEN
    assert hiding.look("p", {"id": "b"}) is Look.HIDDEN
    assert hiding.look("p", {"class": "c d", "id": "a"}) is Look.PLAIN


@pytest.mark.parametrize("selector", ["p", "td p", "td > p.x", "#y p:first-child", "*", ".x"])
def test_any_selector_may_give_letters_a_size_and_a_style_goes_before_it(selector: str) -> None:
    hiding = Hiding(f"{selector} {{font-size: 14px}} .x {{font-size: 0}}")
    assert hiding.look("p", {"class": "x"}) is Look.SIZED
    assert hiding.look("p", {"class": "x", "style": "font-size:0"}) is Look.UNSIZED


def test_only_a_class_or_an_id_takes_the_size_of_letters_away() -> None:
    hiding = Hiding("p {font-size: 0} .x .y {font-size: 0} .z {font-size: 0}")
    assert hiding.look("p", {"class": "y"}) is Look.PLAIN
    assert hiding.look("p", {"class": "z"}) is Look.UNSIZED


@pytest.mark.parametrize(
    ("style", "spaced"),
    [
        ("padding:10px 25px", True),
        ("margin-bottom: 1em", True),
        ("padding-top:24.5px", True),
        ("padding:4px", False),
        ("padding-left:30px", False),
        ("margin:0 auto", False),
        ("", False),
    ],
)
def test_room_above_or_below_stands_for_an_empty_line(style: str, spaced: bool) -> None:
    assert is_spaced({"style": style}) is spaced


def test_an_image_of_a_pixel_is_told_from_a_small_one() -> None:
    assert is_pixel({"width": "1", "height": "1px"})
    assert not is_pixel({"width": "16", "height": "16"})
    assert not is_pixel({"width": "1"})


def test_targets_in_styles_are_found() -> None:
    assert css_urls("background: URL('https://a/b.png') no-repeat") == ["https://a/b.png"]
