"""Notes: what a real receiver would stumble over in a message, told and never refused.

Each kind of note has a short name that searches, files and tests may rely on. The catcher's SMTP
side gives its own notes the same names for the same things. docs/notes.md lists them all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_OF_ONE_KIND = 10


@dataclass(frozen=True, slots=True)
class NoteKind:
    """A kind of note.

    Attributes:
        name: kebab-case, stable.
        about: what is wrong, in general.
        rfc: where it is written, "" when it is no matter of a standard.
    """

    name: str
    about: str
    rfc: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One finding in one message.

    Attributes:
        name: the name of its kind.
        reason: what is wrong here, as safe text.
        rfc: the section that says so, "" when none does.
        place: where: "line 12", "header Subject", "part 1.2", "envelope", or "message".
    """

    name: str
    reason: str
    rfc: str
    place: str


_KINDS = (
    # The bytes
    NoteKind("bare-lf", "A line ends in LF without CR.", "RFC 5321 2.3.8"),
    NoteKind("bare-cr", "A CR stands without LF.", "RFC 5321 2.3.8"),
    NoteKind("nul", "The message holds a NUL octet.", "RFC 5322 4"),
    NoteKind("long-line", "A line is longer than 998 octets.", "RFC 5322 2.1.1"),
    NoteKind(
        "eight-bit-undeclared", "A body holds octets over 127 and declares none.", "RFC 2045 6.2"
    ),
    NoteKind(
        "eight-bit-header", "A header holds octets over 127 without SMTPUTF8.", "RFC 6532 3.2"
    ),
    # The header
    NoteKind("date-missing", "There is no Date.", "RFC 5322 3.6"),
    NoteKind("date-doubled", "There is more than one Date.", "RFC 5322 3.6"),
    NoteKind("date-invalid", "The Date does not have the form of a date.", "RFC 5322 3.3"),
    NoteKind("from-missing", "There is no From.", "RFC 5322 3.6"),
    NoteKind("from-doubled", "There is more than one From.", "RFC 5322 3.6"),
    NoteKind("message-id-missing", "There is no Message-ID.", "RFC 5322 3.6.4"),
    NoteKind("message-id-doubled", "There is more than one Message-ID.", "RFC 5322 3.6"),
    NoteKind(
        "message-id-invalid", "The Message-ID does not look like <left@right>.", "RFC 5322 3.6.4"
    ),
    NoteKind("header-doubled", "A field that may stand once stands more often.", "RFC 5322 3.6"),
    NoteKind("header-malformed", "A line of the header is no field.", "RFC 5322 2.2"),
    NoteKind("address-invalid", "An address field is malformed.", "RFC 5322 3.4"),
    NoteKind(
        "bcc-header", "A Bcc field was sent out, for every receiver to see.", "RFC 5322 3.6.3"
    ),
    NoteKind("encoded-word-broken", "An encoded word cannot be decoded as written.", "RFC 2047 2"),
    # The envelope
    NoteKind(
        "envelope-recipients-differ", "To and Cc name others than the envelope.", "RFC 5321 2.3.1"
    ),
    NoteKind(
        "envelope-sender-differs", "From and MAIL FROM are of different domains.", "RFC 7489 3.1.2"
    ),
    # Who it is from (mailcatch.verifying)
    NoteKind("dkim-fail", "A DKIM signature does not pass.", "RFC 6376 6.1.3"),
    NoteKind(
        "dkim-weak", "A DKIM signature passes, and protects less than it could.", "RFC 6376 8"
    ),
    NoteKind("spf-fail", "The client may not send for the domain of MAIL FROM.", "RFC 7208 8.4"),
    NoteKind("dmarc-fail", "Nothing that passes speaks for the domain of From.", "RFC 9989 4.4"),
    NoteKind("arc-fail", "The chain of those who passed it on is broken.", "RFC 8617 5.2"),
    # The structure
    NoteKind("mime-version-missing", "MIME fields stand without MIME-Version.", "RFC 2045 4"),
    NoteKind("boundary-missing", "A multipart declares no boundary.", "RFC 2046 5.1.1"),
    NoteKind("boundary-wrong", "The declared boundary does not occur.", "RFC 2046 5.1.1"),
    NoteKind("boundary-unclosed", "The closing boundary is missing.", "RFC 2046 5.1.1"),
    NoteKind("multipart-encoded", "A multipart has a transfer encoding.", "RFC 2045 6.4"),
    NoteKind("attachment-unnamed", "An attachment has no file name.", "RFC 2183 2.3"),
    # The content
    NoteKind("charset-unknown", "The declared charset is not known.", "RFC 2045 5.1"),
    NoteKind("charset-broken", "The text is not in the declared charset.", "RFC 2046 4.1.2"),
    NoteKind("charset-undeclared", "A text outside US-ASCII declares no charset.", "RFC 2045 5.2"),
    NoteKind("transfer-encoding-unknown", "The transfer encoding is not known.", "RFC 2045 6.1"),
    NoteKind("transfer-encoding-broken", "The content is not encoded as declared.", "RFC 2045 6.7"),
    NoteKind("html-only", "There is HTML and no plain text beside it.", "RFC 2046 5.1.4"),
    NoteKind("text-empty", "The text part is empty.", "RFC 2046 5.1.4"),
    NoteKind("remote-images", "Images or styles are loaded from elsewhere."),
    NoteKind("cid-missing", "The HTML refers to a part that is not there.", "RFC 2392 2"),
    NoteKind("link-misleading", "A link leads elsewhere than its text says."),
    NoteKind("unsubscribe-missing", "Bulk mail has no List-Unsubscribe.", "RFC 2369 3.2"),
    NoteKind("one-click-missing", "List-Unsubscribe has no one-click form.", "RFC 8058 3.1"),
    # The bounds of reading
    NoteKind("too-deep", "Parts are nested deeper than is read."),
    NoteKind("too-many-parts", "There are more parts than are read."),
    NoteKind("too-many-headers", "There are more header fields than are read."),
    NoteKind("headers-too-large", "The header is larger than is read."),
    NoteKind("too-many-addresses", "A field holds more addresses than are read."),
    NoteKind("content-too-large", "A part decodes to more than is read."),
    NoteKind("time-limit", "Reading the message took too long and was ended."),
    NoteKind("reader-crashed", "The process that read the message ended."),
)

NOTE_KINDS = {kind.name: kind for kind in _KINDS}
"""Every kind of note by name."""


def make_note(name: str, reason: str = "", place: str = "message") -> Note:
    """Make a note of a known kind.

    Args:
        name: one of `NOTE_KINDS`.
        reason: what is wrong here, safe text; what the kind is about when left out.
        place: where.

    Raises:
        KeyError: there is no kind of that name.
    """
    kind = NOTE_KINDS[name]
    return Note(name, reason or kind.about, kind.rfc, place)


def few_of_each(notes: Iterable[Note]) -> Iterator[Note]:
    """Pass on the first notes of each kind: ten say as much as a thousand."""
    seen: dict[str, int] = {}
    for note in notes:
        seen[note.name] = count = seen.get(note.name, 0) + 1
        if count <= MOST_OF_ONE_KIND:
            yield note
