from mailcatch.mail import Message


def text_of(raw: str) -> str:
    return Message.parse(raw.replace("\n", "\r\n").encode()).text.render(60)


def alternative(plain: str, html: str) -> str:
    return (
        "Content-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
        f"--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n"
    )


def test_the_plain_alternative_is_taken() -> None:
    assert text_of(alternative("plain", "<p>html</p>")) == "plain"


def test_an_empty_plain_alternative_gives_way_to_the_html() -> None:
    assert text_of(alternative("  ", "<p>html</p>")) == "html"


def test_a_plain_text_that_only_points_to_the_html_gives_way_to_it() -> None:
    stub = "Your client does not support HTML mail."
    assert text_of(alternative(stub, "<p>html</p>")) == "html"


def test_texts_that_follow_each_other_are_joined_and_files_left_out() -> None:
    raw = (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b\n"
        "Content-Disposition: attachment\n\nfile\n--b--\n"
    )
    assert text_of(raw) == "one\n\ntwo"


def test_a_calendar_alone_is_described() -> None:
    raw = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\nEND:VEVENT\n"
    assert text_of(raw) == "What: Tea"


def test_flowing_text_flows() -> None:
    assert text_of("Content-Type: text/plain; format=flowed\n\none \ntwo\n") == "one two"


def test_a_multipart_that_cannot_be_opened_is_shown_as_it_is() -> None:
    assert text_of("Content-Type: multipart/mixed\n\nstill readable\n") == "still readable"


def test_a_message_without_a_text_has_an_empty_one() -> None:
    assert text_of("Content-Type: image/png\n\nx") == ""


def test_the_text_to_search_is_not_wrapped() -> None:
    words = " ".join(["word"] * 50)
    message = Message.parse(f"Content-Type: text/html\r\n\r\n<p>{words}</p>".encode())
    assert message.text.plain == words
