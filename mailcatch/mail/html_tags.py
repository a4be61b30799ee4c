"""Names of HTML elements, written as a line of words where they are sorted into kinds."""


def tag_set(names: str) -> frozenset[str]:
    """Give the set of the names in a line of words."""
    return frozenset(names.split())
