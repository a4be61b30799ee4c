from mailcatch.mail.flowed import unflow


def test_broken_lines_are_joined() -> None:
    assert unflow("one \r\ntwo\r\nthree") == "one two\nthree"


def test_the_blank_at_the_break_goes_when_the_sender_says_so() -> None:
    assert unflow("漢 \n字", delete_space=True) == "漢字"


def test_quotes_flow_within_their_depth() -> None:
    assert unflow("> a \n> b\n>> c \nd") == "> a b\n> > c \nd"


def test_the_signature_does_not_flow() -> None:
    assert unflow("bye\n-- \nAnn") == "bye\n-- \nAnn"


def test_a_stuffed_space_is_taken_away() -> None:
    assert unflow(" From here") == "From here"
