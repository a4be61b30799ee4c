"""`mailcatch tail`: each message and each refused session, once, as it comes."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from mailcatch import Catcher
from tests.cli.asking import begun, wait_until_it_listens, watching
from tests.mailbox.filling import Filling, letter
from tests.talk import Talk


def test_messages_are_told_as_they_come_and_ctrl_c_ends_it(catcher: Catcher, mailbox: Path) -> None:
    with watching("tail", "--dir", mailbox) as process:
        assert process.stdout is not None
        with Talk(catcher) as talk:
            for subject in ("One", "Two"):
                talk.send(letter(subject))
                assert subject in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 0


def test_what_was_there_is_not_told_again_and_refusals_are_told_once(filling: Filling) -> None:
    filling.stored(letter("Before"))
    filling.refused()
    with watching("tail", "--dir", filling.root, "--json") as process:
        assert process.stdout is not None
        name = filling.stored(letter("After"))
        message = json.loads(process.stdout.readline())
        assert (message["event"], message["id"]) == ("message", name)
        session = filling.refused("eom", rule="slow", reply="451 later")
        told = json.loads(process.stdout.readline())
        assert (told["event"], told["id"]) == ("refused", session)
        assert told["transactions"][0]["rule"] == "slow"
        away = filling.turned_away("AUTH PLAIN ********", "535 5.7.8 no", rule="no-login")
        told = json.loads(process.stdout.readline())
        assert (told["event"], told["id"], told["rule"]) == ("refused", away, "no-login")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[0] == ""


def test_it_may_begin_before_the_mailbox_is_there(tmp_path: Path) -> None:
    with begun("tail", "--dir", tmp_path / "mail") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "waits for a mailbox" in process.stderr.readline()
        filling = Filling(tmp_path / "mail")
        wait_until_it_listens(process)
        filling.stored(letter("First"))
        assert "First" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
