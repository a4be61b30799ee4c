"""`mailcatch serve`: the catcher in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import AuthorityDirectory, TrashAge
from mailcatch.cli.quantities import parse_duration, parse_seed, parse_size, parse_size_limit


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
            help="Address to listen on, instead of --host and --port; may be given several times."
            " plain:, starttls: or tls: before it says how TLS is spoken there, lmtp: that it is"
            " LMTP, proxy: that each connection begins with a PROXY header.",
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
            parser=parse_size_limit,
            metavar="SIZE",
            show_default="64MiB",
            help="Largest message; 0 is no limit.",
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
            show_default="15m",
            help="Time for the data of one message.",
        ),
    ] = 900.0,
    offer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EXTENSION",
            help="Offer an extension besides the usual ones, or all; may be given several times.",
        ),
    ] = None,
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
    dsn: Annotated[
        bool,
        typer.Option(
            "--dsn",
            help="Make the delivery status notifications that clients ask for: NOTIFY=SUCCESS.",
        ),
    ] = False,
    max_notifications: Annotated[
        int, typer.Option(min=1, help="Delivery status notifications that wait to be made.")
    ] = 10_000,
    max_returned: Annotated[
        int,
        typer.Option(
            parser=parse_size,
            metavar="SIZE",
            show_default="1MiB",
            help="Largest message that comes back whole in one.",
        ),
    ] = 1024 * 1024,
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
    tls: Annotated[
        str | None,
        typer.Option(
            metavar="starttls|implicit|both",
            help="Offer STARTTLS, or listen besides on --tls-port, where TLS comes first, or both."
            " Off by default: a client that upgrades by itself does not trust the certificate.",
        ),
    ] = None,
    tls_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port where TLS comes first; by default 1465, or a free one with --port 0.",
            show_default=False,
        ),
    ] = None,
    tls_timeout: Annotated[
        float,
        typer.Option(
            parser=parse_duration,
            metavar="TIME",
            show_default="30s",
            help="Time for a TLS handshake.",
        ),
    ] = 30.0,
    require_tls: Annotated[
        bool, typer.Option("--require-tls", help="Take mail inside of TLS only.")
    ] = False,
    cert: Annotated[
        Path | None,
        typer.Option(
            help="Certificate of your own (PEM), instead of one that is made on first use."
        ),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Its key; by default in the same file.", show_default=False)
    ] = None,
    ca_dir: AuthorityDirectory = None,
    client_ca: Annotated[
        Path | None,
        typer.Option(help="Authorities (PEM) of clients, which may show a certificate then."),
    ] = None,
    auth_user: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:SECRET",
            help="Let only such a user authenticate; may be given several times."
            " Everyone by default.",
        ),
    ] = None,
    auth_file: Annotated[
        Path | None, typer.Option(help="Let the users of a file of htpasswd authenticate.")
    ] = None,
    auth_mechanism: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Offer only such a mechanism of AUTH; may be given several times.",
        ),
    ] = None,
    require_auth: Annotated[
        bool, typer.Option("--require-auth", help="Take mail from authenticated clients only.")
    ] = False,
    old_auth: Annotated[
        bool,
        typer.Option("--old-auth", help='Offer AUTH as old clients know it besides: "AUTH=PLAIN".'),
    ] = False,
    lmtp: Annotated[
        bool,
        typer.Option("--lmtp", help="Speak LMTP instead of SMTP: a reply for each recipient."),
    ] = False,
    proxy_protocol: Annotated[
        bool,
        typer.Option(
            "--proxy-protocol",
            help="Expect a PROXY header (version 1 or 2) in front of each connection, as haproxy"
            " sends it.",
        ),
    ] = False,
    atrn: Annotated[
        bool,
        typer.Option(
            "--atrn", help="Let clients that log in fetch the mailbox's mail by ATRN (RFC 2645)."
        ),
    ] = False,
    proxy_timeout: Annotated[
        float,
        typer.Option(
            parser=parse_duration,
            metavar="TIME",
            show_default="5s",
            help="Time for a PROXY header.",
        ),
    ] = 5.0,
) -> None:
    """Take mail, and keep each message and each session as a file."""
    from datetime import timedelta

    from mailcatch.breaking.sources import of_shorthand
    from mailcatch.catcher import Catcher
    from mailcatch.cli.place import mailbox_directory
    from mailcatch.cli.securing import mode_of_tls, named_users
    from mailcatch.cli.serving import Printer, run_until_told
    from mailcatch.faults.errors import RuleError
    from mailcatch.mailbox.errors import MailboxError
    from mailcatch.mailbox.retention import Retention
    from mailcatch.smtp.address import ListenError
    from mailcatch.smtp.extensions import offers
    from mailcatch.smtp.limits import Limits
    from mailcatch.smtp.sasl.htpasswd import AccountsError
    from mailcatch.smtp.service import is_host_name
    from mailcatch.tls.errors import CertificateError

    if ephemeral and directory is not None:
        fail("--ephemeral and --dir exclude each other: leave one of them out")
    try:
        offers(offer or (), without or ())
    except ValueError as wrong:
        fail(str(wrong))
    if not is_host_name(hostname):
        fail(f"--hostname {hostname!r} is no host name")
    limits = Limits(
        command_line=max_line,
        message=max_message_size,
        recipients=max_recipients,
        sessions=max_sessions,
        commands=max_commands,
        idle=idle_timeout,
        data=data_timeout,
        handshake=tls_timeout,
        proxy=proxy_timeout,
        transcript=max_transcript,
        notifications=max_notifications,
        returned=max_returned,
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
            offer=offer or (),
            without=without or (),
            hostname=hostname,
            fsync=fsync,
            show_credentials=show_credentials,
            tls=mode_of_tls(tls),
            tls_port=tls_port,
            require_tls=require_tls,
            cert=cert,
            key=key,
            client_ca=client_ca,
            ca_dir=ca_dir,
            auth_users=named_users(auth_user or ()),
            auth_file=auth_file,
            auth_mechanisms=auth_mechanism or (),
            require_auth=require_auth,
            old_auth=old_auth,
            lmtp=lmtp,
            proxy_protocol=proxy_protocol,
            atrn=atrn,
            dsn=dsn,
            retention=retention,
            on_transaction=printer.transaction,
            on_removal=printer.removal,
            on_notification=printer.notification,
        )
        gives_to_all = atrn and not auth_user and auth_file is None
        run_until_told(catcher, printer, gives_to_all=gives_to_all)
    except (AccountsError, CertificateError, ListenError, MailboxError, RuleError) as error:
        fail(str(error))
