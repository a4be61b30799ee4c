"""Markers, options, ini files, and mistakes in them, in runs of pytest as users start them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from mailcatch.testing.settings import read_run
from tests.testing.plugin import Run


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("timout=1", "there is no 'timout': did you mean timeout?"),
        ("timeout='soon'", "timeout is 'soon': write seconds"),
        ("timeout=True", "timeout is True: write seconds"),
        ("isolation='prot'", "isolation is 'prot': did you mean port?"),
        ("show='x'", "show is 'x': there are fail, always, never"),
        ("strict='maybe'", "strict is 'maybe': write true or false"),
        ("transcript_lines=0", "transcript_lines is 0: write a whole number above 0"),
        ("5", "takes names only, such as timeout=5; got 5"),
    ],
)
def test_a_mistake_in_a_marker_is_told(run: Run, marker: str, told: str) -> None:
    result = run(f"import pytest\n@pytest.mark.mailcatch({marker})\ndef test_it(mailcatch): pass")
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "mailcatch_timout=1"], "no ini option mailcatch_timout: did you mean mailcatch_t"),
        (["-o", "mailcatch_timeout=x"], "mailcatch_timeout is 'x': write seconds"),
        (["--mailcatch-timout=1"], "no option --mailcatch-timout: did you mean --mailcatch-time"),
        (["--mailcatch-timeout=-1"], "--mailcatch-timeout is '-1': write seconds"),
        (["--mailcatch-port=x"], "--mailcatch-port is 'x': write a port"),
        (["--mailcatch-port=2525", "-n2"], "gives one port, and 2 workers need one each"),
        (
            ["--mailcatch-connect=none"],
            "nobody serves a mailbox at none: start `mailcatch serve --d",
        ),
        (
            ["--mailcatch-connect=."],
            "nobody serves a mailbox at .: start `mailcatch serve --dir .`",
        ),
    ],
)
def test_a_mistake_in_an_option_is_told(run: Run, options: list[str], told: str) -> None:
    result = run("def test_it(mailcatch): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str() + result.stdout.str()


def test_a_mistake_in_the_ini_file_is_told(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nmailcatch_isolaton = "port"\n')
    Path("tox.ini").unlink()
    result = run("def test_it(mailcatch): pass")
    assert "no ini option mailcatch_isolaton: did you mean mailcatch_isolation?" in (
        result.stderr.str()
    )


def test_options_go_before_markers_before_ini(run: Run) -> None:
    module = """
        import pytest
        @pytest.mark.mailcatch(timeout=2)
        def test_marked(mailcatch, pytestconfig):
            assert mailcatch.timeout == float(pytestconfig.getoption("mailcatch_timeout") or 2)
        def test_ini(mailcatch, pytestconfig):
            assert mailcatch.timeout == float(pytestconfig.getoption("mailcatch_timeout") or 3)
        """
    run(module, "-o", "mailcatch_timeout=3").assert_outcomes(passed=2)
    run(module, "--mailcatch-timeout=4").assert_outcomes(passed=2)


def test_time_limits_can_be_stretched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCATCH_TIMEOUT_SCALE", "3")
    run("def test_it(mailcatch): assert mailcatch.timeout == 15").assert_outcomes(passed=1)
    monkeypatch.setenv("MAILCATCH_TIMEOUT_SCALE", "0")
    assert "MAILCATCH_TIMEOUT_SCALE is '0'" in run("def test_it(): pass").stderr.str()


def test_more_servers(run: Run) -> None:
    result = run(
        """
        import pytest, smtplib
        from conftest import deliver
        def test_two(mailcatch, make_mailcatch, send):
            other = make_mailcatch(hostname="other.example")
            deliver(other, subject="other")
            send(subject="first")
            assert (mailcatch.subjects, other.subjects) == (["first"], ["other"])
            assert "other.example" in other.transcript
        def test_small(make_mailcatch):
            with pytest.raises(smtplib.SMTPSenderRefused):
                deliver(make_mailcatch(max_size=1000), text="x" * 2000)
        def test_refused(make_mailcatch):
            with pytest.raises(ConnectionRefusedError):
                deliver(make_mailcatch.refused())
        def test_blackhole(make_mailcatch):
            hole = make_mailcatch.blackhole()
            with pytest.raises((TimeoutError, smtplib.SMTPException)):
                smtplib.SMTP(hole.host, hole.port, timeout=0.1)
        def test_expects(make_mailcatch):
            make_mailcatch().expect(timeout=0.01)
        """
    )
    result.assert_outcomes(passed=4, failed=1)


def test_the_server_can_be_configured_and_its_port_fixed(run: Run) -> None:
    module = """
        import pytest
        from mailcatch.testing import Config
        @pytest.fixture(scope="session")
        def mailcatch_config():
            return Config(hostname="mail.test", without=("SMTPUTF8",))
        def test_it(mailcatch, send, pytestconfig):
            send()
            assert "220 mail.test" in mailcatch.transcript
            assert "SMTPUTF8" not in mailcatch.transcript
            port = pytestconfig.getoption("mailcatch_port")
            assert port is None or mailcatch.port == int(port)
        """
    run(module).assert_outcomes(passed=1)
    with __import__("socket").socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run(module, f"--mailcatch-port={port}").assert_outcomes(passed=1)


@dataclass
class StrictConfig:
    """A configuration as pytest 9 has it: no text where TOML has a number."""

    inipath: Path
    refuses: type[Exception]

    def getini(self, name: str) -> object:
        table = tomllib.loads(self.inipath.read_text())
        value = (table.get("pytest") or table["tool"]["pytest"]).get(name, "")
        if not isinstance(value, str):
            raise self.refuses(f"config option '{name}' expects a string")
        return value

    def getoption(self, name: str, default: object = None) -> object:
        return default


@pytest.mark.parametrize(
    ("name", "head"), [("pyproject.toml", "[tool.pytest]"), ("pytest.toml", "[pytest]")]
)
@pytest.mark.parametrize("refuses", [TypeError, pytest.UsageError])
def test_values_of_toml_are_taken_as_they_are(
    tmp_path: Path, name: str, head: str, refuses: type[Exception]
) -> None:
    config = StrictConfig(tmp_path / name, refuses)
    for values in ("3.5\nmailcatch_strict = false", '"3.5"\nmailcatch_strict = "false"'):
        config.inipath.write_text(f"{head}\nmailcatch_timeout = {values}\n")
        ini = read_run(cast("pytest.Config", config)).ini
        assert (ini.timeout, ini.strict) == (3.5, False)
    config.inipath.write_text(f"{head}\nmailcatch_transcript_lines = 1.5\n")
    with pytest.raises(pytest.UsageError, match=r"transcript_lines is 1\.5: write a whole"):
        read_run(cast("pytest.Config", config))


def test_a_marker_gives_a_test_a_server_of_its_own(run: Run) -> None:
    result = run(
        """
        import pytest, smtplib
        from conftest import deliver

        @pytest.mark.mailcatch(tls="starttls", require_tls=True, timeout=3)
        def test_tls(mailcatch, mailcatch_env, mailcatch_server):
            assert mailcatch_env["SMTP_PORT"] == str(mailcatch.port) != str(mailcatch_server.port)
            with smtplib.SMTP(*mailcatch.addr) as client:
                client.starttls(context=mailcatch.ssl_context())
                client.sendmail("a@x.io", "b@x.io", "Subject: Hello\\n\\n")
            assert mailcatch.one().session.tls
            assert mailcatch.timeout == 3

        @pytest.mark.mailcatch(auth_users={"app": "a secret"}, require_auth=True)
        class TestLogin:
            @pytest.mark.mailcatch(hostname="mail.test")
            def test_url(self, mailcatch):
                with smtplib.SMTP(*mailcatch.addr) as client:
                    client.login("app", "a secret")
                assert "220 mail.test" in mailcatch.transcript
                assert mailcatch.url == f"smtp://app:a%20secret@127.0.0.1:{mailcatch.port}"

        @pytest.mark.mailcatch(tls="starttls")
        def test_other(mailcatch, mailcatch_server):
            deliver(mailcatch_server, subject="to the other")
            assert mailcatch == []

        @pytest.mark.mailcatch(tls="startls")
        def test_typo(mailcatch): pass

        @pytest.mark.mailcatch(auth_user={})
        def test_name(mailcatch): pass
        """
    )
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(
        [
            "mailcatch: @pytest.mark.mailcatch: there is no tls 'startls': did you mean 'start*",
            "*@pytest.mark.mailcatch: there is no 'auth_user': did you mean auth_users?*",
            "'to the other' to bob@example.com, sent during *::test_other",
        ]
    )
    assert "mailcatch/testing/" not in result.stdout.str()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('Config(tls="startls")', "there is no tls 'startls': did you mean 'starttls'?"),
        (
            "Config(require_tls=True)",
            'require_tls is for a server with TLS: add tls="starttls", "i',
        ),
        ('Config(cert="cert.pem")', "cert is for a server with TLS: add"),
        ('Config(tls="starttls", cert="nowhere.pem")', "cannot read nowhere.pem: no such file"),
        ('Config(max_size="1MB")', "max_size is '1MB': write a whole number from 0"),
        ('Config(without=("PIPELNING",))', "without: there is no extension 'PIPELNING': choose"),
        ('Config(without="DSN")', "without is 'DSN': write ('DSN',)"),
        ("Config(port=65536)", "port is 65536: write a whole number from 0 to 65535"),
        ('Config(auth_users=["app"])', "auth_users is no dict of secrets by user"),
        ('Config(auth_mechanisms=("PLIAN",))', "there is no mechanism 'PLIAN'"),
        ('Config(host="nowhere.invalid")', "cannot listen on nowhere.invalid:0"),
        ('{"host": "127.0.0.1"}', "{'host': '127.0.0.1'} is no mailcatch.testing.Config"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_in_a_line(run: Run, given: str, told: str) -> None:
    result = run(
        f"""
        import pytest
        from mailcatch.testing import Config
        @pytest.fixture(scope="session")
        def mailcatch_config(): return {given}
        def test_it(mailcatch): pass
        """
    )
    result.assert_outcomes(errors=1)
    assert f"mailcatch: mailcatch_config: {told}" in result.stdout.str()
    assert "plugin.py" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()
