"""Type checkers accept what users write, and find what they mistype."""

from __future__ import annotations

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


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_sample_module_is_accepted_and_a_mistake_is_found(checker: str, tmp_path: Path) -> None:
    good = Path(shutil.copy(SAMPLE, tmp_path / "good.py"))
    bad = tmp_path / "bad.py"
    bad.write_text(
        "from mailcatch.testing import Mailbox\n"
        "def test_it(mailcatch: Mailbox) -> None:\n"
        "    mailcatch.one(subjct='x')\n"
    )
    command = [sys.executable, "-m", *CHECKERS[checker]]
    accepted = subprocess.run([*command, good.name], capture_output=True, text=True, cwd=tmp_path)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    refused = subprocess.run([*command, bad.name], capture_output=True, text=True, cwd=tmp_path)
    assert "subjct" in refused.stdout
