"""`mailcatch attempts`: the story of each mail that was tried more than once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.options import Directory, Json, Query, Utc, joined

if TYPE_CHECKING:
    from mailcatch.cli.terminal import Paint
    from mailcatch.mailbox.index.attempts import Story
    from mailcatch.mailbox.reader import Reader


def attempts(
    query: Query = None,
    everything: Annotated[bool, typer.Option("--all", help="Mails of one attempt too.")] = False,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """Tell the story of each mail that was tried more than once."""
    from mailcatch.cli.objects import attempt_object
    from mailcatch.cli.opening import opened
    from mailcatch.cli.story import duplicate_line, story_line
    from mailcatch.cli.terminal import choose_paint, json_line, say, say_nothing

    paint = choose_paint()
    told = False
    with opened(directory) as reader:
        for story in stories(reader, joined(query)):
            if len(story.attempts) < 2 and not everything:
                continue
            told = True
            subject, name = _about(reader, story)
            if json:
                json_line(
                    {
                        "subject": subject,
                        "message": name,
                        "stored": story.stored,
                        "duplicate": story.duplicate,
                        "attempts": [attempt_object(one) for one in story.attempts],
                    }
                )
                continue
            say(_title(story, subject, name, paint))
            say(f"  {story_line(story, paint, utc=utc)}")
            if story.duplicate:
                say(f"  {duplicate_line(story, paint)}")
    if not told:
        say_nothing()


def stories(reader: Reader, query: str) -> Iterator[Story]:
    """Give the story of each mail that fits, the newest message first.

    Mails that were never stored come last: those that were tried in sessions that fit.
    Raises QueryError.
    """
    from mailcatch.mailbox.search import Found

    told: set[tuple[str, int]] = set()
    messages: set[str] = set()
    for name in reader.search(query):
        # A mail that was sent a thousand times has one story, and it is long.
        if name in messages:
            continue
        story = reader.story(name)
        messages |= {one.message for one in story.attempts}
        told |= _tries(story)
        if story.attempts:
            yield story
    for session in reader.search(query, Found.SESSIONS):
        for summary in reader.sessions([session]):
            for ordinal in range(1, summary.tries + 1):
                if (session, ordinal) in told:
                    continue
                story = reader.story_of_try(session, ordinal)
                told |= _tries(story)
                if story.attempts and not story.stored:
                    yield story


def _tries(story: Story) -> set[tuple[str, int]]:
    return {(one.session, one.ordinal) for one in story.attempts}


def _about(reader: Reader, story: Story) -> tuple[str | None, str | None]:
    """Return the subject and the name of the newest message of a story; None for what is none."""
    names = [one.message for one in story.attempts if one.message]
    found = reader.messages(names[-1:])
    return (found[0].subject, found[0].name) if found else (None, None)


def _title(story: Story, subject: str | None, name: str | None, paint: Paint) -> str:
    from mailcatch.cli.choosing import short
    from mailcatch.mail.safe import safe_text

    last = story.attempts[-1]
    people = ", ".join(f"<{to}>" for to in last.recipients) or "nobody"
    words = [paint.cyan(short(name))] if name else []
    if subject is not None:
        words.append(paint.bold(safe_text(subject) or "(no subject)"))
    if not story.stored:
        words.append(paint.dim("(never stored)"))
    words.append(safe_text(f"<{last.sender}> to {people}", 300))
    return "  ".join(words)
