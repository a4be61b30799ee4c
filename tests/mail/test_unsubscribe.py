from mailcatch.mail import Message, Unsubscribe


def unsubscribe(*fields: str) -> Unsubscribe | None:
    return Message.parse("\r\n".join(fields).encode() + b"\r\n\r\n").unsubscribe


def test_targets_are_sorted_by_kind() -> None:
    found = unsubscribe("List-Unsubscribe: <mailto:a@b?subject=x>, <https://a/u>,\r\n <http://b>")
    assert found == Unsubscribe(("https://a/u", "http://b"), ("mailto:a@b?subject=x",), post=False)


def test_one_click_needs_the_header_and_https() -> None:
    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    secure = unsubscribe("List-Unsubscribe: <https://a/u>", post)
    plain = unsubscribe("List-Unsubscribe: <http://a/u>", post)
    assert secure is not None
    assert plain is not None
    assert (secure.one_click, plain.one_click) == (True, False)


def test_without_the_header_there_is_nothing() -> None:
    assert unsubscribe("Subject: x") is None


def test_targets_are_safe_to_show() -> None:
    found = unsubscribe("List-Unsubscribe: <https://a/\x1b[31m>")
    assert found is not None
    assert "\x1b" not in found.links[0]
