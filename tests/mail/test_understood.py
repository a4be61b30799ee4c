import pickle
from pathlib import Path

from mailcatch.mail import understand
from mailcatch.mail.understood import give_up

REALISTIC = Path(__file__).parents[2] / "fixtures" / "realistic"


def test_what_is_understood_can_cross_to_another_process() -> None:
    understood = understand((REALISTIC / "newsletter.eml").read_bytes())
    assert pickle.loads(pickle.dumps(understood)) == understood


def test_the_text_is_laid_out_for_the_width_asked_for() -> None:
    raw = (REALISTIC / "emoji.eml").read_bytes()
    assert len(understand(raw, width=40).text.splitlines()) > len(understand(raw).text.splitlines())


def test_a_message_that_was_given_up_is_still_listed() -> None:
    understood = give_up(b"Subject: still here\r\n\r\n", "time-limit")
    assert understood.summary.subject == "still here"
    assert [note.name for note in understood.notes] == ["time-limit"]
