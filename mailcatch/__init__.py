"""A mail catcher for developers who live in the terminal."""

from typing import TYPE_CHECKING, Any

from mailcatch._version import __version__

if TYPE_CHECKING:
    from mailcatch.catcher import Catcher
    from mailcatch.faults.errors import RuleError
    from mailcatch.faults.rule import RuleSet
    from mailcatch.mailbox.errors import MailboxError
    from mailcatch.mailbox.retention import Removal, Retention
    from mailcatch.notifying.notices import Notice
    from mailcatch.smtp.address import ListenError
    from mailcatch.smtp.bounce import Bounce
    from mailcatch.smtp.limits import Limits
    from mailcatch.smtp.policy import Ending, Facts, Firing, Policy, Stage, TlsFault, Verdict, When
    from mailcatch.smtp.reply import Reply
    from mailcatch.smtp.sasl.htpasswd import AccountsError
    from mailcatch.tls.errors import CertificateError
    from mailcatch.verifying.errors import VerifyingError

__all__ = [
    "AccountsError",
    "Bounce",
    "Catcher",
    "CertificateError",
    "Ending",
    "Facts",
    "Firing",
    "Limits",
    "ListenError",
    "MailboxError",
    "Notice",
    "Policy",
    "Removal",
    "Reply",
    "Retention",
    "RuleError",
    "RuleSet",
    "Stage",
    "TlsFault",
    "Verdict",
    "VerifyingError",
    "When",
    "__version__",
]

_HOMES = {
    "AccountsError": "mailcatch.smtp.sasl.htpasswd",
    "Bounce": "mailcatch.smtp.bounce",
    "Catcher": "mailcatch.catcher",
    "CertificateError": "mailcatch.tls.errors",
    "Ending": "mailcatch.smtp.policy",
    "Facts": "mailcatch.smtp.policy",
    "Firing": "mailcatch.smtp.policy",
    "Limits": "mailcatch.smtp.limits",
    "ListenError": "mailcatch.smtp.address",
    "MailboxError": "mailcatch.mailbox.errors",
    "Notice": "mailcatch.notifying.notices",
    "Policy": "mailcatch.smtp.policy",
    "Removal": "mailcatch.mailbox.retention",
    "Reply": "mailcatch.smtp.reply",
    "RuleError": "mailcatch.faults.errors",
    "RuleSet": "mailcatch.faults.rule",
    "Retention": "mailcatch.mailbox.retention",
    "Stage": "mailcatch.smtp.policy",
    "TlsFault": "mailcatch.smtp.policy",
    "Verdict": "mailcatch.smtp.policy",
    "VerifyingError": "mailcatch.verifying.errors",
    "When": "mailcatch.smtp.policy",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that a command starts at once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mailcatch' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
