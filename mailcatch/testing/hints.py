"""What often is the reason that nothing comes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.testing.ledger import Share

_NOT_SMTP: Final = ("locmem", "console", "dummy", "filebased")
_FLASK: Final = {"flask_mail": "Flask-Mail", "flask_mailman": "flask-mailman"}


def hints(share: Share) -> list[str]:
    """Return lines that say what may be wrong, where nobody sent anything to a mailbox."""
    if share.messages or share.attempts:
        return []
    if share.sessions:
        return [f"  hint:     {session!r} sent nothing" for session in list(share.sessions)[-3:]]
    said = [_django(), *_flask(), _nobody(share)]
    return [f"  hint:     {one}" for one in said if one]


def _nobody(share: Share) -> str:
    there = f" to {share.address}" if share.address else ""
    return f"nobody connected{there}: is the application told host and port?"


def _django() -> str:
    module = sys.modules.get("django.conf")
    if module is None or not module.settings.configured:
        return ""
    backend = _backend(module.settings)
    if not any(kind in backend for kind in _NOT_SMTP):
        return ""
    sends = f"Django's backend is {safe_text(backend, 100)}: nothing goes by SMTP"
    return f"{sends}; ask for the fixture mailcatch_django"


def _backend(settings: object) -> str:
    """Return what Django sends by; MAILERS (Django 6.1 and later) goes before EMAIL_BACKEND."""
    mailers = getattr(settings, "MAILERS", None)
    if isinstance(mailers, Mapping) and mailers:
        return str(next(iter(mailers.values())).get("BACKEND", ""))
    with warnings.catch_warnings():
        # That the setting is deprecated is no news of this test.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return str(getattr(settings, "EMAIL_BACKEND", ""))


def _flask() -> list[str]:
    return [
        f"{name} keeps the server that it was made with, and sends nothing under TESTING; ask for"
        " the fixture mailcatch_flask"
        for module, name in _FLASK.items()
        if module in sys.modules
    ]
