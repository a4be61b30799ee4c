"""What can be copied of a message."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from mailcatch.mail import safe_lines, safe_text
from mailcatch.tui.model.document import Document
from mailcatch.tui.model.links import distinct_links
from mailcatch.tui.model.opened import Opened


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to copy. key: that copies it at once. what: it is."""

    key: str
    what: str
    text: str


def copies(opened: Opened, address: tuple[str, int], path: Path, shown: Document) -> list[Offer]:
    """Return what can be copied, leaving out what is not there.

    address: where the server listens. path: of the file. shown: the text that is looked at.
    """
    wanted = (
        _of_message(opened, address, path) if not opened.is_session else _of_session(opened, path)
    )
    wanted.append(Offer("v", "what is shown", shown.whole()))
    return [one for one in wanted if one.text]


def _of_message(opened: Opened, address: tuple[str, int], path: Path) -> list[Offer]:
    message, found = opened.message, opened.understood
    if message is None:
        return []
    links = distinct_links(found)
    to = message.recipients or message.receivers
    source = opened.octets.decode("utf-8", "backslashreplace")
    return [
        Offer("t", "recipient", to[0] if to else ""),
        Offer("f", "sender", message.sender or message.author),
        Offer("s", "subject", message.subject),
        Offer("l", "first link", links[0][1].target if links else ""),
        Offer("c", "code", found.codes[0].value if found.codes else ""),
        Offer("i", "Message-ID", f"<{message.message_id}>" if message.message_id else ""),
        Offer("p", "path", safe_text(str(path), 4_000)),
        Offer("u", "curl command", curl(address, message.sender, message.recipients, path)),
        Offer("y", "Python snippet", snippet(address, message.sender, message.recipients, path)),
        Offer("w", "whole source", safe_lines(source)),
    ]


def _of_session(opened: Opened, path: Path) -> list[Offer]:
    refused = opened.refusal
    offers: list[Offer] = []
    if refused is not None:
        to = refused.recipients[0] if refused.recipients else ""
        offers += [
            Offer("r", "reply", refused.reply),
            Offer("t", "recipient", to),
            Offer("f", "sender", refused.sender),
        ]
    return [*offers, Offer("p", "path", safe_text(str(path), 4_000))]


def curl(address: tuple[str, int], sender: str, recipients: tuple[str, ...], path: Path) -> str:
    """Return a command that sends a message again, everything in it quoted for a shell."""
    host, port = address
    words = ["curl", f"smtp://{host}:{port}", "--mail-from", sender]
    for one in recipients:
        words += ["--mail-rcpt", one]
    return shlex.join([*words, "--upload-file", str(path)])


def snippet(address: tuple[str, int], sender: str, recipients: tuple[str, ...], path: Path) -> str:
    """Return lines of Python that send a message again, everything in them quoted."""
    host, port = address
    return (
        "import smtplib\nfrom pathlib import Path\n\n"
        f"def test_this_mail() -> None:\n"
        f"    message = Path({str(path)!a}).read_bytes()\n"
        f"    with smtplib.SMTP({host!a}, {port}) as smtp:\n"
        f"        smtp.sendmail({sender!a}, {list(recipients)!a}, message)\n"
    )
