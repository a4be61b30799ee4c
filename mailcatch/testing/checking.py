"""What a server of a test cannot be told: said before it starts, in the words of its settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from mailcatch.smtp.extensions import offers
from mailcatch.testing.config import File, Tls
from mailcatch.testing.errors import MailcatchMisuse, check_words


def check_tls(
    tls: str | None, *, require_tls: bool, cert: File | None, key: File | None, ca: File | None
) -> None:
    """Raise MailcatchMisuse for a kind of TLS that there is not, and for what needs one.

    ca: of clients.
    """
    __tracebackhide__ = True
    kinds = get_args(Tls)
    if tls is not None:
        check_words([tls], kinds, "there is no tls")
        return
    given = {"require_tls": require_tls, "cert": cert, "key": key, "client_ca": ca}
    for name, value in given.items():
        if value:
            choices = ", ".join(f'"{one}"' for one in kinds[:-1]) + f' or "{kinds[-1]}"'
            raise MailcatchMisuse(f"mailcatch: {name} is for a server with TLS: add tls={choices}")


def check_extensions(without: Iterable[str]) -> None:
    """Raise MailcatchMisuse for an extension that there is not."""
    __tracebackhide__ = True
    if isinstance(without, str):
        raise MailcatchMisuse(f"mailcatch: without is {without!r}: write ({without!r},)")
    try:
        offers(without=without)
    except ValueError as error:
        raise MailcatchMisuse(f"mailcatch: without: {error}") from None


def check_users(users: object) -> None:
    """Raise MailcatchMisuse for users that are not a secret by name."""
    __tracebackhide__ = True
    if users is None:
        return
    if not isinstance(users, Mapping) or not all(
        isinstance(word, str) for pair in users.items() for word in pair
    ):
        raise MailcatchMisuse(
            'mailcatch: auth_users is no dict of secrets by user: write {"app": "secret"}'
        )


def check_whole(name: str, value: object, least: int, most: int) -> None:
    """Raise MailcatchMisuse for what is no whole number within two bounds."""
    __tracebackhide__ = True
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise MailcatchMisuse(
            f"mailcatch: {name} is {value!r}: write a whole number from {least} to {most}"
        )
