from mailcatch.mail import summarise


def test_a_summary_is_read_from_the_beginning_of_a_message() -> None:
    head = (
        b"From: =?utf-8?q?J=C3=BCrgen?= <j@x.example>\r\nTo: a@b, c@d\r\nCc: e@f\r\n"
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 23 Nov 2026 16:00:00 +0000\r\n"
        b"Message-ID: <1@x>\r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\ncut off he"
    )
    summary = summarise(head)
    assert (summary.subject, summary.sender) == ("Grüße", "Jürgen <j@x.example>")
    assert summary.to == ("a@b", "c@d", "e@f")
    assert (summary.message_id, summary.content_type) == ("1@x", "text/html")
    assert summary.date is not None
    assert summary.date.hour == 16


def test_a_summary_is_safe_to_show() -> None:
    head = b"Subject: =?utf-8?q?=1B[2J?=\r\nFrom: \x1b <a@b>\r\n\r\n"
    assert "\x1b" not in str(summarise(head))


def test_nothing_has_an_empty_summary() -> None:
    summary = summarise(b"")
    assert (summary.subject, summary.sender, summary.to, summary.date) == ("", "", (), None)
