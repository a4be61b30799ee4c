"""All that an index says, without the numbers it gave: to compare two."""

from __future__ import annotations

from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found

QUERIES = (
    "is:duplicate", "is:retried", "is:refused", "is:dropped", "is:stored", "is:live", "is:unread",
    "hello", "good", "smtp:451", "rcpt:ann@example.com",
    "from:app", "stage:rcpt", "tag:red", "fault:f*", "larger:100", "note:x",
)  # fmt: skip


def dump(reader: Reader) -> dict[str, object]:
    messages = reader.messages(sorted(reader.search()))
    sessions = reader.sessions(sorted(reader.search("", Found.SESSIONS)))
    return {
        "messages": messages,
        "sessions": sessions,
        "stories": {one.name: reader.story(one.name) for one in messages},
        "tries": {
            (one.name, number): reader.story_of_try(one.name, number)
            for one in sessions
            for number in range(1, one.tries + 1)
        },
        "found": {
            (query, what): sorted(reader.search(query, what)) for query in QUERIES for what in Found
        },
    }
