"""What tests share: a catcher, and a plain socket to talk to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mailcatch import Catcher

# How long an example takes depends on who else uses the machine; pytest-timeout ends what hangs.
# In CI every run tries the same examples, so that a change is judged by what it changed; anywhere
# else each run tries new ones.
settings.register_profile(
    "mailcatch",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("mailcatch")


@pytest.fixture(scope="session", autouse=True)
def own_directories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is kept among the indexes, settings and states of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        yield


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def catcher(mailbox: Path) -> Iterator[Catcher]:
    with Catcher(port=0, mailbox=mailbox).in_thread() as running:
        yield running
