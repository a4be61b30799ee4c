"""The DNS itself, asked of a server on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from dns.resolver import Resolver

from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.errors import UnreachableError
from mailcatch.verifying.network import Layered, Network
from mailcatch.verifying.records import Kind
from mailcatch.verifying.spf import check_spf
from mailcatch.verifying.zone_file import read_zone

RECORDS = {
    ("shop.example.", "TXT"): ['"v=spf1 " "ip4:192.0.2.7 -all"', '"caf\\195\\169"'],
    ("shop.example.", "MX"): ["20 two.shop.example.", "5 ONE.shop.example."],
    ("shop.example.", "A"): ["192.0.2.7"],
    ("shop.example.", "AAAA"): ["2001:db8::7"],
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["Mail.shop.example."],
}


class NameServer(Thread):
    """Answers over UDP on the loopback, but not for silent.example. asked: names and types."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def run(self) -> None:
        while True:
            octets, peer = self._socket.recvfrom(4096)
            if octets == b"stop":
                self._socket.close()
                return
            query = dns.message.from_wire(octets)
            question = query.question[0]
            name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
            self.asked.append((name, kind))
            if name.startswith("silent."):
                continue
            answer = dns.message.make_response(query)
            found = RECORDS.get((name, kind), [])
            if found:
                answer.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *found))
            elif not any(name == known for known, _ in RECORDS):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), peer)

    def stop(self) -> None:
        self._socket.sendto(b"stop", ("127.0.0.1", self.port))
        self.join(10)


@pytest.fixture
def server() -> Iterator[NameServer]:
    running = NameServer()
    running.start()
    yield running
    running.stop()


def network(server: NameServer, seconds: float = 30) -> Network:
    resolver = Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    return Network(seconds, resolver)


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("shop.example", Kind.TXT, ("v=spf1 ip4:192.0.2.7 -all", "cafÃ©")),
        ("shop.example", Kind.MX, ("one.shop.example", "two.shop.example")),
        ("shop.example", Kind.A, ("192.0.2.7",)),
        ("shop.example", Kind.AAAA, ("2001:db8::7",)),
        ("7.2.0.192.in-addr.arpa", Kind.PTR, ("mail.shop.example",)),
        ("shop.example", Kind.PTR, ()),
        ("nobody.example", Kind.TXT, ()),
        ("a..b", Kind.TXT, ()),
    ],
)
def test_records_come_as_from_a_zone_file(
    server: NameServer, name: str, kind: Kind, found: tuple[str, ...]
) -> None:
    assert sorted(network(server).lookup(name, kind)) == sorted(found)


def test_a_name_is_asked_for_once(server: NameServer) -> None:
    asking = network(server)
    for name in ("shop.example", "SHOP.example."):
        asking.lookup(name, Kind.A)
    assert server.asked == [("shop.example.", "A")]


def test_a_server_that_does_not_answer(server: NameServer) -> None:
    with pytest.raises(UnreachableError, match=r"TXT of silent\.example: LifetimeTimeout"):
        network(server, 0.2).lookup("silent.example", Kind.TXT)
    found = check_spf(Arrival("192.0.2.7", "x", "a@silent.example"), network(server, 0.2))
    assert found.result == "temperror"


def test_the_zone_file_is_asked_first(server: NameServer) -> None:
    zone = read_zone("shop.example A 198.51.100.1\n", "dns.zone")
    both = Layered(zone, network(server))
    assert both.name == "dns.zone and the DNS"
    assert both.lookup("shop.example", Kind.A) == ("198.51.100.1",)
    assert server.asked == []
    assert both.lookup("shop.example", Kind.AAAA) == ("2001:db8::7",)
