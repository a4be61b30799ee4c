"""Any split of what a client sends gives the same replies, the same record, the same messages."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.smtp.loopback import cut, lead, run


def test_each_reply_leaves_in_one_write() -> None:
    transport, _ = lead([b"EHLO x\r\n", b"NOOP\r\n", b"HELP\r\n"])
    greeting, hello, *others = transport.writes
    assert greeting.startswith(b"220 ")
    assert (hello.startswith(b"250-"), hello.endswith(b"\r\n250 HELP\r\n")) == (True, True)
    assert len(others) == 2


def test_replies_to_commands_that_came_together_leave_in_one_write() -> None:
    transport, _ = lead([b"NOOP\r\n" * 20, MAIL + b".\r\nNOOP\r\nQUIT\r\n"])
    _, first, second = transport.writes
    assert first.count(b"\r\n") == 20
    assert second.endswith(b"221 2.0.0 Bye\r\n")


COMMANDS = st.sampled_from(
    [
        b"EHLO x\r\n",
        b"HELO x\n",
        b"LHLO x\r\n",
        b"LHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n",
        b"XCLIENT NAME=x PORT=25\r\n",
        b"XFORWARD IDENT=1\r\n",
        b"MAIL FROM:<a@example.com>\r\n",
        b"mail from: a@example.com SIZE=10\r\n",
        b"RCPT TO:<b@example.com>\r\n",
        b"RCPT TO:<>\r\n",
        b"DATA\r\n",
        b"DATA\r\n",
        b"AUTH PLAIN AGEAYg==\r\n",
        b"AUTH LOGIN\r\n",
        b"YQ==\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"QUIT\r\n",
        b"\xff\x00\r\n",
        b"\n",
        b"Subject: x\r\n\r\nbody\r\n.\r\n",
        b"..stuffed\r\n.\r\n",
        b".\r\n",
        b"\n.\n",
        b"\r\n.\n",
        b"\n.\r\n",
    ]
)
SESSIONS = st.lists(COMMANDS, max_size=15).map(b"".join)
MAIL = b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"


@settings(max_examples=150, deadline=None)
@given(SESSIONS, st.lists(st.integers(0, 400), max_size=12), st.booleans())
def test_any_split_of_any_session_is_the_same_session(
    octets: bytes, places: list[int], lmtp: bool
) -> None:
    whole = run([octets], lmtp=lmtp)
    assert run(cut(octets, places), lmtp=lmtp) == whole
    assert run([bytes([octet]) for octet in octets], lmtp=lmtp) == whole


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"\r\n", b"\n", b"\r", b".", b"\0"]), max_size=12),
    st.lists(st.integers(0, 200), max_size=6),
    st.booleans(),
)
def test_a_smuggled_message_stays_inside_its_own(
    parts: list[bytes], places: list[int], lmtp: bool
) -> None:
    """Whatever stands before it, only CRLF . CRLF lets the next command be obeyed."""
    body = b"".join(parts) + b"\n.\n"
    assume(b"\r\n.\r\n" not in b"\r\n" + body)
    begun = MAIL.replace(b"EHLO", b"LHLO") if lmtp else MAIL
    smuggled = begun + body + b"MAIL FROM:<evil@example.com>\r\n.\r\nQUIT\r\n"
    _, told, messages = run(cut(smuggled, places), lmtp=lmtp)
    assert len(messages) == 1
    assert messages[0].endswith(b"MAIL FROM:<evil@example.com>\r\n")
    assert told[-1] == ("client", "quit")
