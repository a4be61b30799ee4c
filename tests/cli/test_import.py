"""`mailcatch import`: what other programs, and other mailboxes, hold."""

from __future__ import annotations

import json
import mailbox
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcatch.cli.exporting import Maildir, Mbox, Outgoing, Zip
from mailcatch.cli.importing import NoMessagesError, source_of
from mailcatch.cli.taking_in import Intake
from mailcatch.mailbox.reader import Reader
from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import LETTER, NOON, Filling, letter, named
from tests.serving import Serving, run

LARGEST = 1024 * 1024


def octets_in(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((root / "messages").glob("*.eml"))]


def taken(path: Path, root: Path) -> Intake:
    intake = Intake(root)
    intake.take(source_of(path, LARGEST), lambda _: None)
    return intake


def outgoing(messages: list[bytes]) -> list[Outgoing]:
    return [
        Outgoing(f"{named(NOON, number)}.eml", NOON, "app@example.org", octets)
        for number, octets in enumerate(messages)
    ]


LINES = st.lists(
    st.sampled_from([b"", b"From x", b">From x", b">>From", b"From", b"Subject: a", b".", b"a\rb"])
    | st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"").rstrip(b"\r")),
    min_size=1,
    max_size=8,
)
OCTETS = st.lists(st.binary(max_size=80) | LINES.map(b"\r\n".join), min_size=1, max_size=4)
# What SMTP carries: lines that end in CRLF, the last one too.
LETTERS = st.lists(LINES.map(lambda lines: b"\r\n".join([*lines, b""])), min_size=1, max_size=4)
MANY = settings(max_examples=60)


@MANY
@given(messages=OCTETS)
@pytest.mark.parametrize("form", [Maildir, Zip])
def test_what_was_exported_comes_back_octet_by_octet(
    tmp_path_factory: pytest.TempPathFactory, form: type[Maildir | Zip], messages: list[bytes]
) -> None:
    room = tmp_path_factory.mktemp("round")
    form(room / "out").write(outgoing(messages))
    assert taken(room / "out", room / "mail").taken.messages == len(messages)
    assert octets_in(room / "mail") == messages


@MANY
@given(messages=LETTERS)
def test_letters_come_back_from_an_mbox_octet_by_octet(
    tmp_path_factory: pytest.TempPathFactory, messages: list[bytes]
) -> None:
    room = tmp_path_factory.mktemp("round")
    Mbox(room / "out").write(outgoing(messages))
    assert taken(room / "out", room / "mail").taken.messages == len(messages)
    assert octets_in(room / "mail") == messages


def test_an_mbox_of_another_program_is_read(filling: Filling, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    box.add(mailbox.mboxMessage(b"Subject: One\n\nFrom here\n"))
    box.add(mailbox.mboxMessage(b"Subject: Two\n\nx\n"))
    box.close()
    (told,) = objects(filling, "import", tmp_path / "box")
    assert told["messages"] == 2
    assert {b"Subject: One\r\n\r\nFrom here\r\n", b"Subject: Two\r\n\r\nx\r\n"} == set(
        octets_in(filling.root)
    )


def test_the_time_of_an_mbox_line_becomes_that_of_the_message(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"From a@b Mon Nov 23 12:34:56 2020\nSubject: x\n\ny\n")
    taken(tmp_path / "box", tmp_path / "mail")
    (path,) = (tmp_path / "mail" / "messages").iterdir()
    assert path.name.startswith("20201123T123456.000000Z-")


def test_messages_of_one_second_stay_in_order(tmp_path: Path) -> None:
    Mbox(tmp_path / "box").write(outgoing([letter(str(number)) for number in range(20)]))
    taken(tmp_path / "box", tmp_path / "mail")
    assert octets_in(tmp_path / "mail") == [letter(str(number)) for number in range(20)]


def test_a_maildir_of_another_program_is_read(filling: Filling, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(b"Subject: New\n\nx\n")
    seen = mailbox.MaildirMessage(b"Subject: Seen\n\nx\n")
    seen.set_subdir("cur")
    seen.set_flags("S")
    box.add(seen)
    assert objects(filling, "import", tmp_path / "box")[0]["messages"] == 2
    assert {one["subject"] for one in objects(filling, "ls")} == {"New", "Seen"}


def test_files_and_directories_of_them_are_read(filling: Filling, tmp_path: Path) -> None:
    place = tmp_path / "mails"
    (place / "inner").mkdir(parents=True)
    (place / "a.eml").write_bytes(b"anything at all\xff")
    (place / "inner" / "B.EML").write_bytes(LETTER)
    (place / "other.txt").write_text("no mail")
    (tmp_path / "single").write_bytes(letter("Single"))
    answer(filling, "import", place, tmp_path / "single")
    assert set(octets_in(filling.root)) == {b"anything at all\xff", LETTER, letter("Single")}


def test_another_mailbox_comes_with_its_sessions_and_marks(
    filling: Filling, tmp_path: Path
) -> None:
    other = Filling(tmp_path / "other")
    names = [other.stored(letter("First")), other.stored(letter("Second"))]
    other.refused(rule="greylist")
    with Reader(other.root) as reader:
        reader.marks.mark("read", [names[0]])
        reader.marks.mark("tag", [names[1]], "kept")
    (told,) = objects(filling, "import", other.root)
    assert (told["messages"], told["sessions"], told["left_out"]) == (2, 3, [])
    found = {one["id"]: one for one in objects(filling, "ls")}
    assert set(found) == set(names)
    assert found[names[0]]["read"]
    assert found[names[1]]["tags"] == ["kept"]
    assert found[names[0]]["recipients"] == ["ann@example.com"]
    assert len(objects(filling, "sessions", "fault:greylist")) == 1


def test_importing_a_mailbox_again_adds_nothing(filling: Filling, tmp_path: Path) -> None:
    other = Filling(tmp_path / "other")
    other.stored()
    answer(filling, "import", other.root)
    (told,) = objects(filling, "import", other.root)
    assert (told["messages"], told["sessions"], told["already_there"]) == (0, 0, 1)


def test_another_message_of_the_same_name_stays_and_the_new_one_keeps_its_session(
    filling: Filling, tmp_path: Path
) -> None:
    other = Filling(tmp_path / "other")
    name = other.stored(letter("New"), "new@example.org")
    filling.write(name, letter("Old"))
    answer(filling, "import", other.root)
    assert (filling.root / "messages" / name).read_bytes() == letter("Old")
    (found,) = objects(filling, "ls", "subject:new")
    assert found["id"] != name
    assert found["sender"] == "new@example.org"


def test_links_are_not_followed(filling: Filling, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(LETTER)
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "a.eml").symlink_to(tmp_path / "secret")
    (tmp_path / "mails" / "inner").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "mails" / "pipe.eml")
    done = run("import", tmp_path / "mails", "--dir", filling.root)
    assert done.returncode == 1
    assert "left out a.eml: it is a link" in done.stderr
    assert "left out pipe.eml: no plain file" in done.stderr
    assert octets_in(filling.root) == []
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    assert "is a link" in complaint(filling, "import", tmp_path / "link", status=2)


def test_what_is_too_large_is_left_out(filling: Filling, tmp_path: Path) -> None:
    small, large = letter("Small"), letter("Large", "x" * 2_000)
    Mbox(tmp_path / "box").write(outgoing([large, small]))
    Zip(tmp_path / "box.zip").write(outgoing([small, large]))
    (tmp_path / "large.eml").write_bytes(large)
    paths = [tmp_path / name for name in ("box", "box.zip", "large.eml")]
    (told,) = objects(filling, "import", *paths, "--max-message-size", "1000", status=1)
    assert (told["messages"], len(told["left_out"])) == (2, 3)
    assert octets_in(filling.root) == [small, small]


def test_a_zip_that_is_hostile_harms_nothing(filling: Filling, tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.eml", LETTER)
        archive.writestr("/etc/passwd.eml", LETTER)
        archive.writestr("bomb.eml", b"\0" * 5_000_000)
        archive.writestr("\x1b[2J.eml", LETTER)
        archive.writestr("20261399T120000.000000Z-7Q3K.eml", LETTER)
    done = run("import", path, "--dir", filling.root, "--max-message-size", "1MB")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert octets_in(filling.root) == [LETTER] * 4
    damaged = bytearray(path.read_bytes())
    damaged[60:80] = b"\xff" * 20
    path.write_bytes(damaged)
    done = run("import", path, "--dir", filling.root)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "evil.eml").exists() is False


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"From a\n", b"PK\x05\x06"]))
@MANY
def test_no_file_is_too_strange(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes, head: bytes
) -> None:
    room = tmp_path_factory.mktemp("strange")
    (room / "file").write_bytes(head + octets)
    with suppress(NoMessagesError):
        taken(room / "file", room / "mail")
    for kept in octets_in(room / "mail") if (room / "mail").exists() else ():
        assert kept in head + octets or head == b"From a\n"


def test_a_mailbox_that_is_served_takes_messages_too(tmp_path: Path) -> None:
    (tmp_path / "mails").mkdir()
    for number in range(50):
        (tmp_path / "mails" / f"{number}.eml").write_bytes(letter(f"Number {number}"))
    with Serving("--port", "0", "--dir", tmp_path / "mail") as serving:
        done = run("import", tmp_path / "mails", "--dir", serving.mailbox)
        assert (done.returncode, done.stdout) == (0, "50 messages imported\n")
        with serving.talk() as talk:
            assert talk.send(LETTER).startswith(b"250")
        found = run("ls", "--json", "--dir", serving.mailbox).stdout.splitlines()
        assert len({json.loads(line)["subject"] for line in found}) == 51
        assert serving.stop() == 0


def test_a_mailbox_is_made_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(LETTER)
    root = tmp_path / "new" / "mail"
    assert run("import", tmp_path / "a.eml", "--dir", root).returncode == 0
    assert root.stat().st_mode & 0o777 == 0o700
    (path,) = (root / "messages").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_bare_files_stay_in_sight_when_others_come(tmp_path: Path) -> None:
    root = tmp_path / "bare"
    root.mkdir()
    (root / "old.eml").write_bytes(letter("Old"))
    other = Filling(tmp_path / "other")
    other.stored(letter("New"))
    done = run("import", other.root, "--dir", root)
    assert done.returncode == 1
    assert "bare .eml files has no place for sessions" in done.stderr
    listed = run("ls", "--dir", root).stdout
    assert "Old" in listed
    assert "New" in listed


def test_what_stays_of_an_import_that_could_not_go_on_is_told(
    filling: Filling, tmp_path: Path
) -> None:
    (tmp_path / "a.eml").write_bytes(LETTER)
    Zip(tmp_path / "b.zip").write(outgoing([LETTER]))
    source = source_of(tmp_path / "b.zip", LARGEST)
    (tmp_path / "b.zip").unlink()
    intake = Intake(filling.root)
    intake.take(source_of(tmp_path / "a.eml", LARGEST), lambda _: None)
    with pytest.raises(FileNotFoundError):
        intake.take(source, lambda _: None)
    assert intake.taken.messages == 1
    assert octets_in(filling.root) == [LETTER]


def test_what_cannot_be_imported_is_told(filling: Filling, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "empty").mkdir()
    assert "is no message, mbox file" in complaint(
        filling, "import", tmp_path / "picture", status=2
    )
    assert "no such file" in complaint(filling, "import", tmp_path / "nothing", status=2)
    assert "the mailbox itself" in complaint(filling, "import", filling.root, status=2)
    assert answer(filling, "import", tmp_path / "empty", status=1) == "0 messages imported\n"
