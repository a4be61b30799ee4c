"""Exim, unpacked and not installed: a queue of its own, in which it keeps what it has to send."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailcatch import Catcher
from tests.clients.programs import run, unpacked

# As root, Exim delivers nothing: another user does, whom pytest's own directories keep out.
NOBODY = 65534

CONFIGURATION = """\
primary_hostname = client.example.com
spool_directory = {home}/spool
log_file_path = {home}/spool/%slog
exim_path = {program}
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
tls_advertise_hosts =
dsn_advertise_hosts = : *
acl_smtp_rcpt = accept
acl_smtp_data = accept
acl_not_smtp = accept
local_from_check = false
untrusted_set_sender = *
retry_interval_max = 1s
remote_max_parallel = 1
begin routers
catcher:
  driver = manualroute
  domains = *
  transport = catcher
  route_list = * {host} byname
  self = send
begin transports
catcher:
  driver = smtp
  protocol = {protocol}
  port = {port}
  allow_localhost
  message_linelength_limit = 100000
begin retry
* * F,1h,1s
"""


class Exim:
    """An Exim that relays to a catcher. protocol: "smtp" or "lmtp"."""

    def __init__(self, catcher: Catcher, home: Path, protocol: str) -> None:
        self._home = home
        self._program = unpacked("exim/usr/sbin/exim4")
        (home / "spool").mkdir()
        user = os.getuid() or NOBODY
        group = os.getgid() or NOBODY
        if user == NOBODY:
            os.chown(home / "spool", user, group)
        (home / "passwd").write_text(
            f"root:x:0:0::/:/bin/sh\nDebian-exim:x:{user}:{group}::/:/bin/false\n"
        )
        (home / "group").write_text(f"root:x:0:\nDebian-exim:x:{group}:\n")
        (home / "exim.conf").write_text(
            CONFIGURATION.format(
                home=home,
                program=self._program,
                protocol=protocol,
                host=catcher.host,
                port=catcher.port,
            )
        )

    def queue(self, content: bytes, *arguments: str) -> str:
        """Put a message into the queue and return its name there."""
        self.call("-odq", *arguments, standard_input=content)
        (name,) = self.queued()
        return name

    def converse(self, conversation: bytes) -> str:
        """Put a message into the queue that is said in SMTP, and return its name there."""
        printed = self.call("-odq", "-bs", standard_input=conversation)
        assert re.search(r"^250 OK id=", printed, re.MULTILINE), printed
        (name,) = self.queued()
        return name

    def queued(self) -> list[str]:
        """Return the names of the messages that wait."""
        found = (self._home / "spool" / "input").glob("*-H")
        return sorted(path.name.removesuffix("-H") for path in found)

    def message(self, name: str) -> bytes:
        """Return a message that waits, as it will be sent."""
        shown = self.call("-Mvc", name).encode(errors="surrogateescape")
        # Where it is not root, it complains before that.
        return shown[shown.index(b"Received:") :].replace(b"\n", b"\r\n")

    def deliver(self, name: str) -> None:
        """Try to deliver a message that waits."""
        self.call("-M", name)

    def call(self, *arguments: str, standard_input: bytes = b"") -> str:
        """Run Exim, and return what it printed."""
        wrapper = unpacked("nss-wrapper/usr/lib/*/libnss_wrapper.so")
        return run(
            self._program,
            *("-C", self._home / "exim.conf"),
            *arguments,
            home=self._home,
            settings={
                "LD_PRELOAD": str(wrapper),
                "NSS_WRAPPER_PASSWD": str(self._home / "passwd"),
                "NSS_WRAPPER_GROUP": str(self._home / "group"),
            },
            standard_input=standard_input,
        )


@contextmanager
def exim_for(catcher: Catcher, protocol: str = "smtp") -> Iterator[Exim]:
    """Give an Exim that relays to a catcher, in a directory that every user can read."""
    home = Path(tempfile.mkdtemp(prefix="mailcatch-exim-"))
    try:
        home.chmod(0o755)
        yield Exim(catcher, home, protocol)
    finally:
        shutil.rmtree(home)
