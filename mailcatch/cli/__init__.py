"""The command line. Each command imports what it needs when it runs, so that it starts at once."""

import gc
import os
import sys


def main() -> None:
    """Run `mailcatch`."""
    if sys.argv[1:] == ["--version"]:
        from mailcatch._version import __version__

        print(f"mailcatch {__version__}")  # noqa: T201
        return
    if "_MAILCATCH_COMPLETE" in os.environ:
        from mailcatch.cli.completing import answer

        answer()
        return
    from mailcatch.cli.app import run

    try:
        run()
    finally:
        # Python looks for garbage when it ends, which takes longer than a small command does.
        gc.freeze()


def main_sendmail() -> None:
    """Run `mailcatch sendmail` as a program of its own, for settings that take one path."""
    from mailcatch.cli.app import run

    run(["sendmail", *sys.argv[1:]])
