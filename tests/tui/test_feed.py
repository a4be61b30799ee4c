"""The thread that follows a mailbox for the screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from mailcatch.mailbox.changes import Added, AnyChange
from mailcatch.mailbox.reader import Reader
from mailcatch.tui.feed import Feed
from tests.affinity import all_but_one, processors_of
from tests.mailbox.filling import Filling

News = SimpleQueue[list[AnyChange]]


@contextmanager
def fed(filling: Filling, *, rest: float) -> Iterator[News]:
    """A feed on a mailbox, and what it tells."""
    news: News = SimpleQueue()
    with Reader(filling.root) as reader:
        feed = Feed(reader, news.put, lambda _: None, lambda _: None, rest=rest)
        feed.start()
        try:
            yield news
        finally:
            feed.close()


def test_what_comes_soon_after_news_is_told_together(filling: Filling) -> None:
    first = filling.message()
    with fed(filling, rest=1.0) as news:
        assert news.get(timeout=10) == [Added(first)]
        later = []
        for _ in range(4):
            later.append(filling.message())
            # Longer than files are gathered that change together.
            time.sleep(0.1)
        assert news.get(timeout=10) == [Added(name) for name in later]


def test_closing_does_not_wait_for_the_rest_to_be_over(filling: Filling) -> None:
    filling.message()
    with fed(filling, rest=60.0) as news:
        news.get(timeout=10)
    # After ten seconds close() would give up and leave it alone.
    assert "mailcatch-feed" not in [thread.name for thread in threading.enumerate()]


def test_following_leaves_a_processor_to_those_who_answer_clients(filling: Filling) -> None:
    filling.message()
    with fed(filling, rest=0.0) as news:
        news.get(timeout=10)
        where = {
            thread.name: processors_of(thread.native_id)
            for thread in threading.enumerate()
            if thread.name in {"mailcatch-feed", "mailcatch-watch"}
        }
    assert where == {"mailcatch-feed": all_but_one(), "mailcatch-watch": all_but_one()}
