"""Accounts in a file of Apache's htpasswd: {SHA}, apr1, bcrypt, crypt's, and passwords as they are.

The file holds hashes, so mechanisms that calculate with a secret (CRAM-MD5, SCRAM) know no user of
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

# Clients that log in for each mail would pay for a slow hash each time, and everyone would wait.
_REMEMBERED = 1000


class AccountsError(ValueError):
    """Accounts that cannot be used. The message says which, and what would be right."""


def verifiers(octets: bytes, name: str) -> Mapping[str, Callable[[bytes], bool]]:
    """Return, for each user of a file, what tells whether a password is right.

    name: of the file, for the message. Raises AccountsError.
    """
    # Hashes are loaded where there is such a file only.
    from passlib.apache import HtpasswdFile

    try:
        file = HtpasswdFile.from_string(octets, encoding="utf-8")
        users = [str(user) for user in file.users()]
    except ValueError as error:
        raise AccountsError(
            f"{name} is no file of htpasswd, with a line USER:HASH for each user: {error}"
        ) from None

    @lru_cache(maxsize=_REMEMBERED)
    def fits(user: str, password: bytes) -> bool:
        try:
            return bool(file.check_password(user, password))
        except ValueError:
            # Such as a NUL, which no password of such a file has.
            return False

    def verifier(user: str) -> Callable[[bytes], bool]:
        return lambda password: fits(user, password)

    return {user: verifier(user) for user in users}
