"""What a run of tests does not need is not loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import sys
from mailcatch.testing import MailServer
with MailServer() as server, server.inbox() as inbox:
    {use}
    from mailcatch.faults.presets import catalogue
    print(catalogue.cache_info().currsize, *sys.modules)
"""
USES = ("assert len(inbox) == 0", "inbox.fail('RCPT', 451, optional=True)")
HEAVY = {"cryptography", "textual", "typer", "rich", "sqlite3", "selectolax", "trustme", "pytest"}


@pytest.mark.parametrize("use", USES)
def test_a_server_starts_without_what_only_some_tests_need(use: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START.format(use=use)], capture_output=True, text=True, check=True
    )
    read, *loaded = done.stdout.split()
    assert read == "0", "the catalogue of presets was read"
    assert not HEAVY.intersection(loaded)
    assert not {name for name in loaded if name.startswith("mailcatch.mail.message")}
