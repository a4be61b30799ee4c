"""The tables of the index.

Times are microseconds since 1970. Numbers of rows are never used twice, because the full text of
a message that is gone stays behind under its number until the index is built anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

VERSION: Final = 5
"""Raised with every change of what the index holds or means: one of another version is rebuilt."""

WORDS: Final = (
    "text", "subject", "author", "receiver", "copy", "hidden", "sender", "rcpt", "files", "notes",
)  # fmt: skip
"""Columns of the full text; a word in the first takes least room. Messages stand under their
number, tries without a message (sender and rcpt alone) under the negative of theirs."""

_COLUMNS: Final = ", ".join(WORDS)

# Four letters tell files apart nearly always, and take a third of the room that names do.
_LETTERS: Final = "substr(file, 25, 4)"

TABLES: Final = f"""
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    inode INTEGER NOT NULL,     -- 0 where the name is ours
    arrived INTEGER NOT NULL,
    try INTEGER,                -- the transaction that brought it
    refused INTEGER NOT NULL,   -- whether that was refused, and the message is kept all the same
    fingerprint BLOB NOT NULL,  -- empty where the message could not be read in time
    subject TEXT NOT NULL,
    author TEXT NOT NULL,       -- abbreviating, by the envelope's sender
    receivers TEXT,             -- one a line; NULL for just those that the try's envelope has
    dated INTEGER,              -- seconds since 1970
    message_id TEXT NOT NULL,
    content_type TEXT NOT NULL, -- abbreviating
    attachments INTEGER NOT NULL,
    traits INTEGER NOT NULL
);
CREATE INDEX messages_arrived ON messages (arrived);
CREATE INDEX messages_fingerprint ON messages (fingerprint);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,      -- of the file, as far as it was read
    began INTEGER NOT NULL,
    peer TEXT NOT NULL,
    host TEXT NOT NULL,         -- the peer without its port
    user TEXT NOT NULL,
    stage TEXT NOT NULL,
    ended INTEGER,              -- NULL while the session is open
    how TEXT NOT NULL,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    codes TEXT NOT NULL,
    refusal TEXT NOT NULL,      -- the last reply that refused anything outside of transactions
    notes TEXT NOT NULL,
    carried BLOB NOT NULL       -- what reading on needs to know
);
CREATE INDEX sessions_began ON sessions (began);

CREATE TABLE tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,   -- in its session, from 1
    began INTEGER NOT NULL,
    user TEXT NOT NULL,
    outcome TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients BLOB NOT NULL,   -- msgpack: [[address, accepted, reply unless accepted], ...]
    utf8 INTEGER NOT NULL,
    stage TEXT NOT NULL,
    reply TEXT NOT NULL,        -- abbreviating, by the file
    codes TEXT NOT NULL,        -- " 250 451 ", "" for none
    notes TEXT NOT NULL,
    file TEXT NOT NULL,
    status_of TEXT NOT NULL,    -- of a notification that the server made: what it tells of
    helo TEXT NOT NULL,
    envelope INTEGER,           -- digest of sender and recipients; NULL where it was stored
    joined TEXT NOT NULL DEFAULT ''   -- the file of the message that this was an earlier try of
);
CREATE INDEX tries_session ON tries (session, ordinal);
CREATE INDEX tries_file ON tries ({_LETTERS}) WHERE file <> '';
CREATE INDEX tries_joined ON tries (joined) WHERE joined <> '';
CREATE INDEX tries_failed ON tries (sender, began) WHERE outcome <> 'stored';
CREATE INDEX tries_envelope ON tries (envelope, began) WHERE envelope IS NOT NULL;

CREATE TABLE faults (
    session INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,   -- of the try it fell into, 0 for none
    at INTEGER NOT NULL,
    stage TEXT NOT NULL,
    rule TEXT NOT NULL,
    effect TEXT NOT NULL
);
CREATE INDEX faults_session ON faults (session, ordinal);

CREATE TABLE tags (             -- those that a message brings along
    message INTEGER NOT NULL,
    tag TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (message, tag)
) WITHOUT ROWID;

CREATE TABLE marks (            -- those that the user made: marks.jsonl
    name TEXT NOT NULL,
    mark TEXT NOT NULL COLLATE NOCASE,   -- 'read', or '#' and a tag
    present INTEGER NOT NULL,
    PRIMARY KEY (name, mark)
) WITHOUT ROWID;
CREATE INDEX marks_mark ON marks (mark);

CREATE TABLE verdicts (         -- who messages are from, as records of the user's say
    message INTEGER NOT NULL,
    source BLOB NOT NULL,       -- digest of the records: there are those of one at a time
    verdict BLOB NOT NULL,      -- msgpack
    PRIMARY KEY (message, source)
) WITHOUT ROWID;

CREATE TABLE log (              -- what changed, for those who watch
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    name TEXT NOT NULL
);

CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE VIRTUAL TABLE words USING fts5 (
    {_COLUMNS}, content='', columnsize=0, detail=full, tokenize='unicode61 remove_diacritics 2'
);
"""

NAMES: Final = (
    "messages", "sessions", "tries", "faults", "tags", "marks", "verdicts", "log", "facts", "words",
)  # fmt: skip


MOST_NAMES: Final = 400
"""Names that a statement is given: it takes 999 values at least, and `of_files` has two of each."""


def placeholders(values: Sequence[object]) -> str:
    """Return what stands for values in a statement."""
    return ", ".join("?" * len(values))


def of_files(names: Sequence[str]) -> tuple[str, list[str]]:
    """Return a condition on the tries that brought files, and its values. names: of the files."""
    marks = placeholders(names)
    # The plus keeps SQLite from putting one name into the letters, which no index would have then.
    condition = f"file <> '' AND {_LETTERS} IN ({marks}) AND +file IN ({marks})"
    return condition, [*(name[24:28] for name in names), *names]
