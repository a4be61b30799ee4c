"""What is taken from aiosmtpd.

Here, so that it is loaded in one place: Python 3.15 and later mind names that it imports, which is
no news of whoever has warnings raised as errors.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.proxy_protocol import AF, PROTO, ProxyData
    from aiosmtpd.smtp import (
        MISSING,
        SMTP,
        AuthCallbackType,
        AuthenticatorType,
        AuthResult,
        Envelope,
        LoginPassword,
        Session,
        _Missing,
    )

__all__ = [
    "AF",
    "MISSING",
    "PROTO",
    "SMTP",
    "AuthCallbackType",
    "AuthResult",
    "AuthenticatorType",
    "Envelope",
    "LoginPassword",
    "ProxyData",
    "Session",
    "_Missing",
]
