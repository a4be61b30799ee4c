"""`mailcatch faults explain`: what each rule would do with a mail, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json
from mailcatch.cli.quantities import parse_size

if TYPE_CHECKING:
    from mailcatch.faults import Explanation, Supposed


def explain(
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="The sender.")
    ] = None,
    to: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="A recipient; or several.")
    ] = None,
    subject: Annotated[str | None, typer.Option(metavar="TEXT", help="The subject.")] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="A header field: 'Name: value'; or several."),
    ] = None,
    body: Annotated[str | None, typer.Option(metavar="TEXT", help="The text.")] = None,
    size: Annotated[
        int | None,
        typer.Option(parser=parse_size, metavar="SIZE", help="Octets, or such as 2MB."),
    ] = None,
    ehlo: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the client says hello as.")
    ] = None,
    client: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The client's address.")
    ] = "127.0.0.1",
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Who has logged in.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="STAGE", help="A stage; each that rules name, without it.")
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Tell whether each rule would fit a mail and fire, and why not."""
    from mailcatch.cli.faults.rules import mistakes_told, rule_file
    from mailcatch.cli.terminal import choose_paint, json_line, remark, say
    from mailcatch.faults import STAGES, Supposed, load
    from mailcatch.faults.magic import FIELD
    from mailcatch.faults.presets import TABLES
    from mailcatch.faults.supposing import suppose
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.server_file import read_state
    from mailcatch.rulefile.file import read

    path = rule_file(directory)
    with mistakes_told():
        try:
            rules = load((read(path) or b"").decode(), name=str(path), presets=TABLES)
        except UnicodeDecodeError:
            fail(f"{safe_text(str(path))} is not UTF-8")
    if at is not None and at not in STAGES:
        fail(f"'{safe_text(at)}' is no stage: {', '.join(STAGES)}")
    fields = tuple(_field(text) for text in header or ())
    magical = any("mc-" in name.lower() for name in (*(to or ()), ehlo or "")) or any(
        name.lower() == FIELD.lower() for name, _ in fields
    )
    if not rules.rules and not magical:
        remark(f"mailcatch: there are no rules in {safe_text(str(path))}")
        return
    mail = Supposed(
        transaction_nth=1,
        client_address=client,
        helo_name=ehlo,
        sasl_username=user,
        sender=sender,
        recipients=tuple(to or ()),
        size=size,
        subject_text=subject,
        headers=fields,
        body_text=body,
    )
    state = read_state(path.parent)
    faults = state.faults if state is not None else None
    spent = (
        {one.in_file for one in faults.rules if one.remaining == 0} if faults is not None else ()
    )
    seed = faults.seed if faults is not None else None
    paint = choose_paint()
    for moment, one in suppose(rules, mail, at=at or "", spent=spent, seed=seed):
        if json:
            json_line(_object(one, moment))
            continue
        verdict = paint.dim("does not fit")
        if one.matches:
            verdict = paint.yellow("fires") if one.fires else "fits, does not fire"
        place = f"at {moment.stage}"
        if moment.recipient is not None:
            place += f" {safe_text(moment.recipient)}"
        why = safe_text(one.why.removeprefix("would: "))
        say(f"{paint.cyan(safe_text(one.rule))}  {place}  {verdict}: {why}")


def _field(text: str) -> tuple[str, str]:
    from mailcatch.mail.safe import safe_text

    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        fail(f"'{safe_text(text)}' is no header field: write 'Name: value'")
    return name.strip(), value.strip()


def _object(one: Explanation, moment: Supposed) -> dict[str, object]:
    return {
        "rule": one.rule,
        "at": moment.stage,
        "recipient": moment.recipient,
        "matches": one.matches,
        "fires": one.fires,
        "why": one.why,
    }
