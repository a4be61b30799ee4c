"""`mailcatch stats`: a mailbox in numbers."""

from __future__ import annotations

from mailcatch.cli.options import Directory, Json, Query, Utc, joined


def stats(
    query: Query = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """Count messages and sessions."""
    from mailcatch.cli.counting import Counts, count
    from mailcatch.cli.objects import rfc3339
    from mailcatch.cli.opening import opened
    from mailcatch.cli.quantities import show_size
    from mailcatch.cli.terminal import choose_paint, full_time, json_line, path_text, say
    from mailcatch.mail.safe import safe_text

    with opened(directory) as reader:
        found: Counts = count(reader, joined(query))
        served, state = reader.serving()
        mailbox = path_text(reader.root)
    times = {"oldest": found.oldest, "newest": found.newest}
    if json:
        numbers = {**found.messages, "size": found.size, **found.sessions}
        told = {name: rfc3339(moment) for name, moment in times.items()}
        json_line({"mailbox": mailbox, "served": served.value} | numbers | told)
        return
    paint = choose_paint()
    where = f", by process {state.pid}" if state is not None else ""
    rows = [("mailbox", safe_text(mailbox, 5_000)), ("served", f"{served.value}{where}")]
    rows += [(name.replace("_", " "), str(number)) for name, number in found.messages.items()]
    rows.append(("size", show_size(found.size)))
    rows += [(name.replace("_", " "), str(number)) for name, number in found.sessions.items()]
    rows += [(name, full_time(when, utc=utc)) for name, when in times.items() if when is not None]
    for name, value in rows:
        say(f"{paint.dim(f'{name:>16}')}  {value}")
