"""The mechanisms of AUTH, as pure exchanges: the RFCs' own examples, and what is in bad form."""

from __future__ import annotations

import hashlib
import hmac
import struct
from base64 import b64decode, b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.smtp.sasl.accounts import Accounts, Everyone, Named
from mailcatch.smtp.sasl.exchange import Channel, Exchange, MalformedError, Outcome
from mailcatch.smtp.sasl.mechanisms import MECHANISMS, offered
from mailcatch.smtp.sasl.scram import scram

KNOWN = Named({"user": b"pencil", "tim": b"tanstaaftanstaaf"})
UNDER_TLS = Channel(bindings={"tls-server-end-point": b"end point"}, offers_binding=True)
SILENT = Channel(bindings=UNDER_TLS.bindings)


def talk(exchange: Exchange, *responses: bytes) -> tuple[list[bytes], Outcome]:
    """Answer every challenge. Returns the challenges, and what came of it."""
    challenges = [next(exchange)]
    try:
        for response in responses:
            challenges.append(exchange.send(response))  # noqa: PERF401 - an exception ends it
    except StopIteration as end:
        outcome = end.value
        assert isinstance(outcome, Outcome)
        return challenges, outcome
    raise AssertionError(f"the exchange goes on after {challenges}")


def begin(name: str, accounts: Accounts = KNOWN, channel: Channel = Channel()) -> Exchange:  # noqa: B008
    return MECHANISMS[name].begin(accounts, channel)


def test_plain_names_a_user_and_whom_it_acts_as() -> None:
    challenges, outcome = talk(begin("PLAIN"), b"boss\0user\0pencil")
    assert challenges == [b""]
    assert outcome == Outcome(True, "user", b"pencil", "boss")
    assert not talk(begin("PLAIN"), b"\0user\0pen")[1].accepted
    assert not talk(begin("PLAIN"), b"\0nobody\0pencil")[1].accepted


def test_login_asks_in_the_words_that_clients_know() -> None:
    challenges, outcome = talk(begin("LOGIN"), b"user", b"pencil")
    assert challenges == [b"Username:", b"Password:"]
    assert outcome == Outcome(True, "user", b"pencil")


def test_cram_md5_takes_the_digest_of_its_challenge() -> None:
    exchange = begin("CRAM-MD5", channel=Channel("mail.test"))
    challenge = next(exchange)
    assert challenge.startswith(b"<")
    assert challenge.endswith(b"@mail.test>")
    digest = hmac.new(b"tanstaaftanstaaf", challenge, "md5").hexdigest().encode()
    with pytest.raises(StopIteration) as end:
        exchange.send(b"tim " + digest)
    assert end.value.value.accepted
    assert not talk(begin("CRAM-MD5"), b"tim " + digest)[1].accepted


def test_a_challenge_of_cram_md5_is_never_given_twice() -> None:
    assert next(begin("CRAM-MD5")) != next(begin("CRAM-MD5"))


# RFC 5802 section 5 and RFC 7677 section 3.
RFC_EXAMPLES = [
    (
        "sha1",
        b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        b"3rfcNHYJY1ZVvWVs7j",
        "QSXCR+Q6sek8bf92",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    (
        "sha256",
        b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
        "W22ZaJ0SNY7soEsUEjb6gQ==",
        (
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        ),
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
]


@pytest.mark.parametrize(("algorithm", "first", "nonce", "salt", "final", "proof"), RFC_EXAMPLES)
def test_scram_speaks_as_in_its_rfc(
    algorithm: str, first: bytes, nonce: bytes, salt: str, final: bytes, proof: bytes
) -> None:
    exchange = scram(algorithm, KNOWN, Channel(), plus=False, nonce=nonce, salt=b64decode(salt))
    challenges, outcome = talk(exchange, first, final, b"")
    client_nonce = first.rpartition(b"r=")[2]
    assert challenges == [b"", b"r=%b%b,s=%b,i=4096" % (client_nonce, nonce, salt.encode()), proof]
    assert outcome == Outcome(True, "user")


def scram_final(first: bytes, challenge: bytes, password: bytes, binding: bytes) -> bytes:
    """Calculate a client's last message of SCRAM-SHA-256, apart from the code under test."""
    fields = dict(field.split(b"=", 1) for field in challenge.split(b","))
    bare = first.split(b",", 2)[2]
    without_proof = b"c=%b,r=%b" % (b64encode(binding), fields[b"r"])
    salted = hashlib.pbkdf2_hmac("sha256", password, b64decode(fields[b"s"]), int(fields[b"i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(
        hashlib.sha256(key).digest(), b",".join((bare, challenge, without_proof)), "sha256"
    )
    proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
    return without_proof + b",p=" + b64encode(proof)


@pytest.mark.parametrize(
    ("name", "header", "binding", "password", "accepted"),
    [
        ("SCRAM-SHA-256", b"n,,", b"n,,", b"pencil", True),
        ("SCRAM-SHA-256", b"n,a=boss,", b"n,a=boss,", b"pencil", True),
        ("SCRAM-SHA-256", b"n,,", b"n,,", b"pen", False),
        ("SCRAM-SHA-256", b"n,,", b"y,,", b"pencil", False),
        ("SCRAM-SHA-256", b"y,,", b"y,,", b"pencil", False),
        ("SCRAM-SHA-256", b"p=tls-server-end-point,,", b"", b"pencil", False),
        (
            "SCRAM-SHA-256-PLUS",
            b"p=tls-server-end-point,,",
            b"p=tls-server-end-point,,end point",
            b"pencil",
            True,
        ),
        (
            "SCRAM-SHA-256-PLUS",
            b"p=tls-server-end-point,,",
            b"p=tls-server-end-point,,another",
            b"pencil",
            False,
        ),
        ("SCRAM-SHA-256-PLUS", b"n,,", b"n,,", b"pencil", False),
    ],
)
def test_scram_holds_the_password_and_the_binding(
    name: str, header: bytes, binding: bytes, password: bytes, accepted: bool
) -> None:
    exchange = begin(name, channel=UNDER_TLS)
    next(exchange)
    first = header + b"n=user,r=abc"
    final = scram_final(first, exchange.send(first), password, binding)
    if accepted:
        assert exchange.send(final).startswith(b"v=")
        final = b""
    with pytest.raises(StopIteration) as end:
        exchange.send(final)
    assert end.value.value.accepted == accepted
    assert end.value.value.user == "user"


@pytest.mark.parametrize("name", ["tls-exporter", "tls-unique", ""])
def test_a_binding_that_is_not_there_is_told_apart_from_a_wrong_password(name: str) -> None:
    exchange = begin("SCRAM-SHA-256-PLUS", channel=UNDER_TLS)
    next(exchange)
    with pytest.raises(MalformedError, match=rf"by '{name}'; .* here: tls-server-end-point"):
        exchange.send(b"p=%b,,n=user,r=abc" % name.encode())


@pytest.mark.parametrize("channel", [Channel(), SILENT], ids=["without TLS", "none is offered"])
def test_a_client_that_heard_of_no_binding_is_believed(channel: Channel) -> None:
    exchange = begin("SCRAM-SHA-256", channel=channel)
    next(exchange)
    first = b"y,,n=user,r=abc"
    assert exchange.send(scram_final(first, exchange.send(first), b"pencil", b"y,,"))


def test_scram_does_not_tell_who_exists() -> None:
    salts = []
    for user in (b"user", b"nobody", b"nobody"):
        exchange = begin("SCRAM-SHA-1")
        next(exchange)
        salts.append(exchange.send(b"n,,n=%b,r=x" % user).split(b",")[1])
    assert salts[0] != salts[1] == salts[2]


def test_names_and_passwords_are_brought_to_one_form() -> None:
    accounts = Named({"IX": "p\u00adass\u2168".encode()})
    exchange = begin("SCRAM-SHA-256", accounts)
    next(exchange)
    first = "n,,n=\u2168,r=abc".encode()
    final = scram_final(first, exchange.send(first), b"passIX", b"n,,")
    assert exchange.send(final).startswith(b"v=")


def test_xoauth2_shows_a_token() -> None:
    response = b"user=user\1auth=Bearer pencil\1\1"
    challenges, outcome = talk(begin("XOAUTH2"), response)
    assert (challenges, outcome) == ([b""], Outcome(True, "user", b"pencil"))
    challenges, outcome = talk(begin("XOAUTH2"), response.replace(b"pencil", b"pen"), b"")
    assert challenges[1].startswith(b'{"status":"401"')
    assert not outcome.accepted


def test_oauthbearer_names_its_user_in_the_header() -> None:
    response = b"n,a=user,\1host=mail.test\1port=587\1auth=Bearer pencil\1\1"
    assert talk(begin("OAUTHBEARER"), response)[1] == Outcome(True, "user", b"pencil", "user")
    challenges, outcome = talk(begin("OAUTHBEARER"), response.replace(b"pencil", b"pen"), b"\1")
    assert challenges[1].startswith(b'{"status":"invalid_token"')
    assert not outcome.accepted


def test_external_is_who_the_certificate_names() -> None:
    channel = Channel(certificate="user")
    assert talk(begin("EXTERNAL", channel=channel), b"")[1] == Outcome(True, "user")
    outcome = talk(begin("EXTERNAL", channel=channel), b"boss")[1]
    assert outcome == Outcome(True, "user", b"", "boss")
    assert not talk(begin("EXTERNAL", channel=Channel(certificate="nobody")), b"")[1].accepted


def test_anonymous_leaves_a_trace() -> None:
    outcome = talk(begin("ANONYMOUS", Everyone()), b"sirhc")[1]
    assert outcome == Outcome(True, "anonymous", b"", "sirhc")
    assert not talk(begin("ANONYMOUS"), b"sirhc")[1].accepted


def test_ntlm_tells_who_asks_and_is_refused() -> None:
    user = "jürgen".encode("utf-16-le")
    last = b"NTLMSSP\0" + struct.pack("<I", 3) + bytes(24)
    last += struct.pack("<HHI", len(user), len(user), 64) + bytes(16) + struct.pack("<I", 1) + user
    first = b"NTLMSSP\0" + struct.pack("<I", 1) + bytes(20)
    challenges, outcome = talk(begin("NTLM", Everyone()), first, last)
    assert challenges[1].startswith(b"NTLMSSP\0\2\0\0\0")
    assert outcome == Outcome(False, "jürgen")


MALFORMED = [
    ("PLAIN", [b"no NUL"]),
    ("CRAM-MD5", [b"user"]),
    ("CRAM-MD5", [b"user 123"]),
    ("XOAUTH2", [b"user=user"]),
    ("XOAUTH2", [b"user=user\1auth=Basic x\1\1"]),
    ("XOAUTH2", [b"user=user\1auth=Bearer \1\1"]),
    ("OAUTHBEARER", [b"auth=Bearer x\1\1"]),
    ("OAUTHBEARER", [b"n,user,\1auth=Bearer x\1\1"]),
    ("OAUTHBEARER", [b"n,,\1\1"]),
    ("SCRAM-SHA-1", [b"n=user,r=x"]),
    ("SCRAM-SHA-1", [b"n,,n=user"]),
    ("SCRAM-SHA-1", [b"n,,m=x,n=user,r=x"]),
    ("SCRAM-SHA-1", [b"n,,n=\xff,r=x"]),
    ("SCRAM-SHA-1", ["n,,n=\u0627x,r=x".encode()]),
    ("SCRAM-SHA-1", [b"n,,n=user,r=x", b"c=biws"]),
    ("SCRAM-SHA-1", [b"n,,n=user,r=x", b"c=%%%,r=x,p=AAAA"]),
    ("NTLM", [b"hello"]),
    ("NTLM", [b"NTLMSSP\0\1\0\0\0", b"NTLMSSP\0\1\0\0\0"]),
]


@pytest.mark.parametrize(("name", "responses"), MALFORMED)
def test_what_is_in_no_form_is_said_to_be_so(name: str, responses: list[bytes]) -> None:
    with pytest.raises(MalformedError, match=name.partition("-SHA")[0][:5]):
        talk(begin(name), *responses)


@given(
    name=st.sampled_from(sorted(MECHANISMS)),
    responses=st.lists(
        st.binary(max_size=60)
        | st.sampled_from([b"n,,n=user,r=x", b"NTLMSSP\0\1\0\0\0", b"user=\1auth=Bearer x\1\1"]),
        min_size=4,
        max_size=4,
    ),
    accounts=st.sampled_from([KNOWN, Everyone()]),
)
def test_any_responses_come_to_an_outcome_or_to_a_complaint(
    name: str, responses: list[bytes], accounts: Accounts
) -> None:
    with suppress(MalformedError):
        _, outcome = talk(begin(name, accounts, UNDER_TLS), *responses)
        assert outcome.accepted is True or outcome.accepted is False


def test_what_nobody_could_pass_is_not_offered() -> None:
    everyone = ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "ANONYMOUS"]
    assert offered(Everyone(), Channel()) == everyone
    assert "EXTERNAL" in offered(Everyone(), Channel(certificate="user"))
    known = offered(KNOWN, Channel())
    assert {"SCRAM-SHA-1", "SCRAM-SHA-256"} < set(known)
    assert not {"SCRAM-SHA-256-PLUS", "ANONYMOUS", "EXTERNAL", "NTLM"} & set(known)
    assert {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"} < set(offered(KNOWN, UNDER_TLS))
    assert not {"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"} & set(offered(KNOWN, SILENT))
    hashed = Named({}, {"user": lambda secret: secret == b"pencil"})
    assert not [name for name in offered(hashed, UNDER_TLS) if name.startswith("SCRAM")]


def test_a_user_with_a_hashed_password_shows_it_in_plain() -> None:
    hashed = Named({}, {"user": lambda secret: secret == b"pencil"})
    assert talk(begin("PLAIN", hashed), b"\0user\0pencil")[1].accepted
    assert not talk(begin("PLAIN", hashed), b"\0user\0pen")[1].accepted
