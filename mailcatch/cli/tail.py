"""`mailcatch tail`: what comes, as it comes."""

from __future__ import annotations

from mailcatch.cli.options import Directory, Json, Utc


def tail(directory: Directory = None, json: Json = False, utc: Utc = False) -> None:
    """Follow a mailbox: one line for each message, and for each session with a refusal."""
    from mailcatch.cli.following import Follower
    from mailcatch.cli.opening import RESCAN, appears, opened
    from mailcatch.cli.place import mailbox_directory
    from mailcatch.cli.terminal import remark
    from mailcatch.mailbox.watch import follow

    root = mailbox_directory(directory)
    try:
        if not root.is_dir():
            remark(f"mailcatch: waits for a mailbox at {root}")
            appears(root)
        with opened(root) as reader:
            follower = Follower(reader, json=json, utc=utc)
            for changes in follow(reader, rescan=RESCAN):
                follower.tell(changes)
    except KeyboardInterrupt:
        # Ctrl-C is how this ends.
        return
