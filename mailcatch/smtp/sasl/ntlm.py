"""NTLM (MS-NLMP), as far as it tells who asks: taken down, and always refused."""

from __future__ import annotations

import secrets
import struct
from typing import Final

from mailcatch.smtp.sasl.accounts import Accounts
from mailcatch.smtp.sasl.exchange import Channel, Exchange, MalformedError, Outcome

SIGNATURE: Final = b"NTLMSSP\0"
NEGOTIATE, CHALLENGE, AUTHENTICATE = 1, 2, 3
UNICODE: Final = 0x0000_0001
NTLM_FLAGS: Final = 0x0000_8201  # negotiate Unicode, NTLM and always sign
_HEAD: Final = struct.Struct("<8sI")
# Length, space and offset of a field of the payload.
_FIELD: Final = struct.Struct("<HHI")
_USER_AT: Final = 36
_FLAGS_AT: Final = 60
_LIMIT: Final = 256


def ntlm(_accounts: Accounts, _channel: Channel) -> Exchange:
    """Ask as a server does, note the user, and refuse: nobody can prove anything here."""
    first = yield b""
    _expect(first, NEGOTIATE)
    challenge = _HEAD.pack(SIGNATURE, CHALLENGE)
    challenge += _FIELD.pack(0, 0, 48) + struct.pack("<I", NTLM_FLAGS) + secrets.token_bytes(8)
    challenge += bytes(8) + _FIELD.pack(0, 0, 48)
    last = yield challenge
    _expect(last, AUTHENTICATE)
    return Outcome(accepted=False, user=_user(last))


def _expect(message: bytes, kind: int) -> None:
    if len(message) < _HEAD.size or _HEAD.unpack_from(message) != (SIGNATURE, kind):
        raise MalformedError(f"NTLM goes on with its message {kind}")


def _user(message: bytes) -> str:
    if len(message) < _USER_AT + _FIELD.size:
        return ""
    length, _, offset = _FIELD.unpack_from(message, _USER_AT)
    octets = message[offset : offset + min(length, _LIMIT)]
    flags = int.from_bytes(message[_FLAGS_AT : _FLAGS_AT + 4], "little")
    return octets.decode("utf-16-le" if flags & UNICODE else "cp437", errors="replace")
