"""Fills a mailbox directory with varied mail, the same for the same seed.

    python -m scripts.corpus DIR --messages 100000

Plain and HTML mail in several languages, attachments, one-time codes, tags, broken mail; sessions
with one message and with many, retries after 4xx at several stages, duplicates after lost replies.
"""

from __future__ import annotations

import argparse
import base64
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal, get_args

from mailcatch.mailbox import events
from mailcatch.mailbox.names import written_out

_START: Final = datetime(2026, 11, 1, tzinfo=UTC)
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WORDS: Final = (  # noqa: SIM905
    "account address again amount answer april archive balance because before begin between bill"
    " booking branch bridge budget build calendar cancel change charge check choose city clear"
    " client close coffee confirm contact contract copy cost country coupon create credit customer"
    " daily date deliver delivery deposit detail device discount document download draft east edit"
    " email enable enter error evening event expire export failed family file final finish first"
    " follow forward friday friend garden general gift green group hello help holiday hour house"
    " import include invite invoice item january join june keep kitchen label large later launch"
    " lesson letter limit link list local login lunch manage market meeting member message middle"
    " minute missing monday money month morning move network never night note notice number offer"
    " office online open option order owner package page paper parcel partner password payment"
    " people phone photo picture place plan please point policy portal price print private problem"
    " product profile project public question quick quiet reach ready receipt record refund region"
    " remind renew reply report request reset result return review river room safe sale sample"
    " school season secure select send service session setting share ship short sign simple small"
    " soon south special start station status store street strong student subject submit summer"
    " sunday support survey system table team thank ticket time today token topic total track"
    " train transfer travel trial tuesday update upgrade valid verify view visit voucher wait"
    " warehouse watch water week welcome west window winter within word world write year yesterday"
).split()  # fmt: skip
_FOREIGN: Final = (
    "Ihre Bestellung wurde versandt, vielen Dank für Ihr Vertrauen. Schöne Grüße aus Köln.",
    "Votre commande a été expédiée. Merci beaucoup, à très bientôt !",
    "ご注文ありがとうございます。商品は本日発送いたしました。",
    "您的验证码已发送，请在十分钟内输入。",  # noqa: RUF001
    "Ваш заказ отправлен, спасибо за покупку.",
    "تم شحن طلبك، شكرا لك.",
    "Tack för din beställning! 🎉 Vi hörs snart.",
)
_NAMES: Final = "ann bob carla dmitri emma farid greta hiro ines joann karl lena mia noah".split()  # noqa: SIM905
_DOMAINS: Final = ("example.com", "example.org", "example.net", "mail.example.com", "shop.example")
_FAILURES: Final = ("mail", "rcpt", "data", "eom")

Kinds = Literal["mixed", "plain"]


@dataclass(frozen=True)
class Mail:
    """A mail to be sent. sender, recipients: of the envelope. raw: its octets."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class Corpus:
    """Makes mail and writes it.

    root: the mailbox. seed: the same gives the same files. kinds: "mixed", or "plain" for small
    plain texts alone.
    """

    def __init__(self, root: Path, seed: int = 1, kinds: Kinds = "mixed") -> None:
        self._kinds = kinds
        self._messages = root / "messages"
        self._sessions = root / "sessions"
        self._chance = random.Random(seed)
        self._now = _START
        self._serial = 0
        # Words are met as often as in real text: few of them all the time, most of them rarely.
        self._made_up = [self._made_up_word() for _ in range(20_000)]
        for directory in (self._messages, self._sessions):
            directory.mkdir(parents=True, exist_ok=True)

    def write(self, messages: int) -> Iterator[int]:
        """Write so many messages; gives how many there are after each session."""
        written = 0
        while written < messages:
            many = self._chance.choice((1,) * 20 + (2, 5, 20))
            for mails in self._tried([self._mail() for _ in range(min(many, messages - written))]):
                written += self._session(mails)
            yield written

    def _tried(self, mails: list[Mail]) -> list[list[tuple[Mail, str]]]:
        """Return what is tried in which session, and how each try ends."""
        if self._chance.random() < 0.95:
            return [[(mail, "stored") for mail in mails]]
        if self._chance.random() < 0.2:
            return [[(mail, "lost") for mail in mails], [(mail, "stored") for mail in mails]]
        failure = self._chance.choice(_FAILURES)
        return [[(mails[0], failure)], [(mail, "stored") for mail in mails]]

    def _session(self, tries: list[tuple[Mail, str]]) -> int:
        name = self._name()
        began = self._now
        lines: list[events.AnyEvent] = [
            events.Connect(0, 1, name, written_out(name), "127.0.0.1:50000", "127.0.0.1:1025", "x"),
            events.Server(90, "220 mailcatch ready"),
            events.Client(300, "EHLO app"),
            events.Server(400, "250-mailcatch\r\n250-PIPELINING\r\n250 8BITMIME"),
        ]
        stored = 0
        for mail, end in tries:
            self._now += timedelta(milliseconds=self._chance.randint(1, 20_000))
            t = (self._now - began) // timedelta(microseconds=1)
            lines.append(events.Client(t, f"MAIL FROM:<{mail.sender}>"))
            lines += self._transaction(mail, end, t)
            stored += end in ("stored", "lost")
        t = (self._now - began) // timedelta(microseconds=1) + 900
        lines += [events.Client(t, "QUIT"), events.Server(t, "221 2.0.0 bye")]
        lines.append(events.Close(t, "client", "quit"))
        (self._sessions / f"{name}.jsonl").write_bytes(events.encode(lines))
        self._now += timedelta(milliseconds=self._chance.randint(1, 30_000))
        return stored

    def _transaction(self, mail: Mail, end: str, t: int) -> list[events.AnyEvent]:
        refusal = "451 4.3.0 try again later"
        said = {stage: refusal if stage == end else "250 2.0.0 OK" for stage in _FAILURES}
        failed = end in _FAILURES
        asked = () if end == "mail" else mail.recipients
        recipients = tuple(events.Recipient(one, said["rcpt"], end != "rcpt") for one in asked)
        through = end in ("stored", "lost", "eom")
        answer = "" if end in ("lost", "mail", "rcpt") else said["eom" if through else "data"]
        file = self._name() + ".eml" if end in ("stored", "lost") else ""
        if file:
            (self._messages / file).write_bytes(mail.raw)
        lines: list[events.AnyEvent] = [events.Server(t + 50, said["mail"])]
        for one in recipients:
            lines.append(events.Client(t + 60, f"RCPT TO:<{one.address}>"))
            lines.append(events.Server(t + 70, one.reply))
        if asked and end != "rcpt":
            lines.append(events.Client(t + 80, "DATA"))
            lines.append(events.Server(t + 90, "354 go ahead" if through else said["data"]))
        lines.append(
            events.Transaction(
                t + 100,
                "stored" if file else "reset" if end == "rcpt" else "refused",
                "MAIL",
                mail.sender,
                said["mail"],
                answer,
                recipients,
                len(mail.raw) if through else 0,
                file,
            )
        )
        if failed:
            lines.append(events.Fault(t + 101, end, f"fail-{end}", "reply 451"))
        return lines

    def _mail(self) -> Mail:
        chance = self._chance
        sender = f"{chance.choice(('app', 'no-reply', 'shop'))}@{chance.choice(_DOMAINS)}"
        receivers = tuple(
            f"{chance.choice(_NAMES)}{chance.choice(('', '', f'+{chance.choice(WORDS)}'))}"
            f"@{chance.choice(_DOMAINS)}"
            for _ in range(chance.choice((1, 1, 1, 2, 4)))
        )
        subject = " ".join(self._words(chance.randint(2, 7))).capitalize()
        if chance.random() < 0.1:
            subject = Header(chance.choice(_FOREIGN)[:30], "utf-8").encode()
        head = [
            f"From: {chance.choice(('Acme', 'The Shop', 'Accounts'))} <{sender}>",
            f"To: {', '.join(receivers)}",
            f"Subject: {subject}",
            f"Date: {format_datetime(self._now)}",
            f"Message-ID: <{chance.getrandbits(64):016x}@{sender.partition('@')[2]}>",
            "MIME-Version: 1.0",
        ]
        if chance.random() < 0.1:
            head.append(f"X-Tags: {chance.choice(WORDS)}, {chance.choice(WORDS)}")
        if chance.random() < 0.05:
            head = head[: chance.randint(1, 4)]
        lines = head + self._content()
        return Mail(sender, receivers, "\r\n".join(lines).encode() + b"\r\n")

    def _content(self) -> list[str]:
        text = self._text()
        kind = self._chance.random()
        if self._kinds == "plain" or kind < 0.6:
            return ["Content-Type: text/plain; charset=utf-8", "", text]
        html = "".join(f"<p>{line}</p>" for line in text.split("\r\n") if line)
        html = f'<html><body><h1>Hello</h1>{html}<a href="https://shop.example/o">order</a></body>'
        if kind < 0.7:
            return ["Content-Type: text/html; charset=utf-8", "", html]
        parts = [
            "Content-Type: multipart/mixed; boundary=BOUND", "",
            "--BOUND", "Content-Type: text/plain; charset=utf-8", "", text,
        ]  # fmt: skip
        if kind < 0.85:
            parts[0] = "Content-Type: multipart/alternative; boundary=BOUND"
            parts += ["--BOUND", "Content-Type: text/html; charset=utf-8", "", html]
        else:
            file = f"{self._chance.choice(WORDS)}.pdf"
            content = base64.encodebytes(self._chance.randbytes(self._chance.randint(100, 1500)))
            parts += [
                "--BOUND", f"Content-Type: application/pdf; name={file}",
                f"Content-Disposition: attachment; filename={file}",
                "Content-Transfer-Encoding: base64", "",
                content.decode().replace("\n", "\r\n"),
            ]  # fmt: skip
        return [*parts, "--BOUND--"]

    def _text(self) -> str:
        chance = self._chance
        lines = [" ".join(self._words(chance.randint(6, 12))) for _ in range(chance.randint(2, 10))]
        if chance.random() < 0.2:
            lines.append(chance.choice(_FOREIGN))
        if chance.random() < 0.2:
            lines.append(f"Your verification code is {chance.randint(100_000, 999_999)}.")
        if chance.random() < 0.5:
            lines.append(f"https://shop.example/{chance.choice(WORDS)}/{chance.randint(1, 99_999)}")
        return "\r\n".join(lines)

    def _words(self, count: int) -> list[str]:
        chance = self._chance
        return [
            chance.choice(WORDS)
            if chance.random() < 0.8
            else self._made_up[int(20_000 * chance.random() ** 3)]
            for _ in range(count)
        ]

    def _made_up_word(self) -> str:
        syllables = ("ka", "lo", "mi", "ter", "san", "ve", "ron", "du", "bel", "fi", "gor", "nu")
        return "".join(self._chance.choices(syllables, k=self._chance.randint(2, 5)))

    def _name(self) -> str:
        self._now += timedelta(microseconds=1)
        self._serial += 1
        number = self._serial
        letters = "".join(_ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))
        return f"{self._now:%Y%m%dT%H%M%S.%f}Z-{letters}"


def main(arguments: list[str]) -> int:
    """Write a corpus; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.corpus", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", choices=get_args(Kinds), default="mixed")
    options = parser.parse_args(arguments)
    written = 0
    for written in Corpus(options.directory, options.seed, options.kinds).write(options.messages):
        if written % 10_000 < 20 and sys.stderr.isatty():
            print(f"\r{written:,} messages", end="", file=sys.stderr)
    print(f"{written:,} messages in {options.directory}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
