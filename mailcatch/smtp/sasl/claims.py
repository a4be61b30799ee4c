"""Mechanisms without a secret: EXTERNAL and ANONYMOUS."""

from __future__ import annotations

from mailcatch.smtp.sasl.accounts import Accounts
from mailcatch.smtp.sasl.exchange import Channel, Exchange, Outcome, text


def external(accounts: Accounts, channel: Channel) -> Exchange:
    """RFC 4422 appendix A: TLS has shown who the client is; it may say whom it acts as."""
    authorization = text((yield b""))
    user = channel.certificate or authorization
    return Outcome(accounts.exists(user), user, b"", authorization)


def anonymous(accounts: Accounts, _channel: Channel) -> Exchange:
    """RFC 4505: nobody in particular, with a trace such as a mail address."""
    trace = text((yield b""))
    return Outcome(accounts.exists("anonymous"), "anonymous", b"", trace)
