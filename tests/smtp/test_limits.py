"""Every bound of a session, and what the client hears at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailcatch import Catcher, Limits
from mailcatch.mailbox.events import SessionNote
from tests.reading import close_of, ended_session, messages, only_transaction, sessions
from tests.talk import Talk

Start = Callable[..., Catcher]


def test_a_message_declared_too_large_is_refused_at_mail(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(message=1000))) as talk:
        assert b"SIZE 1000" in talk.ask(b"EHLO x")
        refused = talk.ask(b"MAIL FROM:<a@b> SIZE=1001")
        assert refused == b"552 5.3.4 The message is larger than 1000 octets\r\n"
        assert talk.ask(b"MAIL FROM:<a@b> SIZE=1000").startswith(b"250")
        assert talk.ask(b"QUIT").startswith(b"221")
    ended_session(mailbox)


def test_a_message_too_large_is_drained_and_refused(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(message=1000))) as talk:
        assert talk.send(b"x" * 3_000_000 + b"\r\n").startswith(b"552 5.3.4 ")
        assert talk.send(b"Subject: fits\r\n").startswith(b"250")
    assert messages(mailbox) == [b"Subject: fits\r\n"]
    assert [path.suffix for path in (mailbox / "messages").iterdir()] == [".eml"]


def test_a_message_of_the_limit_fits(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(message=1000))) as talk:
        assert talk.send(b"x" * 998 + b"\r\n").startswith(b"250")
        assert talk.send(b"x" * 999 + b"\r\n").startswith(b"552")


def test_recipients_past_the_limit_are_refused_one_by_one(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(recipients=3))) as talk:
        talk.open_transaction(b"1@x", b"2@x", b"3@x")
        assert talk.ask(b"RCPT TO:<4@x>") == b"452 4.5.3 Too many recipients\r\n"
        talk.ask(b"DATA")
        talk.ask(b".")
    asked = only_transaction(mailbox).recipients
    assert [one.accepted for one in asked] == [True, True, True, False]


def test_sessions_past_the_limit_are_turned_away_and_recorded(start: Start, mailbox: Path) -> None:
    catcher = start(limits=Limits(sessions=2))
    with Talk(catcher) as first, Talk(catcher):
        with Talk(catcher) as third:
            assert third.greeting == b"421 4.7.0 Too many sessions at once\r\n"
            assert third.rest() == b""
        assert first.send(b"Subject: x\r\n").startswith(b"250")
    for number in range(3):
        ended_session(mailbox, number)
    closes = [close_of(events) for events in sessions(mailbox)]
    assert sorted(close.how for close in closes) == ["eof", "eof", "limit"]
    with Talk(catcher) as later:
        assert later.greeting.startswith(b"220")


def test_commands_past_the_limit_end_the_session(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(commands=3))) as talk:
        for _ in range(3):
            assert talk.ask(b"NOOP").startswith(b"250")
        assert talk.ask(b"NOOP") == b"421 4.7.0 Too many commands in one session\r\n"
        assert talk.rest() == b""
    assert close_of(ended_session(mailbox)).how == "limit"


def test_a_command_line_too_long_is_dropped_and_told(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(command_line=1000))) as talk:
        assert talk.ask(b"NOOP " + b"x" * 993).startswith(b"250")
        assert talk.ask(b"NOOP " + b"x" * 994) == b"500 5.5.6 Command line too long\r\n"
        assert talk.ask(b"NOOP " + b"x" * 5000) == b"500 5.5.6 Command line too long\r\n"
        assert talk.ask(b"NOOP").startswith(b"250")
        talk.ask(b"QUIT")
    notes = [event for event in ended_session(mailbox) if isinstance(event, SessionNote)]
    assert [note.name for note in notes] == ["command-line-too-long"] * 2
    assert notes[1].detail == "5007 octets"


def test_an_endless_command_line_ends_the_session(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(command_line=1000))) as talk:
        talk.say(b"x" * 200_000)
        assert talk.hear() == b"421 4.7.0 The command line has no end, closing\r\n"
        talk.half_close()
        assert talk.rest() == b""
    assert close_of(ended_session(mailbox)).how == "limit"


def test_an_endless_response_to_auth_ends_the_session(start: Start, mailbox: Path) -> None:
    with Talk(start()) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"AUTH PLAIN")
        talk.say(b"x" * 400_000)
        assert talk.hear() == b"421 4.7.0 The command line has no end, closing\r\n"
    assert close_of(ended_session(mailbox)).how == "limit"


def test_an_idle_session_hears_421_and_is_closed(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(idle=0.3))) as talk:
        assert talk.hear() == b"421 4.4.2 Nothing came for too long, closing\r\n"
        assert talk.rest() == b""
    assert close_of(ended_session(mailbox)).how == "idle"


def test_a_command_that_trickles_in_does_not_hold_a_session(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(idle=0.5))) as talk:
        talk.socket.settimeout(0.1)
        heard = b""
        for _ in range(100):
            try:
                talk.say(b"N")
                heard = talk.socket.recv(1000)
                break
            except TimeoutError:
                continue
        assert heard.startswith(b"421 4.4.2")


def test_data_resets_the_idle_time_as_long_as_it_comes(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(idle=1))) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.socket.settimeout(0.3)
        for _ in range(6):
            talk.say(b"line\r\n")
            try:
                raise AssertionError(talk.socket.recv(1000))
            except TimeoutError:
                continue
        talk.socket.settimeout(20)
        assert talk.ask(b".").startswith(b"250")
    assert messages(mailbox) == [b"line\r\n" * 6]


def test_data_that_stops_is_closed_with_421(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(idle=0.3))) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n")
        assert talk.hear().startswith(b"421 4.4.2 Nothing came for too long inside the data")
    assert close_of(ended_session(mailbox)).how == "idle"
    assert only_transaction(mailbox).outcome == "aborted"


def test_data_that_waits_after_bare_line_feeds_is_told_so(start: Start) -> None:
    with Talk(start(limits=Limits(idle=0.3))) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\n\nbody\n.\n")
        assert b"only <CR><LF>.<CR><LF> ends it" in talk.hear()


def test_data_may_not_take_for_ever(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(data=0.5, idle=10))) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.socket.settimeout(0.05)
        heard = b""
        while not heard:
            try:
                talk.say(b"x\r\n")
                heard = talk.socket.recv(1000)
            except TimeoutError:
                continue
        assert heard == b"421 4.4.2 The data took too long, closing\r\n"
    assert close_of(ended_session(mailbox)).how == "limit"


def test_a_transcript_ends_at_its_limit_and_messages_go_on(start: Start, mailbox: Path) -> None:
    with Talk(start(limits=Limits(transcript=2000))) as talk:
        for _ in range(30):
            assert talk.send(b"Subject: x\r\n").startswith(b"250")
        talk.ask(b"QUIT")
    events = ended_session(mailbox)
    notes = [event.name for event in events if isinstance(event, SessionNote)]
    assert notes == ["transcript-full"]
    assert len([event for event in events if type(event).__name__ == "Transaction"]) == 30
    assert len(messages(mailbox)) == 30
