from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch.tls.authority import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.open(tmp_path / "ca")
