"""Replies."""

from __future__ import annotations

import pytest

from mailcatch import Reply
from mailcatch.smtp import reply


def test_a_reply_of_several_lines_repeats_its_codes() -> None:
    two = Reply(450, "4.2.1", "one", "two")
    assert two.full == "450-4.2.1 one\r\n450 4.2.1 two"
    assert two.bare == "450-one\r\n450 two"


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "\x1b[31m", "a\0b"])
def test_a_text_that_could_split_a_reply_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        Reply(250, "2.0.0", text)


@pytest.mark.parametrize("code", [0, 199, 600])
def test_a_code_outside_the_replies_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="no reply code"):
        Reply(code, "", "text")


def test_every_reply_has_an_enhanced_code_of_its_own_class_where_one_is_allowed() -> None:
    for name, value in vars(reply).items():
        if not isinstance(value, Reply):
            continue
        if value.code in {220, 354}:
            assert value.enhanced == "", name
        else:
            assert value.enhanced.startswith(f"{value.code // 100}."), name
