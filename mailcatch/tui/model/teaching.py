"""What an empty mailbox says: where to send mail to, and how that is written down."""

from __future__ import annotations

import shlex
from typing import Final

from mailcatch.mail import safe_text
from mailcatch.tui.model.document import Document, Line, Span, ToCopy, line

_SNIPPETS: Final = (
    (
        "Python",
        """import smtplib
with smtplib.SMTP("{host}", {port}) as smtp:
    smtp.send_message(message)""",
    ),
    (
        "Django",
        """EMAIL_HOST = "{host}"
EMAIL_PORT = {port}
EMAIL_USE_TLS = False""",
    ),
    (
        "Node (nodemailer)",
        """const transport = nodemailer.createTransport({{
  host: "{host}", port: {port}, secure: false
}})""",
    ),
    (
        "Rails",
        """config.action_mailer.delivery_method = :smtp
config.action_mailer.smtp_settings =
  {{ address: "{host}", port: {port} }}""",
    ),
    (
        "PHP (php.ini)",
        """SMTP = {host}
smtp_port = {port}
sendmail_path = mailcatch-sendmail -t""",
    ),
    (
        "Spring",
        """spring.mail.host={host}
spring.mail.port={port}
spring.mail.properties.mail.smtp.auth=false""",
    ),
)


def teach(host: str, port: int, demo: str, place: str = "") -> Document:
    """Return what to do.

    host, port: where the server listens, 0 where nobody does. demo: the command that sends samples.
    place: the directory that nobody serves.
    """
    lines: list[Line] = [line(Span(""))]
    if not port:
        command = shlex.join(["mailcatch", "--dir", place])
        lines += [
            line(Span("  There is no mail here, and nobody serves this directory.", "title")),
            line(Span("")),
            line(Span("  Mail that appears in it is shown at once.", "dim")),
            line(Span("")),
            _offer("Start a server for it", command),
            _code(safe_text(command, 1_000)),
        ]
        return Document(lines)
    lines += [
        line(Span("  Waiting for mail at ", "title"), Span(f"{host}:{port}", "code")),
        line(Span("")),
        line(
            Span("  Any sender, any recipient, any password; nothing leaves this machine.", "dim"),
            indent=2,
        ),
        line(Span("  Enter copies what is in focus.", "dim")),
        line(Span("")),
        _offer("Try it with sample mails", demo),
        _code(demo),
    ]
    for title, pattern in _SNIPPETS:
        snippet = pattern.format(host=host, port=port)
        lines += [line(Span("")), _offer(title, snippet)]
        lines += [_code(text) for text in snippet.split("\n")]
    return Document(lines)


def _offer(title: str, text: str) -> Line:
    return line(Span(f"  {title}", "name"), target=ToCopy(text, f"the lines for {title}"))


def _code(text: str) -> Line:
    return line(Span(f"      {text}", "code"), indent=10)
