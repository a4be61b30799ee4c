import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import find_codes

TEXTS = tomllib.loads((Path(__file__).parents[2] / "fixtures" / "codes.toml").read_text("utf-8"))


def values(text: str, subject: str = "") -> list[str]:
    return [code.value for code in find_codes(subject, text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 739214.", "739214"),
        ("739214 is your verification code", "739214"),
        ("Your verification code:\n\n  481 902\n\nIt expires soon.", "481902"),
        ("Enter this code to sign in:\n123-456", "123456"),
        ("G-482913 is your Google verification code.", "482913"),
        ("Use PIN 4821 to open the door", "4821"),
        ("Your one-time password is: X7K9QP", "X7K9QP"),
        ("Your login code: AB12-CD34", "AB12-CD34"),
        ("Dein Bestätigungscode lautet 55 12 90", "551290"),
        ("Votre code de vérification : 90817263", "90817263"),
        ("您的验证码是 482913，请在5分钟内输入", "482913"),  # noqa: RUF001
        ("認証コード：739214", "739214"),  # noqa: RUF001
        ("Your code is 2024", "2024"),
        ("Security code: 1 2 3 4 5 6", "123456"),
    ],
)
def test_the_usual_shapes_are_found(text: str, code: str) -> None:
    assert values(text) == [code]


@pytest.mark.parametrize("mail", TEXTS["code"], ids=lambda mail: mail["text"][:40])
def test_the_code_of_a_mail_is_found_and_nothing_besides(mail: dict[str, str]) -> None:
    assert values(mail["text"], mail.get("subject", "")) == [mail["code"]]


@pytest.mark.parametrize("mail", TEXTS["none"], ids=lambda mail: mail["text"][:40])
def test_a_mail_without_a_code_has_none(mail: dict[str, str]) -> None:
    assert values(mail["text"], mail.get("subject", "")) == []


def test_there_are_many_texts_of_either_kind() -> None:
    assert min(len(TEXTS["code"]), len(TEXTS["none"])) >= 60


def test_a_code_in_the_subject_is_found() -> None:
    assert values("Hello", subject="739214 is your code") == ["739214"]


@pytest.mark.parametrize(
    "text",
    [
        "Your code is worth $4500 today",
        "Total: 1299.00 EUR, verify your invoice",
        "Copyright 2026. Verify your address.",
        "Call +1 555 010 9999 to verify",
        "Order number 20261123 - verification follows",
        "Verify order #739214 now",
        "The code review of 2025 had 12000 lines",
        "Use code SAVE50 for 50% off",
        "Your promo code: SUMMER24",
        "Postal code 90210",
        "Meet at 14:30 on 2026-11-24, PIN not needed",
        "https://a.example/verify?code=739214",
        "code@123456.example",
        "There are 123456 reasons",
        "Card ending in 4242, verification done",
    ],
)
def test_other_numbers_are_no_codes(text: str) -> None:
    assert values(text) == []


def test_the_likelier_code_comes_first() -> None:
    text = "Your backup token is maybe 4412 or so.\nYour code is\n739214"
    assert values(text)[0] == "739214"


def test_the_line_of_a_code_is_safe_to_show() -> None:
    (code,) = find_codes("", "Your code is 739214 \x1b[31m")
    assert "\x1b" not in code.line


@given(st.text(st.sampled_from("code PIN 0123456789-#$.\n")))
def test_any_text_is_searched(text: str) -> None:
    find_codes("", text)
