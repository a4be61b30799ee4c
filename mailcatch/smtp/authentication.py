"""AUTH (RFC 4954): every credential is taken unless there are accounts, or an authenticator."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Any

from mailcatch.smtp import command, reply
from mailcatch.smtp.aiosmtpd import MISSING, AuthResult, LoginPassword, _Missing
from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import Stage
from mailcatch.smtp.reading import LineTooLongError
from mailcatch.smtp.sasl.exchange import Channel, MalformedError, Mechanism, Outcome
from mailcatch.smtp.sasl.mechanisms import MECHANISMS, offered
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.verdicts import Verdicts

# RFC 4954 section 4: a response may have 12,288 octets.
RESPONSE_LIMIT = 12_288

_Mechanism = Callable[[Any, list[str]], Awaitable[Any]]
_mechanisms: dict[tuple[type, type], dict[str, str]] = {}


class Authentication(Verdicts):
    """The verb AUTH.

    Its mechanisms are those of `sasl`, and methods in aiosmtpd's form, `auth_NAME` here or on the
    handler, which go before.
    """

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    # Whether lines that are no command may be responses to an AUTH that came to nothing.
    _guarded = False
    _channel = Channel()

    @property
    def mechanisms(self) -> dict[str, str]:
        """The mechanisms in aiosmtpd's form, each with the name of its method."""
        key = (type(self), type(self.event_handler))
        known = _mechanisms.get(key)
        if known is None:
            known = _mechanisms[key] = {
                _mechanism_name(owner, method): method
                for owner in key
                for method in dir(owner)
                if method.startswith("auth_")
            }
        excluded = self.service.auth_excluded
        if not excluded:
            return known
        return {name: method for name, method in known.items() if name not in excluded}

    def _offered_mechanisms(self) -> list[str]:
        """Return the names of the mechanisms that this session is offered, in their order."""
        service, methods = self.service, self.mechanisms
        if service.accounts is None:
            return sorted(methods)
        passable = offered(service.accounts, self._channel)
        names = [*passable, *sorted(methods.keys() - passable)]
        wanted = service.mechanisms
        return [
            name
            for name in names
            if name not in service.auth_excluded and (wanted is None or name in wanted)
        ]

    def _knows(self, mechanism: str) -> bool:
        """Return whether a mechanism can be tried, offered or not."""
        wanted = self.service.mechanisms
        if mechanism in self.service.auth_excluded or (wanted and mechanism not in wanted):
            return False
        known = self.service.accounts is not None and mechanism in MECHANISMS
        return known or mechanism in self.mechanisms

    async def smtp_AUTH(self, arg: str | None) -> None:
        """Authenticate the client."""
        refusal = self._auth_refusal(arg)
        if refusal is not None:
            await self.push(refusal)
            return
        assert arg is not None
        args = arg.split()
        args[0] = mechanism = args[0].upper()
        verdict = self._ask(Stage.AUTH)
        said = verdict.said if verdict is not None else None
        if said is not None:
            self._guarded = not said.positive
            if said.positive:
                self.session.authenticated = True
            await self._answer(Stage.AUTH, verdict, said)
            return
        status = await self._call_handler_hook("AUTH", args)
        if status is MISSING:
            status = await self._run(mechanism, args)
        if status is None:
            return
        await self._answer(Stage.AUTH, verdict, status)

    def _auth_refusal(self, arg: str | None) -> reply.Reply | None:
        if "AUTH" in self.service.without or "AUTH" in self._hidden:
            return reply.NOT_IMPLEMENTED
        if self.session.host_name is None:
            return reply.EHLO_FIRST
        if self.service.auth_requires_tls and not self._encrypted:
            return reply.ENCRYPTION_REQUIRED
        if self.session.authenticated:
            return reply.AUTHENTICATED_ALREADY
        if self.facts.transaction is not None:
            return reply.NOT_IN_TRANSACTION
        words = arg.split() if arg else []
        if not 1 <= len(words) <= 2:
            return reply.syntax("AUTH mechanism [initial-response]")
        if not self._knows(words[0].upper()):
            return reply.UNKNOWN_MECHANISM
        return None

    async def _run(self, mechanism: str, args: list[str]) -> Any:
        """Run a mechanism. Returns the reply that is still to be sent, or None."""
        name = self.mechanisms.get(mechanism)
        if name is None:
            return await self._lead(MECHANISMS[mechanism], args)
        owner = self if hasattr(type(self), name) else self.event_handler
        method: _Mechanism = getattr(owner, name)
        result: Any = await method(self, args)
        if isinstance(result, AuthResult):
            self._note_credentials(mechanism, result)
            if result.success:
                self._authenticated(mechanism, result.auth_data)
                return result.message or reply.AUTHENTICATED
            if result.handled:
                return None
            return result.message or reply.AUTH_FAILED
        # The older form of aiosmtpd: None is handled, MISSING or False refused, all else a name.
        if result is None:
            return None
        if result is MISSING or result is False:
            return reply.AUTH_FAILED
        self._authenticated(mechanism, result)
        return reply.AUTHENTICATED

    async def _lead(self, mechanism: Mechanism, args: list[str]) -> reply.Reply | None:
        """Lead an exchange of challenges and responses. Returns as `_run` does."""
        accounts = self.service.accounts
        assert accounts is not None
        exchange = mechanism.begin(accounts, self._channel)
        challenge = next(exchange)
        given = args[1:]
        if given and challenge:
            return reply.SERVER_FIRST
        try:
            while True:
                response = await (
                    self._initial(given.pop()) if given else self.challenge_auth(challenge)
                )
                if response is MISSING:
                    return None
                assert isinstance(response, bytes)
                challenge = exchange.send(response)
        except StopIteration as end:
            return self._concluded(mechanism.name, end.value)
        except MalformedError as wrong:
            self.recorder.note(Note("auth-malformed", str(wrong)))
            return reply.BAD_CREDENTIALS_FORM
        finally:
            exchange.close()

    def _concluded(self, mechanism: str, outcome: Outcome) -> reply.Reply:
        shown = outcome.secret if self.service.show_credentials else b""
        told = shown.decode(errors="replace")
        self.recorder.auth(mechanism, outcome.user, accepted=outcome.accepted, secret=told)
        if not outcome.accepted:
            return reply.AUTH_FAILED
        self._authenticated(mechanism, LoginPassword(outcome.user.encode(), outcome.secret))
        return reply.AUTHENTICATED

    def _authenticated(self, mechanism: str, data: object) -> None:
        self._guarded = False
        self.session.authenticated = True
        self.session.auth_data = data  # type: ignore[assignment]  # aiosmtpd: "can be anything"
        self.session._login_data = getattr(data, "login", data)  # type: ignore[arg-type]
        self.facts.mechanism = mechanism
        self.facts.user = _user(data)

    def _note_credentials(self, mechanism: str, result: AuthResult) -> None:
        if not result.success and result.handled:
            return
        data: object = result.auth_data
        secret = getattr(data, "password", b"") if self.service.show_credentials else b""
        shown = secret.decode(errors="replace") if isinstance(secret, bytes) else str(secret)
        self.recorder.auth(mechanism, _user(data), accepted=result.success, secret=shown)

    async def challenge_auth(
        self,
        challenge: str | bytes,
        encode_to_b64: bool = True,
        log_client_response: bool = False,
    ) -> _Missing | bytes:
        """Send a challenge and return the client's response, decoded.

        challenge: its text, or octets. encode_to_b64: False for text that is base64 already.
        log_client_response: of aiosmtpd; transcripts keep responses by --show-credentials alone.
        Returns MISSING where the client cancelled or sent no base64; it has its reply then.
        """
        octets = challenge.encode() if isinstance(challenge, str) else challenge
        await self.push(b"334 " + (b64encode(octets) if encode_to_b64 else octets))
        try:
            line = await self._next_line(RESPONSE_LIMIT, self.service.limits.idle)
        except LineTooLongError:
            await self.push(reply.LINE_TOO_LONG)
            return MISSING
        except OverflowError as endless:
            reason = f"a response to AUTH of {endless} octets had no end"
            raise SessionOver("server", "limit", reason, reply.ENDLESS_LINE) from None
        except TimeoutError:
            raise SessionOver("server", "idle", "no response to AUTH", reply.IDLE) from None
        text, end, _, _ = command.split(line)
        shown = text if self.service.show_credentials or text == b"*" else command.MASK
        if text or end:
            self.recorder.client(shown, end)
        if text.strip() == b"*":
            await self.push(reply.AUTH_CANCELLED)
            return MISSING
        return await self._decoded(text.strip())

    async def auth_PLAIN(self, _: Any, args: list[str]) -> AuthResult:
        """RFC 4616: [authorization id] NUL user NUL password; an empty response names nobody."""
        response = await self._first_response(args, "")
        if response is MISSING:
            return AuthResult(success=False)
        assert isinstance(response, bytes)
        parts = response.split(b"\0", 2) if response else [b"", b"", b""]
        if len(parts) != 3:
            await self.push(reply.BAD_CREDENTIALS_FORM)
            return AuthResult(success=False)
        return self._authenticate("PLAIN", LoginPassword(parts[1], parts[2]))

    async def auth_LOGIN(self, _: Any, args: list[str]) -> AuthResult:
        """Ask for the user's name, which may come with the command, and for the password."""
        login = await self._first_response(args, self.AuthLoginUsernameChallenge)
        if login is MISSING:
            return AuthResult(success=False)
        password = await self.challenge_auth(self.AuthLoginPasswordChallenge)
        if password is MISSING:
            return AuthResult(success=False)
        assert isinstance(login, bytes)
        assert isinstance(password, bytes)
        return self._authenticate("LOGIN", LoginPassword(login, password))

    async def _first_response(self, args: list[str], challenge: str) -> _Missing | bytes:
        """Return the response that came with the command ("=" is an empty one), or ask for it."""
        if len(args) == 1:
            return await self.challenge_auth(challenge)
        return await self._initial(args[1])

    async def _initial(self, response: str) -> _Missing | bytes:
        """Return an initial response; "=" is an empty one (RFC 4954 section 4)."""
        if response == "=":
            return b""
        return await self._decoded(response.encode(errors="surrogateescape"))

    async def _decoded(self, response: bytes) -> _Missing | bytes:
        try:
            return b64decode(response, validate=True)
        except binascii.Error:
            await self.push(reply.BAD_BASE64)
            return MISSING


def _mechanism_name(owner: type, method: str) -> str:
    given = getattr(getattr(owner, method), "__auth_mechanism_name__", None)
    return str(given) if given else method.removeprefix("auth_").replace("__", "-").upper()


def _user(data: object) -> str:
    login = getattr(data, "login", b"")
    return login.decode(errors="replace") if isinstance(login, bytes) else str(login)
