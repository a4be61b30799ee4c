"""Mechanisms that show an OAuth 2 bearer token: XOAUTH2 and OAUTHBEARER."""

from __future__ import annotations

from typing import Final

import msgspec

from mailcatch.smtp.sasl.accounts import Accounts
from mailcatch.smtp.sasl.exchange import Channel, Exchange, MalformedError, Outcome, text

# What the client is told before the refusal; it answers with an empty response or ^A.
XOAUTH2_REFUSAL: Final = msgspec.json.encode(
    {"status": "401", "schemes": "bearer", "scope": "https://mail.google.com/"}
)
OAUTHBEARER_REFUSAL: Final = msgspec.json.encode({"status": "invalid_token", "scope": "mail"})


def xoauth2(accounts: Accounts, _channel: Channel) -> Exchange:
    """Google's: "user=" name ^A "auth=Bearer " token ^A ^A."""
    fields = _fields((yield b""), "XOAUTH2")
    user, token = fields.get("user", ""), _token(fields, "XOAUTH2")
    outcome = Outcome(accounts.check(user, token), user, token)
    if not outcome.accepted:
        yield XOAUTH2_REFUSAL
    return outcome


def oauthbearer(accounts: Accounts, _channel: Channel) -> Exchange:
    """RFC 7628 section 3.1: a GS2 header that may name the user, then fields as in XOAUTH2."""
    response = yield b""
    header, separator, rest = response.partition(b"\1")
    flag, comma, authorization = header.partition(b",")
    if not separator or not comma or flag not in {b"n", b"y"}:
        raise MalformedError(
            'OAUTHBEARER begins with a GS2 header, such as "n,a=user@example.org,"'
        )
    identity = authorization.removesuffix(b",")
    if identity and not identity.startswith(b"a="):
        raise MalformedError('the GS2 header of OAUTHBEARER names the user as "a=user@example.org"')
    user = text(identity.removeprefix(b"a=").replace(b"=2C", b",").replace(b"=3D", b"="))
    token = _token(_fields(rest, "OAUTHBEARER"), "OAUTHBEARER")
    outcome = Outcome(accounts.check(user, token), user, token, user)
    if not outcome.accepted:
        yield OAUTHBEARER_REFUSAL
    return outcome


def _fields(octets: bytes, mechanism: str) -> dict[str, str]:
    if not octets.endswith(b"\1\1"):
        raise MalformedError(f"{mechanism} ends with two octets 0x01")
    pairs = (field.partition(b"=") for field in octets.split(b"\1") if field)
    return {text(key).lower(): text(value) for key, _, value in pairs}


def _token(fields: dict[str, str], mechanism: str) -> bytes:
    scheme, _, token = fields.get("auth", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise MalformedError(f'{mechanism} shows its token as "auth=Bearer TOKEN"')
    return token.strip().encode()
