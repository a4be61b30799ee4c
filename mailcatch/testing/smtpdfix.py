"""The fixture `smtpd` of smtpdfix, on this server: opt in with one line in conftest.py.

    pytest_plugins = ["mailcatch.testing.smtpdfix"]

`smtpd.messages` holds `email.message.Message` objects, as smtpdfix gives them; `SMTPDFix`, `Config`
and `AuthController` are there too. New tests ask for `mailcatch` instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import pytest

from mailcatch.testing.plugin import tell_of
from mailcatch.testing.wiring import variable

if TYPE_CHECKING:
    from email.message import Message

    from mailcatch.testing.mailbox import Mailbox

_CERTIFICATE: Final = "SMTPD_SSL_CERTIFICATE_FILE"
_KEY: Final = "SMTPD_SSL_KEY_FILE"


class _Setting:
    """A property of `smtpd.config`, which starts the server anew when it is set.

    read: gives the value in its type. variables: of the environment, which it begins with.
    """

    def __init__(self, default: object, read: Callable[[Any], object], *variables: str) -> None:
        self.default = default
        self.read = read
        self.variables = variables

    def __set_name__(self, owner: type[Config], name: str) -> None:
        self.name = name

    def __get__(self, config: Config | None, owner: type[Config]) -> Any:
        return self if config is None else config.values[self.name]

    def __set__(self, config: Config, value: object) -> None:
        config.values[self.name] = self.read(value)
        if config.restart is not None:
            config.restart()


class _Port(_Setting):
    """Where the server listens, once it does."""

    def __get__(self, config: Config | None, owner: type[Config]) -> Any:
        if config is None or config.listens_on is None:
            return super().__get__(config, owner)
        return config.listens_on()


def _truth(value: object) -> bool:
    if not isinstance(value, str):
        return bool(value)
    if value.lower() in {"y", "yes", "t", "true", "on", "1"}:
        return True
    if value.lower() in {"n", "no", "f", "false", "off", "0"}:
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def _files(value: Any) -> tuple[str | None, str | None]:
    """Return the files of certificate and key. Raises FileNotFoundError, as smtpdfix does."""
    cert, key = value if isinstance(value, tuple) else (value, None)
    for file in (cert, key):
        if file is not None and not Path(file).is_file():
            raise FileNotFoundError(f"{file}: there is no such certificate or key")
    return cert and str(cert), key and str(key)


class Config:
    """The properties of `smtpd.config`, as smtpdfix has them.

    They begin with what the environment says, such as SMTPD_USE_STARTTLS.
    """

    host = _Setting("127.0.0.1", str, "SMTPD_HOST")
    port = _Port(0, int, "SMTPD_PORT")
    ready_timeout = _Setting(10.0, float, "SMTPD_READY_TIMEOUT")
    login_username = _Setting("user", str, "SMTPD_LOGIN_NAME")
    login_password = _Setting("password", str, "SMTPD_LOGIN_PASSWORD")
    enforce_auth = _Setting(False, _truth, "SMTPD_ENFORCE_AUTH")
    auth_require_tls = _Setting(True, _truth, "SMTPD_AUTH_REQUIRE_TLS")
    use_starttls = _Setting(False, _truth, "SMTPD_USE_STARTTLS")
    use_ssl = _Setting(False, _truth, "SMTPD_USE_SSL", "SMTPD_USE_TLS")
    ssl_cert_files = _Setting((None, None), _files)

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self.restart: Callable[[], None] | None = None
        self.listens_on: Callable[[], int] | None = None
        self.values: dict[str, Any] = {name: one.default for name, one in _SETTINGS.items()}
        for name, setting in _SETTINGS.items():
            for told in setting.variables:
                if told in given:
                    self.values[name] = setting.read(given[told])
        if _CERTIFICATE in given:
            self.values["ssl_cert_files"] = _files((given[_CERTIFICATE], given.get(_KEY)))

    @property
    def changed(self) -> bool:
        """Whether a server of its own is needed: anything but AUTH outside of TLS is not usual."""
        asked = {name: getattr(self, name) for name in _SETTINGS} | {"port": self.values["port"]}
        usual = {"auth_require_tls", "ready_timeout"}
        return any(asked[name] != _SETTINGS[name].default for name in _SETTINGS.keys() - usual)

    def __setattr__(self, name: str, value: object) -> None:
        """Set a property. Raises AttributeError for one that smtpdfix does not have."""
        if name not in {*_SETTINGS, "restart", "listens_on", "values"}:
            near = get_close_matches(name, _SETTINGS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_SETTINGS)}"
            raise AttributeError(f"smtpd.config has no {name}: {hint}")
        super().__setattr__(name, value)


_SETTINGS: Final = {name: one for name, one in vars(Config).items() if isinstance(one, _Setting)}


class AuthController:
    """What a test that was written for smtpdfix uses.

    config: its properties can be set. Each time the server starts anew, on the same port once it
    has one of its own, and the messages stay.
    """

    def __init__(
        self,
        mailbox: Mailbox | None,
        config: Config,
        tell_of: Callable[[Mailbox], object] | None = None,
    ) -> None:
        """Begin with a mailbox, where there is one; tell_of: called with each further one."""
        self._tell_of = tell_of
        self._mailboxes: list[Mailbox] = []
        self._running = ExitStack()
        self._has_own = False
        self.config = config
        if mailbox is not None:
            self._take(mailbox)
        config.restart = self.reset
        config.listens_on = lambda: self.port

    @property
    def hostname(self) -> str:
        """The host."""
        return self._mailboxes[-1].host if self._mailboxes else str(self.config.host)

    @property
    def port(self) -> int:
        """The port."""
        return self._mailboxes[-1].port if self._mailboxes else int(self.config.values["port"])

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

    def start(self) -> None:
        """Start a server of its own, with what the configuration says."""
        self.reset()

    def reset(self) -> None:
        """Start with what the configuration says now."""
        from mailcatch.testing.server import MailServer

        config = self.config
        port = int(config.values["port"]) or (self.port if self._has_own else 0)
        self.stop()
        cert, key = config.ssl_cert_files
        tls = config.use_starttls or config.use_ssl
        server = MailServer(
            host=config.host,
            port=port,
            tls="starttls" if config.use_starttls else "implicit" if config.use_ssl else None,
            require_tls=config.use_starttls,
            cert=cert if tls else None,
            key=key if tls else None,
            auth_users={config.login_username: config.login_password},
            require_auth=config.enforce_auth,
        )
        self._running.enter_context(server)
        self._has_own = True
        self._take(self._running.enter_context(closing(server.inbox())))
        if self._tell_of is not None:
            self._tell_of(self._mailboxes[-1])
        if server.authority_file is not None:
            # Where tests for smtpdfix look for what clients have to trust.
            trusted = variable(_CERTIFICATE, str(server.authority_file))
            self._running.enter_context(trusted)

    def stop(self) -> None:
        """Stop what was started for this test alone."""
        self._running.close()
        self._has_own = False

    def _take(self, mailbox: Mailbox) -> None:
        """Use a mailbox; as with smtpdfix, there is no AUTH outside of TLS."""
        self._mailboxes.append(mailbox)
        if self.config.auth_require_tls:
            mailbox.without("AUTH", match={"tls": False}, optional=True)

    def __repr__(self) -> str:
        return f"<AuthController on {self.hostname}:{self.port}, {self._mailboxes}>"


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
        self.controller: AuthController | None = None

    def __enter__(self) -> AuthController:
        """Start."""
        self.controller = controller = AuthController(None, self.config)
        controller.start()
        return controller

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        if self.controller is not None:
            self.controller.stop()


@pytest.fixture
def smtpd(request: pytest.FixtureRequest, mailcatch: Mailbox) -> Iterator[AuthController]:
    """Return the server as smtpdfix shows it; the variables SMTPD_... configure it."""
    found = AuthController(mailcatch, Config(), lambda mailbox: tell_of(request, mailbox))
    try:
        if found.config.changed:
            found.reset()
        yield found
    finally:
        found.stop()
