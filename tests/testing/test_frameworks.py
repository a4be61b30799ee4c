"""Applications that send mail in ways of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.testing.plugin import Run

DJANGO = """
import django, os, pytest, threading, warnings
from mailcatch.testing import django_sends_to, django_settings
from django.conf import settings
if not settings.configured:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings.configure(
            SECRET_KEY="x",
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
            EMAIL_HOST="mail.invalid",
            EMAIL_HOST_USER="app@example.com",
            EMAIL_HOST_PASSWORD="secret",
            EMAIL_USE_TLS=True,
        )
    django.setup()
from django.core.mail import EmailMultiAlternatives, send_mail
trusted = os.environ.get("SSL_CERT_FILE")
"""


def test_django_sends_what_it_means_to_send(run: Run) -> None:
    result = run(
        DJANGO
        + """
def test_mail(mailcatch_django):
    mail = EmailMultiAlternatives("Gr\u00fc\u00dfe", "text", to=["bob@example.com"],
                                  bcc=["secret@example.com"])
    mail.attach_alternative("<a href='https://example.com/reset/x'>Reset</a>", "text/html")
    mail.send()
    message = mailcatch_django.one(to="secret@example.com")
    assert message.subject == "Gr\u00fc\u00dfe"
    assert message.bcc == ["secret@example.com"]
    assert message.link("/reset/").path == "/reset/x"
    assert message.session.auth_user == "app@example.com"

def test_settings_are_put_back():
    assert settings.EMAIL_HOST == "mail.invalid"
    assert settings.EMAIL_BACKEND.endswith("locmem.EmailBackend")

def test_in_a_thread(mailcatch, mailcatch_django):
    work = threading.Thread(target=send_mail, args=["Hi", "text", None, ["bob@example.com"]])
    work.start()
    assert mailcatch.wait_for(subject="Hi")
    work.join()

def test_hint(mailcatch):
    send_mail("Hi", "text", None, ["bob@example.com"])
    mailcatch.wait_for(timeout=0.01)

@pytest.mark.mailcatch(tls="implicit")
def test_tls_that_comes_first(mailcatch_django):
    send_mail("Hi", "text", None, ["bob@example.com"])
    assert mailcatch_django.one().session.tls
    assert os.environ["SSL_CERT_FILE"] == str(mailcatch_django.authority_file)

def test_trust_is_put_back():
    assert os.environ.get("SSL_CERT_FILE") == trusted

def test_a_block(mailcatch):
    with django_sends_to(mailcatch):
        send_mail("Hi", "text", None, ["bob@example.com"])
    assert mailcatch.one(subject="Hi")
""",
        "-p",
        "no:django",
        fresh=True,
    )
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(
        ["*Django's backend is *locmem*: nothing goes by SMTP; ask for *mailcatch_django"]
    )


def test_django_with_mailers_has_each_of_them_changed(run: Run) -> None:
    result = run(
        DJANGO
        + """
from django.test import override_settings
def test_aliases(mailcatch):
    options = {"host": "h", "username": "app", "ssl_keyfile": "x"}
    old = {"default": {"BACKEND": "x", "OPTIONS": options}, "bulk": {"BACKEND": "y"}}
    with override_settings(MAILERS=old):
        changed = django_settings(mailcatch)["MAILERS"]
    where = {"host": "127.0.0.1", "port": mailcatch.port, "use_tls": False, "use_ssl": False}
    assert {name: one["OPTIONS"] for name, one in changed.items()} == {
        "default": {"username": "app", **where}, "bulk": where,
    }

def test_hint(mailcatch):
    console = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    with override_settings(MAILERS=console):
        mailcatch.one()
""",
        fresh=True,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Django's backend is *console*: nothing goes by SMTP*"])


DEPRECATED = """
import warnings
from django.test.signals import setting_changed

def warn(setting, **rest):
    # As Django 6.1 does, where MAILERS is not set.
    warnings.warn(f"{setting} is deprecated", PendingDeprecationWarning)

@pytest.fixture
def django_warns():
    setting_changed.connect(warn)
    yield
    setting_changed.disconnect(warn)

def test_it(django_warns, mailcatch_django):
    send_mail("Hi", "text", None, ["bob@example.com"])
    assert mailcatch_django.one()
"""


def test_deprecated_settings_of_django_are_no_news_of_a_test(run: Run) -> None:
    result = run(DJANGO + DEPRECATED, "-p", "no:django", "-W", "error", fresh=True)
    result.assert_outcomes(passed=1)
    assert "warning" not in result.stdout.str()


def test_flask_mail_sends_though_it_tests(run: Run) -> None:
    result = run(
        """
        import pytest
        from flask import Flask
        from flask_mail import Mail, Message

        mail = Mail()

        @pytest.fixture
        def app():
            app = Flask(__name__)
            app.config.update(TESTING=True, MAIL_DEFAULT_SENDER="app@example.com")
            mail.init_app(app)
            return app

        def send(app):
            with app.app_context():
                mail.send(Message("Welcome", recipients=["bob@example.com"], body="hi"))

        def test_fixture(app, mailcatch, mailcatch_flask):
            send(app)
            assert mailcatch.one().subject == "Welcome"

        def test_call(mailcatch_flask):
            app = Flask("other")
            mail.init_app(app)
            app.extensions["mail"].default_sender = "app@example.com"
            inbox = mailcatch_flask(app)
            send(app)
            assert inbox.one().sender == "app@example.com"
            other = app.extensions["mail"]
            assert other.port == inbox.port

        def test_none(mailcatch_flask):
            mailcatch_flask(Flask("bare"))

        def test_hint(app, mailcatch):
            send(app)
            mailcatch.one()
        """,
        fresh=True,
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*has neither Flask-Mail nor flask-mailman*",
            "*Flask-Mail keeps the server*mailcatch_flask",
        ]
    )


def test_fastapi_mail(run: Run) -> None:
    result = run(
        """
        import pytest
        from fastapi_mail import ConnectionConfig, FastMail, MessageSchema, MessageType

        @pytest.mark.asyncio
        async def test_it(mailcatch):
            config = ConnectionConfig(
                MAIL_USERNAME="app", MAIL_PASSWORD="x", MAIL_FROM="app@example.com",
                MAIL_SERVER=mailcatch.host, MAIL_PORT=mailcatch.port,
                MAIL_STARTTLS=False, MAIL_SSL_TLS=False, USE_CREDENTIALS=False,
            )
            message = MessageSchema(
                subject="Welcome", recipients=["bob@example.com"], body="hi",
                subtype=MessageType.plain,
            )
            await FastMail(config).send_message(message)
            assert (await mailcatch.async_wait_for()).subject == "Welcome"
        """,
        fresh=True,
    )
    result.assert_outcomes(passed=1)


def test_a_celery_worker_in_a_thread(run: Run) -> None:
    result = run(
        """
        import smtplib, pytest
        from celery import Celery
        from celery.contrib.testing.worker import start_worker

        app = Celery(broker="memory://", backend="cache+memory://")

        @app.task(autoretry_for=(smtplib.SMTPException,), max_retries=3, default_retry_delay=0)
        def remind(host, port):
            with smtplib.SMTP(host, port) as client:
                client.sendmail("a@example.com", ["bob@example.com"], "Subject: Reminder\\n\\n")

        def test_it(mailcatch):
            rule = mailcatch.fail("RCPT", 451, times=1)
            with start_worker(app, perform_ping_check=False, pool="solo"):
                remind.delay(*mailcatch.addr)
                assert mailcatch.wait_for(timeout=60).subject == "Reminder"
            assert rule.fired == 1
            assert [one.reply.code for one in mailcatch.attempts()] == [451, 250]
        """,
        fresh=True,
    )
    result.assert_outcomes(passed=1)


def test_aiosmtplib_in_the_loop_of_the_test(run: Run) -> None:
    result = run(
        """
        import aiosmtplib, pytest
        from email.message import EmailMessage

        @pytest.mark.asyncio
        async def test_it(mailcatch):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "a@x.io", "bob@x.io", "Hi"
            await aiosmtplib.send(mail, hostname=mailcatch.host, port=mailcatch.port)
            assert mailcatch.one(to="bob@x.io").subject == "Hi"
        """
    )
    result.assert_outcomes(passed=1)


def test_unittest_without_pytest(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        suite="""
        import asyncio, smtplib, unittest
        from mailcatch.testing import MailcatchTestCase

        class Mails(MailcatchTestCase):
            def send(self):
                with smtplib.SMTP(*self.mailcatch.addr) as client:
                    client.sendmail("a@x.io", ["bob@x.io"], "Subject: Hi\\n\\n")
            def test_passes(self):
                self.send()
                self.assertEqual(self.mailcatch.subjects, ["Hi"])
            def test_fails(self):
                self.send()
                self.mailcatch.one(subject="Bye")
            def test_expects(self):
                self.mailcatch.expect(timeout=0.01)
            def test_skipped(self):
                self.skipTest("why not")
            @unittest.skip("never")
            def test_skipped_whole(self):
                self.fail()
            @unittest.expectedFailure
            def test_known(self):
                self.mailcatch.expect(timeout=0.01)
            def test_parts(self):
                for number in range(2):
                    with self.subTest(number=number):
                        self.send()
                self.assertEqual(len(self.mailcatch), 2)

        class InALoop(MailcatchTestCase, unittest.IsolatedAsyncioTestCase):
            async def test_passes(self):
                self.mailcatch.expect(subject="Hi")
                self.sending = asyncio.create_task(asyncio.to_thread(Mails.send, self))
            async def test_fails(self):
                await asyncio.to_thread(Mails.send, self)
                await self.mailcatch.async_wait_for(subject="Bye", timeout=0.01)
            async def test_expects(self):
                self.mailcatch.expect(timeout=0.01)

        unittest.main()
        """
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "suite.py"],
        capture_output=True,
        text=True,
        cwd=pytester.path,
    )
    assert "FAILED (failures=4, skipped=2, expected failures=1)" in done.stderr
    assert "SMTP:\nsession " in done.stderr
    assert "c: rcpt to:<bob@x.io>" in done.stderr.lower()
    assert "expected 1 message" in done.stderr
    assert "ResourceWarning" not in done.stderr
