"""`mailcatch serve`: the catcher in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import TrashAge
from mailcatch.cli.quantities import parse_duration, parse_seed, parse_size


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; localhost is both 127.0.0.1 and ::1.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 1025,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST:PORT|unix:PATH",
            help="Address to listen on, instead of --host and --port; may be given several times.",
        ),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            help="Mailbox directory; by default the user's data directory.",
            show_default=False,
        ),
    ] = None,
    ephemeral: Annotated[
        bool, typer.Option("--ephemeral", help="Use a temporary directory, removed at the end.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line instead of text.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print no line for each message on a terminal.")
    ] = False,
    max_message_size: Annotated[
        int,
        typer.Option(
            parser=parse_size, metavar="SIZE", show_default="64MiB", help="Largest message."
        ),
    ] = 64 * 1024 * 1024,
    max_line: Annotated[
        int,
        typer.Option(
            parser=parse_size, metavar="SIZE", show_default="64KiB", help="Longest command line."
        ),
    ] = 64 * 1024,
    max_transcript: Annotated[
        int,
        typer.Option(
            parser=parse_size,
            metavar="SIZE",
            show_default="16MiB",
            help="Octets of one session's file.",
        ),
    ] = 16 * 1024 * 1024,
    max_recipients: Annotated[int, typer.Option(min=1, help="Recipients of one message.")] = 1000,
    max_sessions: Annotated[int, typer.Option(min=1, help="Sessions at once.")] = 500,
    max_commands: Annotated[int, typer.Option(min=1, help="Commands in one session.")] = 1_000_000,
    max_messages: Annotated[
        int | None,
        typer.Option(min=1, help="Messages that are kept; older ones are removed. All by default."),
    ] = None,
    max_age: Annotated[
        float | None,
        typer.Option(
            parser=parse_duration,
            metavar="TIME",
            help="Age of what is kept, such as 7d. Any by default.",
        ),
    ] = None,
    max_size: Annotated[
        int | None,
        typer.Option(
            parser=parse_size,
            metavar="SIZE",
            help="Size of all messages that are kept, such as 1GB. Any by default.",
        ),
    ] = None,
    max_empty_sessions: Annotated[
        int | None,
        typer.Option(min=0, help="Sessions without a message that are kept. All by default."),
    ] = None,
    trash_age: TrashAge = 7 * 86_400.0,
    idle_timeout: Annotated[
        float,
        typer.Option(
            parser=parse_duration,
            metavar="TIME",
            show_default="5m",
            help="Time without an octet, in seconds, or such as 5m.",
        ),
    ] = 300.0,
    data_timeout: Annotated[
        float,
        typer.Option(
            parser=parse_duration,
            metavar="TIME",
            help="Time for the data of one message.",
        ),
    ] = 900.0,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EXTENSION", help="Do not offer an extension; may be given several times."
        ),
    ] = None,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            "--faults",
            metavar="FILE",
            help="Rules of what to break, besides those in the mailbox's faults.toml; may be given"
            " several times.",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="SHORTHAND",
            help="One thing to break, such as rcpt-451-x2; may be given several times.",
        ),
    ] = None,
    no_faults: Annotated[
        bool,
        typer.Option(
            "--no-faults",
            help="Break nothing but what --fault and --faults say: take no rules from the mailbox's"
            " faults.toml, and none from clients.",
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            parser=parse_seed,
            metavar="N|random",
            help="What the chance of faults is drawn from; by default the rules' seed, or a random"
            " one.",
            show_default=False,
        ),
    ] = None,
    hostname: Annotated[
        str, typer.Option(help="What the server calls itself in its greeting.")
    ] = "localhost",
    fsync: Annotated[
        bool,
        typer.Option("--fsync", help="Sync each message to the disk before it is acknowledged."),
    ] = False,
    show_credentials: Annotated[
        bool, typer.Option("--show-credentials", help="Keep passwords in the transcripts.")
    ] = False,
) -> None:
    """Take mail, and keep each message and each session as a file."""
    from datetime import timedelta

    from mailcatch.breaking.sources import of_shorthand
    from mailcatch.catcher import Catcher
    from mailcatch.cli.place import mailbox_directory
    from mailcatch.cli.serving import Printer, run_until_told
    from mailcatch.faults.errors import RuleError
    from mailcatch.mailbox.errors import MailboxError
    from mailcatch.mailbox.retention import Retention
    from mailcatch.smtp.address import ListenError
    from mailcatch.smtp.extensions import OFFERED, unknown
    from mailcatch.smtp.limits import Limits

    if ephemeral and directory is not None:
        fail("--ephemeral and --dir exclude each other: leave one of them out")
    hidden = [name.upper() for name in without or ()]
    if wrong := unknown(frozenset(hidden)):
        fail(f"there is no extension {wrong[0]} to leave out: choose from {', '.join(OFFERED)}")
    if not hostname.isascii() or not hostname.isprintable() or " " in hostname:
        fail(f"--hostname {hostname!r} is no host name")
    limits = Limits(
        command_line=max_line,
        message=max_message_size,
        recipients=max_recipients,
        sessions=max_sessions,
        commands=max_commands,
        idle=idle_timeout,
        data=data_timeout,
        transcript=max_transcript,
    )
    retention = Retention(
        messages=max_messages,
        age=None if max_age is None else timedelta(seconds=max_age),
        octets=max_size,
        sessions=max_empty_sessions,
        trash=timedelta(seconds=trash_age),
    )
    printer = Printer.choose(json=json, quiet=quiet)
    try:
        catcher = Catcher(
            host=host,
            port=port,
            listen=listen or (),
            mailbox=None if ephemeral else mailbox_directory(directory),
            limits=limits,
            faults=(*map(of_shorthand, fault or ()), *map(Path, faults or ())),
            only_given_faults=no_faults,
            seed=seed,
            on_faults=printer.faults,
            without=hidden,
            hostname=hostname,
            fsync=fsync,
            show_credentials=show_credentials,
            retention=retention,
            on_transaction=printer.transaction,
            on_removal=printer.removal,
        )
        run_until_told(catcher, printer)
    except (ListenError, MailboxError, RuleError) as error:
        fail(str(error))
