"""Type checkers accept what users write, and find what they mistype."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent / "sample.py"
CHECKERS = {
    "mypy": ["mypy", "--strict", "--follow-imports=silent"],
    "pyright": ["pyright", "--pythonpath", sys.executable],
}
MISTAKES = """\
from mailcatch.testing import Config, ExtraServers, Mailbox, MailServer


async def mistakes(mailcatch: Mailbox, make_mailcatch: ExtraServers, server: MailServer) -> None:
    mailcatch.one(subjct="x")
    mailcatch.one(to=5)
    mailcatch.one().subjct
    mailcatch.wait_for(2).subject
    mailcatch.wait_for("bob@example.com")
    mailcatch.assert_none("bob@example.com")
    mailcatch.expect(count="2")
    mailcatch.fail("RCPT", 451, tims=2)
    mailcatch.fail("RCPT", 451).fired()
    mailcatch.one().link(5)
    (await mailcatch.async_wait_for(2)).subject
    make_mailcatch(tls="startls")
    make_mailcatch(requires_tls=True)
    Config(tls="startls")
    server.inbox(isolation="prot")
"""


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_sample_module_is_accepted_and_each_mistake_is_found(
    checker: str, tmp_path: Path
) -> None:
    good = Path(shutil.copy(SAMPLE, tmp_path / "good.py"))
    bad = tmp_path / "bad.py"
    bad.write_text(MISTAKES)
    command = [sys.executable, "-m", *CHECKERS[checker]]
    accepted = subprocess.run([*command, good.name], capture_output=True, text=True, cwd=tmp_path)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    refused = subprocess.run([*command, bad.name], capture_output=True, text=True, cwd=tmp_path)
    told = re.findall(r"bad\.py:(\d+):(?:\d+ -)? error", refused.stdout)
    assert {int(line) for line in told} == set(range(5, 1 + MISTAKES.count("\n")))
