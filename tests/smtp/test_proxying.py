"""Listeners behind a proxy: the PROXY header comes first, and says who the client is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch import Catcher, Limits
from mailcatch.mailbox.events import AnyEvent, Connect, Proxy, SessionNote
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from mailcatch.mailbox.server_file import read_state
from tests.reading import close_of, ended_session, messages, sessions
from tests.smtp.loopback import cut, run
from tests.smtp.secure import Client, SecureTalk
from tests.smtp.test_proxy_header import IPV4, SIGNATURE, binary, value
from tests.talk import Talk

Start = Callable[..., Catcher]
LINE = b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25\r\n"


@pytest.fixture
def proxied(start: Start) -> Start:
    return partial(start, proxy_protocol=True)


class ProxyTalk(Talk):
    """A Talk that begins with a header."""

    def __init__(self, server: Catcher, header: bytes = LINE, behind: bytes = b"") -> None:
        super().__init__(server, greeting=False)
        self.say(header + behind)
        self.greeting = self.hear()


def opening(events: list[AnyEvent]) -> Connect:
    first = events[0]
    assert isinstance(first, Connect)
    return first


def of_proxy(events: list[AnyEvent]) -> Proxy:
    (event,) = [event for event in events if isinstance(event, Proxy)]
    return event


@pytest.mark.parametrize("header", [LINE, binary(IPV4)], ids=["version 1", "version 2"])
def test_the_session_is_that_of_the_client_behind_the_proxy(
    proxied: Start, mailbox: Path, header: bytes
) -> None:
    with ProxyTalk(proxied(), header) as talk:
        assert talk.greeting.startswith(b"220 ")
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
        own = talk.socket.getsockname()
        server = talk.socket.getpeername()
    events = ended_session(mailbox)
    assert opening(events).peer == "203.0.113.7:50123"
    assert opening(events).listener == f"127.0.0.1:{server[1]}"
    event = of_proxy(events)
    assert (event.via, event.destination) == (f"127.0.0.1:{own[1]}", "192.0.2.1:25")
    assert not event.local
    with Reader(mailbox) as reader:
        reader.refresh()
        assert list(reader.search("peer:203.0.113.7"))
        assert not list(reader.search("peer:127.0.0.1"))


@pytest.mark.parametrize(
    "header", [b"PROXY UNKNOWN\r\n", binary(b"", verb=0x20, family=0)], ids=["UNKNOWN", "LOCAL"]
)
def test_a_connection_of_the_proxys_own_is_that(
    proxied: Start, mailbox: Path, header: bytes
) -> None:
    with ProxyTalk(proxied(), header) as talk:
        assert talk.ask(b"QUIT").startswith(b"221")
        own = talk.socket.getsockname()
    events = ended_session(mailbox)
    assert opening(events).peer == f"127.0.0.1:{own[1]}"
    assert of_proxy(events).local


def test_what_a_proxy_knows_of_tls_is_kept(proxied: Start, mailbox: Path) -> None:
    tls = b"\7" + bytes(4) + value(0x21, b"TLSv1.3") + value(0x22, b"ann") + value(0x23, b"AES")
    header = binary(IPV4 + value(0x02, b"mail.test") + value(0x20, tls) + value(5, b"\xff"))
    with ProxyTalk(proxied(), header) as talk:
        talk.ask(b"QUIT")
    event = of_proxy(ended_session(mailbox))
    assert (event.server_name, event.tls, event.cipher) == ("mail.test", "TLSv1.3", "AES")
    assert (event.subject, event.unique_id) == ("ann", "ff")


def test_commands_may_come_right_behind_the_header(proxied: Start) -> None:
    with ProxyTalk(proxied(), behind=b"EHLO x\r\nNOOP\r\n") as talk:
        assert talk.hear().startswith(b"250-")
        assert talk.hear() == b"250 2.0.0 Ok\r\n"


def test_faults_know_the_client_behind_the_proxy(proxied: Start) -> None:
    rule = (
        '[[faults.rule]]\nat = "connect"\nmatch.client_address = "203.0.113.0/24"\n'
        'match.client_port = 50123\nreply = "554 5.7.1 Go away"\n'
    )
    catcher = proxied(faults=rule)
    with ProxyTalk(catcher) as talk:
        assert talk.greeting == b"554 5.7.1 Go away\r\n"
    with ProxyTalk(catcher, LINE.replace(b"113.7", b"114.7")) as talk:
        assert talk.greeting.startswith(b"220 ")


def test_only_a_client_on_this_machine_may_speak_for_others(proxied: Start) -> None:
    catcher = proxied()
    with ProxyTalk(catcher) as talk:
        assert b"XCLIENT" not in talk.ask(b"EHLO x")
        assert talk.ask(b"XCLIENT ADDR=192.0.2.9").startswith(b"550 5.7.0 ")
    with ProxyTalk(catcher, b"PROXY TCP4 127.0.0.1 127.0.0.1 5 25\r\n") as talk:
        assert b"XCLIENT" in talk.ask(b"EHLO x")


@pytest.mark.parametrize(
    ("octets", "note", "reason"),
    [
        (b"EHLO x\r\n", "proxy-header-missing", "no PROXY header came: the connection begins"),
        (b"GET / HTTP/1.0\r\n\r\n", "proxy-header-missing", "begins with HTTP"),
        (b"\x16\x03\x01\x00\xc8", "proxy-header-missing", "begins with TLS"),
        (b"PROXY TCP4 nowhere\r\n", "proxy-header-malformed", "the PROXY header cannot be read"),
        (SIGNATURE + b"\x31\x11\0\0", "proxy-header-malformed", "a version"),
    ],
)
def test_what_is_no_header_is_closed_and_explained(
    proxied: Start, mailbox: Path, octets: bytes, note: str, reason: str
) -> None:
    with Talk(proxied(), greeting=False) as talk:
        talk.say(octets)
        assert talk.rest() == b""
    events = ended_session(mailbox)
    assert opening(events).peer.startswith("127.0.0.1:")
    assert [event.name for event in events if isinstance(event, SessionNote)] == [note]
    assert close_of(events).how == "protocol"
    assert reason in close_of(events).reason


@pytest.mark.parametrize(
    ("octets", "note", "reason"),
    [
        (
            b"",
            "proxy-header-missing",
            "nothing came within 0.2 s; does the client connect directly",
        ),
        (b"PROXY TCP4 20", "proxy-header-malformed", "its end did not come within 0.2 s"),
        (SIGNATURE, "proxy-header-malformed", "its end did not come within 0.2 s"),
    ],
)
def test_a_header_has_to_come_in_time(
    proxied: Start, mailbox: Path, octets: bytes, note: str, reason: str
) -> None:
    with Talk(proxied(limits=Limits(proxy=0.2)), greeting=False) as talk:
        talk.say(octets)
        assert talk.rest() == b""
    events = ended_session(mailbox)
    assert [event.name for event in events if isinstance(event, SessionNote)] == [note]
    assert reason in close_of(events).reason


def test_a_client_that_leaves_before_its_header_is_told_of(proxied: Start, mailbox: Path) -> None:
    catcher = proxied()
    with Talk(catcher, greeting=False) as talk:
        talk.say(b"PROXY")
    assert close_of(ended_session(mailbox)).how == "eof"
    talk = Talk(catcher, greeting=False)
    talk.reset()
    assert close_of(ended_session(mailbox, 1)).how in {"closed", "reset"}


def test_sessions_past_the_limit_are_turned_away_before_the_header(
    proxied: Start, mailbox: Path
) -> None:
    catcher = proxied(limits=Limits(sessions=1))
    with ProxyTalk(catcher):
        with Talk(catcher, greeting=False) as second:
            assert second.hear().startswith(b"421 ")
        assert close_of(ended_session(mailbox, 1)).how == "limit"


def test_a_server_that_stops_does_not_wait_for_a_header(mailbox: Path) -> None:
    catcher = Catcher(port=0, mailbox=mailbox, proxy_protocol=True)
    with catcher.in_thread(), ProxyTalk(catcher) as first:
        waiting = Talk(catcher, greeting=False)
        waiting.say(b"PROXY ")
        first.ask(b"NOOP")
    with waiting:
        assert waiting.rest() in {b"", b"421 4.3.2 The server is stopping\r\n"}
    assert [close_of(events).how for events in sessions(mailbox)] == ["eof", "stopped"]


def test_the_header_comes_before_tls(start: Start, mailbox: Path, tmp_path: Path) -> None:
    catcher = start(proxy_protocol=True, tls="both", ca_dir=tmp_path / "ca")
    assert [address.proxied for address in catcher.addresses] == [True, True]
    with SecureTalk(catcher, implicit=True, before=LINE) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
    with SecureTalk(catcher, before=LINE) as talk:
        talk.start_tls()
        assert talk.send(b"Subject: y\r\n").startswith(b"250")
    for number in range(2):
        assert opening(ended_session(mailbox, number)).peer == "203.0.113.7:50123"
    assert len(messages(mailbox)) == 2


def test_the_handshake_may_begin_right_behind_the_header(start: Start, tmp_path: Path) -> None:
    catcher = start(proxy_protocol=True, tls="implicit", ca_dir=tmp_path / "ca")
    client = Client(catcher)
    with client.socket:
        client.socket.sendall(LINE + client.hello())
        client.socket.sendall(client.finish(b"QUIT\r\n"))
        assert client.heard().splitlines()[-1] == b"221 2.0.0 Bye"


def test_a_listener_may_be_marked(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "mail.sock"
    catcher = start(listen=["127.0.0.1:0", "proxy:127.0.0.1:0", f"proxy:lmtp:unix:{path}"])
    state = read_state(catcher.mailbox)
    assert state is not None
    assert [one.proxied for one in state.smtp] == [False, True, True]
    with Talk(catcher) as talk:
        assert talk.greeting.startswith(b"220 ")
    with Talk(catcher.addresses[1], greeting=False) as talk:
        talk.say(LINE)
        assert talk.hear().startswith(b"220 ")
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        client.sendall(LINE)
        assert b" LMTP " in client.recv(1000)


def test_sessions_are_found_by_the_client_that_a_proxy_named(proxied: Start, mailbox: Path) -> None:
    with ProxyTalk(proxied(), b"PROXY TCP6 2001:db8::7 ::1 5 25\r\n") as talk:
        talk.ask(b"QUIT")
    ended_session(mailbox)
    with Reader(mailbox) as reader:
        reader.refresh()
        (name,) = reader.search("peer:2001:db8::7", Found.SESSIONS)
        assert reader.session(name).peer == "[2001:db8::7]:5"


@given(
    st.sampled_from([LINE, binary(IPV4), binary(IPV4 + value(0xEE, bytes(300))), b"", LINE[:-2]]),
    st.sampled_from([b"", b"EHLO x\r\nQUIT\r\n", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n", LINE]),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_any_split_of_a_header_and_a_session_is_the_same_session(
    header: bytes, behind: bytes, places: list[int]
) -> None:
    octets = header + behind
    assert run(cut(octets, places), proxied=True) == run([octets], proxied=True)
