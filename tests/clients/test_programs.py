"""A client that is not installed fails its tests, and says how to install it."""

from __future__ import annotations

import re

import pytest

from tests.clients.programs import program, unpacked


def test_a_missing_program_fails_the_test_that_needs_it() -> None:
    sentence = "no-such-client is not installed: run scripts/install-clients"
    with pytest.raises(pytest.fail.Exception, match=re.escape(sentence)):
        program("no-such-client")


def test_a_missing_package_fails_the_test_that_needs_it() -> None:
    sentence = ".cache/no/such/package is not installed: run scripts/install-clients"
    with pytest.raises(pytest.fail.Exception, match=re.escape(sentence)):
        unpacked("no/such/package")
