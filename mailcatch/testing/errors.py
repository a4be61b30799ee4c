"""What the testing package raises: all of it fails a test, with a message that explains itself."""

from collections.abc import Collection, Iterable


class MailcatchFailure(AssertionError):  # noqa: N818 - to a test it is a failed assertion
    """The mail was not what the test said it would be."""

    # Where it is imported from, as reports name it.
    __module__ = "mailcatch.testing"


class MailcatchMisuse(Exception):  # noqa: N818 - told apart from what the mail did
    """The test asked for something that cannot be: the message says what would be right."""

    # Where it is imported from, as reports name it.
    __module__ = "mailcatch.testing"


def check_words(given: Iterable[str], known: Collection[str], missing: str) -> None:
    """Raise MailcatchMisuse for a word that is not known, and name the nearest.

    missing: what stands before the word, such as "there is no criterion".
    """
    __tracebackhide__ = True
    for word in given:
        if word not in known:
            from difflib import get_close_matches

            near = get_close_matches(word, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else "there are " + ", ".join(known)
            raise MailcatchMisuse(f"mailcatch: {missing} '{word}': {hint}")
