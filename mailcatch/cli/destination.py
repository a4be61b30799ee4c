"""Where a command that sends mail finds the server: --host and --port, or what serves --dir."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

HOST: Final = "localhost"
PORT: Final = 1025
# Addresses to listen on that are none to connect to.
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104

Host = Annotated[str, typer.Option(help="Where the server is.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The server's port.")]
Directory = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        help="Send to the server that serves this mailbox directory; --host and --port go before.",
        show_default=False,
    ),
]


class NoDestinationError(Exception):
    """No server can be told from the options. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A server: a host and a port, or the path of a Unix socket."""

    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        """Return it as --listen writes it."""
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def find_destination(
    context: typer.Context, host: str, port: int, directory: Path | None
) -> Destination:
    """Return the server that the options mean. Raises NoDestinationError.

    What was said for this one run goes before a directory, which goes before the configuration.
    """
    if port and (_said_now(context, "host") or _said_now(context, "port")):
        return _reachable(host, port)
    if directory is not None or not port:
        served = _serving(directory)
        if served is not None:
            return served
        if not port or _said_now(context, "directory"):
            where = f" {directory}" if directory is not None else " the mailbox directory"
            raise NoDestinationError(
                f"no server serves{where}: start mailcatch serve, or name one with --host and"
                " --port"
            )
    return _reachable(host, port)


def _said_now(context: typer.Context, parameter: str) -> bool:
    source = context.get_parameter_source(parameter)
    return source is not None and source.name in {"COMMANDLINE", "ENVIRONMENT"}


def _serving(directory: Path | None) -> Destination | None:
    from mailcatch.cli.place import mailbox_directory
    from mailcatch.mailbox.server_file import read_state

    place = mailbox_directory(directory)
    state = read_state(place)
    if state is None or not state.smtp:
        return None
    entrance = state.entrance
    if entrance is None:
        raise NoDestinationError(
            f"the server of {place} takes no plain SMTP, but LMTP, TLS or what comes from a proxy:"
            " let it listen on one more address, with --listen"
        )
    if entrance.path:
        return Destination("", 0, entrance.path)
    return _reachable(entrance.host, entrance.port)


def _reachable(host: str, port: int) -> Destination:
    return Destination(HOST if host in _EVERYWHERE else host, port)
