"""Every mechanism of AUTH over a real socket: accounts, refusals, and secrets that stay secret."""

from __future__ import annotations

import hmac
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import pbkdf2_hmac, sha256
from pathlib import Path

import bcrypt
import pytest

from mailcatch import AccountsError, Catcher
from mailcatch.mailbox.events import Auth, SessionNote
from mailcatch.mailbox.reader import Reader
from tests.reading import ended_session, transactions
from tests.smtp.secure import SecureTalk, trusting
from tests.talk import Talk
from tests.tls.deriving import bindings_in

Start = Callable[..., Catcher]
OK = b"235 2.7.0 Authentication successful\r\n"
REFUSED = b"535 5.7.8 Authentication credentials invalid\r\n"
USERS = {"ann": "wonderland"}
BEARER = b"user=ann\1auth=Bearer %b\1\1"
OAUTH = b"n,a=ann,\1auth=Bearer %b\1\1"


def challenge(talk: Talk, line: bytes) -> bytes:
    """Say a line, and return the challenge that comes."""
    heard = talk.ask(line)
    assert heard.startswith(b"334 "), heard
    return b64decode(heard[4:].strip(), validate=True)


def cram_md5(talk: Talk, secret: bytes) -> bytes:
    asked = challenge(talk, b"AUTH CRAM-MD5")
    return talk.ask(b64encode(b"ann " + hmac.new(secret, asked, "md5").hexdigest().encode()))


def xoauth2(talk: Talk, secret: bytes) -> bytes:
    heard = talk.ask(b"AUTH XOAUTH2 " + b64encode(BEARER % secret))
    return talk.ask(b"") if heard.startswith(b"334 ") else heard


def oauthbearer(talk: Talk, secret: bytes) -> bytes:
    assert challenge(talk, b"AUTH OAUTHBEARER") == b""
    heard = talk.ask(b64encode(OAUTH % secret))
    return talk.ask(b"AQ==") if heard.startswith(b"334 ") else heard


def scram(talk: Talk, secret: bytes, binding: tuple[bytes, bytes] = (b"n", b"")) -> bytes:
    """Prove a password by SCRAM-SHA-256 (RFC 5802 section 3), and check the server's proof."""
    kind, bound = binding
    name = b"SCRAM-SHA-256-PLUS" if bound else b"SCRAM-SHA-256"
    header, bare = kind + b",,", b"n=ann,r=fyko"
    first = challenge(talk, b"AUTH " + name + b" " + b64encode(header + bare))
    fields = dict(part.split(b"=", 1) for part in first.split(b","))
    salted = pbkdf2_hmac("sha256", secret, b64decode(fields[b"s"]), int(fields[b"i"]))
    final = b"c=" + b64encode(header + bound) + b",r=" + fields[b"r"]
    conversation = b",".join((bare, first, final))
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(sha256(key).digest(), conversation, "sha256")
    proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
    heard = talk.ask(b64encode(final + b",p=" + b64encode(proof)))
    if heard.startswith(b"334 "):
        server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), conversation, "sha256")
        assert b64decode(heard[4:].strip()) == b"v=" + b64encode(server)
        heard = talk.ask(b"")
    return heard


def plain(talk: Talk, secret: bytes) -> bytes:
    return talk.ask(b"AUTH PLAIN " + b64encode(b"\0ann\0" + secret))


def login(talk: Talk, secret: bytes) -> bytes:
    assert challenge(talk, b"AUTH LOGIN") == b"Username:"
    assert challenge(talk, b64encode(b"ann")) == b"Password:"
    return talk.ask(b64encode(secret))


OPEN = [plain, login, cram_md5, xoauth2, oauthbearer]
Way = Callable[[Talk, bytes], bytes]


def auth_events(mailbox: Path) -> list[Auth]:
    return [event for event in ended_session(mailbox) if isinstance(event, Auth)]


@pytest.mark.parametrize("way", OPEN)
def test_everyone_may_come_in(talk: Talk, mailbox: Path, way: Way) -> None:
    talk.ask(b"EHLO x")
    assert way(talk, b"any secret") == OK
    assert talk.send(b"Subject: x\r\n").startswith(b"250")
    talk.ask(b"QUIT")
    (event,) = auth_events(mailbox)
    assert (event.user, event.accepted, event.secret) == ("ann", True, "")
    assert event.mechanism.lower().replace("-", "_") == way.__name__
    with Reader(mailbox) as reader:
        reader.refresh()
        assert len(list(reader.search("user:ann"))) == 1
        assert not list(reader.search("user:bob"))


@pytest.mark.parametrize("way", [*OPEN, scram])
def test_a_user_comes_in_with_the_right_secret_only(start: Start, mailbox: Path, way: Way) -> None:
    with Talk(start(auth_users=USERS)) as talk:
        talk.ask(b"EHLO x")
        assert way(talk, b"looking-glass") == REFUSED
        assert way(talk, b"wonderland") == OK
        talk.ask(b"QUIT")
    assert [event.accepted for event in auth_events(mailbox)] == [False, True]
    (file,) = (mailbox / "sessions").iterdir()
    kept = file.read_bytes()
    for secret in (b"wonderland", b"looking-glass"):
        assert secret not in kept
        assert b64encode(secret)[:8] not in kept


def test_the_channel_can_be_part_of_the_proof(start: Start, tmp_path: Path) -> None:
    catcher = start(auth_users=USERS, tls="implicit", ca_dir=tmp_path)
    with SecureTalk(catcher, implicit=True) as talk:
        assert b"SCRAM-SHA-256-PLUS" in talk.ask(b"EHLO x")
        shown = talk.socket.getpeercert(binary_form=True)  # type: ignore[attr-defined]
        kind = b"p=tls-server-end-point"
        assert scram(talk, b"wonderland", (kind, sha256(b"another").digest())) == REFUSED
        assert scram(talk, b"wonderland", (kind, sha256(shown).digest())) == OK
    with Talk(catcher) as plain_talk:
        assert b"PLUS" not in plain_talk.ask(b"EHLO x")


def test_the_session_can_be_part_of_the_proof(start: Start, tmp_path: Path) -> None:
    catcher = start(auth_users=USERS, tls="implicit", ca_dir=tmp_path)
    context = trusting(catcher)
    context.keylog_filename = str(tmp_path / "keys")
    with (
        SecureTalk(catcher, context, implicit=True) as another,
        SecureTalk(catcher, context, implicit=True) as talk,
    ):
        talk.ask(b"EHLO x")
        kind = b"p=tls-exporter"
        # The first session's secret came first into the client's log.
        others, own = bindings_in(tmp_path / "keys").values()
        assert scram(talk, b"wonderland", (kind, others)) == REFUSED
        assert scram(talk, b"wonderland", (kind, own)) == OK
        another.ask(b"EHLO x")
        assert scram(another, b"wonderland", (kind, others)) == OK


def test_a_binding_that_cannot_be_had_is_offered_to_nobody(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.memfd_create")
    catcher = start(auth_users=USERS, tls="implicit", ca_dir=tmp_path)
    older = trusting(catcher)
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with SecureTalk(catcher, implicit=True) as talk:
        assert b"PLUS" not in talk.ask(b"EHLO x")
        shown = talk.socket.getpeercert(binary_form=True)  # type: ignore[attr-defined]
        binding = (b"p=tls-server-end-point", sha256(shown).digest())
        assert scram(talk, b"wonderland", binding) == OK
    with SecureTalk(catcher, older, implicit=True) as talk:
        assert b"SCRAM-SHA-256-PLUS" in talk.ask(b"EHLO x")


def test_a_mechanism_that_somebody_names_is_offered(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.memfd_create")
    named = ["SCRAM-SHA-256-PLUS"]
    catcher = start(auth_users=USERS, auth_mechanisms=named, tls="implicit", ca_dir=tmp_path)
    with SecureTalk(catcher, implicit=True) as talk:
        assert b"250-AUTH SCRAM-SHA-256-PLUS\r\n" in talk.ask(b"EHLO x")


def test_anonymous_is_for_those_without_a_name(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(b"AUTH ANONYMOUS " + b64encode(b"guest@example.org")) == OK
    talk.ask(b"QUIT")
    (event,) = auth_events(mailbox)
    assert event.user == "anonymous"


def test_ntlm_is_noted_and_refused(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    assert challenge(talk, b"AUTH NTLM") == b""
    asked = challenge(talk, b64encode(b"NTLMSSP\0\1\0\0\0" + bytes(24)))
    assert asked.startswith(b"NTLMSSP\0\2\0\0\0")
    name = "ann".encode("utf-16-le")
    fields = bytes(24) + len(name).to_bytes(2, "little") * 2 + (64).to_bytes(4, "little")
    last = b"NTLMSSP\0\3\0\0\0" + fields + bytes(16) + (1).to_bytes(4, "little") + name
    assert talk.ask(b64encode(last)) == REFUSED
    talk.ask(b"QUIT")
    (event,) = auth_events(mailbox)
    assert (event.mechanism, event.user, event.accepted) == ("NTLM", "ann", False)


def test_a_refused_token_is_told_of_before_the_refusal(start: Start) -> None:
    with Talk(start(auth_users=USERS)) as talk:
        talk.ask(b"EHLO x")
        told = challenge(talk, b"AUTH XOAUTH2 " + b64encode(BEARER % b"wrong"))
        assert b'"status":"401"' in told
        assert talk.ask(b"") == REFUSED


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([b"AUTH CRAM-MD5 " + b64encode(b"ann 0")], b"501 5.5.2 The server speaks first"),
        ([b"AUTH CRAM-MD5", b64encode(b"no digest")], b"501 5.5.2 Cannot read"),
        ([b"AUTH XOAUTH2 ="], b"501 5.5.2 Cannot read"),
        ([b"AUTH OAUTHBEARER", b"*"], b"501 5.7.0 "),
        ([b"AUTH SCRAM-SHA-1", b"%%"], b"501 5.5.2 Cannot decode"),
        ([b"AUTH EXTERNAL", b64encode(b"x" * 20_000)], b"500 "),
        ([b"AUTH X-UNKNOWN"], b"504 5.5.4 "),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_session_goes_on(
    talk: Talk, lines: list[bytes], reply: bytes
) -> None:
    talk.ask(b"EHLO x")
    for line in lines[:-1]:
        assert talk.ask(line).startswith(b"334 ")
    assert talk.ask(lines[-1]).startswith(reply)
    assert talk.ask(b"auth cram-md5").startswith(b"334 ")
    assert talk.ask(b"*").startswith(b"501 5.7.0 ")


def test_what_was_wrong_with_a_response_is_noted(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    talk.ask(b"AUTH XOAUTH2 " + b64encode(b"user=ann"))
    talk.ask(b"QUIT")
    (note,) = [event for event in ended_session(mailbox) if isinstance(event, SessionNote)]
    assert (note.name, note.detail) == ("auth-malformed", "XOAUTH2 ends with two octets 0x01")


def test_a_token_may_have_12288_octets_as_base64(talk: Talk) -> None:
    talk.ask(b"EHLO x")
    assert challenge(talk, b"AUTH XOAUTH2") == b""
    response = b64encode(BEARER % (b"t" * 9000))
    assert len(response) > 12_000
    assert talk.ask(response) == OK


def test_mail_may_be_for_those_who_logged_in(start: Start) -> None:
    with Talk(start(require_auth=True)) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"530 5.7.0 ")
        assert plain(talk, b"x") == OK
        assert talk.send(b"Subject: x\r\n").startswith(b"250")


def test_the_mechanisms_that_are_offered_can_be_chosen(start: Start) -> None:
    with Talk(start(auth_mechanisms=["login", "xoauth2"], old_auth=True)) as talk:
        offered = talk.ask(b"EHLO x")
        assert b"250-AUTH LOGIN XOAUTH2\r\n" in offered
        assert b"AUTH=LOGIN XOAUTH2\r\n" in offered
        assert talk.ask(b"AUTH PLAIN =").startswith(b"504 5.5.4 ")
        assert login(talk, b"x") == OK
    with pytest.raises(AccountsError, match="no mechanism 'PLAN'"):
        Catcher(auth_mechanisms=["PLAN"])


def test_the_parameter_auth_of_mail_is_kept(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(b"MAIL FROM:<a@b> AUTH=e+3Dmc2@example.com").startswith(b"250")
    talk.ask(b"QUIT")
    ended_session(mailbox)
    (transaction,) = transactions(mailbox)
    assert transaction.parameters == ("AUTH=e+3Dmc2@example.com",)


HASHES = {
    "sha": b"{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=",
    "apr1": b"$apr1$lZL6V.ci$qtf7oc2DRb8OGZ4nLzxty1",
    "bcrypt": bcrypt.hashpw(b"test", bcrypt.gensalt(4)).replace(b"$2b$", b"$2y$"),
}


@pytest.fixture
def htpasswd(tmp_path: Path) -> Path:
    file = tmp_path / "htpasswd"
    file.write_bytes(
        b"# users\n" + b"".join(b"%b:%b\n" % (k.encode(), v) for k, v in HASHES.items())
    )
    return file


@pytest.mark.parametrize("user", HASHES)
def test_users_of_a_file_of_htpasswd_come_in(start: Start, htpasswd: Path, user: str) -> None:
    with Talk(start(auth_file=htpasswd)) as talk:
        offered = talk.ask(b"EHLO x")
        assert b"AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER\r\n" in offered
        for secret, reply in [(b"tes", REFUSED), (b"\0", REFUSED), (b"test", OK)]:
            response = b64encode(b"\0" + user.encode() + b"\0" + secret)
            assert talk.ask(b"AUTH PLAIN " + response) == reply


def test_named_users_and_those_of_a_file_go_together(start: Start, htpasswd: Path) -> None:
    catcher = start(auth_file=htpasswd, auth_users=USERS)
    for user, secret in [(b"ann", b"wonderland"), (b"bcrypt", b"test")]:
        with Talk(catcher) as talk:
            assert b"CRAM-MD5" not in talk.ask(b"EHLO x")
            assert talk.ask(b"AUTH PLAIN " + b64encode(b"\0" + user + b"\0" + secret)) == OK


def test_what_is_no_file_of_htpasswd_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"hello\n")
    (tmp_path / "octets").write_bytes(b"\xff:x\n")
    for name in ("text", "octets"):
        with pytest.raises(AccountsError, match="no file of htpasswd"):
            Catcher(auth_file=tmp_path / name)
    with pytest.raises(AccountsError, match="cannot read"):
        Catcher(auth_file=tmp_path / "none")
