"""`mailcatch faults explain`: what each rule would do with a mail, and why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json
from mailcatch.cli.quantities import parse_size

if TYPE_CHECKING:
    from mailcatch.faults import Explanation, RuleSet, Supposed


def explain(
    sender: Annotated[str | None, typer.Option("--from", help="The sender.")] = None,
    to: Annotated[list[str] | None, typer.Option(help="A recipient; or several.")] = None,
    subject: Annotated[str | None, typer.Option(help="The subject.")] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="A header field: 'Name: value'; or several.")
    ] = None,
    body: Annotated[str | None, typer.Option(help="The text.")] = None,
    size: Annotated[
        int | None,
        typer.Option(parser=parse_size, metavar="SIZE", help="Octets, or such as 2MB."),
    ] = None,
    ehlo: Annotated[str | None, typer.Option(help="What the client says hello as.")] = None,
    client: Annotated[str, typer.Option(help="The client's address.")] = "127.0.0.1",
    user: Annotated[str | None, typer.Option(help="Who has logged in.")] = None,
    at: Annotated[
        str | None, typer.Option(help="A stage; each that rules name, without it.")
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Tell for each rule whether it would match and fire, and why not. Nothing is counted."""
    from mailcatch.cli.faults.rules import mistakes_told, rule_file
    from mailcatch.cli.terminal import choose_paint, json_line, remark, say
    from mailcatch.faults import STAGES, Engine, HandClock, Supposed, load
    from mailcatch.faults.presets import TABLES
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.server_file import read_state
    from mailcatch.rulefile.file import read

    path = rule_file(directory)
    with mistakes_told():
        try:
            rules = load(read(path).decode(), name=str(path), presets=TABLES)
        except UnicodeDecodeError:
            fail(f"{safe_text(str(path))} is not UTF-8")
    if at is not None and at not in STAGES:
        fail(f"'{safe_text(at)}' is no stage: {', '.join(STAGES)}")
    if not rules.rules:
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
        headers=tuple(_field(text) for text in header or ()),
        body_text=body,
    )
    state = read_state(path.parent)
    served = state.faults.rules if state is not None and state.faults is not None else []
    spent = {one.id for one in served if one.remaining == 0}
    engine = Engine(rules, clock=HandClock())
    paint = choose_paint()
    for moment in _moments(mail, [at] if at is not None else _stages(rules)):
        named = {rule.id: rule.stages for rule in rules.rules}
        for one in engine.explain(moment):
            if at is None and moment.stage not in named[one.rule]:
                continue
            used_up = one.fires and one.rule in spent
            why = "has fired as often as it can, on the server" if used_up else one.why
            fires = one.fires and not used_up
            if json:
                json_line(_object(one, moment, fires=fires, why=why))
                continue
            verdict = paint.dim("does not match")
            if one.matches:
                verdict = paint.yellow("fires") if fires else "matches, does not fire"
            place = f"at {moment.stage}"
            if moment.recipient is not None:
                place += f" {safe_text(moment.recipient)}"
            say(f"{paint.cyan(safe_text(one.rule))}  {place}  {verdict}: {safe_text(why)}")


def _stages(rules: RuleSet) -> list[str]:
    """Return the stages that rules name, in their order; a rule for any stage is shown at eom."""
    from mailcatch.faults import STAGES

    named = {
        stage for rule in rules.rules if len(rule.stages) < len(STAGES) - 1 for stage in rule.stages
    }
    if any(len(rule.stages) >= len(STAGES) - 1 for rule in rules.rules):
        named.add("eom")
    return [stage for stage in STAGES if stage in named]


def _moments(mail: Supposed, stages: list[str]) -> Iterator[Supposed]:
    """Give the moments of a mail: one a stage, and at rcpt one a recipient."""
    import msgspec

    for stage in stages:
        if stage == "rcpt":
            for number, recipient in enumerate(mail.recipients or (None,), 1):
                yield msgspec.structs.replace(
                    mail,
                    stage=stage,
                    recipient=recipient,
                    recipients=mail.recipients[: number - 1],
                    recipient_nth=number,
                )
        else:
            yield msgspec.structs.replace(mail, stage=stage)


def _field(text: str) -> tuple[str, str]:
    from mailcatch.mail.safe import safe_text

    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        fail(f"'{safe_text(text)}' is no header field: write 'Name: value'")
    return name.strip(), value.strip()


def _object(one: Explanation, moment: Supposed, *, fires: bool, why: str) -> dict[str, object]:
    return {
        "rule": one.rule,
        "at": moment.stage,
        "recipient": moment.recipient,
        "matches": one.matches,
        "fires": fires,
        "why": why,
    }
