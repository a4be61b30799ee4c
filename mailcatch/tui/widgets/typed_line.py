"""A line to type in."""

from __future__ import annotations

from textual.widgets import Input


class TypedLine(Input):
    """A line to type in. What is pasted may come from a mail: nothing but its text is taken."""

    def __init__(self, text: str = "", *, hint: str = "") -> None:
        super().__init__(text, placeholder=hint, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Take away what would do something to a terminal, and what would not be seen."""
        if value.isprintable():
            return value
        blanks = "".join(" " if char.isspace() else char for char in value)
        return "".join(filter(str.isprintable, blanks))

    def put(self, text: str) -> None:
        """Write a text in place of what is there."""
        self.value = text
        self.cursor_position = len(self.value)
