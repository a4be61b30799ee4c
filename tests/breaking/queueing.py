"""A mail queue like Postfix's: it tries again until a message is taken, or refused for good."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from typing import Final

from mailcatch.faults.clock import HandClock
from tests.talk import Listening

BACK_OFF: Final = 60.0
"""Seconds between two tries."""
MOST_TRIES: Final = 8


@dataclass
class Queue:
    """Sends messages one after the other.

    clock: advanced between two tries, where others would sleep.
    story: of each message, what each try came to: the reply code, or "lost" without one.
    """

    server: Listening
    clock: HandClock
    story: list[list[str]] = field(default_factory=list)

    def send(self, subject: str, *recipients: str) -> list[str]:
        """Send a message, with as many tries as it takes. Returns what each came to."""
        told: list[str] = []
        self.story.append(told)
        for number in range(MOST_TRIES):
            if number:
                self.clock.advance(BACK_OFF)
            told.append(self._try(subject, recipients or ("b@shop.test",)))
            if told[-1].startswith(("2", "5")):
                break
        return told

    def _try(self, subject: str, recipients: tuple[str, ...]) -> str:
        content = f"Subject: {subject}\r\n\r\nHello\r\n"
        client = smtplib.SMTP(local_hostname="client.test", timeout=20)
        try:
            code, _ = client.connect(self.server.host, self.server.port)
            if code != 220:
                return str(code)
            client.sendmail("a@shop.test", recipients, content)
            client.quit()
        except smtplib.SMTPRecipientsRefused as error:
            return str(next(iter(error.recipients.values()))[0])
        except smtplib.SMTPResponseException as error:
            return str(error.smtp_code)
        except (smtplib.SMTPServerDisconnected, OSError):
            return "lost"
        finally:
            client.close()
        return "250"
