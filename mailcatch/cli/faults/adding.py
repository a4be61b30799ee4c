"""`mailcatch faults add`: a new rule, from a few letters, from options, or from both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Patience
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.rulefile.document import RuleDocument


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as the command line tells it.

    shorthand: "" where there is none. options, match: by the keys of a rule and of its match; what
    is not given is left out. headers, settings: as `Name: PATTERN` and `KEY=VALUE`.
    """

    shorthand: str
    options: Mapping[str, object]
    match: Mapping[str, object]
    headers: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)

    def table(self, own: Mapping[str, str]) -> dict[str, object]:
        """Return it as a table of a rule file. own: presets of that file, with their stages.

        Raises ShorthandError. Ends the command where an option is not of its form.
        """
        from mailcatch.faults.presets import catalogue
        from mailcatch.faults.shorthand import parse

        table = parse(self.shorthand, own) if self.shorthand else {}
        for key, value in self.options.items():
            if value:
                table[key] = value if key == "sequence" else _plain(value)
        preset = str(table.get("preset", ""))
        if "at" not in table and preset:
            known = catalogue()
            at = own.get(preset) or (known[preset].at if preset in known else "")
            table |= {"at": at} if at else {}
        match = {key: _plain(value) for key, value in self.match.items() if value}
        header = dict(_header(text) for text in self.headers)
        match |= {"header": header} if header else {}
        table |= {"match": match} if match else {}
        for text in self.settings:
            _set(table, text)
        if not table:
            fail("say what shall happen: mailcatch faults add rcpt-451-x2, or --at and --reply")
        return table


def add(
    shorthand: Annotated[
        str | None,
        typer.Argument(metavar="SHORTHAND", help="Such as rcpt-451-x2 or gmail-overquota-p20."),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STAGE",
            help="Stage: connect, ehlo, mail, rcpt, data, eom, quit ...; or several.",
        ),
    ] = None,
    reply: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REPLY", help='What is answered: "451 4.7.1 later"; once for each of its lines.'
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A real server's reply: 'mailcatch faults presets'."),
    ] = None,
    sequence: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ANSWER", help='One answer after the other: once for each, "250" lets pass.'
        ),
    ] = None,
    lost: Annotated[
        str | None,
        typer.Option(
            metavar="HOW", help="The message is stored and its reply lost: fin, rst or hang."
        ),
    ] = None,
    disconnect: Annotated[
        str | None, typer.Option(metavar="HOW", help="End the connection: fin, rst or half.")
    ] = None,
    bounce_later: Annotated[
        str | None,
        typer.Option(
            metavar="REPLY",
            help="Accept the mail, and let it bounce with a reply or a preset: '550 5.1.1 gone'.",
        ),
    ] = None,
    bounce_after: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long the bounce takes, such as 5s; 0 by default."),
    ] = None,
    hang: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Say nothing for a time, such as 30s; or forever."),
    ] = None,
    delay: Annotated[
        str | None, typer.Option(metavar="TIME", help="Answer so much later, such as 2s.")
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Only for recipients that fit, such as 'bob@*'."),
    ] = None,
    sender: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="PATTERN", help="Only for senders that fit."),
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Only for subjects that fit, such as 're:^Invoice'."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="Only where a header field fits: 'Name: PATTERN'."),
    ] = None,
    ehlo: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Only for clients that say hello so."),
    ] = None,
    client: Annotated[
        list[str] | None,
        typer.Option(metavar="NETWORK", help="Only for clients of this address or network."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Only for messages of that size, such as '>1MB'."),
    ] = None,
    times: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Fire so many times, then let pass.")
    ] = None,
    skip: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Let so many pass first.")
    ] = None,
    every: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Fire every so many times.")
    ] = None,
    probability: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, metavar="P", help="Fire by chance, 0 to 1.")
    ] = None,
    ttl: Annotated[
        str | None, typer.Option(metavar="TIME", help="Fire no more after that time.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What is counted apart: rule, client, connection, sender, recipient, triplet,"
            " envelope or fingerprint.",
        ),
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="What the rule is called; made up without it."),
    ] = None,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would have happened.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Any other key of a rule, as TOML: 'store=false'."
        ),
    ] = None,
    patience: Patience = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Add a rule, and print its id as soon as the server has it."""
    from mailcatch.cli.faults.rules import change, rule_file
    from mailcatch.cli.terminal import json_line, say
    from mailcatch.faults import rule_of
    from mailcatch.faults.presets import TABLES

    options = {
        "id": identity,
        "description": description,
        "at": at,
        "preset": preset,
        "reply": reply,
        "sequence": sequence,
        "lost": lost,
        "disconnect": disconnect,
        "bounce_later": _bounce(bounce_later, bounce_after),
        "hang": True if hang == "forever" else hang,
        "delay": delay,
        "times": times,
        "skip": skip,
        "every": every,
        "probability": probability,
        "ttl": ttl,
        "key": key,
        "dry_run": dry_run,
    }
    match = {
        "recipient": to,
        "sender": sender,
        "subject": subject,
        "helo_name": ehlo,
        "client_address": client,
        "size": size,
    }
    wanted = Wanted(shorthand or "", options, match, header or [], settings or [])
    root = rule_file(directory).parent
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        fail(f"cannot make {safe_text(str(root))}: {(error.strerror or '').lower()}")

    def add_to(document: RuleDocument) -> str:
        table = wanted.table(document.presets)
        # Alone first, so that what is wrong with it is not told as a mistake of the file.
        rule_of(table, where="faults add", presets={**TABLES, **document.preset_tables})
        return document.add(table)

    given = change(directory, add_to, patience=patience)
    if json:
        json_line({"id": given})
    else:
        say(safe_text(given))


def _bounce(reply: str | None, after: str | None) -> dict[str, object]:
    """Return a bounce as a rule file has it, empty where none is wanted."""
    from mailcatch.faults.replies import is_reply

    found: dict[str, object] = {}
    if reply:
        found["reply" if is_reply(reply) else "preset"] = reply
    return found | ({"delay": after} if after else {})


def _plain(value: object) -> object:
    """Return the one value of a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _header(text: str) -> tuple[str, str]:
    name, colon, pattern = text.partition(":")
    if not colon or not name.strip():
        fail(f"'{safe_text(text)}' is no header field: write 'Name: PATTERN'")
    return name.strip(), pattern.strip()


def _set(table: dict[str, object], text: str) -> None:
    """Set a key of a rule to a value in TOML; what is no TOML is text."""
    import tomllib

    name, equals, value = text.partition("=")
    words = [word.strip() for word in name.split(".")]
    if not equals or not all(words):
        fail(f"'{safe_text(text)}' sets nothing: write KEY=VALUE, such as store=false")
    try:
        found: object = tomllib.loads(f"value = {value}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        found = value.strip()
    for word in words[:-1]:
        inner = table.setdefault(word, {})
        if not isinstance(inner, dict):
            fail(f"'{safe_text(text)}': {safe_text(word)} has a value of its own already")
        table = inner
    table[words[-1]] = found
