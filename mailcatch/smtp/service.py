"""What all connections of one server share: built once, so that a new connection costs little."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any, TypedDict

from aiosmtpd.smtp import (
    SMTP,
    AuthCallbackType,
    AuthenticatorType,
    AuthResult,
    Envelope,
    Session,
)

from mailcatch._version import __version__
from mailcatch.smtp.extensions import OFFERED
from mailcatch.smtp.limits import Limits
from mailcatch.smtp.policy import ACCEPT_ALL, Attentive, Policy, stages_of
from mailcatch.smtp.recorder import Forgetful, Recorder
from mailcatch.smtp.reply import Reply

RecorderFactory = Callable[[str, str], Recorder]
"""Opens the recorder of a session, from the client's and the server's end of the connection."""


def accept_any(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    """Let everyone in: the authenticator of a catcher."""
    return AuthResult(success=True, auth_data=data)


def ignore(_trouble: str) -> None:
    """Tell nobody of what went wrong inside of the server."""


def forget(_client: str, _server: str) -> Recorder:
    """Open a recorder that keeps nothing."""
    return Forgetful()


class Service:
    """What all connections of one server share.

    hostname: what the server calls itself in the greeting and in replies to EHLO.
    limits: the bounds of each session.
    policy, open_recorder: the two seams.
    without: extensions (upper case) that are not offered.
    show_credentials: whether transcripts keep the secrets of AUTH.
    authenticator, auth_callback: aiosmtpd's ways to check credentials; the first wins.
    auth_requires_tls, auth_required: as in aiosmtpd.
    tls_context: offers STARTTLS where it is given.
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
        without: Iterable[str] = (),
        show_credentials: bool = False,
        authenticator: AuthenticatorType | None = accept_any,
        auth_callback: AuthCallbackType | None = None,
        auth_excluded: Iterable[str] = (),
        auth_requires_tls: bool = False,
        auth_required: bool = False,
        tls_context: ssl.SSLContext | None = None,
        requires_starttls: bool = False,
        decodes_data: bool = False,
        report: Callable[[str], None] = ignore,
    ) -> None:
        self.hostname = hostname
        self.limits = limits
        self.policy = policy
        self.asked = stages_of(policy)
        self.open_recorder = open_recorder
        self.session_over = policy.session_over if isinstance(policy, Attentive) else None
        self.report = report
        self.without = frozenset(name.upper() for name in without)
        self.show_credentials = show_credentials
        self.authenticator = authenticator
        self.auth_callback = auth_callback
        self.auth_excluded = frozenset(name.upper() for name in auth_excluded)
        self.auth_requires_tls = auth_requires_tls
        self.auth_required = auth_required
        self.tls_context = tls_context
        self.requires_starttls = requires_starttls and tls_context is not None
        self.decodes_data = decodes_data
        self.enhanced = "ENHANCEDSTATUSCODES" not in self.without
        self.greeting = Reply(220, "", f"{hostname} {ident}")
        self.connections = 0
        self.live = 0

    def keywords(self, mechanisms: Iterable[str], *, encrypted: bool) -> list[str]:
        """Return the lines of the reply to EHLO after the first, without their codes.

        mechanisms: the names of AUTH's mechanisms. encrypted: whether TLS is active.
        """
        offered = {
            name: form
            for name, form in OFFERED.items()
            if name not in self.without
            and (name != "8BITMIME" or not self.decodes_data)
            and (name != "AUTH" or encrypted or not self.auth_requires_tls)
        }
        names = " ".join(sorted(mechanisms))
        lines = [
            f"{name} {form.format(size=self.limits.message, mechanisms=names)}" if form else name
            for name, form in offered.items()
        ]
        if self.tls_context is not None and not encrypted and "STARTTLS" not in self.without:
            lines.insert(max(len(lines) - 1, 0), "STARTTLS")
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
        limits=Limits(message=size or 2**62, idle=options.get("timeout", 300.0)),
        without=() if options.get("enable_SMTPUTF8", False) else ("SMTPUTF8",),
        authenticator=options.get("authenticator"),
        auth_callback=options.get("auth_callback") or _refuse_all,
        auth_excluded=options.get("auth_exclude_mechanism") or (),
        auth_requires_tls=options.get("auth_require_tls", True),
        auth_required=options.get("auth_required", False),
        tls_context=options.get("tls_context"),
        requires_starttls=options.get("require_starttls", False),
        decodes_data=options.get("decode_data", False),
    )


def _refuse_all(_mechanism: str, _login: bytes, _password: bytes) -> bool:
    return False
