"""Links before they are handed to another program."""

from __future__ import annotations

import pytest

from mailcatch.tui.model.links import only_text


@pytest.mark.parametrize(
    ("address", "handed_on"),
    [
        ("https://example.org/?attach=1", "https://example.org/?attach=1"),
        ("mailto:ann@example.com", "mailto:ann@example.com"),
        ("mailto:ann@example.com?subject=a%26b", "mailto:ann@example.com?subject=a%26b"),
        ("MAILTO:ann@example.com?Attach=/etc/passwd", "MAILTO:ann@example.com"),
        ("mailto:a@b.test?%61ttachment=x&body=y", "mailto:a@b.test?body=y"),
        ("mailto:?to=a@b.test&attach=x&insert=y", "mailto:?to=a@b.test"),
    ],
)
def test_a_mail_program_is_never_asked_to_attach_a_file(address: str, handed_on: str) -> None:
    assert only_text(address) == handed_on
