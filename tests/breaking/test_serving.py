"""Faults in a server process of its own, which runs on another event loop than tests do."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from mailcatch.mailbox.events import Fault
from tests.breaking.conversation import CONTENT, have
from tests.breaking.test_shapes import SHAPES
from tests.reading import ended_session, eventually, messages, transactions
from tests.serving import Serving

ENDS = [
    "F1 reply lost, FIN",
    "F1 reply lost, RST",
    "F1 reply lost, silence",
    "F3 421 unasked",
    "F11 dribble",
    "F12 truncated reply",
    "F21 early 552 and half a close",
    "F22 reset inside the body",
]


@pytest.mark.parametrize("name", ENDS)
def test_a_session_ends_as_the_rules_say(mailbox: Path, name: str) -> None:
    rules, steps, outcomes = SHAPES[name]
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(rules)
    with Serving("--port", "0", "--dir", mailbox) as server:
        have(server, steps)
        eventually(lambda: [one.outcome for one in transactions(mailbox)] == outcomes)


@pytest.mark.parametrize("effect", ['lost = "hang"', 'delay = "10m"', 'dribble = "10m"'])
def test_a_signal_ends_a_server_in_the_middle_of_a_fault(mailbox: Path, effect: str) -> None:
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(f'[[faults.rule]]\nid = "slow"\nat = "eom"\n{effect}\n')
    with Serving("--port", "0", "--dir", mailbox) as server, server.talk() as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(CONTENT + b".\r\n")
        eventually(lambda: messages(mailbox))
        assert server.stop(signal.SIGTERM) == 0
    assert [one.outcome for one in transactions(mailbox)] == ["stored"]


def test_each_mistake_in_a_file_that_changed_is_a_line_of_the_log(mailbox: Path) -> None:
    with Serving("--port", "0", "--dir", mailbox) as server:
        wrong = '[[faults.rule]]\nat = "login"\nreply = 700\n'
        (mailbox / "faults.toml").write_text(wrong)
        assert "700 is no reply code" in str(server.next_line()["error"])
        server.stop()
    before = "mailcatch: rules cannot be used, the last good ones stay: "
    stage, code = server.error.decode().splitlines()
    assert stage.startswith(f'{before}{mailbox / "faults.toml"}:2: at: "login" is no stage')
    assert code.startswith(f"{before}{mailbox / 'faults.toml'}:3: reply: 700 is no reply code")


def test_a_fault_is_in_the_transcript_with_rule_ordinal_and_seed(mailbox: Path) -> None:
    arguments = ("--port", "0", "--dir", mailbox, "--fault", "eom-451-x2", "--seed", "42")
    with Serving(*arguments) as server:
        for number in range(2):
            with server.talk() as talk:
                assert talk.send(CONTENT).startswith(b"451 4.3.0 ")
            (fault,) = [one for one in ended_session(mailbox, number) if isinstance(one, Fault)]
            assert (fault.stage, fault.rule, fault.ordinal) == ("eom", "eom-451-x2", number + 1)
            assert (fault.effect, fault.seed, fault.dry) == ("reply 451", 42, False)
