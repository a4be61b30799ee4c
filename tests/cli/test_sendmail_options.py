"""sendmail's options."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcatch.cli.sendmail_options import (
    SendmailOptions,
    SendmailUsageError,
    is_address,
    parse_sendmail,
)

WORDS = st.one_of(
    st.sampled_from(
        ["-", "--", "-t", "-i", "-f", "-fa@b", "-bs", "-bm", "-oi", "-O", "-F", "--port", "-d", ""]
    ),
    st.text(max_size=12),
    st.text(max_size=8).map("-{}".format),
    st.binary(max_size=8).map(lambda octets: octets.decode(errors="surrogateescape")),
)


@given(st.lists(WORDS, max_size=12))
def test_any_arguments_are_understood_or_refused_in_words(argv: list[str]) -> None:
    try:
        options = parse_sendmail(argv)
    except SendmailUsageError as error:
        said = str(error)
    else:
        said = ""
        assert not options.sender or is_address(options.sender)
        assert options.name.isprintable()
        assert set(options.recipients) <= set(argv)
    assert said.isascii()
    assert said.isprintable()


@example("[ ]")
@example("ann@[IPv6:::1]")
@given(st.text())
def test_an_address_can_end_no_line_and_no_path(text: str) -> None:
    if is_address(text):
        text.encode()
        bare = text if '"' not in text else ""
        assert not set(bare) & set(" <>\r\n\t")
        assert "\n" not in text


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        ([], SendmailOptions()),
        (
            ["-t", "-i"],  # PHP
            SendmailOptions(recipients_from_header=True, dots_are_text=True),
        ),
        (["-ti"], SendmailOptions(recipients_from_header=True, dots_are_text=True)),
        (
            ["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"],  # cron
            SendmailOptions(dots_are_text=True, name="CronDaemon", recipients=("root",)),
        ),
        (
            ["-oi", "-f", "a@b", "--", "-x@c", "d@e"],  # mail
            SendmailOptions(dots_are_text=True, sender="a@b", recipients=("-x@c", "d@e")),
        ),
        (["-oem", "-oi"], SendmailOptions(dots_are_text=True)),
        (["-O", "IgnoreDots=true"], SendmailOptions(dots_are_text=True)),
        (["-OIgnoreDots"], SendmailOptions(dots_are_text=True)),
        (["-O", "DeliveryMode=b", "x"], SendmailOptions(recipients=("x",))),
        (["-fa@b"], SendmailOptions(sender="a@b")),
        (["-ra@b"], SendmailOptions(sender="a@b")),
        (["-tfa@b"], SendmailOptions(recipients_from_header=True, sender="a@b")),
        (["-f", "<a@b>"], SendmailOptions(sender="a@b")),
        (["-f", "<>"], SendmailOptions(sender="")),
        (["-f", ""], SendmailOptions(sender="")),
        (["-F", " A \n B\udcc3\udcbc "], SendmailOptions(name="A Bü")),
        (["-bs"], SendmailOptions(mode="smtp")),
        (["-bm", "-v", "x"], SendmailOptions(verbose=True, recipients=("x",))),
        (["x", "-v", "y"], SendmailOptions(verbose=True, recipients=("x", "y"))),
        (["-d0.1", "-d", "-N", "never", "-R", "hdrs", "-Am"], SendmailOptions()),
        (["--port", "1", "--dir=x"], SendmailOptions(own=("--port", "1", "--dir=x"))),
        (["-f", "--port"], SendmailOptions(sender="--port")),
    ],
)  # fmt: skip
def test_options(argv: list[str], options: SendmailOptions) -> None:
    assert parse_sendmail(argv) == options


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["-Z"], "sendmail has no option -Z"),
        (["-\x1b"], r"sendmail has no option -\x1b"),
        (["--colour"], "sendmail has no option --colour"),
        (["-f"], "option -f wants a value"),
        (["--port"], "option --port wants a value"),
        (["-bd"], "-bd is not supported: only -bm (send a message) and -bs (SMTP) are"),
        (["-f", "a b"], "the sender a b is no address"),
        (["-f", "a>\r\nRCPT TO:<x"], r"the sender a>\r\nRCPT TO:<x is no address"),
    ],
)
def test_mistakes(argv: list[str], problem: str) -> None:
    with pytest.raises(SendmailUsageError) as refused:
        parse_sendmail(argv)
    assert str(refused.value) == problem
