"""What reading an HTML text gives: blocks, links and what it would load."""

from dataclasses import dataclass

from mailcatch.mail.html_blocks import Block, lay_out
from mailcatch.mail.once import cached_property


@dataclass(frozen=True, slots=True)
class HtmlLink:
    """A link of an HTML text.

    Attributes:
        text: what the reader sees, as safe text; "" when it shows nothing.
        target: the real target, as safe text.
        number: the number it is listed under; None when its text is already its target, or when
            there are more links than the bound.
    """

    text: str
    target: str
    number: int | None


@dataclass(frozen=True)
class HtmlText:
    """A rendered HTML text, to be laid out for any width.

    Attributes:
        blocks: in order.
        links: in order of appearance, one entry for each `<a>`.
        remote: targets that a mail program would load when it shows the message, each once.
        content_ids: those named by `cid:` references, each once.
        cut: whether the HTML was larger than a bound and its end was left out.
    """

    blocks: tuple[Block, ...]
    links: tuple[HtmlLink, ...]
    remote: tuple[str, ...]
    content_ids: tuple[str, ...]
    cut: bool = False

    def render(self, width: int = 80) -> str:
        """Give the text with the list of link targets below it.

        Args:
            width: cells of a line; targets and preformatted text are never broken.
        """
        lines = lay_out(self.blocks, width)
        targets = {link.number: link.target for link in self.links if link.number is not None}
        if targets:
            lines.append("")
            lines += [f"[{number}] {target}" for number, target in targets.items()]
        return "\n".join(lines)

    @cached_property
    def plain(self) -> str:
        """The text alone, unwrapped and without the list of targets, to search."""
        return "\n".join(lay_out(self.blocks, 100_000))
