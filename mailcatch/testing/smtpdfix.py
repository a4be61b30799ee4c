"""The fixture `smtpd` of smtpdfix, on this server: opt in with one line in conftest.py.

    pytest_plugins = ["mailcatch.testing.smtpdfix"]

`smtpd.messages` holds `email.message.Message` objects, as smtpdfix gives them; `SMTPDFix` is there
too. New tests ask for `mailcatch` instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from email.message import Message

    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.server import MailServer

_CERTIFICATE: Final = "SMTPD_SSL_CERTIFICATE_FILE"
_VARIABLES: Final = {
    "host": ("SMTPD_HOST",),
    "port": ("SMTPD_PORT",),
    "ready_timeout": ("SMTPD_READY_TIMEOUT",),
    "login_username": ("SMTPD_LOGIN_NAME",),
    "login_password": ("SMTPD_LOGIN_PASSWORD",),
    "enforce_auth": ("SMTPD_ENFORCE_AUTH",),
    "auth_require_tls": ("SMTPD_AUTH_REQUIRE_TLS",),
    "use_starttls": ("SMTPD_USE_STARTTLS",),
    "use_ssl": ("SMTPD_USE_SSL", "SMTPD_USE_TLS"),
}
_DEFAULTS: Final[dict[str, Any]] = {
    "host": "127.0.0.1",
    "port": 0,
    "ready_timeout": 10.0,
    "login_username": "user",
    "login_password": "password",
    "enforce_auth": False,
    "auth_require_tls": True,
    "use_starttls": False,
    "use_ssl": False,
    "ssl_cert_files": (None, None),
}
_TRUE: Final = frozenset(("y", "yes", "t", "true", "on", "1"))
_FALSE: Final = frozenset(("n", "no", "f", "false", "off", "0"))


class Smtpdfix:
    """What a test that was written for smtpdfix uses.

    config: its properties can be set. Each time the server starts anew, on the same port once it
    has one of its own, and the messages stay.
    """

    def __init__(self, mailbox: Mailbox | None, config: Config) -> None:
        self._server: MailServer | None = None
        self._mailboxes = [] if mailbox is None else [mailbox]
        self._certificate: list[str | None] = []
        self.config = config
        config.__dict__["_smtpd"] = self

    @property
    def hostname(self) -> str:
        """The host."""
        return self._mailboxes[-1].host

    @property
    def port(self) -> int:
        """The port."""
        return self._mailboxes[-1].port

    @property
    def messages(self) -> list[Message]:
        """The messages, with the headers that smtpdfix adds: X-Peer, X-MailFrom, X-RcptTo."""
        found = []
        for one in [message for mailbox in self._mailboxes for message in mailbox]:
            message = one.email
            message["X-Peer"] = str(one.session.peer_end)
            message["X-MailFrom"] = str(one.envelope.mail_from)
            message["X-RcptTo"] = ", ".join(one.envelope.rcpt_to)
            found.append(message)
        return found

    def restart(self) -> None:
        """Start with what the configuration says now."""
        from mailcatch.testing.server import MailServer

        values = self.config.values
        port = int(values["port"]) or (self.port if self._server is not None else 0)
        self.stop()
        cert, key = values["ssl_cert_files"]
        login = {str(values["login_username"]): str(values["login_password"])}
        server = MailServer(
            host=str(values["host"]),
            port=port,
            tls="starttls" if values["use_starttls"] else "implicit" if values["use_ssl"] else None,
            require_tls=bool(values["use_starttls"]),
            cert=cert,
            key=key,
            auth_users=login,
            require_auth=bool(values["enforce_auth"]),
        )
        server.__enter__()
        self._server = server
        self._mailboxes.append(server.inbox())
        if server.authority_file is not None:
            self._tell_certificate(str(server.authority_file))

    def stop(self) -> None:
        """Stop what was started for this test alone."""
        if self._server is not None:
            self._mailboxes[-1].close()
            self._server.__exit__(None, None, None)
            self._server = None
        if self._certificate:
            before = self._certificate.pop()
            if before is None:
                os.environ.pop(_CERTIFICATE, None)
            else:
                os.environ[_CERTIFICATE] = before

    def _tell_certificate(self, file: str) -> None:
        """Name what clients have to trust, where tests for smtpdfix look for it."""
        self._certificate.append(os.environ.get(_CERTIFICATE))
        os.environ[_CERTIFICATE] = file


class Config:
    """The properties of `smtpd.config`, as smtpdfix has them. AUTH is offered without TLS too.

    values: by name, begun with those of the environment, such as SMTPD_USE_STARTTLS.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        values = dict(_DEFAULTS)
        for name, variables in _VARIABLES.items():
            for variable in variables:
                if variable in given:
                    values[name] = _like(_DEFAULTS[name], given[variable])
        if _CERTIFICATE in given:
            values["ssl_cert_files"] = (given[_CERTIFICATE], given.get("SMTPD_SSL_KEY_FILE"))
        self.__dict__["values"] = values
        self.__dict__["_smtpd"] = None

    @property
    def changed(self) -> bool:
        """Whether anything is not as it is by default."""
        return bool(self.values != _DEFAULTS)

    def __getattr__(self, name: str) -> Any:
        """Return a property. The port is where the server listens."""
        values = self.__dict__["values"]
        if name not in values:
            raise AttributeError(f"smtpd.config has no {name}")
        smtpd = self.__dict__["_smtpd"]
        return smtpd.port if name == "port" and smtpd is not None else values[name]

    def __setattr__(self, name: str, value: object) -> None:
        values = self.__dict__["values"]
        if name not in values:
            raise AttributeError(f"smtpd.config has no {name}: there are {', '.join(values)}")
        if name == "ssl_cert_files":
            values[name] = value if isinstance(value, tuple) else (value, None)
        else:
            values[name] = _like(_DEFAULTS[name], value)
        smtpd = self.__dict__["_smtpd"]
        if smtpd is not None:
            smtpd.restart()


def _property(name: str) -> property:
    return property(
        lambda config: config.__getattr__(name),
        lambda config, value: config.__setattr__(name, value),
        doc=f"The {name} of smtpdfix.",
    )


# True properties, which monkeypatch and mock know to put back.
for _name in _DEFAULTS:
    setattr(Config, _name, _property(_name))


class SMTPDFix:
    """The server as a block: `with SMTPDFix("127.0.0.1", 8025) as smtpd:`."""

    def __init__(
        self, hostname: str | None = None, port: int | None = None, config: Config | None = None
    ) -> None:
        self.config = config or Config()
        if hostname is not None:
            self.config.values["host"] = hostname
        if port is not None:
            self.config.values["port"] = port
        self._smtpd: Smtpdfix | None = None

    def __enter__(self) -> Smtpdfix:
        """Start."""
        self._smtpd = smtpd = Smtpdfix(None, self.config)
        smtpd.restart()
        return smtpd

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        if self._smtpd is not None:
            self._smtpd.stop()


def _like(default: object, value: object) -> object:
    """Return a value in the type of its default. Raises ValueError."""
    if isinstance(default, bool):
        word = str(value).lower()
        if isinstance(value, str) and word not in _TRUE | _FALSE:
            raise ValueError(f"{value!r} is neither true nor false")
        return word in _TRUE if isinstance(value, str) else bool(value)
    return str(value) if isinstance(default, str) else type(default)(value)  # type: ignore[call-arg]


@pytest.fixture
def smtpd(mailcatch: Mailbox) -> Iterator[Smtpdfix]:
    """Return the server as smtpdfix shows it; the variables SMTPD_... configure it."""
    found = Smtpdfix(mailcatch, Config())
    try:
        if found.config.changed:
            found.restart()
        yield found
    finally:
        found.stop()
