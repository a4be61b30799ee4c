"""What can go wrong with a rule file that is edited."""


class RuleFileError(Exception):
    """A rule file that cannot be read, edited or written. The message says why, and what to do."""


class NoSuchRuleError(RuleFileError):
    """There is no rule with that id."""
