import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailcatch.mail import TookTooLongError, Worker, WorkerClosedError, WorkerDiedError
from mailcatch.mail.errors import WorkerNotStartedError


@pytest.fixture(scope="module")
def reader() -> Iterator[Worker]:
    with Worker(limit=20) as started:
        yield started


def test_a_message_is_understood_in_another_process(reader: Worker) -> None:
    assert reader.understand(b"Subject: hi\r\n\r\nbody").plain == "body"
    assert reader.call(os.getpid) != os.getpid()


def test_a_failing_function_raises_here_and_the_process_goes_on(reader: Worker) -> None:
    before = reader.call(os.getpid)
    with pytest.raises(ValueError, match="invalid literal"):
        reader.call(int, "x")
    assert reader.call(os.getpid) == before


def test_a_process_that_ends_is_replaced(reader: Worker) -> None:
    before = reader.call(os.getpid)
    with pytest.raises(WorkerDiedError):
        reader.call(os._exit, 1)
    assert reader.call(os.getpid) != before


def test_a_call_past_the_limit_is_ended_and_the_process_replaced() -> None:
    with Worker(limit=0.2) as hasty:
        before = hasty.call(os.getpid)
        with pytest.raises(TookTooLongError):
            hasty.call(time.sleep, 60)
        assert hasty.call(os.getpid) != before


@pytest.mark.parametrize(
    ("stand_in", "note"), [(time.sleep, "time-limit"), (os._exit, "reader-crashed")]
)
def test_a_message_that_cannot_be_read_is_listed_with_a_note(
    stand_in: Callable[[int], object], note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Worker(limit=0.2) as hasty:
        original = hasty.call
        monkeypatch.setattr(hasty, "call", lambda *_: original(stand_in, 60))
        understood = hasty.understand(b"Subject: still here\r\n\r\n")
    assert understood.summary.subject == "still here"
    assert [found.name for found in understood.notes] == [note]


def test_a_script_is_not_run_again_by_the_process_that_reads_for_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once', flush=True)\n"
        "from mailcatch.mail import Worker\n"
        "worker = Worker(limit=60)\n"
        "print(worker.understand(b'Subject: hi\\r\\n\\r\\nbody').plain)\n"
        "worker.close()\n"
    )
    # What lies beside a script is not taken for a module of Python's.
    (tmp_path / "pickle.py").write_text("raise SystemExit('not this one')\n")
    done = subprocess.run(
        [sys.executable, "-P", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("once\nbody\n", "")


def test_what_is_printed_in_the_process_goes_nowhere(
    reader: Worker, capfd: pytest.CaptureFixture[str]
) -> None:
    assert reader.call(print, "\x1b[31m") is None
    assert reader.call(os.write, 1, b"x") == 1
    assert reader.call(os.write, 2, b"x") == 1
    assert capfd.readouterr() == ("", "")


def test_an_answer_that_cannot_be_sent_is_told(reader: Worker) -> None:
    with pytest.raises(TypeError, match="cannot be sent"):
        reader.call(threading.Lock)


def test_the_process_ends_with_a_caller_that_was_killed() -> None:
    code = (
        "import os, time\nfrom mailcatch.mail import Worker\nworker = Worker(limit=0.5)\n"
        "print(worker.call(os.getpid), flush=True)\nworker._limit = 1\n"
        "import threading\nthreading.Thread(target=worker.call, args=(time.sleep, 600)).start()\n"
        "time.sleep(0.2)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -9
    process = int(done.stdout)
    while is_there(process):
        time.sleep(0.05)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # Where nobody asks how it ended, Linux keeps a name of what is gone.
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return not Path("/proc/self").exists()


def test_where_no_process_can_be_started_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Worker() as stuck:
        with pytest.raises(WorkerNotStartedError):
            stuck.call(os.getpid)
        understood = stuck.understand(b"Subject: still here\r\n\r\n")
    assert understood.summary.subject == "still here"


def test_a_closed_worker_refuses_calls() -> None:
    closed = Worker()
    closed.close()
    with pytest.raises(WorkerClosedError):
        closed.call(os.getpid)
