"""TLS handshakes, and how a plain session fares beside them.

A plain session sends one small message after the other, first alone, then while another process
opens connections where TLS comes first, on a schedule that does not wait for slow ones.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from mailcatch.tls.authority import Authority
from mailcatch.tls.certificates import Kind, issue
from scripts.bench.processes import HOST, BenchError, Server, serving
from scripts.bench.servers import AIOSMTPD_SERVER

HELP: Final = "reply time of a plain session while TLS handshakes come"
_OURS: Final = "mailcatch"
_AIOSMTPD: Final = "aiosmtpd"
_AT_ONCE: Final = 32
_MESSAGE: Final = b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n"
_COMMANDS: Final = (
    b"MAIL FROM:<a@example.com>\r\n",
    b"RCPT TO:<b@example.com>\r\n",
    b"DATA\r\n",
    _MESSAGE + b".\r\n",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run (default: 10)")
    parser.add_argument("--rate", type=float, default=100.0, help="handshakes a second (100)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print. Raises BenchError."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="mailcatch-bench-") as scratch:
        for server in (_AIOSMTPD, _OURS):
            place = Path(scratch) / server
            place.mkdir()
            with _serving(server, place) as (running, authority, plain, tls):
                for rate in (0.0, options.rate):
                    before = running.cpu()
                    row = _measure(server, plain, tls, authority, rate, options.seconds)
                    row.cpu = running.cpu() - before
                    rows.append(row)
    if options.json:
        print(json.dumps([vars(row) for row in rows], indent=2))
        return 0
    print(
        f"{'server':<10} {'asked':>7} {'done':>7} {'p99 ms':>7} {'failed':>6}"
        f"  | {'messages/s':>10} {'p50 ms':>7} {'p99 ms':>7} {'max ms':>7} {'CPU s':>6}"
    )
    for row in rows:
        print(
            f"{row.server:<10} {row.asked:>5.0f}/s {row.shaken:>5.1f}/s {row.shaken_p99:>7.1f}"
            f" {row.failed:>6}  | {row.messages:>10.0f} {row.p50:>7.2f} {row.p99:>7.2f}"
            f" {row.worst:>7.1f} {row.cpu:>6.2f}"
        )
    return 0


@dataclass
class Row:
    """What was measured of one server at one rate of handshakes; times in milliseconds."""

    server: str
    asked: float
    shaken: float
    shaken_p99: float
    failed: int
    messages: float
    p50: float
    p99: float
    worst: float
    cpu: float = 0.0


def _measure(
    server: str, plain: int, tls: int, authority: Path, rate: float, seconds: float
) -> Row:
    """Send messages over a plain session while handshakes come. Raises BenchError."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    load = context.Process(target=_shake, args=(theirs, tls, str(authority), rate, seconds))
    load.start()
    try:
        ours.recv()
        times = _send(plain, seconds)
        shaken, failed = ours.recv() if ours.poll(30) else ([], -1)
    except (OSError, EOFError) as error:
        raise BenchError(f"the load of {server} broke off: {error}") from None
    finally:
        load.kill()
        load.join()
    return Row(
        server=server,
        asked=rate,
        shaken=len(shaken) / seconds,
        shaken_p99=_percentile(shaken, 0.99) * 1e3,
        failed=failed,
        messages=len(times) / seconds,
        p50=_percentile(times, 0.5) * 1e3,
        p99=_percentile(times, 0.99) * 1e3,
        worst=max(times) * 1e3,
    )


def _send(port: int, seconds: float) -> list[float]:
    """Send messages for a while; return how long each took, from MAIL to its 250."""
    times = []
    with socket.create_connection((HOST, port), timeout=20) as session:
        session.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session.recv(4096)
        session.sendall(b"EHLO bench\r\n")
        session.recv(4096)
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            for octets in _COMMANDS:
                session.sendall(octets)
                session.recv(4096)
            times.append(time.perf_counter() - began)
    return times


def _shake(told: Connection, port: int, authority: str, rate: float, seconds: float) -> None:
    """Shake hands on a schedule, and tell how long each handshake took and how many failed."""
    context = ssl.create_default_context(cafile=authority)
    due = iter([number / rate for number in range(int(rate * seconds))] if rate else ())
    times: list[float] = []
    failed: list[str] = []
    lock = threading.Lock()
    told.send("ready")
    start = time.perf_counter()

    def work() -> None:
        while True:
            with lock:
                at = next(due, None)
            if at is None:
                return
            time.sleep(max(0.0, start + at - time.perf_counter()))
            began = time.perf_counter()
            try:
                with (
                    socket.create_connection((HOST, port), timeout=20) as plain,
                    context.wrap_socket(plain, server_hostname="localhost") as secure,
                ):
                    secure.recv(4096)
                    times.append(time.perf_counter() - began)
                    secure.sendall(b"QUIT\r\n")
                    secure.recv(4096)
            except OSError as error:
                failed.append(str(error))

    workers = [threading.Thread(target=work) for _ in range(_AT_ONCE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    told.send((times, len(failed)))


@contextmanager
def _serving(server: str, place: Path) -> Iterator[tuple[Server, Path, int, int]]:
    """Run a server; give it, what its clients trust, and its ports, plain and with TLS."""
    environment = {name: value for name, value in os.environ.items() if "MAILCATCH" not in name}
    authority = Authority.open(place / "ca")
    made = issue(authority, Kind.GOOD)
    certificate = place / "server.pem"
    certificate.write_bytes(made.key + made.chain)
    if server == _OURS:
        command = [sys.executable, "-m", "mailcatch", "serve", "--json", "--port", "0"]
        command += ["--dir", str(place), "--tls", "both", "--cert", str(certificate)]
    else:
        command = [sys.executable, AIOSMTPD_SERVER, str(place), str(certificate)]
    log = place / "log"
    with serving(command, environment, place, log, None) as running:
        ready = json.loads(log.read_text().partition("\n")[0])
        plain, tls = [int(one["port"]) for one in ready["smtp"]]
        yield running, authority.certificate_file, plain, tls


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)] if values else 0.0
