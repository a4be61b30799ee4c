"""The sample mails of `mailcatch demo`, and sending them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import format_datetime, localtime, make_msgid
from importlib.resources import files
from typing import Final

from mailcatch.cli.destination import Destination
from mailcatch.cli.submission import NothingListensError, SubmissionError, connected
from mailcatch.mail.message import Message
from mailcatch.mail.safe import safe_text

_SECONDS: Final = 30.0
_SHOP: Final = "shop@harbour.example"
_ANN: Final = "ann@example.com"
_TEAM: Final = (_ANN, "carol@example.com", "dora@example.com", "office@harbour.example")


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample mail and its envelope.

    Attributes:
        name: of its file, without `.eml`.
        times: how often the very same mail is sent.
        too_large: whether it says that it is larger than the server takes.
    """

    name: str
    sender: str
    recipients: tuple[str, ...]
    times: int = 1
    too_large: bool = False

    def content(self) -> bytes:
        """Return the mail as of now, with a Message-ID of its own."""
        text = files("mailcatch").joinpath("samples", f"{self.name}.eml").read_bytes()
        date = format_datetime(localtime()).encode()
        message_id = make_msgid(self.name, "harbour.example").encode()
        return text.replace(b"@DATE@", date).replace(b"@MESSAGE-ID@", message_id)


# Mails that are refused before their recipients are known are told apart by their senders.
SAMPLES: Final = (
    Sample("welcome", _SHOP, (_ANN,)),
    Sample("code", "no-reply@harbour.example", (_ANN,)),
    Sample("order", _SHOP, (_ANN,)),
    Sample("report", "reports@harbour.example", ("office@harbour.example",)),
    Sample("team", "bob@harbour.example", (*_TEAM, "blind-copy@example.com")),
    Sample("greetings", "zoe@example.com", ("taro@example.com",)),
    Sample("newsletter", "news-bounces@harbour.example", ("ann+news@example.com",)),
    Sample("bounce", "", (_SHOP,)),
    Sample("payment", "billing@harbour.example", (_ANN,), times=2),
    Sample("nobody", "support@harbour.example", ("",)),
    Sample("catalogue", "catalogue@harbour.example", (_ANN,), too_large=True),
)


def demonstrate(destination: Destination) -> Iterator[tuple[str, str]]:
    """Send each sample, in a session of its own; give its subject and what the server answered.

    Raises NothingListensError.
    """
    for sample in SAMPLES:
        content = sample.content()
        subject = safe_text(Message.parse(content).subject)
        for _ in range(sample.times):
            yield subject, _send(destination, sample, content)


def _send(destination: Destination, sample: Sample, content: bytes) -> str:
    try:
        with connected(destination, _SECONDS) as client:
            largest = client.largest
            declared = largest + 1 if sample.too_large and largest else None
            return str(
                client.submit(sample.sender, sample.recipients, content, declared=declared).answer
            )
    except NothingListensError:
        raise
    except SubmissionError as error:
        return str(error)
