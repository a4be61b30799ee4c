"""Where rules come from: the mailbox's own file, others, shorthand, Python."""

from __future__ import annotations

import logging
import os
from hashlib import sha256
from pathlib import Path

import pytest

from mailcatch import Catcher, RuleError
from mailcatch.breaking.faults import Faults
from mailcatch.faults.loading import load
from mailcatch.mailbox.server_file import FaultsState, RuleState, read_state
from tests.breaking.conversation import OPENED, have, line
from tests.reading import eventually, messages
from tests.serving import Serving, run
from tests.talk import Talk

BUSY = '[[faults.rule]]\nid = "busy"\nat = "noop"\nreply = "451 4.3.0 later"\n'
NO = '[[faults.rule]]\nid = "no"\nat = "rset"\nreply = "550 5.7.1 no"\n'
WRONG = '[[faults.rule]]\nid = "no"\nat = "rset"\nreplay = "550 5.7.1 no"\n'


def told(mailbox: Path) -> FaultsState:
    """Return what server.json tells of the rules."""
    state = read_state(mailbox)
    assert state is not None
    assert state.faults is not None
    return state.faults


def taken(mailbox: Path, rules: str) -> FaultsState:
    """Write the rules of a mailbox and return what server.json tells when they were taken."""
    (mailbox / "faults.toml").write_text(rules)
    digest = sha256(rules.encode()).hexdigest()
    eventually(lambda: told(mailbox).digest == digest)
    return told(mailbox)


def ids(state: FaultsState) -> list[str]:
    return [rule.id for rule in state.rules]


def test_the_rules_of_a_mailbox_are_in_force_from_the_start(mailbox: Path) -> None:
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(BUSY)
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher, Talk(catcher) as talk:
        assert talk.ask(b"NOOP") == b"451 4.3.0 later\r\n"


def test_rules_are_taken_when_the_file_changes_and_when_it_goes(
    catcher: Catcher, mailbox: Path
) -> None:
    with Talk(catcher) as talk:
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"
        assert ids(taken(mailbox, BUSY)) == ["busy"]
        assert talk.ask(b"NOOP") == b"451 4.3.0 later\r\n"
        taken(mailbox, NO)
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"
        assert talk.ask(b"RSET") == b"550 5.7.1 no\r\n"
        (mailbox / "faults.toml").unlink()
        eventually(lambda: told(mailbox).digest == "")
        assert told(mailbox).rules == []
        assert talk.ask(b"RSET") == b"250 2.0.0 Ok\r\n"


def test_a_change_of_as_many_octets_in_the_same_moment_is_noticed(
    catcher: Catcher, mailbox: Path
) -> None:
    for number in range(20):
        rules = BUSY.replace("busy", f"{number:04}")
        assert ids(taken(mailbox, rules)) == [f"{number:04}"]


def test_a_bad_file_keeps_the_last_good_rules_and_says_what_is_wrong_where(
    catcher: Catcher, mailbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken(mailbox, NO)
    state = taken(mailbox, WRONG)
    assert ids(state) == ["no"]
    wrong = f'{mailbox / "faults.toml"}:4: rule no: "replay" is no key of a rule'
    assert wrong in state.error
    assert "reply" in state.error
    eventually(lambda: wrong in caplog.text)
    with Talk(catcher) as talk:
        assert talk.ask(b"RSET") == b"550 5.7.1 no\r\n"
    assert taken(mailbox, NO).error == ""


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"\n\n[[faults.rule", b"faults = 3"])
def test_what_is_no_rule_file_stops_nothing(catcher: Catcher, mailbox: Path, octets: bytes) -> None:
    (mailbox / "faults.toml").write_bytes(octets)
    assert "faults.toml" in eventually(lambda: told(mailbox).error)
    with Talk(catcher) as talk:
        assert talk.ask(b"NOOP").startswith(b"250")


def test_a_rule_file_that_is_a_directory_stops_nothing(catcher: Catcher, mailbox: Path) -> None:
    (mailbox / "faults.toml").mkdir()
    assert "cannot be read" in eventually(lambda: told(mailbox).error)


def test_a_rule_file_that_is_a_pipe_keeps_nobody_waiting(catcher: Catcher, mailbox: Path) -> None:
    os.mkfifo(mailbox / "faults.toml")
    assert "cannot be read: is no regular file" in eventually(lambda: told(mailbox).error)
    with Talk(catcher) as talk:
        assert talk.ask(b"NOOP").startswith(b"250")


def test_a_rule_file_without_end_is_not_read(catcher: Catcher, mailbox: Path) -> None:
    with (mailbox / "faults.toml").open("wb") as file:
        file.truncate(1 << 40)
    assert "has more than 16777216 octets" in eventually(lambda: told(mailbox).error)
    with Talk(catcher) as talk:
        assert talk.ask(b"NOOP").startswith(b"250")


def test_a_rule_of_the_file_and_one_from_elsewhere_may_have_one_name(mailbox: Path) -> None:
    given = Catcher(port=0, mailbox=mailbox, faults="noop-451-x1")
    with given.in_thread() as catcher, Talk(catcher) as talk:
        assert talk.ask(b"NOOP").startswith(b"451")
        named = 'id = "noop-451-x1"\nat = "rset"\nreply = 452\n'
        taken(mailbox, f"[[faults.rule]]\n{named}")
        assert talk.ask(b"RSET").startswith(b"452")
        states = eventually(lambda: [one for one in told(mailbox).rules if one.fired])
        eventually(lambda: len([one for one in told(mailbox).rules if one.fired]) == 2)
        states = told(mailbox).rules
    assert [(one.id, one.in_file, one.fired, one.remaining) for one in states] == [
        ("noop-451-x1", "", 1, 0),
        ("noop-451-x1-2", "noop-451-x1", 1, None),
    ]


def test_without_faults_only_what_is_given_is_broken(mailbox: Path) -> None:
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(BUSY)
    arguments = ("--port", "0", "--dir", mailbox, "--no-faults", "--fault", "rset-451")
    with Serving(*arguments) as server, server.talk() as talk:
        assert talk.ask(b"NOOP").startswith(b"250")
        assert talk.ask(b"RSET").startswith(b"451")
        talk.open_transaction(b"ann+mc-452@shop.test")
        listed = run("faults", "ls", "--dir", mailbox)
        assert "told to take no rules from this file" in listed.stderr
        done = run("faults", "add", "rcpt-450", "--dir", mailbox)
    assert done.returncode == 1
    assert "was told to take no rules from it" in done.stderr


def test_the_counters_of_a_rule_that_stays_are_kept(catcher: Catcher, mailbox: Path) -> None:
    taken(mailbox, BUSY)
    with Talk(catcher) as talk:
        for _ in range(3):
            talk.ask(b"NOOP")
        state = taken(mailbox, NO + BUSY)
    by_id = {rule.id: rule for rule in state.rules}
    assert by_id["busy"].fired == 3
    assert by_id["no"] == RuleState("no", True, False, 0, 0, 0, in_file="no")
    assert [rule.fired for rule in taken(mailbox, "[faults]\ngeneration = 1\n" + BUSY).rules] == [0]


def test_server_json_tells_what_the_rules_did(catcher: Catcher, mailbox: Path) -> None:
    taken(mailbox, BUSY + "times = 1\n")
    with Talk(catcher) as talk:
        talk.ask(b"NOOP")
        talk.ask(b"NOOP")
        (rule,) = eventually(lambda: [one for one in told(mailbox).rules if one.seen == 2])
    assert (rule.matched, rule.fired, rule.remaining) == (2, 1, 0)
    assert rule.last_fired.endswith("Z")


def test_rules_can_be_had_from_everywhere_at_once(mailbox: Path, tmp_path: Path) -> None:
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(NO)
    other = tmp_path / "other.toml"
    other.write_text(BUSY)
    rules = load(BUSY.replace("noop", "vrfy"), name="mine")
    given = ("rcpt-550", other, rules, BUSY.replace("noop", "quit"))
    with Catcher(port=0, mailbox=mailbox, faults=given).in_thread() as catcher:
        have(
            catcher,
            [
                *OPENED,
                *line(b"NOOP", b"451 4.3.0 later"),
                *line(b"RSET", b"550 5.7.1 no"),
                *line(b"VRFY x", b"451 4.3.0 later"),
                *line(b"QUIT", b"451 4.3.0 later"),
            ],
        )
        names = [rule.id for rule in catcher.faults.rules.rules]
    assert names == ["rcpt-550", "busy", "busy-2", "busy-3", "no"]


def test_rules_can_be_used_from_python_while_the_server_runs(
    catcher: Catcher, mailbox: Path
) -> None:
    with Talk(catcher) as talk:
        catcher.use_faults(load(BUSY, name="mine"))
        assert talk.ask(b"NOOP") == b"451 4.3.0 later\r\n"
        catcher.use_faults()
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("rcpt-999", "999 is no reply code"),
        ("nothing.toml", "nothing.toml: there is no such file"),
        (WRONG, '"replay" is no key'),
    ],
)
def test_rules_that_cannot_be_used_are_refused_at_once(given: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        Faults([given])


def test_a_recipient_can_ask_for_a_fault_by_its_name(catcher: Catcher) -> None:
    with Talk(catcher) as talk:
        talk.ask(b"HELO x")
        for reply in (b"452", b"250"):
            talk.ask(b"MAIL FROM:<a@b>")
            assert talk.ask(b"RCPT TO:<u+mc-452-x1@x.test>").startswith(reply)
            assert talk.ask(b"RCPT TO:<u+mc-452@company.net>").startswith(b"250")
            talk.ask(b"RSET")


def test_a_recipient_can_ask_for_a_fault_at_a_later_stage(catcher: Catcher, mailbox: Path) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction(b"c@d", b"u+mc-eom-lost-x1@x.test")
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        assert talk.is_reset()
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
    assert len(messages(mailbox)) == 2


def test_a_client_can_ask_for_a_fault_by_the_name_it_gives_itself(catcher: Catcher) -> None:
    with Talk(catcher) as talk, Talk(catcher) as other:
        assert talk.ask(b"EHLO mc-noop-452.x.test").startswith(b"250")
        assert talk.ask(b"NOOP").startswith(b"452")
        assert other.ask(b"EHLO mc-454.x.test").startswith(b"454")
        assert other.ask(b"NOOP").startswith(b"250")


def test_magic_names_work_where_the_rule_file_says(catcher: Catcher, mailbox: Path) -> None:
    taken(mailbox, '[faults]\nmagic = "company.net"\n')
    with Talk(catcher) as talk:
        talk.open_transaction(b"u+mc-452@x.test")
        assert talk.ask(b"RCPT TO:<u+mc-452@company.net>").startswith(b"452")
    taken(mailbox, "[faults]\nmagic = false\n")
    with Talk(catcher) as talk:
        talk.open_transaction(b"u+mc-452@x.test", b"u+mc-452@company.net")


def test_the_command_line_takes_files_and_shorthand_and_prints_the_seed(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(BUSY)
    arguments = ("--port", "0", "--dir", tmp_path / "mail", "--faults", rules)
    with Serving(*arguments, "--fault", "rset-550", "--seed", "42") as serving:
        assert (serving.ready["faults"], serving.ready["seed"]) == (2, 42)
        with serving.talk() as talk:
            assert talk.ask(b"NOOP") == b"451 4.3.0 later\r\n"
            assert talk.ask(b"RSET").startswith(b"550")
        rules.write_text(NO)
        changed = serving.next_line()
        assert (changed["event"], changed["faults"], changed["error"]) == ("faults", 2, "")


def test_options_of_faults_come_from_the_environment_and_the_configuration_too(
    tmp_path: Path,
) -> None:
    (tmp_path / "rules.toml").write_text(BUSY)
    (tmp_path / "mailcatch.toml").write_text('faults = ["rules.toml"]\n')
    environment = {"MAILCATCH_FAULT": "rset-550 vrfy-550", "MAILCATCH_SEED": "7"}
    arguments = ("--port", "0", "--dir", tmp_path / "mail")
    with Serving(*arguments, environment=environment, cwd=tmp_path) as serving:
        assert (serving.ready["faults"], serving.ready["seed"]) == (3, 7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fault", "rcpt-999"), "999 is no reply code"),
        (("--faults", "no.toml"), "there is no such file"),
        (("--seed", "much"), "'much' is no seed"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_message(
    tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    done = run("serve", "--port", "0", "--dir", tmp_path, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|aa)+$"])
def test_an_expression_that_would_take_for_ever_stops_nobody(
    catcher: Catcher, mailbox: Path, expression: str
) -> None:
    rule = f'id = "endless"\nat = "eom"\nreply = 451\nmatch.subject = "re:{expression}"\n'
    taken(mailbox, f"[[faults.rule]]\n{rule}")
    with Talk(catcher) as talk, Talk(catcher) as other:
        assert talk.send(b"Subject: " + b"a" * 900 + b"b\r\n\r\n").startswith(b"250")
        assert other.send(b"Subject: aaa\r\n\r\n").startswith(b"451")

    def last_error() -> str:
        state = read_state(mailbox)
        return state.last_error if state is not None else ""

    assert f"expression '{expression}' took longer than 0.1 s" in eventually(last_error)


def test_an_error_inside_the_rules_accepts_the_mail_and_is_told(
    catcher: Catcher,
    mailbox: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: object, *, magical: bool) -> None:
        raise ZeroDivisionError("no idea")

    taken(mailbox, BUSY + NO.replace("rset", "eom"))
    monkeypatch.setattr(catcher.faults.engine, "decide", broken)
    with Talk(catcher) as talk, caplog.at_level(logging.ERROR):
        assert talk.send(b"Subject: x\r\n").startswith(b"250")

    def last_error() -> str:
        state = read_state(mailbox)
        return state.last_error if state is not None else ""

    assert "no idea" in eventually(last_error)
    assert "the policy failed at eom" in caplog.text
