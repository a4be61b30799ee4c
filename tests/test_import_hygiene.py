"""What is loaded when, looked at after a real import in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailcatch.cli.commands import HOMES
from tests.mailbox.filling import LETTER

HEAVY = {
    "aiosmtpd", "asyncio", "filelock", "msgspec", "platformdirs", "ssl", "tomlkit", "typer",
    "uvloop",
}  # fmt: skip


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def loaded_by(code: str) -> set[str]:
    return {name.partition(".")[0] for name in modules_after(code)}


def test_the_version_loads_nothing() -> None:
    code = "sys.argv = ['mailcatch', '--version']\nfrom mailcatch.cli import main\nmain()"
    assert not loaded_by(code) & HEAVY


def test_the_package_loads_nothing_until_a_name_is_used() -> None:
    assert not loaded_by("import mailcatch") & HEAVY


def test_cases_of_unittest_load_no_pytest() -> None:
    assert "pytest" not in loaded_by("import mailcatch.testing.unittests, mailcatch.testing")


def test_the_command_line_loads_no_server() -> None:
    assert not loaded_by("import mailcatch.cli.app") & (HEAVY - {"typer"})


def test_a_list_loads_neither_a_server_nor_what_reads_messages(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "a.eml").write_bytes(LETTER * 20)
    code = (
        f"sys.argv = ['mailcatch', 'ls', '--dir', {str(tmp_path)!r}]\n"
        "from mailcatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    modules_after(code)
    loaded = modules_after(code)
    assert "mailcatch.mailbox.index.rows" in loaded
    unwanted = {"aiosmtpd", "filelock", "platformdirs", "rich", "selectolax", "ssl", "uvloop"}
    assert not loaded & (unwanted | {"asyncio", "multiprocessing", "watchfiles"})
    assert not loaded & {"mailcatch.mail.message", "secrets", "wcwidth"}


def test_a_zone_file_alone_loads_nothing_that_verifies(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    (tmp_path / "dns.zone").touch()
    words = ["ls", "--dir", str(tmp_path), "--zone", str(tmp_path / "dns.zone")]
    code = (
        f"sys.argv = ['mailcatch', *{words!r}]\n"
        "from mailcatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert not loaded_by(code) & {"dkim", "dns", "nacl"}


def test_words_of_a_command_line_load_no_models(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    words = ["ls", "subject:x", "--dir", str(tmp_path), "--json"]
    code = (
        f"sys.argv = ['mailcatch', *{words!r}]\n"
        "from mailcatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert "pydantic" not in loaded_by(code)


def test_a_command_loads_no_other_command(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    code = (
        f"sys.argv = ['mailcatch', 'ls', '--dir', {str(tmp_path)!r}]\n"
        "from mailcatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    loaded = modules_after(code)
    assert "mailcatch.cli.ls" in loaded
    others = {home.module for home in HOMES.values()} - {"ls"}
    assert not loaded & {f"mailcatch.cli.{module}" for module in others}


@pytest.mark.parametrize("command", [["faults", "ls"], ["faults", "presets", "ses"]])
def test_looking_at_rules_loads_no_editor(tmp_path: Path, command: list[str]) -> None:
    code = (
        f"sys.argv = ['mailcatch', *{command!r}, '--dir', {str(tmp_path)!r}]\n"
        "from mailcatch.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    unwanted = {"aiosmtpd", "asyncio", "filelock", "platformdirs", "tomlkit", "watchfiles"}
    assert not loaded_by(code) & unwanted


@pytest.mark.parametrize("module", ["mailcatch.smtp.connection", "mailcatch.catcher"])
def test_nothing_but_the_screen_and_the_plugin_loads_their_libraries(module: str) -> None:
    assert not loaded_by(f"import {module}") & {"textual", "pytest", "rich"}


def test_a_server_loads_what_reads_messages_only_for_a_rule_that_asks_for_it() -> None:
    code = (
        "import mailcatch.catcher\n"
        "from mailcatch.breaking.faults import Faults\n"
        "Faults(['rcpt-451-x2'])\n"
        "assert 'mailcatch.mail.message' not in sys.modules\n"
        'Faults([\'[[faults.rule]]\\nat = "eom"\\nreply = 451\\nkey = "fingerprint"\\n\'])\n'
        "assert 'mailcatch.mail.message' in sys.modules\n"
    )
    loaded_by(code)


def test_a_server_loads_what_makes_certificates_for_tls_only(tmp_path: Path) -> None:
    code = (
        "from mailcatch import Catcher\n"
        "import sys\n"
        "heavy = {'cryptography', 'trustme', 'passlib', 'bcrypt', 'mailcatch.tls.certificates'}\n"
        "Catcher(port=0, auth_users={'ann': 'x'})\n"
        "assert not heavy & set(sys.modules)\n"
        f"Catcher(port=0, tls='starttls', ca_dir={str(tmp_path)!r})\n"
        "assert {'cryptography', 'trustme', 'mailcatch.tls.certificates'} <= set(sys.modules)\n"
    )
    loaded_by(code)


def test_reading_a_mailbox_in_which_nothing_is_new_loads_no_parsers() -> None:
    loaded = loaded_by("import mailcatch.mailbox.reader")
    assert not loaded & {"asyncio", "filelock", "multiprocessing", "selectolax", "watchfiles"}


def test_every_public_name_can_be_had() -> None:
    import mailcatch

    for name in mailcatch.__all__:
        assert getattr(mailcatch, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mailcatch.nothing  # noqa: B018


def test_loading_a_server_warns_of_nothing() -> None:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", "import mailcatch.testing.server"]
    assert subprocess.run(command, capture_output=True, check=False).stderr == b""
