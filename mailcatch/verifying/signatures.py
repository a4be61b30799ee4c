"""DKIM: the signatures of a message, each with what became of it (RFC 6376 section 6).

dkimpy makes the canonical forms and the sums. What can be said before that, and how much is looked
at, is decided here: it knows neither bounds nor any time but the present.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from mailcatch.mail.safe import safe_text
from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.bounds import VerifyingBounds
from mailcatch.verifying.errors import NotInstalledError, UnreachableError
from mailcatch.verifying.records import Kind, Records
from mailcatch.verifying.results import Finding, Method, Result
from mailcatch.verifying.signature import (
    Key,
    Signature,
    SignatureError,
    read_key,
    read_signature,
)

if TYPE_CHECKING:
    from dkim import DKIM

FIELD: Final = "DKIM-Signature"
_NAME: Final = FIELD.lower().encode()
_PLACE: Final = f"header {FIELD}"
_FROM: Final = b"from"
_RSA: Final = b"rsa"
_SHORT: Final = 1_024
_GOOD: Final = 2_048
_LARGEST_EXPONENT: Final = 64
# What dkimpy lets out where keys and sums are none, besides its own.
_HOSTILE: Final = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)

Fields = list[tuple[bytes, bytes]]
"""The header of a message as dkimpy reads it: names, and values with their line ends."""


def check_signatures(
    message: DKIM, arrival: Arrival, records: Records, bounds: VerifyingBounds
) -> Iterator[Finding]:
    """Give what became of each signature, from the top.

    message: as dkimpy read it, within the bounds.
    """
    fields: Fields = [(name, value) for name, value in message.headers if name.lower() == _NAME]
    if not fields:
        yield Finding(Method.DKIM, Result.NONE, "it is not signed", "RFC 6376 6.1")
    for name, value in fields[: bounds.signatures]:
        yield _check(message, (name, value), arrival, records, bounds)
    if len(fields) > bounds.signatures:
        left = len(fields) - bounds.signatures
        what = f"{left} more signatures are not looked at: {bounds.signatures} are, from the top"
        yield Finding(Method.DKIM, Result.POLICY, what, "RFC 6376 6.1", place=_PLACE)


def why_too_much(value: bytes, bounds: VerifyingBounds) -> str:
    """Return why a field is not looked at, "" where it is."""
    if len(value) > bounds.field:
        return f"it has more than {bounds.field} octets"
    if re.search(rb"\s{%d}" % (bounds.space + 1), value):
        return f"it has more than {bounds.space} spaces in a row"
    return ""


def _check(
    message: DKIM,
    field: tuple[bytes, bytes],
    arrival: Arrival,
    records: Records,
    bounds: VerifyingBounds,
) -> Finding:
    signature: Signature | None = None
    try:
        signature = _read(field[1], arrival, bounds)
        key, bits = _verify(message, field, signature, records, bounds)
    except SignatureError as error:
        return _finding(error.result, str(error), error.rfc, signature)
    except UnreachableError as error:
        what = f"the key cannot be looked up now: {error}"
        return _finding(Result.TEMPERROR, what, "RFC 6376 6.1.2", signature)
    weak = [*signature.weak]
    if bits and bits < _GOOD:
        weak.append(f"the key has {bits} bits: {_GOOD} are asked for (RFC 8301 3.2)")
    if key.testing:
        weak.append("the key says that it is only tested (t=y)")
    names = ", ".join(dict.fromkeys(name.title() for name in signature.headers))
    what = f"signed by {signature.domain}, key {signature.selector}: {names}"
    return _finding(Result.PASS, what, "RFC 6376 6.1.3", signature, tuple(weak))


def _read(value: bytes, arrival: Arrival, bounds: VerifyingBounds) -> Signature:
    """Return a signature, if it is not too much to look at. Raises SignatureError."""
    too_much = why_too_much(value, bounds)
    if too_much:
        raise SignatureError(Result.POLICY, f"the signature: {too_much}", "RFC 6376 6.1.1")
    return read_signature(value.decode("latin-1"), arrival.at)


def _finding(
    result: Result, reason: str, rfc: str, signature: Signature | None, weak: tuple[str, ...] = ()
) -> Finding:
    return Finding(
        Method.DKIM,
        result,
        safe_text(reason, 500),
        rfc,
        safe_text(signature.domain, 300) if signature is not None else "",
        safe_text(signature.selector, 100) if signature is not None else "",
        _PLACE,
        tuple(safe_text(one, 300) for one in weak),
    )


def _verify(
    message: DKIM,
    field: tuple[bytes, bytes],
    signature: Signature,
    records: Records,
    bounds: VerifyingBounds,
) -> tuple[Key, int]:
    """Return the key of a signature that is good, and its bits (0 for ed25519).

    Raises SignatureError and UnreachableError.
    """
    import dkim

    found = records.lookup(signature.key_name, Kind.TXT)
    if not found:
        what = f"there is no key {signature.key_name} (TXT) in {records.name}"
        raise SignatureError(Result.PERMERROR, what, "RFC 6376 6.1.2")
    key = read_key(next((one for one in found if "p=" in one), found[0]), signature)
    bits = _take_key(message, key, signature, bounds)
    tags = {name.encode(): value.encode("latin-1") for name, value in signature.tags.items()}
    names = [name.encode("latin-1") for name in signature.headers]
    try:
        good = message.verify_sig_process(tags, names, field, None)
    except dkim.ValidationError as error:
        if "body hash" not in str(error):
            raise SignatureError(Result.PERMERROR, str(error), "RFC 6376 6.1.3") from None
        what = "the body is not the one that was signed: its hash is not that of bh="
        raise SignatureError(Result.FAIL, what, "RFC 6376 6.1.3") from None
    except (dkim.DKIMException, *_HOSTILE) as error:
        what = f"the signature cannot be checked: {error}"
        raise SignatureError(Result.PERMERROR, what, "RFC 6376 6.1.3") from None
    if not good:
        raise _does_not_fit(message, signature)
    _check_length(message, signature)
    return key, bits


def _check_length(message: DKIM, signature: Signature) -> None:
    """Raise SignatureError where more of the body is signed than there is (section 3.5).

    dkimpy takes what there is, and real receivers nothing.
    """
    if "l" not in signature.tags:
        return
    import dkim

    forms = dkim.CanonicalizationPolicy.from_c_value(signature.tags["c"].encode())
    octets, signed = len(forms.canonicalize_body(message.body)), int(signature.tags["l"])
    if signed > octets:
        what = f"l={signed} octets are signed, and the body has {octets}"
        raise SignatureError(Result.PERMERROR, what, "RFC 6376 3.5")


def _does_not_fit(message: DKIM, signature: Signature) -> SignatureError:
    authors = sum(name.lower() == _FROM for name, _ in message.headers)
    if authors > 1:
        what = f"From stands there {authors} times: all but one may be added after it was signed"
        return SignatureError(Result.FAIL, what, "RFC 6376 8.15")
    what = (
        "the signature (b=) does not fit: a signed field is not the one that was signed, or"
        f" {signature.key_name} is another key"
    )
    return SignatureError(Result.FAIL, what, "RFC 6376 6.1.3")


def _take_key(message: DKIM, key: Key, signature: Signature, bounds: VerifyingBounds) -> int:
    """Give dkimpy the key; return its bits, 0 for ed25519. Raises SignatureError."""
    record = "; ".join(f"{name}={value}" for name, value in key.tags.items())
    public, size, kind = public_key(signature.key_name, record, bounds)
    message.pk, message.keysize, message.ktag, message.seqtlsrpt = public, size, kind, False
    return size if kind == _RSA else 0


def public_key(where: str, record: str, bounds: VerifyingBounds) -> tuple[Any, int, bytes]:
    """Return the key in a record as dkimpy has it, its size and kind. Raises SignatureError.

    where: the name of the record.
    """
    import dkim

    try:
        public, size, kind, _ = dkim.evaluate_pk(where.encode(), record.encode("latin-1"))
    except dkim.NaClNotFoundError:
        raise NotInstalledError from None
    except (dkim.DKIMException, *_HOSTILE) as error:
        what = f"the key {where} is none: {error}"
        raise SignatureError(Result.PERMERROR, what, "RFC 6376 6.1.2") from None
    if kind != _RSA:
        return public, size, kind
    if size < _SHORT:
        what = f"the key {where} has {size} bits: receivers take none of fewer than {_SHORT}"
        raise SignatureError(Result.POLICY, what, "RFC 8301 3.2")
    if size > bounds.key_bits or public["publicExponent"].bit_length() > _LARGEST_EXPONENT:
        what = f"the key {where} is larger than {bounds.key_bits} bits, or its exponent than 64"
        raise SignatureError(Result.POLICY, what, "RFC 8301 3.2")
    return public, size, kind
