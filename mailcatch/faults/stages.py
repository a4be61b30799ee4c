"""The stages of a session, and what is known at each."""

from __future__ import annotations

from typing import Final

STAGES: Final = (
    "connect",
    "ehlo",
    "starttls",
    "tls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "body",
    "eom",
    "rset",
    "noop",
    "vrfy",
    "quit",
    "idle",
)
"""Where a rule may stand, in the order of a session; those from rset on may come at any time."""

ALIASES: Final = {".": "eom", "dot": "eom", "helo": "ehlo", "greeting": "connect"}
"""Other names that a rule file may use."""

ANSWERED: Final = tuple(stage for stage in STAGES if stage not in {"tls", "body", "idle"})
"""What `any` stands for: the stages at which the server owes the client a reply."""

_ANYTIME: Final = ("rset", "noop", "vrfy", "quit", "idle")
_FROM_MAIL: Final = ("mail", "rcpt", "data", "body", "eom", *_ANYTIME)
_FROM_RCPT: Final = ("rcpt", "data", "body", "eom", *_ANYTIME)
_FROM_EHLO: Final = ("ehlo", "starttls", "tls", "auth", *_FROM_MAIL)
_NOT_TLS: Final = tuple(stage for stage in STAGES if stage != "tls")

KNOWN_AT: Final = {
    "client_address": STAGES,
    "client_port": STAGES,
    "server_port": STAGES,
    "connection_nth": STAGES,
    "helo_name": _FROM_EHLO,
    "tls": _NOT_TLS,
    "tls_sni": _NOT_TLS,
    "sasl_method": ("auth", *_FROM_MAIL),
    "sasl_username": ("auth", *_FROM_MAIL),
    "transaction_nth": _FROM_MAIL,
    "sender": _FROM_MAIL,
    "size": _FROM_MAIL,
    "recipient": _FROM_RCPT,
    "recipient_count": _FROM_RCPT,
    "recipient_nth": ("rcpt",),
    "command": tuple(s for s in STAGES if s not in {"connect", "tls", "body", "eom", "idle"}),
    "subject": ("eom",),
    "header": ("eom",),
    "body": ("eom",),
    "attachment": ("eom",),
}
"""The attributes that a rule can match, and the stages at which each may be known."""

KEY_KNOWN_AT: Final = {
    "rule": STAGES,
    "client": STAGES,
    "connection": STAGES,
    "sender": _FROM_MAIL,
    "recipient": _FROM_RCPT,
    "triplet": _FROM_RCPT,
    "envelope": _FROM_RCPT,
    "fingerprint": ("eom",),
}
"""What a schedule can count by, and the stages at which each may be known."""

PLACEHOLDER_KNOWN_AT: Final = {
    "ip": STAGES,
    "host": STAGES,
    "token": STAGES,
    "helo": _FROM_EHLO,
    "sender": _FROM_MAIL,
    "sender_domain": _FROM_MAIL,
    "rcpt": _FROM_RCPT,
    "rcpt_domain": _FROM_RCPT,
}
"""What can stand in braces in the text of a reply, and the stages at which each may be known."""

_COUNTED_BY_CONNECTION: Final = {"connect", "ehlo", "starttls", "tls", "auth"}
_COUNTED_BY_TRANSACTION: Final = {"mail", "rcpt", "data", "body", "eom"}


def default_count(stages: tuple[str, ...]) -> str:
    """Return what a rule counts where it does not say: connection, transaction or command.

    smtplib and aiosmtplib send AUTH twice in a login, and a message to two recipients sends RCPT
    twice: counted by command, one rule would be used up by what is one try to the application.
    """
    if _COUNTED_BY_CONNECTION.issuperset(stages):
        return "connection"
    if _COUNTED_BY_TRANSACTION.issuperset(stages):
        return "transaction"
    return "command"
