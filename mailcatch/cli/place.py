"""Where a user's mail is kept when nobody says otherwise."""

from __future__ import annotations

from pathlib import Path


def mailbox_directory(chosen: Path | None) -> Path:
    """Return the mailbox directory that was chosen, or this user's own."""
    if chosen is not None:
        return chosen.expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("mailcatch", appauthor=False)) / "mail"
