"""BDAT (RFC 3030): what comes in chunks is kept as it came, and never taken for commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch import Catcher, Limits
from mailcatch.mailbox.events import SessionNote
from tests.asides import asides
from tests.reading import close_of, ended_session, eventually, messages, only_transaction
from tests.talk import Talk

Start = Callable[..., Catcher]

BINARY = bytes(range(256)) * 40 + b"\r\n.\r\n.\n\r\n..\r\nQUIT\r\n"
HEADER = b"Subject: x\r\n\r\n"


def chunk(octets: bytes, *, last: bool = False) -> bytes:
    return b"BDAT %d%s\r\n" % (len(octets), b" LAST" if last else b"") + octets


def opened(talk: Talk, parameters: bytes = b"") -> None:
    """Open a transaction with one recipient."""
    assert b"CHUNKING" in talk.ask(b"EHLO x")
    assert talk.ask(b"MAIL FROM:<a@example.com>" + parameters).startswith(b"250")
    assert talk.ask(b"RCPT TO:<b@example.com>").startswith(b"250")


def said(talk: Talk, octets: bytes) -> bytes:
    """Send octets and return the reply."""
    talk.say(octets)
    return talk.hear()


def note_names(mailbox: Path) -> list[str]:
    return [note.name for note in only_transaction(mailbox).notes]


def test_a_message_in_one_chunk_is_kept_as_it_came(talk: Talk, mailbox: Path) -> None:
    opened(talk, b" BODY=BINARYMIME")
    assert said(talk, chunk(HEADER + BINARY, last=True)).startswith(b"250 2.0.0 Ok: queued as 2")
    assert messages(mailbox) == [HEADER + BINARY]
    transaction = only_transaction(mailbox)
    assert (transaction.chunks, transaction.octets) == (1, len(HEADER + BINARY))
    assert transaction.notes == ()


def test_chunks_are_answered_one_by_one_and_make_one_message(talk: Talk, mailbox: Path) -> None:
    opened(talk)
    assert said(talk, chunk(HEADER)) == b"250 2.0.0 Ok: 14 octets\r\n"
    assert said(talk, chunk(b"one\r\n")) == b"250 2.0.0 Ok: 5 octets\r\n"
    assert messages(mailbox) == []
    assert said(talk, chunk(b".\r\n", last=True)).startswith(b"250 2.0.0 Ok: queued as ")
    assert messages(mailbox) == [HEADER + b"one\r\n.\r\n"]
    assert only_transaction(mailbox).chunks == 3


def test_the_last_chunk_may_be_empty_and_so_may_the_message(talk: Talk, mailbox: Path) -> None:
    opened(talk)
    assert said(talk, chunk(HEADER)).startswith(b"250")
    assert talk.ask(b"BDAT 0 LAST").startswith(b"250 2.0.0 Ok: queued as ")
    assert talk.ask(b"MAIL FROM:<a@example.com>").startswith(b"250")
    assert talk.ask(b"RCPT TO:<b@example.com>").startswith(b"250")
    assert talk.ask(b"bdat 0").startswith(b"250")
    assert talk.ask(b"bdat 000 \t last").startswith(b"250 2.0.0 Ok: queued as ")
    assert messages(mailbox) == [HEADER, b""]


def test_a_whole_session_of_chunks_can_be_pipelined(talk: Talk, mailbox: Path) -> None:
    opened(talk)
    smuggled = b"RSET\r\nMAIL FROM:<evil@example.com>\r\n.\r\n"
    again = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n"
    talk.say(chunk(HEADER) + chunk(smuggled) + chunk(b"", last=True) + again)
    talk.say(chunk(HEADER + b"two", last=True) + b"QUIT\r\n")
    codes = [line[:3] for line in talk.rest().splitlines()]
    assert codes == [b"250"] * 6 + [b"221"]
    assert messages(mailbox) == [HEADER + smuggled, HEADER + b"two"]


def test_a_large_chunk_goes_to_the_disk_as_it_comes(talk: Talk, mailbox: Path) -> None:
    content = HEADER + b"0123456789abcdef" * 400_000
    opened(talk)
    talk.say(chunk(content[:3_000_000]))
    assert talk.hear().startswith(b"250")
    (written,) = asides(mailbox)
    assert written >= 2_000_000
    assert said(talk, chunk(content[3_000_000:], last=True)).startswith(b"250")
    assert messages(mailbox) == [content]


@pytest.mark.parametrize(
    "commands",
    [
        (b"EHLO x",),
        (b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>", b"DATA", b"Subject: x\r\n."),
    ],
    ids=["no transaction", "after the message"],
)
def test_a_chunk_outside_of_a_transaction_is_read_and_refused(
    talk: Talk, mailbox: Path, commands: tuple[bytes, ...]
) -> None:
    for command in commands:
        talk.ask(command)
    refused = said(talk, chunk(b"RCPT TO:<evil@example.com>\r\n", last=True) + b"NOOP\r\n")
    assert refused == b"503 5.5.1 Send MAIL first\r\n"
    assert talk.hear() == b"250 2.0.0 Ok\r\n"
    assert talk.ask(b"QUIT").startswith(b"221")
    notes = [event for event in ended_session(mailbox) if isinstance(event, SessionNote)]
    assert [(note.name, note.detail) for note in notes] == [("chunk-thrown-away", "28 octets")]


def test_a_chunk_without_a_valid_recipient_is_read_and_refused(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    talk.say(b"MAIL FROM:<a@b>\r\nRCPT TO:<>\r\n" + chunk(b"QUIT\r\n", last=True) + b"NOOP\r\n")
    assert [talk.hear()[:3] for _ in range(4)] == [b"250", b"501", b"554", b"250"]
    assert only_transaction(mailbox).outcome == "refused"
    assert messages(mailbox) == []


def test_data_behind_a_chunk_is_refused_and_the_message_fails(talk: Talk, mailbox: Path) -> None:
    opened(talk)
    assert said(talk, chunk(HEADER)).startswith(b"250")
    assert talk.ask(b"DATA") == b"503 5.5.1 BDAT and DATA do not mix: send RSET\r\n"
    assert said(talk, chunk(b"QUIT\r\n", last=True)).startswith(b"503 5.5.1 The message has failed")
    assert only_transaction(mailbox).outcome == "refused"
    assert talk.send(HEADER).startswith(b"250")
    assert messages(mailbox) == [HEADER]


def test_a_chunk_behind_data_that_was_refused_is_refused(start: Start, mailbox: Path) -> None:
    with Talk(start(faults="data-451-x1")) as talk:
        opened(talk)
        assert talk.ask(b"DATA").startswith(b"451")
        mixed = said(talk, chunk(b"QUIT\r\n", last=True))
        assert mixed == b"503 5.5.1 DATA and BDAT do not mix: send RSET\r\n"
        assert talk.ask(b"RSET").startswith(b"250")
        opened(talk)
        assert said(talk, chunk(HEADER, last=True)).startswith(b"250")
    assert messages(mailbox) == [HEADER]


def test_a_binary_message_by_data_is_refused_and_comes_by_bdat(talk: Talk, mailbox: Path) -> None:
    opened(talk, b" BODY=BINARYMIME")
    assert talk.ask(b"DATA") == b"503 5.5.1 A message of BODY=BINARYMIME comes by BDAT only\r\n"
    assert said(talk, chunk(HEADER + b"\n\0\r", last=True)).startswith(b"250")
    assert messages(mailbox) == [HEADER + b"\n\0\r"]
    assert note_names(mailbox) == []


def test_what_is_binary_and_was_not_announced_so_is_told(talk: Talk, mailbox: Path) -> None:
    opened(talk)
    assert said(talk, chunk(HEADER + b"\n\0\r", last=True)).startswith(b"250")
    assert set(note_names(mailbox)) == {"bare-lf", "bare-cr", "nul"}


@pytest.mark.parametrize("command", [b"RSET", b"HELO x", b"EHLO x"])
def test_chunks_can_be_given_up(talk: Talk, mailbox: Path, command: bytes) -> None:
    opened(talk)
    assert said(talk, chunk(b"x" * 3_000_000)).startswith(b"250")
    assert talk.ask(command).startswith(b"250")
    assert only_transaction(mailbox).outcome == "reset"
    assert list((mailbox / "messages").iterdir()) == []
    opened(talk)
    assert said(talk, chunk(HEADER, last=True)).startswith(b"250")
    assert messages(mailbox) == [HEADER]


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"MAIL FROM:<evil@example.com>", b"503"),
        (b"RCPT TO:<evil@example.com>", b"503 5.5.1 The message has begun"),
        (b"STARTTLS", b"502"),
        (b"AUTH PLAIN AGEAYg==", b"503"),
        (b"NOOP", b"250"),
        (b"VRFY x", b"252"),
    ],
)
def test_commands_between_chunks_leave_the_message_alone(
    talk: Talk, mailbox: Path, command: bytes, reply: bytes
) -> None:
    opened(talk)
    assert said(talk, chunk(HEADER)).startswith(b"250")
    assert talk.ask(command).startswith(reply)
    assert said(talk, chunk(b"end", last=True)).startswith(b"250")
    assert messages(mailbox) == [HEADER + b"end"]
    transaction = only_transaction(mailbox)
    assert transaction.sender == "a@example.com"
    assert [one.address for one in transaction.recipients] == ["b@example.com"]


@pytest.mark.parametrize("inside", [True, False], ids=["inside of a chunk", "between chunks"])
def test_a_client_that_closes_leaves_nothing_behind(
    talk: Talk, mailbox: Path, inside: bool
) -> None:
    opened(talk)
    assert said(talk, chunk(HEADER)).startswith(b"250")
    if inside:
        talk.say(b"BDAT 100 LAST\r\n12345")
    talk.half_close()
    talk.rest()
    ended_session(mailbox)
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.octets) == ("aborted", 14 + 5 * inside)
    assert list((mailbox / "messages").iterdir()) == []


@pytest.mark.parametrize(
    "argument",
    [
        *(b"", b"LAST", b"-1", b"+5", b"0x5", b"5,0", b"1_0", b"5e0", b"1.0", b"5 5"),
        *(b"5LAST", b"5 LAST LAST", b"5 FIRST", b"5 LAST x", b"123456789012345678901"),
        *("\u0665".encode(), "5\u00a0LAST".encode(), b"5\x0bLAST", b"\xff"),
    ],
)
def test_a_size_that_can_be_read_in_two_ways_ends_the_session(
    talk: Talk, mailbox: Path, argument: bytes
) -> None:
    opened(talk)
    talk.say(b"BDAT " + argument + b"\r\nMAIL FROM:<evil@example.com>\r\nQUIT\r\n")
    assert talk.rest() == b"501 5.5.4 Syntax: BDAT octets [LAST], closing\r\n"
    talk.half_close()
    assert close_of(ended_session(mailbox)).how == "protocol"
    assert messages(mailbox) == []


def test_a_chunk_announced_in_too_long_a_line_ends_the_session(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(command_line=1000))) as talk:
        opened(talk)
        talk.say(b"bdat 6" + b" " * 3000 + b"LAST\r\nRSET\r\nNOOP\r\n")
        assert talk.rest() == b"500 5.5.6 Command line too long before a chunk, closing\r\n"
        talk.half_close()
    assert close_of(ended_session(mailbox)).how == "limit"


def test_chunks_past_the_largest_message_are_read_and_refused(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(message=1000))) as talk:
        opened(talk)
        assert said(talk, chunk(b"x" * 999)).startswith(b"250")
        talk.say(chunk(b"QUIT\r\n" * 100_000) + chunk(b"QUIT\r\n") + chunk(b"", last=True))
        assert talk.hear() == b"552 5.3.4 The message is larger than 1000 octets\r\n"
        assert talk.hear().startswith(b"503 5.5.1 The message has failed")
        assert talk.hear().startswith(b"503 5.5.1 The message has failed")
        transaction = only_transaction(mailbox)
        assert (transaction.outcome, transaction.answer[:3]) == ("refused", "552")
        opened(talk)
        assert said(talk, chunk(b"x" * 1000, last=True)).startswith(b"250")
        opened(talk)
        assert said(talk, chunk(b"x" * 1001, last=True)).startswith(b"552")
    assert messages(mailbox) == [b"x" * 1000]


def test_a_message_has_no_limit_where_it_is_zero(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(message=0))) as talk:
        assert b"\r\n250-SIZE 0\r\n" in talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b> SIZE=99999999999999999999").startswith(b"250")
        assert talk.ask(b"RSET").startswith(b"250")
        opened(talk)
        assert said(talk, chunk(b"x" * 100_000, last=True)).startswith(b"250")
        assert talk.send(b"x" * 100_000 + b"\r\n").startswith(b"250")
    assert [len(one) for one in messages(mailbox)] == [100_000, 100_002]


def test_a_chunk_that_does_not_come_is_not_waited_for(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(idle=0.3))) as talk:
        opened(talk)
        talk.say(b"BDAT 100 LAST\r\nSubject: x\n.\n")
        assert talk.hear().startswith(b"421 4.4.2 Nothing came for too long inside the data")
    assert close_of(ended_session(mailbox)).how == "idle"


def test_chunks_may_not_take_for_ever(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(data=0.3, idle=10))) as talk:
        opened(talk)
        heard = b""
        while not heard.startswith(b"421"):
            talk.say(chunk(b"x"))
            heard = talk.hear()
        assert heard == b"421 4.4.2 The data took too long, closing\r\n"
    assert close_of(ended_session(mailbox)).how == "limit"


@pytest.mark.parametrize("hidden", ["CHUNKING", "chunking"])
def test_what_is_not_offered_is_refused_and_its_chunk_read(
    start: Start, mailbox: Path, hidden: str
) -> None:
    with Talk(start(without=[hidden])) as talk:
        offered = talk.ask(b"EHLO x")
        assert b"CHUNKING" not in offered
        assert b"BINARYMIME" not in offered
        assert b"BDAT" not in talk.ask(b"HELP")
        assert talk.ask(b"MAIL FROM:<a@b> BODY=BINARYMIME").startswith(b"250")
        assert talk.ask(b"RCPT TO:<b@example.com>").startswith(b"250")
        refused = said(talk, chunk(b"QUIT\r\n", last=True))
        assert refused == b"502 5.5.1 Command not implemented\r\n"
        assert talk.ask(b"DATA").startswith(b"354")
        assert talk.ask(b"Subject: x\r\n.").startswith(b"250")
    assert messages(mailbox) == [b"Subject: x\r\n"]
    assert "bad-parameter" in note_names(mailbox)


def test_a_chunk_before_a_login_that_is_required_is_read_and_refused(
    start: Start, mailbox: Path
) -> None:
    with Talk(start(require_auth=True)) as talk:
        talk.ask(b"EHLO x")
        refused = said(talk, chunk(b"AUTH PLAIN AGEAYg==\r\n"))
        assert refused == b"530 5.7.0 Authentication required\r\n"
        assert talk.ask(b"NOOP").startswith(b"250")
        assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"530")


def test_a_chunk_before_tls_that_is_required_is_read_and_refused(
    start: Start, mailbox: Path, tmp_path: Path
) -> None:
    catcher = start(tls="starttls", require_tls=True, ca_dir=tmp_path / "ca")
    with Talk(catcher) as talk:
        talk.ask(b"EHLO x")
        refused = said(talk, chunk(b"QUIT\r\n"))
        assert refused == b"530 5.7.0 Must issue a STARTTLS command first\r\n"
        assert talk.ask(b"NOOP").startswith(b"250")


def test_a_mailbox_that_cannot_take_it_is_told_at_the_chunk(
    start: Start, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catcher = start()
    with Talk(catcher) as talk:
        opened(talk)

        def no_room(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("mailcatch.mailbox.message_file.MessageFile.write", no_room)
        refused = said(talk, chunk(HEADER))
        assert refused == b"452 4.3.1 Cannot keep the message: No space left on device\r\n"
        monkeypatch.undo()
        assert said(talk, chunk(HEADER, last=True)).startswith(b"503")
        opened(talk)
        assert said(talk, chunk(HEADER, last=True)).startswith(b"250")
    assert messages(mailbox) == [HEADER]


def test_a_server_that_stops_lets_the_last_chunk_come(mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher:
        talk = Talk(catcher)
        opened(talk)
        assert said(talk, chunk(HEADER)).startswith(b"250")
        talk.say(chunk(b"end", last=True))
        eventually(lambda: messages(mailbox))
    assert talk.hear().startswith(b"250 2.0.0 Ok: queued as ")
    talk.socket.close()
