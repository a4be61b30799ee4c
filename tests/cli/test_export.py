"""`mailcatch export` and `mailcatch stats`: read back by Python's own readers."""

from __future__ import annotations

import mailbox
import zipfile
from pathlib import Path

from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import Filling, letter


def test_an_mbox_is_read_by_others(filling: Filling, tmp_path: Path) -> None:
    filling.stored(letter("First", "From here\r\n>From there\r\nend"))
    filling.stored(letter("Second"), sender="")
    path = tmp_path / "out.mbox"
    (told,) = objects(filling, "export", "--mbox", path)
    assert told == {"file": str(path), "messages": 2}
    assert path.stat().st_mode & 0o777 == 0o600
    box = mailbox.mbox(path)
    assert [one["Subject"] for one in box] == ["First", "Second"]
    assert [one.get_from().split()[0] for one in box] == ["app@example.org", "MAILER-DAEMON"]
    box.close()
    assert b"\n>From here\n>>From there\nend\n\nFrom MAILER" in path.read_bytes()


def test_a_maildir_is_read_by_others_and_may_be_added_to(filling: Filling, tmp_path: Path) -> None:
    filling.stored(letter("First"))
    for _ in range(2):
        answer(filling, "export", "--maildir", tmp_path / "out")
    box = mailbox.Maildir(tmp_path / "out")
    assert [one["Subject"] for one in box] == ["First", "First"]
    found = [*(tmp_path / "out" / "new").iterdir()]
    assert [path.read_bytes() for path in found] == [letter("First")] * 2
    assert [*(tmp_path / "out" / "tmp").iterdir()] == []


def test_a_zip_has_each_message_as_it_was_sent(filling: Filling, tmp_path: Path) -> None:
    names = [filling.stored(letter("First")), filling.stored(letter("Second"))]
    filling.stored(letter("Other"))
    answer(filling, "export", "subject:first OR subject:second", "--zip", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == names
        assert archive.read(names[1]) == letter("Second")


def test_nothing_is_written_over_and_no_link_is_followed(filling: Filling, tmp_path: Path) -> None:
    filling.stored()
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("mine", "link"):
        for form in ("--mbox", "--zip"):
            said = complaint(filling, "export", form, tmp_path / name, status=2)
            assert "is there already" in said
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_what_cannot_be_exported_is_said(filling: Filling, tmp_path: Path) -> None:
    filling.stored()
    assert "say where to write" in complaint(filling, "export", status=2)
    assert "no message fits" in complaint(
        filling, "export", "subject:none", "--zip", tmp_path / "out", status=1
    )
    assert not (tmp_path / "out").exists()
    assert "cannot write" in complaint(filling, "export", "--zip", tmp_path / "no/out", status=2)


def test_a_mailbox_is_counted(filling: Filling) -> None:
    filling.stored(letter("First"))
    filling.stored(letter("First"))
    filling.refused(to=("bob@example.com",))
    (told,) = objects(filling, "stats")
    assert told == {
        "mailbox": str(filling.root), "served": "nobody", "messages": 2,
        "refused_messages": 0, "unread": 2, "with_attachments": 0, "with_notes": 2,
        "duplicates": 2, "retried": 2,
        "size": 2 * len(letter("First")), "sessions": 3, "refused_sessions": 1,
        "live_sessions": 0, "oldest": "2026-11-23T12:00:01Z", "newest": "2026-11-23T12:00:03Z",
    }  # fmt: skip
    assert "refused sessions  1" in answer(filling, "stats")
    assert objects(filling, "stats", "subject:none")[0]["oldest"] is None


def test_what_was_refused_and_kept_goes_out_only_when_it_is_meant(
    filling: Filling, tmp_path: Path
) -> None:
    filling.refused_and_kept(letter("Kept"))
    filling.stored(letter("Stored"))
    for query, count in (("", 1), ("is:refused", 1), ("is:stored OR is:refused", 2)):
        (done,) = objects(filling, "export", query, "--zip", tmp_path / f"{len(query)}.zip")
        assert done["messages"] == count
