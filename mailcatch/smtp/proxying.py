"""Sessions in which one client speaks for another: the PROXY header, XCLIENT and XFORWARD."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final

from mailcatch.smtp import reply
from mailcatch.smtp.aiosmtpd import AF, MISSING, PROTO, LoginPassword, ProxyData, Session
from mailcatch.smtp.client_attributes import (
    XCLIENT,
    XFORWARD,
    AttributeSyntaxError,
    available,
    read_attributes,
)
from mailcatch.smtp.endpoint import UNIX, UNKNOWN, Endpoint
from mailcatch.smtp.extensions import FOR_TRUSTED
from mailcatch.smtp.hello import Hello
from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import NO_ATTRIBUTES
from mailcatch.smtp.proxy_header import ProxyHeader, ProxyHeaderError, read_header
from mailcatch.smtp.reply import Reply
from mailcatch.smtp.session_over import SessionOver

_NAMES: Final = {"XCLIENT": XCLIENT, "XFORWARD": XFORWARD}


class Proxying(Hello):
    """Who the client is, where that is not the one at the other end of the socket.

    _proxied: whether the session has still to begin with a PROXY header.
    """

    _client: Endpoint
    # Where the client wanted to get: the listener, unless somebody said otherwise.
    _destination: Endpoint
    _proxied = False

    def _begin_record(self) -> None:
        """Begin to record the session, of which it is known now who the client is."""
        self.recorder = self.service.open_recorder(self.facts.client, self.facts.server)

    def _name_ends(self, client: Endpoint, destination: Endpoint) -> None:
        """Note who the client is from now on, and where it wanted to get."""
        self._client, self._destination = client, destination
        self._trusted = client.local
        self.facts.client, self.facts.destination = str(client), str(destination)
        peer: Any = (client.host, client.port)
        self.session.peer = peer

    # The PROXY protocol.

    async def _hear_proxy(self) -> None:
        """Read the header that a proxy puts before the session. Raises SessionOver."""
        via = self._client
        try:
            header = await self._header()
        except ProxyHeaderError as wrong:
            self._begin_record()
            self.recorder.note(Note(wrong.note, str(wrong)))
            missing = wrong.note == "proxy-header-missing"
            reason = "no PROXY header came" if missing else "the PROXY header cannot be read"
            raise SessionOver("server", "protocol", f"{reason}: {wrong}") from None
        except SessionOver as over:
            self._begin_record()
            if self._implicit:
                # Before TLS nothing can be said.
                raise SessionOver(over.by, over.how, over.reason) from None
            raise
        finally:
            self._proxied = False
        if header.client is not None:
            self._name_ends(header.client, header.server or self._destination)
        self._begin_record()
        self.recorder.proxy(header, str(via))
        if self.event_handler is not None:
            await self._ask_handler(header)
        rest = self._take()
        self._untouched = self._unusual = True
        if self._implicit:
            self._wrap()
            assert self._layer is not None
            if rest:
                self._layer.data_received(rest)
        elif rest:
            self.data_received(rest)

    async def _ask_handler(self, header: ProxyHeader) -> None:
        """Let a handler of aiosmtpd's form have its say."""
        self.session.proxy_data = data = _proxy_data(header)
        wanted = await self._call_handler_hook("PROXY", data)
        if wanted is not MISSING and not wanted:
            raise SessionOver("server", "protocol", "the handler does not want this client")

    async def _header(self) -> ProxyHeader:
        seconds = self.service.limits.proxy
        until = self.loop.time() + seconds
        octets = b""
        while (header := read_header(octets)) is None:
            try:
                going = await self._more(until - self.loop.time())
            except TimeoutError:
                if octets:
                    raise ProxyHeaderError(f"its end did not come within {seconds:g} s") from None
                why = f"nothing came within {seconds:g} s; does the client connect directly?"
                raise ProxyHeaderError(why, note="proxy-header-missing") from None
            if not going:
                raise SessionOver("client", "eof", "the client closed before its PROXY header")
            octets += self._take()
        self.put_back(octets[header.octets :])
        return header

    # XCLIENT and XFORWARD.

    def _offers(self, extension: str) -> bool:
        return super()._offers(extension) and (self._trusted or extension not in FOR_TRUSTED)

    async def smtp_XCLIENT(self, arg: str | None) -> None:
        """Begin the session anew as another client's (Postfix's XCLIENT_README)."""
        refusal, attributes = self._attributes("XCLIENT", arg)
        if refusal is not None:
            await self.push(refusal)
            return
        self._set_rset_state()
        self._hide(frozenset())
        self._become(attributes)
        await self._say_greeting()

    async def smtp_XFORWARD(self, arg: str | None) -> None:
        """Note of whose mail the next transaction is (Postfix's XFORWARD_README)."""
        refusal, attributes = self._attributes("XFORWARD", arg)
        if refusal is None:
            self.facts.forwarded = {**self.facts.forwarded, **attributes}
            self.recorder.forwarded(attributes)
        await self.push(refusal or reply.OK)

    def _attributes(self, verb: str, arg: str | None) -> tuple[Reply | None, dict[str, str]]:
        """Return why a verb is refused, or what it says."""
        if not super()._offers(verb):
            return reply.NOT_IMPLEMENTED, {}
        if not self._trusted:
            return reply.NOT_AUTHORIZED, {}
        if self.facts.transaction is not None:
            return reply.NOT_IN_TRANSACTION, {}
        if not arg:
            return reply.syntax(f"{verb} attribute=value..."), {}
        try:
            return None, read_attributes(arg, _NAMES[verb])
        except AttributeSyntaxError as wrong:
            return Reply(501, "5.5.4", str(wrong)), {}

    def _become(self, attributes: dict[str, str]) -> None:
        """Take the place of another client. Only TLS and the connection stay."""
        encryption = self.session.ssl
        self.session = Session(self.loop)
        self.session.ssl = encryption
        facts = self.facts
        client = _moved(self._client, attributes, "ADDR", "PORT")
        destination = _moved(self._destination, attributes, "DESTADDR", "DESTPORT")
        self._name_ends(client, destination)
        if "NAME" in attributes:
            facts.client_name = available(attributes, "NAME")
        facts.helo = self.session.host_name = available(attributes, "HELO")
        self.session.extended_smtp = attributes.get("PROTO") == "ESMTP"
        facts.user = facts.mechanism = None
        facts.forwarded = NO_ATTRIBUTES
        self.recorder.became(attributes, facts.client)
        user = available(attributes, "LOGIN")
        if user is not None:
            self.recorder.auth("XCLIENT", user, accepted=True, secret="")
            self._authenticated("XCLIENT", LoginPassword(user.encode(), b""))


def _proxy_data(header: ProxyHeader) -> Any:
    """Return a header as handlers of aiosmtpd know it."""
    # Its slots are made in a way that type checkers do not see through.
    data: Any = ProxyData(version=header.version)
    data.protocol, data.family = PROTO.UNSPEC, AF.UNSPEC
    if header.client is None or header.server is None:
        return data
    client, server = header.client, header.server
    data.protocol = PROTO.STREAM
    if client.host == UNIX:
        data.family, data.src_addr, data.dst_addr = AF.UNIX, client.host, server.host
        return data
    data.src_addr, data.dst_addr = ip_address(client.host), ip_address(server.host)
    data.src_port, data.dst_port = client.port, server.port
    data.family = AF.INET if data.src_addr.version == 4 else AF.INET6
    return data


def _moved(end: Endpoint, attributes: dict[str, str], host: str, port: str) -> Endpoint:
    """Return an end of the connection as attributes change it."""
    return Endpoint(
        end.host if host not in attributes else available(attributes, host) or UNKNOWN,
        end.port if port not in attributes else int(available(attributes, port) or 0),
    )
