"""The mechanisms there are, and which of them a session is offered."""

from __future__ import annotations

from typing import Final

from mailcatch.smtp.sasl.accounts import Accounts, Everyone
from mailcatch.smtp.sasl.claims import anonymous, external
from mailcatch.smtp.sasl.exchange import Begin, Channel, Exchange, Mechanism
from mailcatch.smtp.sasl.ntlm import ntlm
from mailcatch.smtp.sasl.passwords import cram_md5, login, plain
from mailcatch.smtp.sasl.scram import scram
from mailcatch.smtp.sasl.tokens import oauthbearer, xoauth2


def _scram(algorithm: str, *, plus: bool) -> Begin:
    def begin(accounts: Accounts, channel: Channel) -> Exchange:
        return scram(algorithm, accounts, channel, plus=plus)

    return begin


_ALL: Final = (
    Mechanism("PLAIN", plain),
    Mechanism("LOGIN", login),
    Mechanism("CRAM-MD5", cram_md5, secrets=True),
    Mechanism("SCRAM-SHA-1", _scram("sha1", plus=False), secrets=True),
    Mechanism("SCRAM-SHA-1-PLUS", _scram("sha1", plus=True), secrets=True, bound=True),
    Mechanism("SCRAM-SHA-256", _scram("sha256", plus=False), secrets=True),
    Mechanism("SCRAM-SHA-256-PLUS", _scram("sha256", plus=True), secrets=True, bound=True),
    Mechanism("XOAUTH2", xoauth2),
    Mechanism("OAUTHBEARER", oauthbearer),
    Mechanism("EXTERNAL", external),
    Mechanism("ANONYMOUS", anonymous),
    Mechanism("NTLM", ntlm),
)
MECHANISMS: Final = {mechanism.name: mechanism for mechanism in _ALL}
BOUND: Final = frozenset(name for name, mechanism in MECHANISMS.items() if mechanism.bound)


def offered(accounts: Accounts, channel: Channel) -> list[str]:
    """Return the mechanisms that a session is offered where the user names none.

    Those that nobody could pass are left out. NTLM is always refused, so it is never offered.
    """
    return [one.name for one in _ALL if one.name != "NTLM" and _passable(one, accounts, channel)]


def _passable(mechanism: Mechanism, accounts: Accounts, channel: Channel) -> bool:
    if mechanism.name == "EXTERNAL":
        return bool(channel.certificate)
    if mechanism.name == "ANONYMOUS":
        return accounts.exists("anonymous")
    if mechanism.name == "CRAM-MD5" and isinstance(accounts, Everyone):
        return True
    if mechanism.bound and not channel.offers_binding:
        return False
    return accounts.secrets_known or not mechanism.secrets
