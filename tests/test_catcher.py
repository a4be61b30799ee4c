"""The catcher from Python: started, stopped, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import smtplib
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from mailcatch import Catcher, Limits, ListenError, MailboxError
from mailcatch.retaining import Retaining
from mailcatch.smtp.transaction import Outcome, Transaction
from tests.reading import ended_session, messages
from tests.talk import Talk

SAMPLE = b"Subject: x\r\n\r\nhello\r\n"


def send(catcher: Catcher, content: bytes = SAMPLE) -> None:
    with smtplib.SMTP(catcher.host, catcher.port) as client:
        client.sendmail("a@example.com", ["b@example.com"], content)


async def test_a_catcher_runs_in_the_loop_of_its_user(mailbox: Path) -> None:
    async with Catcher(port=0, mailbox=mailbox) as catcher:
        await asyncio.to_thread(send, catcher)
        assert messages(mailbox) == [SAMPLE]
    assert not (mailbox / "server.json").exists()


def test_a_catcher_runs_on_a_thread_of_its_own(mailbox: Path) -> None:
    before = threading.active_count()
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher:
        send(catcher)
    assert messages(mailbox) == [SAMPLE]
    assert threading.active_count() == before


def test_a_catcher_stops_with_a_client_still_connected(mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher:
        idle = Talk(catcher)
        busy = Talk(catcher)
        busy.open_transaction()
        busy.ask(b"DATA")
        busy.say(b"never ending")
    assert idle.rest() == b"421 4.3.2 The server is stopping\r\n"
    assert busy.rest() == b""
    for client in (idle, busy):
        client.socket.close()
    gc.collect()
    for number in range(2):
        ended_session(mailbox, number)


def test_a_catcher_can_be_started_again_and_again(mailbox: Path) -> None:
    catcher = Catcher(port=0, mailbox=mailbox)
    for _ in range(5):
        with catcher.in_thread():
            send(catcher)
    assert len(messages(mailbox)) == 5


async def test_a_start_that_fails_leaves_the_file_of_who_serves_meanwhile(mailbox: Path) -> None:
    first = Catcher(port=0, mailbox=mailbox)
    await first.start()
    await first.stop(0)
    async with Catcher(port=0, mailbox=mailbox):
        with pytest.raises(MailboxError):
            await first.start()
        assert (mailbox / "server.json").exists()


def test_many_catchers_run_side_by_side(tmp_path: Path) -> None:
    with (
        Catcher(port=0, mailbox=tmp_path / "1").in_thread() as first,
        Catcher(port=0, mailbox=tmp_path / "2").in_thread() as second,
    ):
        assert first.port != second.port
        send(first)
        assert len(messages(first.mailbox)) == 1
        assert messages(second.mailbox) == []


def test_without_a_mailbox_the_directory_is_temporary() -> None:
    with Catcher(port=0).in_thread() as catcher:
        directory = catcher.mailbox
        send(catcher)
        assert len(messages(directory)) == 1
    assert not directory.exists()


async def test_transactions_in_flight_are_finished(mailbox: Path) -> None:
    catcher = Catcher(port=0, mailbox=mailbox)
    await catcher.start()
    talk = await asyncio.to_thread(Talk, catcher)
    await asyncio.to_thread(talk.open_transaction)
    assert (await asyncio.to_thread(talk.ask, b"DATA")).startswith(b"354")
    stopping = asyncio.create_task(catcher.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    talk.say(b"Subject: in flight\r\n.\r\n")
    assert (await asyncio.to_thread(talk.hear)).startswith(b"250")
    assert (await asyncio.to_thread(talk.hear)) == b"421 4.3.2 The server is stopping\r\n"
    talk.socket.close()
    await stopping
    assert messages(mailbox) == [b"Subject: in flight\r\n"]


async def test_who_does_not_wait_for_the_end_gets_the_directory_back(
    mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = asyncio.Event()

    async def never_end(_: Retaining) -> None:
        reached.set()
        await asyncio.Event().wait()

    catcher = Catcher(port=0, mailbox=mailbox)
    await catcher.start()
    with monkeypatch.context() as patched:
        patched.setattr(Retaining, "stop", never_end)
        stopping = asyncio.create_task(catcher.stop())
        await reached.wait()
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
    assert not (mailbox / "server.json").exists()
    async with Catcher(port=0, mailbox=mailbox) as another:
        await asyncio.to_thread(send, another)


async def test_transactions_that_do_not_finish_are_cut_off(mailbox: Path) -> None:
    catcher = Catcher(port=0, mailbox=mailbox)
    await catcher.start()
    talk = await asyncio.to_thread(Talk, catcher)
    await asyncio.to_thread(talk.open_transaction)
    await catcher.stop(grace=0.1)
    assert talk.rest() == b""
    talk.socket.close()
    ended_session(mailbox)


def test_a_port_in_use_is_told(mailbox: Path, catcher: Catcher, tmp_path: Path) -> None:
    other = Catcher(port=catcher.port, mailbox=tmp_path / "other")
    with pytest.raises(ListenError, match=rf"port {catcher.port} .*in use.*--port"):
        other.in_thread().__enter__()
    with pytest.raises(MailboxError, match="serves"):
        Catcher(port=0, mailbox=mailbox).in_thread().__enter__()


def test_a_failed_start_leaves_the_directory_free(catcher: Catcher, tmp_path: Path) -> None:
    with pytest.raises(ListenError):
        Catcher(port=catcher.port, mailbox=tmp_path / "other").in_thread().__enter__()
    with Catcher(port=0, mailbox=tmp_path / "other").in_thread():
        pass


def test_localhost_is_both_families(mailbox: Path) -> None:
    with Catcher(listen=["localhost:0"], mailbox=mailbox).in_thread() as catcher:
        hosts = {address.host for address in catcher.addresses}
        assert len({address.port for address in catcher.addresses}) == 1
        assert "127.0.0.1" in hosts
        for address in catcher.addresses:
            with smtplib.SMTP(address.host, address.port) as client:
                assert client.noop()[0] == 250
        if socket.has_ipv6:
            assert hosts <= {"127.0.0.1", "::1"}


def test_several_addresses_and_a_unix_socket_serve_one_directory(
    mailbox: Path, tmp_path: Path
) -> None:
    path = tmp_path / "smtp.sock"
    listen = ["127.0.0.1:0", "127.0.0.1:0", f"unix:{path}"]
    with Catcher(listen=listen, mailbox=mailbox).in_thread() as catcher:
        first, second, third = catcher.addresses
        assert first.port != second.port
        assert third.path == str(path)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(path))
            assert client.recv(100).startswith(b"220 ")
            client.sendall(b"QUIT\r\n")
            assert client.recv(100).startswith(b"221 ")
    assert not path.exists()


async def test_a_running_catcher_listens_on_more_addresses_and_leaves_them(mailbox: Path) -> None:
    async with Catcher(port=0, mailbox=mailbox) as catcher:
        first = catcher.addresses[0]
        more = await catcher.listen("127.0.0.1:0")
        assert catcher.addresses == [first, more]
        talk = await asyncio.to_thread(Talk, more)
        catcher.leave(more)
        catcher.leave(more)
        assert catcher.addresses == [first]
        with pytest.raises(ConnectionError):
            await asyncio.to_thread(Talk, more)
        assert (await asyncio.to_thread(talk.ask, b"NOOP")).startswith(b"250")
        talk.socket.close()
        with pytest.raises(ListenError):
            await catcher.listen(str(first))
    with pytest.raises(RuntimeError, match="not running"):
        await catcher.listen("127.0.0.1:0")


def test_a_socket_that_nobody_listens_on_any_more_is_taken_over(
    mailbox: Path, tmp_path: Path
) -> None:
    path = tmp_path / "smtp.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    with Catcher(listen=[f"unix:{path}"], mailbox=mailbox).in_thread() as catcher:
        busy = Catcher(listen=[f"unix:{path}"], mailbox=tmp_path / "other")
        with pytest.raises(ListenError, match="in use"):
            busy.in_thread().__enter__()
        assert catcher.addresses[0].path == str(path)


def test_a_file_in_the_place_of_a_socket_is_left_alone(mailbox: Path, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("keep me")
    with pytest.raises(ListenError):
        Catcher(listen=[f"unix:{path}"], mailbox=mailbox).in_thread().__enter__()
    assert path.read_text() == "keep me"


@pytest.mark.parametrize(
    "address", ["nonsense", "host:", "host:port", "1.2.3.4:99999", "", "unix:"]
)
def test_an_address_that_is_none_is_told(address: str, mailbox: Path) -> None:
    with pytest.raises(ListenError, match="HOST:PORT"):
        Catcher(listen=[address], mailbox=mailbox)


def test_the_end_of_each_transaction_is_told_before_its_reply(mailbox: Path) -> None:
    ended: list[tuple[str, Outcome, str]] = []

    def watch(transaction: Transaction, outcome: Outcome, file: str) -> None:
        ended.append((transaction.sender.address, outcome, file))

    catcher = Catcher(port=0, mailbox=mailbox, on_transaction=watch)
    with catcher.in_thread(), Talk(catcher) as talk:
        talk.open_transaction()
        talk.ask(b"RSET")
        assert talk.send(SAMPLE).startswith(b"250")
        assert [(sender, outcome) for sender, outcome, _ in ended] == [
            ("a@example.com", Outcome.RESET),
            ("a@example.com", Outcome.STORED),
        ]
        assert (mailbox / "messages" / ended[1][2]).read_bytes() == SAMPLE


def test_a_watcher_that_fails_harms_nothing(
    mailbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_transaction: Transaction, _outcome: Outcome, _file: str) -> None:
        raise RuntimeError("no idea")

    with Catcher(port=0, mailbox=mailbox, on_transaction=broken).in_thread() as catcher:
        send(catcher)
    assert messages(mailbox) == [SAMPLE]
    assert "the watcher of transactions failed" in caplog.text


def test_connections_do_not_wait_for_small_segments(catcher: Catcher) -> None:
    """Nagle's algorithm would hold back a reply until the client acknowledges the one before."""
    server = catcher._server
    assert server is not None
    with Talk(catcher):
        (listening,) = server._servers
        for sock in listening.sockets:
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert server._heartbeat is not None
        connections = server._heartbeat.members
        for connection in connections:
            transport = getattr(connection, "transport", None)
            assert transport is not None
            accepted = transport.get_extra_info("socket")
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connections


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"tls": "always"}, 'choose "starttls", "implicit" or "both"'),
        ({"hostname": ""}, "is no host name"),
        ({"hostname": "two words"}, "is no host name"),
        ({"hostname": "a\r\n250 b"}, "is no host name"),
        ({"offer": ("NOTHING",)}, "there is no extension"),
    ],
)
def test_what_a_catcher_cannot_be_is_told_at_once(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Catcher(port=0, **options)


def test_no_limit_is_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="message must not be less than 0"):
        Limits(message=-1)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_cannot_be_is_told(mailbox: Path, port: int) -> None:
    with (
        pytest.raises(ListenError, match=r"from 0 .* to 65535"),
        Catcher(port=port, mailbox=mailbox).in_thread(),
    ):
        pass
