"""What all connections of one server share: built once, so that a new connection costs little."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypedDict

from mailcatch._version import __version__
from mailcatch.smtp.aiosmtpd import (
    SMTP,
    AuthCallbackType,
    AuthenticatorType,
    AuthResult,
    Envelope,
    Session,
)
from mailcatch.smtp.extensions import FOR_TRUSTED, INSIDE_TLS, LONGEST_HOLD, MOST_TOLD, offers
from mailcatch.smtp.handshake import Keyring, OneContext
from mailcatch.smtp.limits import Limits
from mailcatch.smtp.policy import ACCEPT_ALL, Attentive, Policy, stages_of
from mailcatch.smtp.recorder import Forgetful, Recorder
from mailcatch.smtp.relay import Relay
from mailcatch.smtp.reply import Reply
from mailcatch.smtp.sasl.accounts import Accounts, Everyone
from mailcatch.smtp.sasl.exchange import text

EVERYONE: Final = Everyone()
# What a server cannot offer that makes text of messages.
_OF_OCTETS: Final = frozenset({"8BITMIME", "BINARYMIME"})

RecorderFactory = Callable[[str, str], Recorder]
"""Opens the recorder of a session, from the client's and the server's end of the connection."""


def _checking(accounts: Accounts) -> AuthenticatorType:
    """Return an authenticator of aiosmtpd's form that asks accounts."""

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        accepted = accounts.check(text(data.login), data.password)
        return AuthResult(success=accepted, handled=False, auth_data=data)

    return check


def _in_seconds(seconds: int) -> str:
    """Return a time to come: RFC 3339, UTC."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ignore(_trouble: str) -> None:
    """Tell nobody of what went wrong inside of the server."""


def forget(_client: str, _server: str) -> Recorder:
    """Open a recorder that keeps nothing."""
    return Forgetful()


def is_host_name(name: str) -> bool:
    """Return whether a server can call itself so: it stands in replies as one word."""
    return bool(name) and name.isascii() and name.isprintable() and " " not in name


class Service:
    """What all connections of one server share.

    hostname: what the server calls itself in the greeting and in replies to EHLO.
    limits: the bounds of each session.
    policy, open_recorder: the two seams.
    offer: extensions that are offered besides the usual ones. without: those that are not.
    show_credentials: whether transcripts keep the secrets of AUTH.
    accounts: who may authenticate, by every mechanism; None leaves that to aiosmtpd's ways.
    mechanisms: those that are offered, where not all that somebody could pass are.
    old_auth: whether AUTH is offered in its old form, with "=", besides.
    authenticator, auth_callback: aiosmtpd's ways to check credentials; the first wins.
    auth_requires_tls, auth_required: as in aiosmtpd.
    keyring: the credentials for TLS, on listeners that speak it. tls_context: aiosmtpd's way to
        give them. requires_tls: whether mail is taken inside of TLS only.
    relay: the mail that clients may fetch by ATRN, where they may.
    report: called with a sentence for what went wrong inside of the server.
    """

    def __init__(
        self,
        *,
        hostname: str = "localhost",
        ident: str = f"ESMTP mailcatch {__version__}",
        limits: Limits = Limits(),  # noqa: B008 - frozen
        policy: Policy = ACCEPT_ALL,
        open_recorder: RecorderFactory = forget,
        offer: Iterable[str] = (),
        without: Iterable[str] = (),
        show_credentials: bool = False,
        accounts: Accounts | None = EVERYONE,
        mechanisms: Iterable[str] | None = None,
        old_auth: bool = False,
        authenticator: AuthenticatorType | None = None,
        auth_callback: AuthCallbackType | None = None,
        auth_excluded: Iterable[str] = (),
        auth_requires_tls: bool = False,
        auth_required: bool = False,
        tls_context: ssl.SSLContext | None = None,
        keyring: Keyring | None = None,
        requires_tls: bool = False,
        decodes_data: bool = False,
        relay: Relay | None = None,
        report: Callable[[str], None] = ignore,
    ) -> None:
        if not is_host_name(hostname):
            raise ValueError(f"{hostname!r} is no host name")
        self.hostname = hostname
        self.limits = limits
        self.policy = policy
        self.asked = stages_of(policy)
        self.open_recorder = open_recorder
        self.session_over = policy.session_over if isinstance(policy, Attentive) else None
        self.report = report
        self.without = frozenset(name.upper() for name in without)
        self.offered = offers(offer, self.without)
        self.relay = relay
        if relay is not None:
            self.offered = {"ATRN": None, **self.offered}
        self.show_credentials = show_credentials
        self.accounts = accounts
        self.mechanisms = None if mechanisms is None else frozenset(mechanisms)
        self.old_auth = old_auth
        if authenticator is None and accounts is not None:
            authenticator = _checking(accounts)
        self.authenticator = authenticator
        self.auth_callback = auth_callback
        self.auth_excluded = frozenset(name.upper() for name in auth_excluded)
        self.auth_requires_tls = auth_requires_tls
        self.auth_required = auth_required
        self.tls_context = tls_context
        if keyring is None and tls_context is not None:
            keyring = OneContext(tls_context)
        self.keyring = keyring
        self.requires_tls = requires_tls and keyring is not None
        self.decodes_data = decodes_data
        self.enhanced = "ENHANCEDSTATUSCODES" not in self.without
        self.greeting = Reply(220, "", f"{hostname} {ident}")
        self.connections = 0
        self.live = 0

    def keywords(
        self, mechanisms: Iterable[str], *, encrypted: bool, starttls: bool, trusted: bool
    ) -> list[str]:
        """Return the lines of the reply to EHLO after the first, without their codes.

        mechanisms: the names of AUTH's mechanisms. encrypted: whether TLS is active. starttls:
            whether STARTTLS is offered. trusted: whether the client may speak for others.
        """
        offered = {
            name: form
            for name, form in self.offered.items()
            if (encrypted or name not in INSIDE_TLS)
            and (trusted or name not in FOR_TRUSTED)
            and (name not in _OF_OCTETS or not self.decodes_data)
            and (name != "AUTH" or encrypted or not (self.auth_requires_tls or self.requires_tls))
        }
        names = " ".join(mechanisms)
        if not names:
            offered.pop("AUTH", None)
        told = {
            "size": self.limits.message,
            "mechanisms": names,
            "recipients": min(self.limits.recipients, MOST_TOLD),
            "interval": LONGEST_HOLD,
            "until": _in_seconds(LONGEST_HOLD),
        }
        lines = [
            f"{name} {form.format_map(told)}" if form else name for name, form in offered.items()
        ]
        if starttls:
            lines.insert(max(len(lines) - 1, 0), "STARTTLS")
        if self.old_auth and "AUTH" in offered:
            lines.append(f"AUTH={names}")
        return lines


class AiosmtpdOptions(TypedDict, total=False):
    """The options of `aiosmtpd.smtp.SMTP` that a connection takes in its place."""

    data_size_limit: int | None
    enable_SMTPUTF8: bool
    decode_data: bool
    hostname: str | None
    ident: str | None
    tls_context: ssl.SSLContext | None
    require_starttls: bool
    timeout: float
    proxy_protocol_timeout: float | None
    auth_required: bool
    auth_require_tls: bool
    auth_exclude_mechanism: Iterable[str] | None
    auth_callback: AuthCallbackType | None
    authenticator: AuthenticatorType | None


def service_of(options: AiosmtpdOptions) -> Service:
    """Return the service that aiosmtpd's options describe, with aiosmtpd's defaults."""
    size = options.get("data_size_limit", 2**25)
    return Service(
        hostname=options.get("hostname") or "localhost",
        ident=options.get("ident") or f"ESMTP mailcatch {__version__}",
        limits=Limits(
            message=size or 0,
            idle=options.get("timeout", 300.0),
            proxy=options.get("proxy_protocol_timeout") or Limits().proxy,
        ),
        without=[*FOR_TRUSTED, *([] if options.get("enable_SMTPUTF8", False) else ["SMTPUTF8"])],
        accounts=None,
        authenticator=options.get("authenticator"),
        auth_callback=options.get("auth_callback") or _refuse_all,
        auth_excluded=options.get("auth_exclude_mechanism") or (),
        auth_requires_tls=options.get("auth_require_tls", True),
        auth_required=options.get("auth_required", False),
        tls_context=options.get("tls_context"),
        requires_tls=options.get("require_starttls", False),
        decodes_data=options.get("decode_data", False),
    )


def _refuse_all(_mechanism: str, _login: bytes, _password: bytes) -> bool:
    return False
