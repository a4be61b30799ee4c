"""TLS: STARTTLS (RFC 3207), and listeners where it comes first (RFC 8314 section 3)."""

from __future__ import annotations

import ssl
from typing import Any, Final

from mailcatch.smtp import handshake, reply
from mailcatch.smtp.aiosmtpd import Session
from mailcatch.smtp.chunking import Chunking
from mailcatch.smtp.encrypted import Encrypted
from mailcatch.smtp.handshake import Credentials, Handshake
from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import Ending, Stage, TlsFault, Verdict
from mailcatch.smtp.sasl.exchange import Channel
from mailcatch.smtp.sasl.mechanisms import BOUND
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.verdicts import over

# A fatal alert: handshake_failure (RFC 8446 section 6).
ALERT: Final = b"\x15\x03\x01\x00\x02\x02\x28"
GARBAGE: Final = b"This is no TLS.\r\n" + bytes(range(256))
NO_FAULT: Final = TlsFault()


class Securing(Chunking):
    """A session that can go on inside of TLS."""

    _tls_protocol: Any = None
    _layer: Encrypted | None = None
    # How many commands the session might still have when TLS began.
    _secured_at = -1
    _commands_left = 0
    # How the listener speaks TLS.
    _offers_starttls = False
    _implicit = False

    @property
    def _shaking(self) -> bool:
        return self._layer is not None and not self._layer.shaken

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Begin TLS where the listener offers it (RFC 3207)."""
        verdict = self._ask(Stage.STARTTLS)
        if verdict is not None and verdict.said is not None:
            await self._answer(Stage.STARTTLS, verdict, verdict.said)
            return
        if self._encrypted:
            await self.push(reply.TLS_ACTIVE)
            return
        if not self._offers_starttls or "STARTTLS" in self._hidden:
            await self.push(reply.NOT_IMPLEMENTED)
            return
        if arg:
            await self.push(reply.NO_PARAMETERS)
            return
        # What came in plain text after STARTTLS counts for nothing (CVE-2024-34083).
        discarded = len(self._take())
        await self._answer(Stage.STARTTLS, verdict, reply.START_TLS)
        self.send_held()
        discarded += len(self._take())
        if discarded:
            self.recorder.note(Note("discarded-before-tls", f"{discarded} octets"))
        await self._secure()
        # RFC 3207 section 4.2: nothing that was said before counts.
        self._set_rset_state()
        self._hide(frozenset())
        peer = self.session.peer
        self.session = Session(self.loop)
        self.session.peer = peer
        self.session.ssl = {"ssl_object": self._tls_protocol}
        self.facts.helo = self.facts.user = self.facts.mechanism = None

    def handshake_moved(self) -> None:
        """Go on with what waits for the handshake."""
        self._wake()

    def tls_broke(self, error: ssl.SSLError) -> None:
        """End a session whose client sends an alert, or no TLS."""
        alert = handshake.alert_of(error)
        reason = f"the client sent the alert {alert}" if alert else "the client broke off TLS"
        self.interrupt(SessionOver("client", "tls", reason, ending=Ending.RST))

    def _wrap(self) -> None:
        """Hear from now on what comes as TLS."""
        assert self.transport is not None
        self._layer = Encrypted(self.transport, self)
        self.transport = self._layer

    async def _secure(self) -> None:
        """Shake hands, as the policy wants it. Raises SessionOver where that comes to nothing."""
        if self.transport is None:
            raise SessionOver("client", "closed")
        if self._layer is None:
            self._wrap()
        layer = self._layer
        assert layer is not None
        verdict = self._ask(Stage.TLS)
        fault = NO_FAULT
        if verdict is not None:
            fault = verdict.tls
            self._tell(Stage.TLS, verdict)
            if verdict.delay:
                await self._pause(verdict.delay)
            await self._end(Stage.TLS, verdict)
            if fault.handshake:
                await self._spoil(layer, fault.handshake, verdict)
        assert self.service.keyring is not None
        credentials = self.service.keyring.choose(fault.certificate, fault.version)
        try:
            made = await self._shake_hands(layer, credentials)
        finally:
            exporter = credentials.exporter
            exported = exporter(layer.client_random) if exporter is not None else b""
        self.recorder.tls(made)
        self._encrypted = self.facts.tls = True
        self._secured_at = self._commands_left
        self.facts.server_name = made.server_name
        self._tls_protocol = end = layer.end
        assert end is not None
        bindings = {
            "tls-exporter": exported,
            "tls-server-end-point": credentials.end_point,
            "tls-unique": _unique(made, end),
        }
        self._channel = self._channel_of(made, bindings)

    def _channel_of(self, made: Handshake, bindings: dict[str, bytes]) -> Channel:
        """Return what mechanisms may know of this session with TLS."""
        known = {name: octets for name, octets in bindings.items() if octets}
        # Clients that are offered a mechanism that binds choose it, and bind by one of these two
        # where nobody tells them how; without them they would fail.
        usual = "tls-exporter" in known or "tls-unique" in known
        named = not BOUND.isdisjoint(self.service.mechanisms or ())
        return Channel(self.hostname, known, usual or (named and bool(known)), made.identity)

    async def _shake_hands(self, layer: Encrypted, credentials: Credentials) -> Handshake:
        seconds = self.service.limits.handshake
        until = self.loop.time() + seconds
        layer.begin(credentials.context)
        assert layer.end is not None
        left: SessionOver | None = None
        try:
            while layer.shaking and await self._more(until - self.loop.time()):
                pass
        except TimeoutError:
            late = f"the TLS handshake took more than {seconds:g} s"
            self.recorder.tls(Handshake(failure=late))
            raise SessionOver("server", "tls", late, ending=Ending.RST) from None
        except SessionOver as gone:
            if gone.by == "server":
                # A farewell cannot be said before there is TLS.
                raise SessionOver(gone.by, gone.how, gone.reason) from None
            left = gone
        if layer.shaken and left is None:
            return handshake.succeeded(layer.end)
        made = handshake.failed(layer.end, layer.error)
        self.recorder.tls(made)
        by = "client" if made.alert or layer.error is None else "server"
        raise SessionOver(by, "tls", made.failure)

    async def _spoil(self, layer: Encrypted, how: str, verdict: Verdict) -> None:
        """Do in the place of a handshake what a policy wants. Raises SessionOver."""
        while how != "stall" and not layer.greeted:
            try:
                going = await self._more(self.service.limits.handshake)
            except TimeoutError:
                going = False
            if not going:
                raise SessionOver("client", "tls", "the client began no handshake")
        if how == "refuse":
            layer.refuse(ALERT)
        elif how == "garbage":
            layer.refuse(GARBAGE)
        raise over(Stage.TLS, verdict, Ending.HANG if how == "stall" else Ending.FIN)


def _unique(made: Handshake, end: ssl.SSLObject) -> bytes:
    """Return the binding tls-unique (RFC 5929), which TLS 1.3 does not have."""
    return b"" if made.version == "TLSv1.3" else end.get_channel_binding("tls-unique") or b""
