"""However a mailbox changed, its index is the one that is built from nothing."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailcatch.mailbox import events
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling, letter
from tests.mailbox.index.dump import dump

SUBJECTS = st.sampled_from(["Hello", "Other"])
PEOPLE = st.sampled_from([("ann@example.com",), ("bob@example.com",), ("ann@example.com", "bob@x")])
CHOICE = st.integers(0, 1_000)


class Changing(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.filling = Filling(self.root / "mail")
        self.reader = Reader(self.root / "mail")
        self.open: list[str] = []
        self.before: set[str] = set()
        self.touched: set[str] = set()

    def teardown(self) -> None:
        self.reader.close()
        shutil.rmtree(self.root)

    @rule(subject=SUBJECTS, to=PEOPLE, answer=st.sampled_from(["", "250 OK"]))
    def store(self, subject: str, to: tuple[str, ...], answer: str) -> None:
        self.filling.stored(letter(subject), to=to, answer=answer)

    @rule(stage=st.sampled_from(["mail", "rcpt", "data", "eom"]), to=PEOPLE)
    def refuse(self, stage: str, to: tuple[str, ...]) -> None:
        self.filling.refused(stage, to=to, rule="fail")

    @rule(subject=SUBJECTS, to=PEOPLE)
    def refuse_and_keep(self, subject: str, to: tuple[str, ...]) -> None:
        self.filling.refused_and_kept(letter(subject), to=to)

    @rule(to=PEOPLE)
    def drop(self, to: tuple[str, ...]) -> None:
        self.filling.session(self.filling.transaction("dropped", to=to, answer="250 OK"))

    @rule(subject=SUBJECTS)
    def drop_in(self, subject: str) -> None:
        self.filling.message(letter(subject, head="X-Tags: red"))

    @rule()
    def wait(self) -> None:
        self.filling.now += timedelta(minutes=50)

    @rule()
    def connect(self) -> None:
        self.open.append(self.filling.session([], closed=False))

    @rule(which=CHOICE, subject=SUBJECTS, to=PEOPLE, stored=st.booleans())
    def go_on(self, which: int, subject: str, to: tuple[str, ...], *, stored: bool) -> None:
        if self.open:
            session = self.open[which % len(self.open)]
            name = self.filling.message(letter(subject)) if stored else ""
            outcome = "stored" if stored else "aborted"
            self.filling.append(session, self.filling.transaction(outcome, to=to, file=name))

    @rule(which=CHOICE)
    def disconnect(self, which: int) -> None:
        if self.open:
            session = self.open.pop(which % len(self.open))
            self.touched.add(session)
            self.filling.append(session, [events.Close(9, "client", "quit")])

    @rule(which=CHOICE, rooms=st.sampled_from(["messages", "sessions"]))
    def remove(self, which: int, rooms: str) -> None:
        files = sorted((self.filling.root / rooms).iterdir())
        if files:
            gone = files[which % len(files)]
            gone.unlink()
            self.open = [name for name in self.open if name != gone.name]

    @rule(which=CHOICE, serial=st.integers(0, 5))
    def rename(self, which: int, serial: int) -> None:
        files = sorted((self.filling.root / "messages").iterdir())
        if files:
            files[which % len(files)].rename(self.filling.root / "messages" / f"by {serial}.eml")
            self.touched.add(f"by {serial}.eml")

    @rule(which=CHOICE)
    def mark(self, which: int) -> None:
        names = list(self.reader.search())
        if names:
            self.reader.marks.mark("read", [names[which % len(names)]])

    @rule()
    def refresh(self) -> None:
        self.reader.refresh()

    @invariant()
    def is_as_if_built_from_nothing(self) -> None:
        if not hasattr(self, "reader"):
            return
        there = {path.name for path in self.filling.root.glob("*/*")}
        hint = there ^ self.before | set(self.open) | self.touched
        self.before, self.touched = there, set()
        if self.reader.refresh(only=hint) == []:
            return
        cache = self.root / "cache"
        fresh = shutil.copytree(self.filling.root, cache / "mail", ignore=_indexes)
        with Reader(fresh) as other:
            other.refresh()
            assert dump(other) == dump(self.reader)
        shutil.rmtree(cache)


def _indexes(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(".index")]


TestChanging = Changing.TestCase
TestChanging.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
