import pytest

from mailcatch.mail.html_style import Hiding, css_urls, is_pixel


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : none !important",
        "visibility:hidden",
        "font-size:0",
        "font-size:0px;",
        "opacity:0;",
        "max-height:0px",
        "mso-hide:all",
    ],
)
def test_a_style_that_hides_is_seen(style: str) -> None:
    assert Hiding().hides({"style": style})


@pytest.mark.parametrize(
    "style", ["display:block", "font-size:0.9em", "opacity:0.5", "max-height:10px", "line-height:0"]
)
def test_a_style_that_shows_is_let_be(style: str) -> None:
    assert not Hiding().hides({"style": style})


def test_classes_and_ids_of_a_sheet_are_followed() -> None:
    hiding = Hiding("/* .c{display:none} */ p.a, #b { display:none } @media x { .d{display:none} }")
    assert hiding.hides({"class": "z a"})
    assert hiding.hides({"id": "b"})
    assert not hiding.hides({"class": "c d", "id": "a"})


def test_an_image_of_a_pixel_is_told_from_a_small_one() -> None:
    assert is_pixel({"width": "1", "height": "1px"})
    assert not is_pixel({"width": "16", "height": "16"})
    assert not is_pixel({"width": "1"})


def test_targets_in_styles_are_found() -> None:
    assert css_urls("background: URL('https://a/b.png') no-repeat") == ["https://a/b.png"]
