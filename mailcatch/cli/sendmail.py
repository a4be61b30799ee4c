"""`mailcatch sendmail`: a stand-in for /usr/sbin/sendmail."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer
from typer.core import TyperCommand

from mailcatch.cli import sysexits
from mailcatch.cli.destination import (
    HOST,
    PORT,
    Destination,
    Directory,
    Host,
    NoDestinationError,
    Port,
    find_destination,
)
from mailcatch.cli.failure import fail

if TYPE_CHECKING:
    from mailcatch.cli.sendmail_options import SendmailOptions
    from mailcatch.cli.submission import Submission

NAME: Final = "sendmail"
_PARSED: Final = "mailcatch.sendmail"
# A server says these to RCPT where there is no such mailbox (RFC 5321 section 4.2.3).
_NO_SUCH_USER: Final = frozenset({550, 551, 553})


class SendmailCommand(TyperCommand):
    """Reads sendmail's options itself, and leaves those of mailcatch to typer."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Split the arguments. Whatever is wrong with them is told the way sendmail does."""
        from mailcatch.cli.sendmail_options import SendmailUsageError, parse_sendmail

        try:
            options = parse_sendmail(args)
            ctx.meta[_PARSED] = options
            return super().parse_args(ctx, list(options.own))
        except SendmailUsageError as error:
            fail(str(error), sysexits.USAGE)
        except typer.BadParameter as error:
            fail(error.format_message(), sysexits.USAGE)


def sendmail(
    context: typer.Context, host: Host = HOST, port: Port = PORT, directory: Directory = None
) -> None:
    """Send the message on standard input, as /usr/sbin/sendmail does.

    Takes sendmail's options: -t, -i, -f ADDR, -F NAME, -bs, -bm, -v; -o and -O and the like are
    ignored. Other arguments are recipients.
    """
    options: SendmailOptions = context.meta[_PARSED]
    if sys.stdin is None:
        fail("standard input is closed, and the message comes from there", sysexits.USAGE)
    try:
        destination = find_destination(context, host, port, directory)
    except NoDestinationError as error:
        _give_up(str(error), smtp=options.mode == "smtp")
    if options.mode == "smtp":
        _speak(destination)
    else:
        _send(options, destination)


def _speak(destination: Destination) -> None:
    from mailcatch.cli.sendmail_relay import relay
    from mailcatch.cli.submission import NothingListensError, open_socket

    try:
        stream = open_socket(destination)
    except NothingListensError as error:
        _give_up(_with_advice(str(error)), smtp=True)
    with stream:
        relay(stream)


def _send(options: SendmailOptions, destination: Destination) -> None:
    from mailcatch.cli.sendmail_message import AddressError, addresses_in, read_submitted
    from mailcatch.cli.submission import NothingListensError, SubmissionError, connected

    try:
        recipients = [
            address
            for argument in options.recipients
            for address in addresses_in(argument.encode(errors="surrogateescape"))
        ]
    except AddressError as error:
        fail(str(error), sysexits.USAGE)
    if not recipients and not options.recipients_from_header:
        fail("no recipients: name them as arguments, or use -t", sysexits.USAGE)
    message = read_submitted(sys.stdin.buffer, dots_are_text=options.dots_are_text)
    if options.recipients_from_header:
        try:
            recipients += message.recipients()
        except AddressError as error:
            fail(f"in the header, {error}", sysexits.DATA)
    if not recipients:
        fail("the header names no recipients in To, Cc or Bcc", sysexits.USAGE)
    sender = options.sender if options.sender is not None else _user_here()
    content = message.completed(sender, options.name, _host_here())
    try:
        with connected(destination) as client:
            done = client.submit(sender, list(dict.fromkeys(recipients)), content)
    except NothingListensError as error:
        _give_up(_with_advice(str(error)), smtp=False)
    except SubmissionError as error:
        _give_up(str(error), smtp=False)
    for recipient, answer in done.refused:
        typer.echo(f"mailcatch: {recipient} was refused: {answer}", err=True)
    if not done.answer.accepted and not done.refused:
        typer.echo(f"mailcatch: the message was refused: {done.answer}", err=True)
    elif options.verbose and done.answer.accepted:
        typer.echo(f"{', '.join(_taken(recipients, done))}: {done.answer}")
    raise typer.Exit(_status(done))


def _taken(recipients: list[str], done: Submission) -> list[str]:
    refused = {one for one, _ in done.refused}
    return [one for one in dict.fromkeys(recipients) if one not in refused]


def _status(done: Submission) -> int:
    answers = [done.answer, *(answer for _, answer in done.refused)]
    wrong = [answer for answer in answers if not answer.accepted]
    if not wrong:
        return 0
    if any(answer.for_now for answer in wrong):
        return sysexits.TEMPORARY
    if all(one.stage == "RCPT" and one.code in _NO_SUCH_USER for one in wrong):
        return sysexits.NO_USER
    return sysexits.UNAVAILABLE


def _with_advice(problem: str) -> str:
    return f"{problem}: start mailcatch serve, or name another server with --host and --port"


def _give_up(problem: str, *, smtp: bool) -> NoReturn:
    """End because there is no server, which may be there later."""
    if smtp:
        # A program that waits for a greeting shows what it gets in place of one.
        typer.echo(f"421 4.3.2 {problem}\r\n", nl=False)
    fail(problem, sysexits.TEMPORARY)


def _user_here() -> str:
    from getpass import getuser

    from mailcatch.cli.sendmail_options import is_address

    try:
        address = f"{getuser()}@{_host_here()}"
    except (KeyError, OSError):
        # A container may run as a number that no user has.
        address = ""
    return address if is_address(address) else f"nobody@{_host_here()}"


def _host_here() -> str:
    from platform import node

    name = node()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else HOST
