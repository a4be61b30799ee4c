"""The effects of a rule file: what a rule does."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mailcatch.faults import kinds, language, misnomers
from mailcatch.faults.bouncing import spelled_out
from mailcatch.faults.quantities import shown
from mailcatch.faults.replies import is_reply, read_reply
from mailcatch.faults.reporting import Table
from mailcatch.faults.rule import FOREVER, Answer, Ending, Reply, Slowing, When
from mailcatch.faults.values import Field, WrongValueError, nearest

Presets = Mapping[str, Mapping[str, object]]
"""Tables of effects, with the stage where they usually stand, by name."""

PASS = Answer(passes=True)

_SHOWN_PRESETS = 5

_SAYS: tuple[Field[object], ...] = (language.REPLY_KEY, language.RAW, language.GARBAGE_KEY)
_FORMS: tuple[Field[object], ...] = (language.CRLF, language.TRUNCATE, language.REPEAT)
_ENDS: tuple[Field[object], ...] = (language.DISCONNECT, language.HANG, language.LOST)


def with_preset(table: Mapping[str, object], presets: Presets) -> dict[str, object]:
    """Return a table with the keys of its preset in it; its own go before.

    Raises WrongValueError where there is no such preset.
    """
    if "preset" not in table:
        return dict(table)
    name = kinds.PRESET.read(table["preset"])
    found = presets.get(name)
    if found is None:
        raise WrongValueError(f"{shown(name)} is no preset", hint=_meant(name, presets))
    told = {*language.TOLD, "description", "tags"}
    effects = {key: value for key, value in found.items() if key not in told}
    own = {key: value for key, value in table.items() if key != "preset"}
    for group in (_SAYS, _ENDS):
        # One that replies in another way, or ends in another way, does not do so in both.
        if any(field.name in own for field in group):
            effects = {k: v for k, v in effects.items() if k not in {f.name for f in group}}
    return {**effects, **own}


def with_bounce(table: Table, presets: Presets) -> Table:
    """Return a table in which a preset that bounces is the reply that it stands for.

    Reports what cannot be.
    """
    name = language.BOUNCE.name
    if not table.has(language.BOUNCE):
        return table
    try:
        value = spelled_out(table.values[name], presets)
    except WrongValueError as wrong:
        table.report.wrong((*table.path, name, *wrong.at), f"{name}: {wrong.what}", wrong.hint)
        value = True
    return Table({**table.values, name: value}, table.path, table.report)


def _meant(name: str, presets: Presets) -> str:
    """Return the preset that was meant by a name that is none."""
    inside = [known for known in sorted(presets) if name and name.lower() in known]
    if len(inside) < 2:
        return nearest(name, presets)
    more = ", …" if len(inside) > _SHOWN_PRESETS else ""
    return f"some have it in their names: {', '.join(inside[:_SHOWN_PRESETS])}{more}"


def read_answer(table: Table) -> Answer | None:
    """Return the terminal effects of a table, None where it has none."""
    if not any(table.has(field) for field in language.ANSWER):
        return None
    _one_of(table, _SAYS, "says the reply in")
    _one_of(table, _ENDS, "ends the session in")
    lost = table.take(language.LOST)
    if lost and any(table.has(field) for field in _SAYS):
        table.wrong("lost", "lost: a reply that is lost is never said; remove the reply, or lost")
    reply = table.take(language.REPLY_KEY)
    garbage = table.take(language.GARBAGE_KEY)
    raw = table.take(language.RAW)
    if garbage is not None:
        raw = kinds.GARBAGE[garbage]
    ending, hang = _read_ending(table, reply, lost)
    # Whoever says how the reply is sent wants it sent, as far as that goes.
    told = any(table.has(field) for field in (*_SAYS, *_FORMS))
    when = _read_when(table, ending, replies=told)
    crlf = table.take(language.CRLF)
    store = table.take(language.STORE)
    return Answer(
        reply=reply,
        raw=raw,
        truncate=table.take(language.TRUNCATE),
        crlf=crlf is not False,
        repeat=table.take(language.REPEAT) or 1,
        ending=ending,
        when="before" if lost else when,
        octets=table.take(language.AFTER_BYTES) or 0,
        hang=hang,
        store=True if lost and not table.has(language.STORE) else store,
        bounce=table.take(language.BOUNCE),
    )


def read_slowing(table: Table) -> Slowing | None:
    """Return the composing effects of a table, None where it has none."""
    if not any(table.has(field) for field in language.SLOWING):
        return None
    delay = table.take(language.DELAY_KEY)
    before = table.take(language.BEFORE)
    if before is not None and not table.has(language.DELAY_KEY):
        table.wrong("before", "before: there is no delay that it could tell of")
    reads = before == "read"
    return Slowing(
        delay=None if reads else delay,
        reading=delay if reads else None,
        dribble=table.take(language.DRIBBLE) or 0.0,
        bandwidth=table.take(language.BANDWIDTH) or 0,
        capabilities=table.take(language.CAPABILITIES),
        tls=table.take(language.TLS),
    )


def read_sequence(table: Table, presets: Presets) -> tuple[Answer, ...]:
    """Return the steps of a sequence."""
    steps = table.take(language.SEQUENCE)
    if steps is None:
        return ()
    path = (*table.path, "sequence")
    answers: list[Answer] = []
    for place, step in enumerate(steps):
        try:
            answer = _step(step, Table({}, (*path, place), table.report), presets)
        except WrongValueError as wrong:
            where = (*path, place, *wrong.at)
            table.report.wrong(where, f"sequence, step {place + 1}: {wrong.what}", wrong.hint)
        else:
            answers.append(answer)
    return tuple(answers)


def _step(step: object, inside: Table, presets: Presets) -> Answer:
    if step == "pass":
        return PASS
    if is_reply(step):
        reply = read_reply(step)
        if isinstance(step, str | int) and len(str(step)) == 3 and reply.code < 400:
            # The code of success alone: what the server says by itself is better.
            return PASS
        return Answer(reply=reply, ending="fin" if reply.code == 421 else None)
    if isinstance(step, str):
        if step not in presets and step.lower() in misnomers.STEPS:
            raise WrongValueError(
                f"{shown(step)} is no preset", hint=nearest(step, (), misnomers.STEPS)
            )
        step = {"preset": step}
    if not isinstance(step, Mapping):
        raise WrongValueError(f'{shown(step)} is none of a reply, a preset, a table and "pass"')
    merged = with_preset(step, presets)
    merged.pop("at", None)
    table = with_bounce(Table(merged, inside.path, inside.report), presets)
    table.check_names([field.name for field in language.STEP], "a step of a sequence")
    return read_answer(table) or PASS


def _read_ending(
    table: Table, reply: Reply | None, lost: str | None
) -> tuple[Ending | None, float]:
    hang = table.take(language.HANG)
    if hang is not None:
        return "hang", hang
    ending = lost or table.take(language.DISCONNECT)
    if ending:
        return msgspec.convert(ending, Ending), FOREVER
    closes = reply is not None and reply.code == 421 and not table.has(language.DISCONNECT)
    return ("fin" if closes else None), FOREVER


def _read_when(table: Table, ending: Ending | None, *, replies: bool) -> When:
    when = table.take(language.WHEN)
    if when is None:
        return "after" if replies or ending is None else "before"
    if table.has(language.LOST):
        table.wrong("when", "when: a lost reply is never said, so there is no other time")
    elif ending is None:
        table.wrong("when", "when: the rule ends no session; add disconnect or hang")
    elif when == "before" and replies:
        table.wrong("when", "when: the reply of the rule would never be said; remove one of them")
    return "middle" if when == "mid-reply" else msgspec.convert(when, When)


def _one_of(table: Table, fields: tuple[Field[object], ...], does: str) -> None:
    given = [field.name for field in fields if table.has(field)]
    if len(given) > 1:
        table.wrong(given[1], f"{given[1]}: the rule {does} two ways; remove {given[0]} or this")
