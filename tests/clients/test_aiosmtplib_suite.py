"""aiosmtplib's own tests, run with our Connection in the place of aiosmtpd's server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import aiosmtplib
import pytest

from tests.clients.programs import unpacked

ENHANCED: Final = "a reply carries an enhanced status code: '2.1.0 Ok' where aiosmtpd says 'OK'"
TOLERANT: Final = "a parameter that was not offered is taken and noted, where aiosmtpd refuses it"

# Tests that cannot pass because the design differs from aiosmtpd, and what differs.
DIFFERENT: Final = {
    "tests.test_commands::test_mail_ok": ENHANCED,
    "tests.test_commands::test_noop_ok": ENHANCED,
    "tests.test_commands::test_rcpt_ok": ENHANCED,
    "tests.test_commands::test_rset_ok": ENHANCED,
    "tests.test_commands::test_mail_options_not_implemented": TOLERANT,
    "tests.test_commands::test_rcpt_options_not_implemented": TOLERANT,
    "tests.test_sendmail::test_sendmail_with_invalid_mail_option": TOLERANT,
    "tests.test_sendmail::test_sendmail_with_rcpt_option": TOLERANT,
    "tests.test_sendmail::test_sendmail_simple_failure": "'@@' is taken for an address",
}


@pytest.mark.timeout(300)
def test_every_test_passes_that_passes_with_aiosmtpd(tmp_path: Path) -> None:
    suite = unpacked(f"aiosmtplib/aiosmtplib-{aiosmtplib.__version__}")
    report = tmp_path / "ours.xml"

    printed = run_suite(suite, report, "-p", "aiosmtpd_replaced")
    passed, failed = outcomes(report)

    assert len(passed) > 300, printed
    assert not passed & DIFFERENT.keys(), "these pass now and need no reason any more"
    surprising = failed - DIFFERENT.keys()
    if surprising:
        # What also fails with aiosmtpd is between aiosmtplib and this version of Python.
        stock = tmp_path / "aiosmtpd.xml"
        run_suite(suite, stock, *arguments(surprising))
        surprising &= outcomes(stock)[0]
    if surprising:
        # Its tests wait for a second at most, which a busy machine may need for itself.
        printed = run_suite(suite, report, "-p", "aiosmtpd_replaced", *arguments(surprising))
        surprising &= outcomes(report)[1]
    assert not surprising, printed


def run_suite(suite: Path, report: Path, *options: str) -> str:
    """Run tests of aiosmtplib's, and return what was printed."""
    settings = {"PYTHONPATH": str(Path(__file__).parent), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"),
            *(f"--junitxml={report}", *options),
        ],
        cwd=suite,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode in {0, 1}, result.stdout
    return result.stdout


def outcomes(report: Path) -> tuple[set[str], set[str]]:
    """Return the names of the tests that passed, and of those that failed."""
    passed, failed = set(), set()
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.add(name)
        elif "skipped" not in kinds:
            passed.add(name)
    return passed, failed


def arguments(names: Iterable[str]) -> list[str]:
    """Return the paths of tests, for pytest."""
    split = (name.partition("::") for name in names)
    return [f"{module.replace('.', '/')}.py::{test}" for module, _, test in split]
