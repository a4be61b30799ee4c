"""What the testing package raises: all of it fails a test, with a message that explains itself."""


class MailcatchFailure(AssertionError):  # noqa: N818 - to a test it is a failed assertion
    """The mail was not what the test said it would be."""


class MailcatchMisuse(Exception):  # noqa: N818 - told apart from what the mail did
    """The test asked for something that cannot be: the message says what would be right."""
