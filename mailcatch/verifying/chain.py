"""ARC: whether the chain of those who passed a message on is whole (RFC 8617 section 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailcatch.mail.safe import safe_text
from mailcatch.verifying.bounds import VerifyingBounds
from mailcatch.verifying.errors import UnreachableError
from mailcatch.verifying.records import Kind, Records
from mailcatch.verifying.results import Finding, Method, Result
from mailcatch.verifying.signature import LONGEST_KEY, SignatureError
from mailcatch.verifying.signatures import public_key, why_too_much

if TYPE_CHECKING:
    from dkim import ARC

_SECTION: Final = "RFC 8617 5.2"
_SEAL: Final = b"arc-seal"
_NAMES: Final = (_SEAL, b"arc-message-signature", b"arc-authentication-results")
_PLACE: Final = "header ARC-Seal"


def check_chain(message: ARC, records: Records, bounds: VerifyingBounds) -> Finding:
    """Return whether the newest set of ARC fits the message, and all of them each other.

    message: as dkimpy read it.
    """
    fields = [(name.lower(), value) for name, value in message.headers if name.lower() in _NAMES]
    if not fields:
        return _finding(Result.NONE, "nobody passed it on with ARC", place="message")
    for _, value in fields:
        too_much = why_too_much(value, bounds)
        if too_much:
            return _finding(Result.POLICY, f"a field of ARC: {too_much}")
    sets = sum(name == _SEAL for name, _ in fields)
    if sets > bounds.sets or len(fields) > len(_NAMES) * bounds.sets:
        return _finding(Result.POLICY, f"there are more than {bounds.sets} sets of ARC")
    return _verified(message, records, bounds)


def _verified(message: ARC, records: Records, bounds: VerifyingBounds) -> Finding:
    import dkim

    refused: list[str] = []

    def key(name: bytes, timeout: int = 0) -> bytes | None:
        """Look up a key, as dkimpy asks for it."""
        del timeout
        where = name.decode("latin-1").rstrip(".")
        found = records.lookup(where, Kind.TXT)
        if not found:
            refused.append(f"there is no key {where} (TXT) in {records.name}")
            return None
        if len(found[0]) > LONGEST_KEY:
            refused.append(f"the record {where} has more than {LONGEST_KEY} characters")
            return None
        try:
            public_key(where, found[0], bounds)
        except SignatureError as error:
            refused.append(str(error))
            return None
        return found[0].encode("latin-1")

    try:
        status, sets, why = message.verify(dnsfunc=key)
    except UnreachableError as error:
        return _finding(Result.TEMPERROR, f"a key cannot be looked up now: {error}")
    except dkim.DKIMException as error:
        return _finding(Result.FAIL, f"the chain cannot be read: {error}")
    except Exception as error:  # noqa: BLE001 - dkimpy was not written for hostile chains
        return _finding(Result.FAIL, f"the chain cannot be read: {type(error).__name__}")
    domain = sets[0].get("as-domain", b"").decode("latin-1") if sets else ""
    if status == dkim.CV_Pass:
        count = f"{len(sets)} set{'s' * (len(sets) != 1)}"
        return _finding(Result.PASS, f"{count}, the newest sealed by {domain}", domain)
    if status == dkim.CV_None:
        return _finding(Result.NONE, "it has fields of ARC, and none that can be counted")
    return _finding(Result.FAIL, refused[0] if refused else why, domain)


def _finding(result: Result, reason: str, domain: str = "", place: str = _PLACE) -> Finding:
    text = safe_text(reason, 500)
    return Finding(Method.ARC, result, text, _SECTION, safe_text(domain, 300), place=place)
