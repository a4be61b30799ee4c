"""Mail in tests: a real SMTP server, and what a test asks of the mail that came.

With pytest nothing needs to be imported: ask for the fixture `mailcatch`. Without it::

    from mailcatch.testing import MailServer

    with MailServer() as server, server.inbox() as inbox:
        ...

Names are loaded when they are first used, because the plugin is loaded in every run of pytest.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailcatch.testing.addresses import Address
    from mailcatch.testing.attachments import Attachment
    from mailcatch.testing.attempts import Attempt, Recipient
    from mailcatch.testing.config import Config
    from mailcatch.testing.criteria import Criteria, Mark
    from mailcatch.testing.errors import MailcatchFailure, MailcatchMisuse
    from mailcatch.testing.expectation import Expectation
    from mailcatch.testing.extra_servers import Endpoint, ExtraServers
    from mailcatch.testing.fault_rule import FaultRule
    from mailcatch.testing.faults import Faults
    from mailcatch.testing.frameworks import django_sends_to, django_settings, flask_sends_to
    from mailcatch.testing.links import Link
    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.message import Envelope, Message
    from mailcatch.testing.replies import Reply
    from mailcatch.testing.server import MailServer
    from mailcatch.testing.session import Session
    from mailcatch.testing.unittests import MailcatchTestCase

_HOMES = {
    "Address": "addresses",
    "Attachment": "attachments",
    "Attempt": "attempts",
    "Config": "config",
    "Criteria": "criteria",
    "Endpoint": "extra_servers",
    "Envelope": "message",
    "Expectation": "expectation",
    "ExtraServers": "extra_servers",
    "FaultRule": "fault_rule",
    "Faults": "faults",
    "Link": "links",
    "MailServer": "server",
    "Mailbox": "mailbox",
    "MailcatchFailure": "errors",
    "MailcatchMisuse": "errors",
    "MailcatchTestCase": "unittests",
    "Mark": "criteria",
    "Message": "message",
    "Recipient": "attempts",
    "Reply": "replies",
    "Session": "session",
    "django_sends_to": "frameworks",
    "django_settings": "frameworks",
    "flask_sends_to": "frameworks",
}

__all__ = [
    "Address",
    "Attachment",
    "Attempt",
    "Config",
    "Criteria",
    "Endpoint",
    "Envelope",
    "Expectation",
    "ExtraServers",
    "FaultRule",
    "Faults",
    "Link",
    "MailServer",
    "Mailbox",
    "MailcatchFailure",
    "MailcatchMisuse",
    "MailcatchTestCase",
    "Mark",
    "Message",
    "Recipient",
    "Reply",
    "Session",
    "django_sends_to",
    "django_settings",
    "flask_sends_to",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
