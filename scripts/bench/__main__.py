"""The command line of the benchmarks: one subcommand each, `smtp` where none is named."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Final, NoReturn

from scripts.bench import commands, fixtures, handshakes, mailbox, screen, smtp
from scripts.bench.processes import BenchError

DEFAULT: Final = "smtp"
_HELP: Final = ("-h", "--help")


def main(arguments: list[str]) -> int:
    """Run one benchmark; return the exit status: 0, 1 when something failed to run, 2, or 130."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    benchmarks = parser.add_subparsers(dest="command", required=True)
    rooms = (
        (DEFAULT, smtp),
        ("mailbox", mailbox),
        ("commands", commands),
        ("fixtures", fixtures),
        ("screen", screen),
        ("handshakes", handshakes),
    )
    for name, module in rooms:
        command = benchmarks.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_options(command)
        command.set_defaults(run=module.run)
    if not arguments or (arguments[0] not in benchmarks.choices and arguments[0] not in _HELP):
        arguments = [DEFAULT, *arguments]
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return int(options.run(options))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130


def _interrupt(number: int, frame: object) -> NoReturn:
    """End in order, so that every child is stopped and every directory removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
