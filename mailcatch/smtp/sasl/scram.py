"""SCRAM (RFC 5802, RFC 7677): a password proved by both sides, and never sent."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from typing import Final

import msgspec

from mailcatch.smtp.sasl.accounts import Accounts
from mailcatch.smtp.sasl.exchange import NONCE_OCTETS, Channel, Exchange, MalformedError, Outcome
from mailcatch.smtp.sasl.preparing import UnpreparableError, prepared

ITERATIONS: Final = 4096
_SALT_OCTETS: Final = 16
_SALTS: Final = secrets.token_bytes(32)


class ClientFirst(msgspec.Struct, frozen=True):
    """The client's first message.

    header: the GS2 header as it was sent. binding: the type of channel binding, "" for none.
    flag: "n", "y" or "p". bare: the rest, which goes into the proof. user, authorization, nonce:
    what it says.
    """

    header: bytes
    flag: str
    binding: str
    bare: bytes
    user: str
    authorization: str
    nonce: bytes


def scram(
    algorithm: str,
    accounts: Accounts,
    channel: Channel,
    *,
    plus: bool,
    nonce: bytes = b"",
    salt: bytes = b"",
) -> Exchange:
    """Lead one exchange.

    algorithm: "sha1" or "sha256". plus: the form with channel binding. nonce: the server's part of
    it, random where none is given. salt: what the password is hashed with; where none is given, one
    that a user, or a name that nobody has, keeps while the program runs.
    """
    first = parse_first((yield b""))
    if plus and first.flag == "p" and first.binding not in channel.bindings:
        known = " and ".join(channel.bindings) or "none"
        raise MalformedError(
            f"the client binds SCRAM to this TLS session by {first.binding[:40]!r}; what there is"
            f" here: {known}"
        )
    accepted = _binding_fits(first, channel, plus=plus)
    secret = accounts.secret(first.user)
    salt = salt or hmac.digest(_SALTS, first.user.encode(), "sha256")[:_SALT_OCTETS]
    whole = first.nonce + (nonce or b64encode(secrets.token_bytes(NONCE_OCTETS)))
    server_first = b"r=%b,s=%b,i=%d" % (whole, b64encode(salt), ITERATIONS)

    final = yield server_first
    without_proof, separator, proof = final.rpartition(b",p=")
    fields = _fields(without_proof)
    if not separator or "c" not in fields or "r" not in fields:
        raise MalformedError("the client's final message of SCRAM is c=BINDING,r=NONCE,p=PROOF")
    expected = first.header + channel.bindings.get(first.binding, b"")
    accepted &= hmac.compare_digest(_decoded(fields["c"]), expected)
    accepted &= hmac.compare_digest(fields["r"], whole)

    conversation = b",".join((first.bare, server_first, without_proof))
    keys = _Keys.of(algorithm, _normal(secret or b""), salt)
    accepted &= secret is not None and keys.proves(_decoded(proof), conversation)
    outcome = Outcome(bool(accepted), first.user, b"", first.authorization)
    if outcome.accepted:
        # RFC 4954 has no place for data beside a 235, so the server's proof is a challenge more.
        yield b"v=" + b64encode(keys.signature(conversation))
    return outcome


def parse_first(message: bytes) -> ClientFirst:
    """Read the client's first message (RFC 5802 section 7). Raises MalformedError."""
    flag, comma, rest = message.partition(b",")
    authorization, second, bare = rest.partition(b",")
    if not comma or not second or flag[:1] not in {b"n", b"y", b"p"}:
        raise MalformedError("SCRAM begins with a GS2 header, such as n,,")
    fields = _fields(bare)
    if "m" in fields:
        raise MalformedError("SCRAM has no extension here that could be mandatory")
    if not fields.get("n") or not fields.get("r"):
        raise MalformedError("the client's first message of SCRAM names n=USER and r=NONCE")
    return ClientFirst(
        header=message[: len(message) - len(bare)],
        flag=flag[:1].decode(),
        binding=flag.removeprefix(b"p=").decode(errors="replace") if flag[:1] == b"p" else "",
        bare=bare,
        user=_name(fields["n"]),
        authorization=_name(authorization.removeprefix(b"a=")),
        nonce=fields["r"],
    )


class _Keys(msgspec.Struct, frozen=True):
    """What SCRAM derives from a password (RFC 5802 section 3)."""

    algorithm: str
    client: bytes
    server: bytes

    @classmethod
    def of(cls, algorithm: str, password: bytes, salt: bytes) -> _Keys:
        salted = hashlib.pbkdf2_hmac(algorithm, password, salt, ITERATIONS)
        client = hmac.digest(salted, b"Client Key", algorithm)
        return cls(algorithm, client, hmac.digest(salted, b"Server Key", algorithm))

    def proves(self, proof: bytes, conversation: bytes) -> bool:
        stored = hashlib.new(self.algorithm, self.client).digest()
        signature = hmac.digest(stored, conversation, self.algorithm)
        expected = bytes(one ^ other for one, other in zip(self.client, signature, strict=True))
        return hmac.compare_digest(expected, proof)

    def signature(self, conversation: bytes) -> bytes:
        return hmac.digest(self.server, conversation, self.algorithm)


def _binding_fits(first: ClientFirst, channel: Channel, *, plus: bool) -> bool:
    """RFC 5802 section 6: "y" says that the server offers no binding, which must be so."""
    if plus:
        return first.flag == "p"
    return first.flag == "n" or (first.flag == "y" and not channel.offers_binding)


def _fields(message: bytes) -> dict[str, bytes]:
    pairs = (field.partition(b"=") for field in message.split(b","))
    return {name.decode(errors="replace"): value for name, _, value in pairs}


def _name(octets: bytes) -> str:
    try:
        return prepared(octets.replace(b"=2C", b",").replace(b"=3D", b"=").decode())
    except (UnicodeDecodeError, UnpreparableError) as error:
        raise MalformedError(f"SCRAM cannot take this name: {error}") from None


def _normal(secret: bytes) -> bytes:
    try:
        return prepared(secret.decode()).encode()
    except (UnicodeDecodeError, UnpreparableError):
        return secret


def _decoded(octets: bytes) -> bytes:
    try:
        return b64decode(octets, validate=True)
    except ValueError:
        raise MalformedError("SCRAM's binding and proof are base64") from None
