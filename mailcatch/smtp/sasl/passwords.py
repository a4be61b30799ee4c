"""Mechanisms that prove a password: PLAIN, LOGIN and CRAM-MD5."""

from __future__ import annotations

import hmac
import secrets
import time

from mailcatch.smtp.sasl.accounts import Accounts
from mailcatch.smtp.sasl.exchange import Channel, Exchange, MalformedError, Outcome, text


def plain(accounts: Accounts, _channel: Channel) -> Exchange:
    """RFC 4616: [authorization identity] NUL user NUL password; an empty response names nobody."""
    response = yield b""
    parts = response.split(b"\0", 2) if response else [b"", b"", b""]
    if len(parts) != 3:
        raise MalformedError("PLAIN takes [authorization identity] NUL user NUL password")
    authorization, user, password = parts
    accepted = accounts.check(text(user), password)
    return Outcome(accepted, text(user), password, text(authorization))


def login(accounts: Accounts, _channel: Channel) -> Exchange:
    """draft-murchison-sasl-login: the challenges that clients know it by."""
    user = text((yield b"Username:"))
    password = yield b"Password:"
    return Outcome(accounts.check(user, password), user, password)


def cram_md5(accounts: Accounts, channel: Channel) -> Exchange:
    """RFC 2195: the user's name, and the challenge hashed with the password.

    Where everyone may come in, everyone's digest is taken.
    """
    challenge = f"<{secrets.randbits(64)}.{int(time.time())}@{channel.host}>".encode()
    response = yield challenge
    user, space, digest = response.rpartition(b" ")
    if not space or len(digest) != 32:
        raise MalformedError("CRAM-MD5 takes a user, a space and 32 hexadecimal digits")
    name = text(user)
    secret = accounts.secret(name)
    if secret is None:
        return Outcome(accounts.check(name, digest), name, digest)
    expected = hmac.new(secret, challenge, "md5").hexdigest().encode()
    return Outcome(hmac.compare_digest(expected, digest.lower()), name, digest)
