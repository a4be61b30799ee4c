"""The names of notes, so that a mistyped one is told: those on messages, and those on sessions."""

from __future__ import annotations

from typing import Final

from mailcatch.mail.notes import NOTE_KINDS

SESSION_NOTES: Final = (
    "address-not-utf8", "auth-malformed", "bad-parameter", "bare-cr", "bare-lf", "bare-lf-command",
    "bare-lf-end-of-data", "chunk-thrown-away", "client-gave-up", "command-line-too-long",
    "control-in-address", "discarded-before-tls", "eight-bit-undeclared", "empty-message",
    "http-on-smtp-port", "long-line", "no-header", "no-helo", "no-quit", "nul",
    "path-without-brackets", "proxy-header-malformed", "proxy-header-missing", "size-mismatch",
    "smtputf8-undeclared", "source-route",
    "space-around-colon", "tls-on-plain-port", "transcript-full", "unclosed-path",
    "unknown-parameter",
)  # fmt: skip
"""Those of docs/mailbox-format.md, which a session file may have; a newer server may add some."""

NOTE_NAMES: Final = tuple(sorted({*NOTE_KINDS, *SESSION_NOTES}))
"""All of them."""
