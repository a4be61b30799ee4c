"""fetchmail, which fetches mail by ATRN and hands it to another server."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Relayed
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import kept
from tests.clients.programs import program, run
from tests.reading import eventually, sessions
from tests.talk import Talk

LOGIN = ("ann", "sesame")


def fetchmail(source: Catcher, target: Catcher, home: Path, *, status: int = 0) -> str:
    configuration = home / "fetchmailrc"
    configuration.write_text(
        f"poll {source.host} service {source.port} protocol ODMR\n"
        f" user {LOGIN[0]} password {LOGIN[1]} fetchdomains one.test,two.test\n"
        f" smtphost {target.host}/{target.port} sslproto ''\n"
    )
    configuration.chmod(0o600)
    options = ("--nodetach", "--nosyslog", "--verbose", "--pidfile", home / "pid")
    return run(program("fetchmail"), "-f", configuration, *options, home=home, status=status)


@pytest.mark.parametrize("size", [0, 3_000_000], ids=["small", "large"])
def test_takes_the_mail_of_its_domains(tmp_path: Path, size: int) -> None:
    content = DIFFICULT + b"x" * size + b"\r\n"
    source = Catcher(
        port=0, mailbox=tmp_path / "source", atrn=True, auth_users=dict([LOGIN]), require_auth=False
    )
    target = Catcher(port=0, mailbox=tmp_path / "target")
    with source.in_thread(), target.in_thread():
        with Talk(source) as talk:
            assert talk.send(content, b"bob@one.test", b"carol@elsewhere.test").startswith(b"250")
            assert talk.send(content, b"dave@two.test").startswith(b"250")
        fetchmail(source, target, tmp_path)
        # EX_NOMAIL: nothing waits any more.
        assert "no mail" in fetchmail(source, target, tmp_path)
    assert [one.octets for one in kept(target.mailbox)] == [content, content]
    recipients = [one.envelope[1] for one in kept(target.mailbox)]
    assert recipients == [["bob@one.test"], ["dave@two.test"]]

    def relayed() -> list[Relayed]:
        told = [event for session in sessions(source.mailbox) for event in session]
        return [event for event in told if isinstance(event, Relayed)]

    assert len(eventually(relayed)) == 2
