"""The forms in which a message is shown, for people and for programs."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import typer

from mailcatch.cli.choosing import named, one, short
from mailcatch.cli.envelope import envelope_object
from mailcatch.cli.noting import note_read
from mailcatch.cli.objects import (
    attempt_object,
    finding_object,
    message_object,
    verdict_object,
)
from mailcatch.cli.pieces import Piece, take_headers, take_html, take_part
from mailcatch.cli.quantities import show_size
from mailcatch.cli.story import attempt_row, duplicate_line, story_line
from mailcatch.cli.terminal import (
    choose_paint,
    full_time,
    json_line,
    octets_out,
    on_terminal,
    remark,
    say,
    say_nothing,
    width,
)
from mailcatch.cli.transcript import say_transcript
from mailcatch.mail.envelope import Envelope
from mailcatch.mail.safe import safe_lines, safe_text
from mailcatch.mail.worker import Worker
from mailcatch.mailbox.errors import MailboxError, NotThereError
from mailcatch.mailbox.events import Transaction
from mailcatch.mailbox.requests import requests_of
from mailcatch.mailbox.search import Found
from mailcatch.mailbox.verdicts import NothingVerifiesError

if TYPE_CHECKING:
    from mailcatch.mail.notes import Note
    from mailcatch.mail.understood import PartInfo, Understood
    from mailcatch.mailbox.index.rows import MessageSummary
    from mailcatch.mailbox.reader import Reader
    from mailcatch.verifying.results import Verdict

_WIDEST: Final = 100
# The forms in which a message is read; the others look at it.
_READ_IN: Final = ("", "text")


class Show:
    """Shows a message of a mailbox.

    json: as JSON objects. utc: with times in UTC. insists: whether the user said by which records
    it is verified who messages are from, and not a configuration.
    """

    def __init__(self, reader: Reader, *, json: bool, utc: bool, insists: bool) -> None:
        self._reader = reader
        self._insists = insists
        self._json = json
        self._utc = utc
        self._paint = choose_paint()
        self._said: Transaction | None = None

    def transcript(self, text: str) -> None:
        """Show the session that brought a message, or one that is named itself."""
        session = ""
        if text.lower().startswith("last"):
            session = self._reader.message(one(self._reader, text)).session
        else:
            name = named(self._reader, text)
            if name is None:
                session = named(self._reader, text, Found.SESSIONS) or ""
            if not session:
                session = self._reader.message(name or one(self._reader, text)).session
        if not session:
            remark("mailcatch: this message came without a session")
            raise typer.Exit(1)
        try:
            happened = self._reader.events(session)
        except MailboxError:
            remark("mailcatch: the session of this message is gone")
            raise typer.Exit(1) from None
        say_transcript(happened, self._paint, json=self._json, utc=self._utc)

    def message(self, text: str, form: str, part: str) -> None:
        """Show a message. form: the name of the option, "" for all that is worth reading."""
        name = one(self._reader, text)
        raw = self._reader.octets(name)
        summary = self._reader.message(name)
        if form == "source":
            self._octets(raw, "source")
            return
        if form == "attempts":
            self._attempts(name)
            return
        if form == "auth-results":
            self._auth_results(name)
            return
        with Worker() as worker:
            if form == "headers":
                for field in worker.call(take_headers, raw):
                    if self._json:
                        json_line({"name": field.name, "value": field.value})
                    else:
                        title = self._paint.bold(safe_text(field.name, 300))
                        say(f"{title}: {safe_text(field.value, 100_000)}")
                return
            if form == "html":
                self._piece(worker.call(take_html, raw), "this message has no HTML")
                return
            if form == "part":
                self._piece(worker.call(take_part, raw, part), f"there is no part {part!r}")
                return
            cells = min(width(), _WIDEST)
            self._said = self._transaction(summary)
            understood = worker.understand(raw, _envelope(self._said), cells)
        say_form = {
            "": self._everything,
            "text": self._text,
            "parts": self._parts,
            "notes": self._notes,
            "links": self._links,
            "codes": self._codes,
        }[form]
        say_form(understood, summary)
        if form in _READ_IN and not summary.read and not self._json:
            note_read(self._reader.marks, name)

    def _transaction(self, summary: MessageSummary) -> Transaction | None:
        """Return what the session said, from its file: the index has it made safe to show."""
        if not summary.session:
            return None
        try:
            return self._reader.transaction(summary.session, summary.name)
        except NotThereError:
            return None

    def _everything(self, found: Understood, summary: MessageSummary) -> None:
        verdict = self._verdict(summary)
        notes = self._all_notes(found, verdict)
        if self._json:
            json_line(
                message_object(summary)
                | {
                    "text": found.plain,
                    "parts": [_part_object(part) for part in found.parts],
                    "links": [{"text": link.text, "target": link.target} for link in found.links],
                    "codes": [code.value for code in found.codes],
                    "note_names": [note.name for note in notes],
                    "auth_results": verdict_object(verdict),
                    "envelope": None if self._said is None else envelope_object(self._said),
                }
            )
            return
        for title, value in self._head(found, summary, notes):
            say(f"{self._paint.dim(f'{title:>12}')}  {value}")
        say()
        say(safe_lines(found.text) or self._paint.dim("(no text)"))
        files = [part for part in found.parts if part.is_attachment]
        if files:
            say()
        for part in files:
            called = safe_text(part.filename) or "(no name)"
            size = show_size(part.size)
            say(f"{self._paint.cyan(f'part {part.number}')}  {called}  {part.content_type}  {size}")

    def _head(
        self, found: Understood, summary: MessageSummary, notes: tuple[Note, ...]
    ) -> list[tuple[str, str]]:
        about = found.summary
        rows = [
            ("Subject", self._paint.bold(safe_text(about.subject) or "(no subject)")),
            ("From", safe_text(about.sender) or "-"),
            ("To", safe_text(", ".join(about.to)) or "-"),
        ]
        if about.date is not None:
            rows.append(("Date", full_time(about.date, utc=self._utc)))
        rows.append(("Arrived", full_time(summary.arrived, utc=self._utc)))
        if summary.session:
            envelope = f"<{summary.sender}> to {', '.join(f'<{to}>' for to in summary.recipients)}"
            rows.append(("Envelope", safe_text(envelope)))
            if self._said is not None:
                rows += [("Asked", safe_text(asked)) for asked in requests_of(self._said)]
            rows.append(("Session", short(summary.session)))
        if summary.refused:
            rows.append(("Refused", self._paint.red(self._refusal(summary))))
        if summary.status_of:
            made = f"mailcatch: delivery status of {short(summary.status_of)}"
            rows.append(("Made by", self._paint.yellow(made)))
        rows.append(("Id", self._paint.cyan(short(summary.name))))
        if summary.tries > 1:
            rows.append(("Tries", self._paint.yellow(f"{summary.tries}: see --attempts")))
        if found.codes:
            rows.append(("Code", self._paint.green(safe_text(found.codes[0].value))))
        if notes:
            names = dict.fromkeys(note.name for note in notes)
            rows.append(("Notes", self._paint.yellow(safe_text(", ".join(names)))))
        return rows

    def _refusal(self, summary: MessageSummary) -> str:
        """Return what a message that was refused, and kept, was answered."""
        for attempt in self._reader.story(summary.name).attempts:
            if attempt.message == summary.name:
                rule = f", by rule {attempt.rule}" if attempt.rule else ""
                return safe_text(f"{attempt.reply or 'without a reply'}{rule}")
        return "-"

    def _text(self, found: Understood, _: MessageSummary) -> None:
        if self._json:
            json_line({"text": found.plain})
        else:
            say(safe_lines(found.text))

    def _parts(self, found: Understood, _: MessageSummary) -> None:
        paths = min(max(len(part.path) for part in found.parts), 20)
        for part in found.parts:
            if self._json:
                json_line(_part_object(part))
                continue
            number = self._paint.cyan(f"{part.number:>3}")
            path = self._paint.dim(f"{safe_text(part.path):<{paths}}")
            facts = [part.content_type, part.charset, part.encoding, show_size(part.size)]
            facts += [part.disposition or "", part.filename]
            indent = "  " * min(part.depth - 1, 20)
            say(f"{number}  {path}  {indent}{safe_text('  '.join(fact for fact in facts if fact))}")

    def _notes(self, found: Understood, summary: MessageSummary) -> None:
        notes = self._all_notes(found, self._verdict(summary))
        if not notes:
            say_nothing("no notes: nothing that a receiver would stumble over")
        for note in notes:
            if self._json:
                about = {"reason": note.reason, "rfc": note.rfc, "place": note.place}
                json_line({"name": note.name} | about)
                continue
            where = safe_text(", ".join(word for word in (note.place, note.rfc) if word))
            say(f"{self._paint.yellow(note.name)}  {safe_text(note.reason)}  ({where})")

    def _all_notes(self, found: Understood, verdict: Verdict | None) -> tuple[Note, ...]:
        from mailcatch.noting import notes_on

        return (*notes_on(found.notes, self._said), *_notes_on_who(verdict))

    def _verdict(self, summary: MessageSummary) -> Verdict | None:
        """Return who a message is from, None where no records were given."""
        try:
            return self._reader.verdict(summary.name)
        except NothingVerifiesError as error:
            if self._insists:
                raise
            # A project's configuration is there for those, too, who installed less.
            remark(f"mailcatch: {safe_lines(str(error))}")
            return None

    def _auth_results(self, name: str) -> None:
        verdict = self._reader.verdict(name)
        for finding in verdict.findings if verdict is not None else ():
            if self._json:
                json_line(finding_object(finding))
                continue
            good = self._paint.green if finding.result == "pass" else self._paint.dim
            paint = self._paint.red if finding.failed else good
            title = self._paint.bold(f"{finding.method.value:<5}")
            about = f"{safe_text(finding.reason, 1_000)}  ({finding.rfc})"
            say(f"{title}  {paint(f'{finding.result.value:<9}')}  {about}")
            for weak in finding.weak:
                say(f"{'':18}{self._paint.yellow(f'weak: {safe_text(weak, 1_000)}')}")

    def _links(self, found: Understood, _: MessageSummary) -> None:
        if not found.links:
            say_nothing("no links")
        for link in found.links:
            if self._json:
                about = {"form": link.form, "part": link.part, "warning": link.warning}
                json_line({"text": link.text, "target": link.target} | about)
                continue
            words = [safe_text(link.target, 5_000)]
            if link.text != link.target:
                words.append(self._paint.dim(safe_text(link.text)))
            if link.warning:
                words.append(self._paint.red(link.warning))
            say("  ".join(words))

    def _codes(self, found: Understood, _: MessageSummary) -> None:
        if not found.codes:
            say_nothing("no one-time codes")
        for code in found.codes:
            if self._json:
                json_line({"code": code.value, "shown": code.shown, "line": code.line})
            else:
                say(f"{self._paint.green(safe_text(code.value))}  {safe_text(code.line)}")

    def _attempts(self, name: str) -> None:
        story = self._reader.story(name)
        if self._json:
            for attempt in story.attempts:
                json_line(attempt_object(attempt))
            return
        say(story_line(story, self._paint, utc=self._utc))
        if story.duplicate:
            say(duplicate_line(story, self._paint))
        for attempt in story.attempts:
            say(attempt_row(attempt, self._paint, utc=self._utc))

    def _piece(self, piece: Piece | None, missing: str) -> None:
        if piece is None:
            remark(f"mailcatch: {safe_text(missing)}; --parts lists them")
            raise typer.Exit(1)
        if piece.cut:
            remark("mailcatch: only the beginning of this part was read: it is too large")
        if self._json:
            about = {"part": piece.number, "content_type": piece.content_type}
            named_so: dict[str, object] = {**about, "filename": safe_text(piece.filename)}
            json_line(named_so | _text_or_base64("content", piece.octets, piece.text))
        elif not on_terminal():
            octets_out(piece.octets)
        elif piece.text is not None:
            say(safe_lines(piece.text))
        else:
            size = show_size(len(piece.octets))
            say(f"{piece.content_type}, {size}: 'mailcatch save' writes it to a file")

    def _octets(self, octets: bytes, key: str) -> None:
        if self._json:
            json_line(_text_or_base64(key, octets, None))
        elif on_terminal():
            say(safe_lines(octets.decode("utf-8", "backslashreplace")))
        else:
            octets_out(octets)


def _text_or_base64(key: str, octets: bytes, text: str | None) -> dict[str, object]:
    """Return text as text, and octets that are none in base64."""
    if text is None:
        try:
            text = octets.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(octets).decode()}
    return {key: text}


def _part_object(part: PartInfo) -> dict[str, object]:
    return {
        "part": part.number,
        "path": part.path,
        "content_type": part.content_type,
        "charset": part.charset,
        "encoding": part.encoding,
        "size": part.size,
        "filename": part.filename,
        "content_id": part.content_id,
        "disposition": part.disposition,
        "attachment": part.is_attachment,
    }


def _envelope(said: Transaction | None) -> Envelope | None:
    if said is None:
        return None
    accepted = tuple(who.address for who in said.receivers)
    utf8 = any(word.upper() == "SMTPUTF8" for word in said.parameters)
    return Envelope(said.sender, accepted, utf8)


def _notes_on_who(verdict: Verdict | None) -> tuple[Note, ...]:
    """Return the notes on who a message is from."""
    if verdict is None:
        return ()
    from mailcatch.verifying.notes import notes_of

    return notes_of(verdict)
