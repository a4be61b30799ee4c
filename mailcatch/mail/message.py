"""One message, understood: the front of this package.

Everything is read when it is first asked for, and nothing raises for what the message holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from mailcatch.mail import notes_content, notes_headers, notes_wire
from mailcatch.mail.addresses import NO_ADDRESSES, AddressList, parse_addresses
from mailcatch.mail.codes import Code, find_codes
from mailcatch.mail.dates import parse_date
from mailcatch.mail.envelope import Envelope
from mailcatch.mail.fingerprint import fingerprint
from mailcatch.mail.headers import HeaderBlock
from mailcatch.mail.html_document import HtmlText
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.links import Link, find_links
from mailcatch.mail.notes import Note, few_of_each
from mailcatch.mail.once import cached_property
from mailcatch.mail.part import Part
from mailcatch.mail.summary import Summary, summary_of
from mailcatch.mail.text import Passage, ReadableText, read_part, read_text
from mailcatch.mail.tree import Tree, build_tree
from mailcatch.mail.unsubscribe import Unsubscribe, find_unsubscribe

_MOST_HTML_PARTS = 20


@dataclass(frozen=True, eq=False)
class Message:
    """A message and what it means.

    Strings named `subject` or `text` in its headers are decoded and not yet safe to show; those of
    `summary`, `text`, `links`, `codes`, `unsubscribe` and `notes` are.

    Attributes:
        raw: the bytes as they were sent.
        envelope: what the session said, None when it is not known.
        bounds: how much is looked at.
    """

    raw: bytes
    envelope: Envelope | None = None
    bounds: Bounds = DEFAULT_BOUNDS

    @classmethod
    def parse(
        cls, raw: bytes, envelope: Envelope | None = None, *, limits: Bounds = DEFAULT_BOUNDS
    ) -> "Message":
        """Take any bytes as a message."""
        return cls(raw, envelope, limits)

    @cached_property
    def tree(self) -> Tree:
        """The MIME tree; its first part is the message itself."""
        return build_tree(self.raw, self.bounds)

    @property
    def headers(self) -> HeaderBlock:
        """The outermost header."""
        return self.tree.root.headers

    @cached_property
    def summary(self) -> Summary:
        """The line of a list, safe to show."""
        return summary_of(self.headers)

    @property
    def subject(self) -> str:
        """The subject decoded, "" when there is none."""
        return self.headers.text("subject")

    @property
    def date(self) -> datetime | None:
        """The time in the Date header with its zone, None when there is none that can be read."""
        return parse_date(self.headers.text("date"))

    @property
    def message_id(self) -> str:
        """The Message-ID without angle brackets, "" when there is none."""
        return self.headers.text("message-id").strip("<> \t")

    def addresses(self, name: str) -> AddressList:
        """Give the addresses of every field of a name: "from", "to", "cc", "bcc", "reply-to"."""
        fields = self.headers.all(name)
        if not fields:
            return NO_ADDRESSES
        lists = [parse_addresses(field.value, self.bounds) for field in fields]
        if len(lists) == 1:
            return lists[0]
        everything = tuple(chain.from_iterable(found.addresses for found in lists))
        return AddressList(
            everything[: self.bounds.addresses],
            tuple(chain.from_iterable(found.groups for found in lists)),
            tuple(chain.from_iterable(found.problems for found in lists)),
            any(found.cut for found in lists) or len(everything) > self.bounds.addresses,
        )

    @property
    def attachments(self) -> tuple[Part, ...]:
        """The parts that a mail program would list as files, in order."""
        return tuple(part for part in self.tree if part.is_attachment)

    @property
    def inline_images(self) -> tuple[Part, ...]:
        """The images that an HTML text may place by their content id, in order."""
        return tuple(
            part for part in self.tree if part.maintype == "image" and not part.is_attachment
        )

    @cached_property
    def text(self) -> ReadableText:
        """The best readable text."""
        return read_text(self.tree, self.bounds)

    @cached_property
    def html(self) -> dict[str, HtmlText]:
        """The HTML texts, by the path of their part: those shown in place, the first twenty."""
        shown = {p.part.path: p.html for p in self.text.passages if p.html is not None}
        for part in self.tree:
            if part.content_type == "text/html" and part.is_body_text and part.path not in shown:
                if len(shown) >= _MOST_HTML_PARTS:
                    break
                passage = read_part(part, self.bounds)
                if passage.html is not None:
                    shown[part.path] = passage.html
        return shown

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links of the readable text and of the HTML beside it."""
        return find_links(self._passages(), self.bounds)

    @cached_property
    def codes(self) -> tuple[Code, ...]:
        """The one-time codes, most likely first."""
        return find_codes(self.subject[:1_000], self.text.plain[: self.bounds.text_chars])

    @property
    def unsubscribe(self) -> Unsubscribe | None:
        """How to leave the list, None when List-Unsubscribe does not say."""
        return find_unsubscribe(self.headers)

    @property
    def missing_content_ids(self) -> tuple[str, ...]:
        """The content ids that the HTML refers to and no part has."""
        missing: dict[str, None] = {}
        for html in self.html.values():
            missing |= dict.fromkeys(notes_content.missing_content_ids(self.tree, html))
        return tuple(missing)

    @cached_property
    def fingerprint(self) -> str:
        """What is equal for two attempts at sending the same mail: 64 hexadecimal digits."""
        return fingerprint(self.tree, self.envelope)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What a real receiver would stumble over, at most ten notes of a kind."""
        return tuple(few_of_each(self._all_notes()))

    def _all_notes(self) -> Iterator[Note]:
        if not any(part.encoding == "binary" for part in self.tree):
            # What says that it is binary came by BDAT, in octets that are in no lines.
            yield from notes_wire.check_wire(self.raw)
        yield from notes_wire.check_eight_bit(self.tree, self.envelope)
        yield from notes_headers.check_headers(self.headers, self.bounds)
        if self.envelope is not None:
            yield from notes_headers.check_envelope(self.headers, self.envelope)
        yield from notes_content.check_structure(self.tree)
        yield from notes_content.check_decoding(self.tree)
        yield from notes_content.check_texts(self.tree)
        yield from notes_content.check_html(self.tree, self.html)
        yield from notes_content.check_links(self.links)
        yield from notes_content.check_bulk(self.tree, self.unsubscribe, self.links)

    def _passages(self) -> Iterator[Passage]:
        """Give what is read, then the HTML that was not chosen: its links are the ones clicked."""
        yield from self.text.passages
        read = {passage.part.path for passage in self.text.passages}
        for path, html in self.html.items():
            part = self.tree.find(path)
            if path not in read and part is not None:
                yield Passage(part, "html", html.plain, html)
