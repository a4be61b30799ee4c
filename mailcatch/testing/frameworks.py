"""Web frameworks whose mail settings are changed for one test."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from mailcatch.testing.errors import MailcatchMisuse
from mailcatch.testing.wiring import Listening, variable

_SMTP_BACKEND: Final = "django.core.mail.backends.smtp.EmailBackend"
_TRUSTED: Final = "SSL_CERT_FILE"


@contextmanager
def django_sends_to(server: Listening) -> Generator[None]:
    """Let Django send by SMTP to a server, in a block.

    TLS is off, unless it comes first on the server's port. EMAIL_HOST_USER and the password stay as
    they are, since applications derive senders from them; a server without users of its own takes
    any.
    """
    from django.test import override_settings  # type: ignore[import-untyped]

    changed = override_settings(**django_settings(server))
    with _trusting(server):
        with _no_news_of_deprecation():
            changed.enable()
        try:
            yield
        finally:
            with _no_news_of_deprecation():
                changed.disable()


def django_settings(server: Listening) -> dict[str, object]:
    """Return the settings of Django, such as for a live server in another process.

    Where MAILERS is set (Django 6.1 and later), each alias is changed, and keeps its user and
    password.
    """
    from django.conf import settings  # type: ignore[import-untyped]

    first = server.begins_with_tls
    mailers = getattr(settings, "MAILERS", None)
    if mailers:
        where = {"host": server.host, "port": server.port, "use_tls": False, "use_ssl": first}
        return {"MAILERS": {alias: _mailer(one, where) for alias, one in mailers.items()}}
    return {
        "EMAIL_BACKEND": _SMTP_BACKEND,
        "EMAIL_HOST": server.host,
        "EMAIL_PORT": server.port,
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": first,
    }


@contextmanager
def flask_sends_to(app: Any, server: Listening) -> Generator[None]:
    """Let a Flask application's Flask-Mail or flask-mailman send to a server, in a block.

    Both freeze their configuration when the application is made, and send nothing under TESTING,
    so that what they froze is changed, and put back at the end. TLS is off, unless it comes first
    on the server's port. Raises MailcatchMisuse.
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
        "use_ssl": server.begins_with_tls,
        "suppress": False,
        "backend": "smtp",
    }
    before = {name: getattr(state, name) for name in wanted if hasattr(state, name)}
    for name in before:
        setattr(state, name, wanted[name])
    try:
        with _trusting(server):
            yield
    finally:
        for name, value in before.items():
            setattr(state, name, value)


def _mailer(mailer: Mapping[str, Any], where: Mapping[str, object]) -> dict[str, object]:
    options = mailer.get("OPTIONS", {})
    kept = {name: options[name] for name in ("username", "password") if name in options}
    return {**mailer, "BACKEND": _SMTP_BACKEND, "OPTIONS": {**kept, **where}}


@contextmanager
def _no_news_of_deprecation() -> Generator[None]:
    """Leave it to the project to be told that EMAIL_HOST and its kind are deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


@contextmanager
def _trusting(server: Listening) -> Generator[None]:
    """Let clients trust a server that begins with TLS, as OpenSSL reads it."""
    file = server.authority_file
    if file is None or not server.begins_with_tls:
        yield
        return
    with variable(_TRUSTED, str(file)):
        yield
