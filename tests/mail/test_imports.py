"""What importing costs, looked at in a fresh interpreter."""

import subprocess
import sys

import mailcatch.mail


def loaded_after(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_of_it() -> None:
    loaded = loaded_after("import mailcatch.mail")
    assert {name for name in loaded if name.startswith("mailcatch.mail.")} == set()


def test_reading_a_plain_message_loads_no_html_parser() -> None:
    code = "from mailcatch.mail import Message\nMessage.parse(b'Subject: x\\r\\n\\r\\nhi').notes"
    assert "selectolax" not in loaded_after(code)


def test_rendering_html_loads_it() -> None:
    assert "selectolax" in loaded_after("from mailcatch.mail import render_html")


def test_the_package_knows_nothing_else_of_mailcatch_and_no_loop_and_no_screen() -> None:
    loaded = loaded_after("from mailcatch.mail import *")
    ours = {name for name in loaded if name.startswith("mailcatch.")}
    assert {name.split(".")[1] for name in ours} <= {"mail", "_version"}
    assert not {"asyncio", "textual", "aiosmtpd", "email", "sqlite3"} & loaded


def test_every_public_name_can_be_had() -> None:
    for name in mailcatch.mail.__all__:
        assert not isinstance(getattr(mailcatch.mail, name), type(sys))
