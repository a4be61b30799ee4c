"""What a rule does, in words: made of its table, as it stands in a rule file. Safe to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mailcatch.faults.presets import catalogue
from mailcatch.mail import safe_text
from mailcatch.tui.model.saying import ordinal

Table = Mapping[str, object]

_AT: Final = {
    "connect": "when a client connects",
    "ehlo": "at EHLO",
    "starttls": "at STARTTLS",
    "tls": "at the TLS handshake",
    "auth": "at AUTH",
    "mail": "at MAIL FROM",
    "rcpt": "at RCPT TO",
    "data": "at DATA",
    "body": "while the message comes in",
    "eom": "at the end of the message",
    "rset": "at RSET",
    "noop": "at NOOP",
    "vrfy": "at VRFY",
    "quit": "at QUIT",
    "idle": "when nothing comes",
    "any": "at any command",
}
_ENDS: Final = {"fin": "closed", "rst": "reset", "half": "closed in one direction"}
_TLS: Final = {
    "cert": "a certificate:",
    "version": "only TLS",
    "handshake": "instead of the handshake:",
}
_WHO: Final = {
    "recipient": "to",
    "sender": "from",
    "client_address": "client",
}


def stage_of(table: Table) -> str:
    """Return where a rule stands: its stage, or several."""
    return safe_text("/".join(_several(table.get("at", ""))), 40)


def effect_of(table: Table) -> str:
    """Return what a rule does, in a few words, such as 451 4.3.0 Try later."""
    return ", ".join(_effects(table)) or "nothing"


def schedule_of(table: Table) -> str:
    """Return how often, in a few words, such as first 2; "" for always."""
    inner = table.get("schedule")
    return ", ".join(_often({**table, **inner} if isinstance(inner, Mapping) else table))


def match_of(table: Table) -> str:
    """Return for which mail, in a few words, such as to ann@example.com; "" for any."""
    match = table.get("match")
    return safe_text(", ".join(_conditions(match)), 300) if isinstance(match, Mapping) else ""


def sentence(table: Table) -> str:
    """Return a rule as a sentence that somebody understands who knows no rule."""
    stages = _several(table.get("at", ""))
    where = " and ".join(_AT.get(stage, f"at {stage}") for stage in stages)
    match, often = match_of(table), schedule_of(table)
    effect = effect_of(table)
    says = "say " if effect[:3].isdigit() and not {"reply", "preset"}.isdisjoint(table) else ""
    words = f"{where}{f', {match}' if match else ''}: {says}{effect}"
    then = ", then take it" if "times" in table else ""
    return f"{words[:1].upper()}{words[1:]} — {often or 'every time'}{then}."


def reply_lines(table: Table) -> tuple[str, ...]:
    """Return the exact reply of a preset that a rule names, as it goes over the wire."""
    preset = catalogue().get(str(table.get("preset", "")))
    return tuple(safe_text(one, 600) for one in preset.sent) if preset is not None else ()


def _effects(table: Table) -> Iterator[str]:
    if "preset" in table:
        lines = reply_lines(table)
        name = safe_text(str(table["preset"]), 60)
        yield f"{lines[-1][:3]} {name}" if lines else f"preset {name}"
    if "reply" in table:
        yield _reply(table["reply"])
    if "sequence" in table:
        answers = [_step(one) for one in _items(table["sequence"])]
        yield f"{', '.join(answers)} one after the other"
    if "lost" in table:
        yield "stored, and the reply lost"
    if "bounce_later" in table:
        yield _bounce(table["bounce_later"])
    if "garbage" in table or "raw" in table:
        yield "garbage instead of a reply"
    tls = table.get("tls")
    if isinstance(tls, Mapping):
        yield from (f"{_TLS.get(key, key)} {_short(value)}" for key, value in tls.items())
    if table.get("crlf") is False:
        yield "a reply without its line end"
    if "repeat" in table:
        yield f"the reply {_short(table['repeat'])} times"
    if "truncate" in table:
        yield "the reply cut short"
    if "disconnect" in table and table["disconnect"] is not False:
        how = str(table["disconnect"])
        yield f"connection {_ENDS.get(how, safe_text(how, 20))}"
    if "hang" in table:
        hang = table["hang"]
        yield "silence" if hang is True else f"silence for {safe_text(str(hang), 20)}"
    if "delay" in table:
        yield f"{_short(table['delay'])} late"
    if "dribble" in table:
        yield "a reply that dribbles in"
    if "bandwidth" in table:
        yield f"read at {_short(table['bandwidth'])}/s"
    if "capabilities" in table:
        yield "other capabilities at EHLO"
    if "store" in table:
        yield "stored" if table["store"] is True else "not stored"


def _bounce(bounce: object) -> str:
    """Return what comes back of a mail, such as taken, and bounces 5s later with 550 5.1.1."""
    if not isinstance(bounce, Mapping):
        said = "" if bounce is True else _reply(bounce)
        return f"taken, and bounces later{f' with {said}' if said else ''}"
    said = _reply(bounce["reply"]) if "reply" in bounce else _short(bounce.get("preset", ""))
    after = f" {_short(bounce['delay'])}" if "delay" in bounce else ""
    return f"taken, and bounces{after} later{f' with {said}' if said else ''}"


def _step(answer: object) -> str:
    if isinstance(answer, Mapping):
        return ", ".join(_effects(answer)) or "nothing"
    return safe_text(str(answer), 60)


def _reply(reply: object) -> str:
    if isinstance(reply, Mapping):
        words = (reply.get("code"), reply.get("enhanced"), reply.get("text"))
        return safe_text(" ".join(str(word) for word in words if word), 200)
    first = _items(reply)
    return safe_text(str(first[0]) if first else "", 200)


def _often(table: Table) -> Iterator[str]:
    skip, times, every = table.get("skip"), table.get("times"), table.get("every")
    if skip:
        yield "after the first" if skip == 1 else f"after the first {_short(skip)}"
    if times:
        yield "once" if times == 1 else f"the first {_short(times)} times"
    if every and every != 1:
        yield f"every {ordinal(_short(every))} time"
    chance = table.get("probability")
    if isinstance(chance, int | float) and chance != 1:
        yield f"{chance * 100:g} % of the time"
    for key in ("ttl", "active", "quota", "concurrency", "greylist", "key", "when_state"):
        if key in table:
            yield f"{key.replace('_', ' ')} {_short(table[key])}"


def _conditions(match: Table, before: str = "") -> Iterator[str]:
    for key, value in match.items():
        if isinstance(value, Mapping):
            word = "not " if key == "not" else f"{before}{key} "
            yield from _conditions(value, word)
        else:
            yield f"{before}{_WHO.get(key, key)} {' or '.join(_several(value))}"


def _several(value: object) -> list[str]:
    return [str(one) for one in _items(value)]


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        return safe_text(" ".join(f"{key} {_short(one)}" for key, one in value.items()), 80)
    if isinstance(value, list | tuple):
        return "-".join(map(_short, value))
    return safe_text(str(value), 60)
