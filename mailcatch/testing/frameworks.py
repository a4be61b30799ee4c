"""Web frameworks whose mail settings are changed for one test."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from mailcatch.testing.errors import MailcatchMisuse
from mailcatch.testing.wiring import Listening

_SMTP_BACKEND: Final = "django.core.mail.backends.smtp.EmailBackend"


@contextmanager
def django_sends_to(server: Listening) -> Generator[None]:
    """Let Django send by SMTP to a server, without TLS.

    EMAIL_HOST_USER and the password stay as they are, since applications derive senders from them;
    the server takes any.
    """
    from django.test import override_settings  # type: ignore[import-untyped]

    with override_settings(**django_settings(server)):
        yield


def django_settings(server: Listening) -> dict[str, object]:
    """Return the settings, also for a live server in another process.

    Where MAILERS is set (Django 6.1 and later), each alias is changed.
    """
    from django.conf import settings  # type: ignore[import-untyped]

    mailers = getattr(settings, "MAILERS", None)
    if mailers:
        options = {"host": server.host, "port": server.port, "use_tls": False, "use_ssl": False}
        changed = {"BACKEND": _SMTP_BACKEND, "OPTIONS": options}
        return {"MAILERS": {alias: {**one, **changed} for alias, one in mailers.items()}}
    return {
        "EMAIL_BACKEND": _SMTP_BACKEND,
        "EMAIL_HOST": server.host,
        "EMAIL_PORT": server.port,
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
    }


@contextmanager
def flask_sends_to(app: Any, server: Listening) -> Generator[None]:
    """Let a Flask application's Flask-Mail or flask-mailman send to a server, without TLS.

    Both freeze their configuration when the application is made, and send nothing under TESTING,
    so that what they froze is changed, and put back at the end. Raises MailcatchMisuse.
    """
    extensions = getattr(app, "extensions", {})
    state = extensions.get("mail") or extensions.get("mailman")
    if state is None:
        raise MailcatchMisuse(
            f"mailcatch_flask: {app!r} has neither Flask-Mail nor flask-mailman: call"
            " mail.init_app(app) first"
        )
    wanted = {
        "server": server.host,
        "port": server.port,
        "use_tls": False,
        "use_ssl": False,
        "suppress": False,
        "backend": "smtp",
    }
    before = {name: getattr(state, name) for name in wanted if hasattr(state, name)}
    for name in before:
        setattr(state, name, wanted[name])
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(state, name, value)
