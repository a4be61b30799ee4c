"""A message as it arrives: its end found, its form watched, its octets put into a deposit."""

from __future__ import annotations

from mailcatch.smtp.chunk import ChunkReader
from mailcatch.smtp.dot import DotReader
from mailcatch.smtp.form import Form
from mailcatch.smtp.recorder import Deposit, Recorder


class Incoming:
    """The data of one message: up to the dot, or in chunks.

    limit: octets that it may have; 0 for any number.
    octets: how many octets of the message came. failure: why it cannot be kept, or None.
    too_big: whether it is past the limit; what follows is read and dropped.
    """

    __slots__ = ("_deposit", "_reader", "_tail", "failure", "form", "limit", "octets", "too_big")

    def __init__(self, recorder: Recorder, limit: int) -> None:
        self.limit = limit
        self.octets = 0
        self.too_big = False
        self.failure: OSError | None = None
        self.form = Form()
        self._reader: DotReader | ChunkReader = DotReader()
        self._tail = b""
        self._deposit: Deposit | None = None
        try:
            self._deposit = recorder.deposit()
        except OSError as error:
            self.failure = error

    def expect(self, octets: int) -> None:
        """Take so many octets next as they are, and no dot ends them: a chunk."""
        self._reader = ChunkReader(octets)
        self._measure(self.octets + octets)

    @property
    def wanted(self) -> int | None:
        """How many octets of the chunk are still to come; None where a dot ends the data."""
        return self._reader.wanted

    def feed(self, segment: bytes) -> bytes | None:
        """Take octets of the client. Returns what followed the dot, or None before it."""
        octets, rest = self._reader.feed(segment)
        if rest is None:
            self._tail = (self._tail + segment)[-5:]
        self.octets += len(octets)
        self._measure(self.octets)
        if not self.too_big:
            self.form.see(octets)
            if self._deposit is not None:
                try:
                    self._deposit.write(octets)
                except OSError as error:
                    self.failure = error
                    self.discard()
        return rest

    @property
    def stuck(self) -> bool:
        """Whether the client may think that it ended the data, with bare line feeds."""
        return self.wanted is None and self._tail.endswith((b"\n.\n", b"\n.\r\n", b"\r.\r"))

    @property
    def deposit(self) -> Deposit | None:
        """The deposit, while there is one to keep."""
        return self._deposit

    def content(self) -> bytes:
        """Return the octets so far that are to be kept. Raises OSError."""
        return self._deposit.content() if self._deposit is not None else b""

    def release(self) -> None:
        """Let go of the deposit: it is kept."""
        self._deposit = None

    def discard(self) -> None:
        """Forget what came so far."""
        if self._deposit is not None:
            self._deposit.discard()
            self._deposit = None

    def _measure(self, octets: int) -> None:
        if octets > self.limit > 0 and not self.too_big:
            self.too_big = True
            self.discard()
