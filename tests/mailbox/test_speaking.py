"""Who speaks for whom, in words, and as the screen shows it."""

from __future__ import annotations

import pytest

from mailcatch.mailbox.events import Proxy, Recipient, Relayed, Turned, Xclient, Xforward
from mailcatch.mailbox.speaking import Speaking, in_words
from mailcatch.tui.views.transcript import told

EVENTS: list[tuple[Speaking, str]] = [
    (
        Proxy(0, 1, "127.0.0.1:5", "192.0.2.1:25"),
        "through the proxy 127.0.0.1:5 (PROXY version 1), to 192.0.2.1:25",
    ),
    (
        Proxy(0, 2, "127.0.0.1:5", local=True),
        "through the proxy 127.0.0.1:5 (PROXY version 2), for nobody else",
    ),
    (
        Proxy(0, 2, "a:5", "b:25", False, "mail.test", "TLSv1.3", "AES", "ann", "01ff"),
        (
            "through the proxy a:5 (PROXY version 2), to b:25, for mail.test, with TLSv1.3 AES,"
            " client certificate ann, id 01ff"
        ),
    ),
    (
        Xclient(0, {"NAME": "[UNAVAILABLE]", "ADDR": "192.0.2.9"}, "192.0.2.9:5"),
        "the client is 192.0.2.9:5 from here on: NAME [UNAVAILABLE], ADDR 192.0.2.9",
    ),
    (Xforward(0, {"IDENT": "3CF6"}), "the next mail is another client's: IDENT 3CF6"),
    (Turned(0, 3), "the roles are reversed: 3 to send"),
    (Turned(0, 1, ("a.test", "b.test")), "the roles are reversed: 1 to send for a.test, b.test"),
    (
        Relayed(0, "x.eml", (Recipient("a@b", "250", True), Recipient("c@d", "5", False)), "250"),
        "x.eml to <a@b>, <c@d> (not taken): 250",
    ),
]


@pytest.mark.parametrize(("event", "words"), EVENTS)
def test_it_is_told_in_words(event: Speaking, words: str) -> None:
    assert in_words(event) == words


def test_the_screen_tells_it_in_the_transcript() -> None:
    lines, _ = told([event for event, _ in EVENTS])
    shown = ["".join(span.text for span in line.spans).split(maxsplit=1)[1] for line in lines]
    assert shown == [words for _, words in EVENTS]


def test_what_a_client_says_is_made_safe() -> None:
    lines, _ = told([Xforward(0, {"NAME": "\x1b[31mred"})])
    assert "\x1b" not in "".join(span.text for span in lines[0].spans)
