"""Who may come in, and how that is known."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Protocol


class Accounts(Protocol):
    """Those who may authenticate."""

    @property
    def secrets_known(self) -> bool:
        """Whether `secret` has what CRAM-MD5 and SCRAM calculate with, for every user."""

    def check(self, user: str, secret: bytes, /) -> bool:
        """Return whether a user has this secret: a password or a token."""

    def exists(self, user: str, /) -> bool:
        """Return whether there is such a user, for mechanisms that prove a name in other ways."""

    def secret(self, user: str, /) -> bytes | None:
        """Return a user's secret, or None where there is no such user or it is not known."""


class Everyone:
    """The accounts of a catcher: every name with every secret."""

    secrets_known = False

    def check(self, user: str, secret: bytes, /) -> bool:
        """Return True."""
        return True

    def exists(self, user: str, /) -> bool:
        """Return True."""
        return True

    def secret(self, user: str, /) -> bytes | None:
        """Return None: nobody's secret is known."""
        return None


class Named:
    """Accounts with names.

    secrets: passwords or tokens by user. verifiers: for users whose secret is not known, a function
    that tells whether one is right.
    """

    def __init__(
        self,
        secrets: Mapping[str, bytes],
        verifiers: Mapping[str, Callable[[bytes], bool]] | None = None,
    ) -> None:
        self._secrets = secrets
        self._verifiers = verifiers or {}

    @property
    def secrets_known(self) -> bool:
        """Whether every user's secret is known: else one would be refused who has the right one."""
        return bool(self._secrets) and not self._verifiers

    def check(self, user: str, secret: bytes, /) -> bool:
        """Compare in a time that tells nothing."""
        known = self._secrets.get(user)
        if known is not None:
            return hmac.compare_digest(known, secret)
        verify = self._verifiers.get(user)
        return verify is not None and verify(secret)

    def exists(self, user: str, /) -> bool:
        """Return whether the name is one of them."""
        return user in self._secrets or user in self._verifiers

    def secret(self, user: str, /) -> bytes | None:
        """Return the secret where it is known."""
        return self._secrets.get(user)
