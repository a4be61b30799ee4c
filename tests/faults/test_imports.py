from __future__ import annotations

import subprocess
import sys


def test_rules_know_nothing_of_the_rest_nor_of_sockets_and_loops() -> None:
    code = "import mailcatch.faults, mailcatch.faults.schema, sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    ours = {name.split(".")[1] for name in loaded if name.startswith("mailcatch.")}
    assert ours <= {"faults", "_version"}
    assert not loaded & {"asyncio", "socket", "ssl", "aiosmtpd", "sqlite3", "statistics", "email"}
