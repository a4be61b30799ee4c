"""Plain text as it is meant to be read: format=flowed undone (RFC 3676)."""


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Join the lines that were broken only to be sent.

    A line that ends in a blank goes on in the next one of the same quote depth. The signature
    separator `-- ` does not flow (RFC 3676 section 4.3).

    Args:
        text: the decoded content, any line breaks.
        delete_space: the DelSp=yes parameter: the blank at the break is not part of the text.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    open_depth = -1
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        signature = content == "-- "
        if paragraph and (depth != open_depth or signature):
            lines.append("".join(paragraph))
            paragraph = []
        if not paragraph and depth:
            paragraph.append("> " * depth)
        flows = content.endswith(" ") and not signature
        paragraph.append(content[:-1] if flows and delete_space else content)
        open_depth = depth
        if not flows:
            lines.append("".join(paragraph))
            paragraph = []
    if paragraph:
        lines.append("".join(paragraph))
    return "\n".join(lines)
