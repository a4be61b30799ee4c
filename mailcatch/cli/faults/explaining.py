"""`mailcatch faults explain`: what each rule would do with a mail, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json
from mailcatch.cli.quantities import parse_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailcatch.cli.terminal import Paint
    from mailcatch.faults import Explanation, Supposed

_FIRES: Final = "fires"
_FITS: Final = "fits"
_DOES_NOT_FIT: Final = "does not fit"
_WIDEST: Final = len(_DOES_NOT_FIT)


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
    from mailcatch.cli.terminal import choose_paint, json_line, remark
    from mailcatch.faults import STAGES, Supposed
    from mailcatch.faults.loading import decoded, load
    from mailcatch.faults.presets import TABLES
    from mailcatch.faults.supposing import magical, suppose
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.server_file import read_state
    from mailcatch.rulefile.file import read

    path = rule_file(directory)
    with mistakes_told():
        text = decoded(read(path) or b"", name=str(path))
        rules = load(text, name=str(path), presets=TABLES)
    if at is not None and at not in STAGES:
        fail(f"'{safe_text(at)}' is no stage: {', '.join(STAGES)}")
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
    if not rules.rules and not magical(mail):
        remark(f"mailcatch: there are no rules in {safe_text(str(path))}")
        return
    state = read_state(path.parent)
    faults = state.faults if state is not None else None
    spent = (
        {one.in_file for one in faults.rules if one.remaining == 0} if faults is not None else ()
    )
    seed = faults.seed if faults is not None else None
    told = list(suppose(rules, mail, at=at or "", spent=spent, seed=seed))
    if json:
        for moment, one in told:
            json_line(_object(one, moment))
    else:
        _say_table(told, choose_paint())


def _say_table(told: Sequence[tuple[Supposed, Explanation]], paint: Paint) -> None:
    from mailcatch.cli.terminal import say
    from mailcatch.mail.safe import safe_text
    from mailcatch.mail.wrap import cell_width, pad_cells

    names = [safe_text(one.rule) for _, one in told]
    places = [
        safe_text(f"at {moment.stage} {moment.recipient or ''}".rstrip()) for moment, _ in told
    ]
    first, second = (max(map(cell_width, cells), default=0) for cells in (names, places))
    for (_, one), name, place in zip(told, names, places, strict=True):
        verdict = _DOES_NOT_FIT
        if one.matches:
            verdict = _FIRES if one.fires else _FITS
        shown = f"{verdict:<{_WIDEST}}"
        if verdict != _FITS:
            shown = (paint.yellow if verdict == _FIRES else paint.dim)(shown)
        why = safe_text(one.why.removeprefix("would: "), 1_000)
        cells = (paint.cyan(pad_cells(name, first)), pad_cells(place, second), shown, why)
        say("  ".join(cells))


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
