"""`mailcatch faults ls`, `check`, `explain` and `presets`: rules looked at."""

from __future__ import annotations

import json
import re
import smtplib
from pathlib import Path
from typing import Any

import pytest

from mailcatch.faults.presets import catalogue
from tests.cli.faults.test_editing import complaint, faults, send
from tests.cli.terminals import OURS, on_terminal
from tests.serving import Argument, Serving, run

RULES = """
[faults]
seed = 5

[[faults.rule]]
id = "bob"
at = "rcpt"
match.recipient = "bob@*"
reply = "550 5.1.1 no"

[[faults.rule]]
id = "invoice"
at = "eom"
match.subject = "re:^Invoice"
lost = "rst"
dry_run = true

[[faults.rule]]
id = "off"
at = "mail"
enabled = false
reply = 451
"""


def objects(root: Path, *arguments: Argument) -> list[dict[str, Any]]:
    printed = faults(root, *arguments, "--json")
    return [json.loads(line) for line in printed.splitlines()]


def test_ls_shows_what_was_counted(serving: Serving, root: Path) -> None:
    faults(root, "add", "rcpt-451-x2", "--to", "bob@*")
    faults(root, "add", "eom-lost", "--subject", "none", "--dry-run")
    faults(root, "disable", "eom-lost")
    sent = [send(serving, to) for to in ("ann@example.com", "bob@example.com")]
    assert sent == [250, 451]
    # The server tells of its counters a moment later.
    while (told := objects(root, "ls"))[0]["seen"] < 2:
        pass
    first, second = told
    assert first["rule"]["match"] == {"recipient": "bob@*"}
    assert {key: first[key] for key in ("id", "at", "enabled", "seen", "matched", "fired")} == {
        "id": "rcpt-451-x2",
        "at": "rcpt",
        "enabled": True,
        "seen": 2,
        "matched": 1,
        "fired": 1,
    }
    assert (first["remaining"], first["served"]) == (1, True)
    assert first["last_fired"].endswith("Z")
    assert (second["enabled"], second["dry_run"], second["fired"]) == (False, True, 0)
    heading, first_row, second_row = faults(root, "ls").splitlines()
    assert heading.split() == ["rule", "state", "at", "seen", "matched", "fired", "remaining"]
    assert first_row.split()[:7] == ["rcpt-451-x2", "on", "rcpt", "2", "1", "1", "1"]
    assert first_row.endswith("  reply=451  times=2  match.recipient=bob@*")
    assert second_row.split()[:7] == ["eom-lost", "off", "eom", "0", "0", "0", "-"]
    assert heading.index(" at ") == first_row.index(" rcpt ") == second_row.index(" eom ")
    assert send(serving, "bob@example.com") == 451
    while objects(root, "ls")[0]["remaining"]:
        pass
    assert faults(root, "ls").splitlines()[1].split()[1] == "spent"


def test_ls_of_a_mailbox_that_nobody_serves(root: Path) -> None:
    assert faults(root, "ls") == ""
    (root / "faults.toml").write_text(RULES)
    done = run("faults", "ls", "--dir", root)
    _, *lines = done.stdout.splitlines()
    assert [line.split("  ")[0].rstrip() for line in lines] == ["bob", "invoice", "off"]
    assert [line.split()[1:3] for line in lines] == [
        ["on", "rcpt"],
        ["dry", "run"],
        ["off", "mail"],
    ]
    assert all("     -        -      -          -  " in line for line in lines)
    assert f"nobody serves {root}: nothing was counted" in done.stderr
    assert [one["fired"] for one in objects(root, "ls")] == [None, None, None]


def test_on_a_terminal_what_is_too_wide_comes_on_a_line_of_its_own(root: Path) -> None:
    long = '[[faults.rule]]\nid = "long"\nat = "eom"\nreply = "451 4.3.0 Try again a while later"\n'
    short = '[[faults.rule]]\nid = "short"\nat = "rcpt"\nreply = 451\n'
    (root / "faults.toml").write_text(long + "times = 2\n" + short)
    printed = OURS.sub(
        b"", on_terminal("faults", "ls", "--dir", root, environment={"COLUMNS": "80"})
    )
    assert [line.split(b"  ")[0] for line in printed.splitlines()[:4]] == [
        b"rule",
        b"long",
        b"",
        b"short",
    ]
    assert printed.splitlines()[2].startswith(b'  reply="451 4.3.0 Try again a while later"  times')
    assert printed.splitlines()[3].endswith(b"  reply=451")


def test_ls_shows_rules_that_are_not_of_the_file(root: Path) -> None:
    with Serving("--port", "0", "--dir", root, "--fault", "mail-451") as serving:
        assert serving.host
        assert "mail-451" in faults(root, "ls")
        (one,) = objects(root, "ls")
        assert (one["id"], one["rule"], one["fired"]) == ("mail-451", None, 0)


def test_ls_tells_rules_of_one_name_apart(root: Path) -> None:
    with Serving("--port", "0", "--dir", root, "--fault", "mail-451-x1") as serving:
        with smtplib.SMTP(serving.host, serving.port, timeout=30) as client:
            client.ehlo()
            assert client.mail("a@shop.test")[0] == 451
        faults(root, "add", "mail-451-x1")
        found = objects(root, "ls")
    assert [(one["id"], one["fired"], one["rule"] is None) for one in found] == [
        ("mail-451-x1", 0, False),
        ("mail-451-x1", 1, True),
    ]


def test_ls_says_why_the_server_does_not_use_the_file(serving: Serving, root: Path) -> None:
    faults(root, "add", "rcpt-451")
    faults(root, "disable")
    text = (root / "faults.toml").read_text()
    (root / "faults.toml").write_text(text.replace("451", "751"))
    assert "751" in complaint(root, "enable", status=2)
    assert serving.host
    said = ""
    while "keeps its last good rules" not in said:
        listed = run("faults", "ls", "--dir", root)
        said = listed.stderr
    assert "751" in said
    assert "all faults are off" in said
    (root / "faults.toml").write_text('[[faults.rule]]\nid = "other"\nat = "rctp"\n')
    while "(of the last good file)" not in faults(root, "ls"):
        pass


def test_check_prints_each_problem_with_its_place(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[faults.rule]]\nid = "a"\nat = "rctp"\nreply = 451\n\n[faults]\nsed = 1\n')
    shown = faults(root, "check", file, status=1)
    assert f"error: {file}:3: rule a: " in shown
    assert "did you mean rcpt?" in shown
    assert 'rctp" is no stage (did you mean rcpt?)\n       3 | at = "rctp"\n' in shown
    assert f"{file}:7: " in shown
    assert shown.endswith("       7 | sed = 1\n")
    problems = objects_of(root, "check", file)
    assert [(one["kind"], one["line"], one["rule"]) for one in problems] == [
        ("error", 3, "a"),
        ("error", 7, None),
    ]
    assert problems[0]["hint"] == "did you mean rcpt?"
    (root / "faults.toml").write_text(RULES)
    assert faults(root, "check") == f"{root / 'faults.toml'}: 3 rules, no mistake\n"
    file.write_bytes(b"# one\n\xff\n")
    assert f"{file}:2: is no UTF-8 text (save it as UTF-8)" in faults(root, "check", file, status=1)
    assert "cannot read" in complaint(root, "check", tmp_path / "none.toml", status=2)


def objects_of(root: Path, *arguments: Argument) -> list[dict[str, Any]]:
    printed = faults(root, *arguments, "--json", status=1)
    return [json.loads(line) for line in printed.splitlines()]


def test_explain_tells_what_each_rule_would_do_and_why_not(root: Path) -> None:
    (root / "faults.toml").write_text(RULES)
    told = objects(
        root, "explain", "--from", "a@x", "--to", "ann@x", "--to", "bob@x", "--subject", "Invoice 7"
    )
    assert [(one["rule"], one["at"], one["recipient"], one["fires"]) for one in told] == [
        ("off", "mail", None, False),
        ("bob", "rcpt", "ann@x", False),
        ("bob", "rcpt", "bob@x", True),
        ("invoice", "eom", None, True),
    ]
    assert "disabled" in told[0]["why"]
    assert "bob@*" in told[1]["why"]
    assert "550" in told[2]["why"]
    shown = faults(root, "explain", "--to", "bob@x", "--subject", "Other", "--at", "eom")
    assert re.search(r"^invoice  at eom  does not fit  .*Other", shown, re.MULTILINE)
    shown = faults(root, "explain", "--to", "bob@x", "--subject", "Invoice 7")
    *others, last = shown.splitlines()
    assert others == [
        "off      at mail        does not fit  is disabled",
        "bob      at rcpt bob@x  fires         reply 550 5.1.1 no",
    ]
    assert last.startswith("invoice  at eom         fires         only says that it would: lose ")
    assert "rctp" in complaint(root, "explain", "--at", "rctp", status=2)
    assert "write 'Name: value'" in complaint(root, "explain", "--header", "x", status=2)


def test_explain_takes_all_that_a_rule_can_ask_for(root: Path) -> None:
    (root / "faults.toml").write_text(
        '[[faults.rule]]\nid = "all"\nat = "eom"\nreply = 451\n[faults.rule.match]\n'
        'sender = "a@*"\nrecipient = "b@*"\nsubject = "S*"\nheader.X-Shop = "7"\nbody = "*pay*"\n'
        'size = ">1MB"\nhelo_name = "*.net"\nclient_address = "10.0.0.0/8"\nsasl_username = "u"\n'
    )
    arguments = (
        "explain", "--from", "a@x", "--to", "b@x", "--subject", "Ship", "--header", "X-Shop: 7",
        "--body", "please pay", "--size", "2MB", "--ehlo", "c.net", "--client", "10.1.2.3",
        "--user", "u",
    )  # fmt: skip
    assert [one["fires"] for one in objects(root, *arguments)] == [True]
    for place in range(1, len(arguments), 2):
        fewer = arguments[:place] + arguments[place + 2 :]
        assert [one["matches"] for one in objects(root, *fewer)] == [False], fewer


def test_explain_knows_what_the_server_has_used_up(serving: Serving, root: Path) -> None:
    faults(root, "add", "rcpt-451-x1")
    faults(root, "add", "rcpt-452")
    arguments = ("explain", "--to", "ann@example.com")
    assert [one["fires"] for one in objects(root, *arguments)] == [True, False]
    assert send(serving) == 451
    while not (told := objects(root, *arguments))[1]["fires"]:
        pass
    assert (told[0]["matches"], told[0]["fires"]) == (True, False)
    assert told[0]["why"] == "has fired as often as it can, on the server"


def test_explain_without_rules_says_so(root: Path) -> None:
    done = run("faults", "explain", "--dir", root)
    assert (done.returncode, done.stdout) == (0, "")
    assert "there are no rules" in done.stderr


def test_presets_are_listed_with_their_replies_and_sources(root: Path) -> None:
    shown = faults(root, "presets", "gmail", "mailboxfull")
    assert shown.startswith("gmail\n  gmail-overquota  at rcpt  gmail, mailboxfull\n")
    assert (
        "    452-4.2.2 The email account that you tried to reach is over quota. Please direct\n"
        "    452-4.2.2 the recipient to\n"
        "    452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp {token} - gsmtp\n"
        "    source: smtp-field-manual 452\n"
    ) in shown
    assert [one["name"] for one in objects(root, "presets")] == list(catalogue())
    reasons = [one["reason"] for one in objects(root, "presets", "--by", "reason")]
    assert reasons == sorted(reasons)
    assert "no preset has 'nothing-of-the-kind'" in complaint(
        root, "presets", "nothing-of-the-kind", status=1
    )


def test_the_users_own_presets_are_listed_too(root: Path) -> None:
    (root / "faults.toml").write_text('[faults.preset.acme]\nat = "rcpt"\nreply = "452 full"\n')
    assert faults(root, "presets", "acme") == 'faults.toml\n  acme  at=rcpt  reply="452 full"\n'
    (own,) = objects(root, "presets", "acme")
    assert own == {"name": "acme", "table": {"at": "rcpt", "reply": "452 full"}}


@pytest.mark.parametrize("command", [("ls",), ("presets",), ("explain",), ("rm", "a")])
def test_a_file_that_is_no_toml_is_said(root: Path, command: tuple[str, ...]) -> None:
    (root / "faults.toml").write_text("[faults\n")
    said = complaint(root, *command, status=2)
    assert "faults.toml" in said
    assert "no TOML" in said


def test_the_schema_is_the_one_of_the_documentation() -> None:
    page = Path(__file__).parents[3] / "docs" / "faults.schema.json"
    assert run("faults", "schema").stdout == page.read_text(encoding="utf-8")


def test_the_configuration_file_says_where(root: Path) -> None:
    (root / "faults.toml").write_text(RULES)
    (root.parent / "mailcatch.toml").write_text('dir = "mail"\njson = true\n')
    done = run("faults", "ls", cwd=root.parent)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [
        "bob",
        "invoice",
        "off",
    ]


def test_explain_knows_magic_names(root: Path) -> None:
    (told,) = objects(root, "explain", "--to", "u+mc-gmail-overquota@example.test")
    assert (told["rule"], told["at"], told["fires"]) == ("mc-gmail-overquota", "rcpt", True)
    (told,) = objects(root, "explain", "--ehlo", "mc-starttls-454.example.test")
    assert (told["rule"], told["at"], told["fires"]) == ("mc-starttls-454", "starttls", True)
