"""docs/testing.md: every example runs, and every table says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailcatch.testing import Mailbox, Message
from mailcatch.testing.criteria import Criteria
from mailcatch.testing.settings import NAMES, OPTIONS
from tests.testing.plugin import Run

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

APP = '''
import smtplib, threading, time
from email.message import EmailMessage
import pytest

class App:
    """What the examples call `app`."""

    def __init__(self, server):
        self.server = server
        self.threads = []

    def post(self, mail, recipients):
        with smtplib.SMTP(self.server.host, self.server.port) as client:
            return client.send_message(mail, "app@example.com", recipients)

    def send(self, subject, to, text="hello"):
        recipients = [to] if isinstance(to, str) else to
        mail = EmailMessage()
        mail["From"], mail["To"] = "app@example.com", ", ".join(recipients)
        mail["Subject"] = subject
        mail.set_content(text)
        return self.post(mail, recipients)

    def send_soon(self, subject, to):
        self.threads.append(threading.Timer(0.05, self.send, [subject, to]))
        self.threads[-1].start()

    def send_with_retry(self, subject, to):
        for _ in range(10):
            try:
                return self.send(subject, to)
            except (smtplib.SMTPException, OSError):
                continue

    def sign_up(self, address):
        self.send("Welcome", address, "https://example.com/confirm/?token=x")

    def send_reset(self, address):
        mail = EmailMessage()
        mail["From"], mail["To"] = "App <app@example.com>", address
        mail["Subject"] = "Passwort zur\u00fccksetzen"
        mail["X-Tag"] = "reset"
        mail["List-Unsubscribe"] = "<https://example.com/u>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        link = "https://example.com/reset/?token=a%3Db"
        mail.set_content(f"Hello Bob, your code is 424242. {link}")
        html = f"Hello Bob, your code is 424242. <a href='{link}'>Reset</a><img src='cid:logo'>"
        mail.add_alternative(html, subtype="html")
        list(mail.iter_parts())[1].add_related(b"x", "image", "png", cid="<logo>")
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
        self.post(mail, [address, "audit@example.com"])

@pytest.fixture
def app(mailcatch):
    app = App(mailcatch)
    yield app
    for thread in app.threads:
        thread.join()
'''


def column(title: str) -> set[str]:
    """Return what stands as code in the first column of the table below a head."""
    rows = PAGE.split(f"| {title} |")[1].split("\n\n")[0]
    first = "\n".join(re.findall(r"^\| (.*?) \|", rows, re.MULTILINE))
    return set(re.findall(r"`(\w[\w.]*|--[\w-]+)", first))


def test_every_example_runs(run: Run, pytester: pytest.Pytester) -> None:
    tests = [example for example in EXAMPLES if "pytest_plugins" not in example]
    names = {f"test_example_{number}": example for number, example in enumerate(tests)}
    pytester.makeconftest(APP)
    asked = sum(len(re.findall(r"def test_", example)) for example in tests)
    result = run("def test_nothing(): pass", **names)
    result.assert_outcomes(passed=asked + 1)
    assert asked == 18
    names = {}
    exec(compile(next(one for one in tests if "def check" in one), "testing.md", "exec"), names)
    names["check"]()


def test_criteria_options_and_settings_are_documented() -> None:
    assert column("criterion | meaning") == set(Criteria.__annotations__)
    assert column("ini | default | meaning") == {f"mailcatch_{name}" for name in NAMES}
    assert column("option | meaning") == {f"--mailcatch-{name}" for name in OPTIONS}


def test_fixtures_are_documented() -> None:
    from mailcatch.testing import plugin

    fixtures = {name for name in vars(plugin) if re.fullmatch(r"(make_)?mailcatch\w*", name)}
    assert column("fixture | scope | what") == fixtures - {"mailcatch_testing"}


@pytest.mark.parametrize("kind", [Mailbox, Message])
def test_every_public_method_is_documented(kind: type) -> None:
    words = set(re.findall(r"\w+", PAGE))
    own = [one for one in kind.__mro__ if one.__module__.startswith("mailcatch")]
    public = {name for one in own for name in vars(one) if not name.startswith("_")}
    assert public - words <= {"begun", "share", "unmet", "close", "describe", "async_settle"}
