"""What a failed test says, in runs of pytest as users start them."""

from __future__ import annotations

from tests.testing.plugin import Run

LINE = "-" * 20


def test_a_failure_tells_what_came_and_what_was_said(run: Run) -> None:
    result = run(
        """
        def test_it(mailcatch, send):
            send(to="ann@example.com")
            mailcatch.one(to="bob@example.com")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*MailcatchFailure: mailcatch: expected 1 message to='bob@example.com', got 0",
            "E         #1 +*ms  from app@example.com  'Hello' to ann@example.com  \u00d7 to",
            "*- Captured SMTP call -*",
            "session 1  127.0.0.1:*  no TLS",
            "+*ms C: rcpt [tT][oO]:<ann@example.com>",
            "messages:",
            "  #1 'Hello' to ann@example.com",
        ]
    )


def test_the_section_can_be_silenced_and_had_always(run: Run) -> None:
    module = "def test_it(mailcatch, send):\n    send()\n    assert not mailcatch"
    assert "Captured SMTP" not in run(module, "--show-capture=no").stdout.str()
    assert "Captured SMTP" not in run(module, "-o", "mailcatch_show=never").stdout.str()
    passing = "def test_it(mailcatch, send):\n    send()"
    result = run(passing, "-rP", "-o", "mailcatch_show=always")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*- Captured SMTP call -*"])


def test_long_sessions_are_shortened(run: Run) -> None:
    result = run(
        """
        import smtplib
        def test_it(mailcatch):
            with smtplib.SMTP(*mailcatch.addr) as client:
                for _ in range(100):
                    client.noop()
            assert mailcatch.sessions == []
        """,
        "-o",
        "mailcatch_transcript_lines=10",
    )
    result.stdout.fnmatch_lines(["  ... * lines ..."])
    assert result.stdout.str().count("C: noop") < 10


def test_much_mail_and_many_sessions_are_shortened(run: Run) -> None:
    result = run(
        """
        import contextlib, smtplib
        def test_it(mailcatch, send):
            mailcatch.fail("RCPT", "451 4.7.1 later", to="ann@*", times=30)
            for number in range(30):
                send(subject=f"letter {number}")
                with contextlib.suppress(smtplib.SMTPException):
                    send(to="ann@example.com")
            assert not mailcatch
        """,
        "-o",
        "mailcatch_transcript_lines=10",
    )
    result.stdout.fnmatch_lines(
        [
            "session 1 *",
            "  ... 40 sessions ...",
            "session 60 *",
            "messages:",
            "  #3 *",
            "  ... 20 lines ...",
            "  #24 *",
            "not delivered:",
            "  ... 20 lines ...",
        ]
    )


def test_mailboxes_are_compared_message_by_message(run: Run) -> None:
    result = run("def test_it(mailcatch, send):\n    send()\n    assert mailcatch == []")
    result.stdout.fnmatch_lines(
        ["E         the mailbox has 1 message:", "E           #1 *'Hello' to bob@example.com"]
    )


def test_a_mailbox_stands_on_its_side_of_the_comparison(run: Run) -> None:
    result = run("def test_it(mailcatch, send):\n    send()\n    assert 'Bye' in mailcatch")
    result.stdout.fnmatch_lines(
        ["E       AssertionError: assert 'Bye' in mailbox", "E         the mailbox has 1 message:"]
    )


def test_addresses_are_compared_readably(run: Run) -> None:
    result = run("def test_it(mailcatch, send):\n    send()\n    assert mailcatch[0].to == ['a@x']")
    result.stdout.fnmatch_lines(["E       AssertionError: assert ['bob@example.com'] == ['a@x']"])


def test_a_misuse_shows_the_line_of_the_test_and_none_of_ours(run: Run) -> None:
    result = run(
        """
        def test_criterion(mailcatch):
            mailcatch.one(subjct="x")
        def test_stage(mailcatch):
            mailcatch.fail("RCTP", 550)
        def test_step(mailcatch):
            mailcatch.faults.at("rcpt").sequence("x")
        def test_condition(mailcatch):
            mailcatch.fail("RCPT", 550, recipients="x")
        def test_letters(mailcatch):
            mailcatch.faults.add("rcpt-9")
        def test_place(mailcatch):
            mailcatch[0]
        def test_order(mailcatch, send):
            with mailcatch.expect(ordered=["a"]):
                send()
        def test_value(mailcatch, send):
            send()
            mailcatch.one(to=5)
        def test_count(mailcatch):
            mailcatch.wait_for("bob@example.com")
        def test_rules(mailcatch):
            mailcatch.faults.add_toml('[[faults.rule]]\\nat = "rcpt"\\nrepyl = 450')
        def test_server(make_mailcatch):
            make_mailcatch(auth_mechanisms=("PLIAN",))
        def test_tls(make_mailcatch):
            make_mailcatch(tls="startls")
        def test_outcome(mailcatch):
            mailcatch.attempts(outcome="refuse")
        """
    )
    result.assert_outcomes(failed=13)
    result.stdout.fnmatch_lines(["E *rcpt*"])
    assert "mailcatch/testing/" not in result.stdout.str()
    assert "mailcatch/faults/" not in result.stdout.str()
    assert "contextlib.py" not in result.stdout.str()


def test_an_unmet_expectation_is_a_failure_of_the_test(run: Run) -> None:
    result = run(
        """
        def test_unmet(mailcatch):
            mailcatch.expect(to="bob@example.com", timeout=0.01)

        def test_rule(mailcatch, send):
            mailcatch.fail("RCPT", 550, to="nobody@example.com")
            send()

        def test_own_error(mailcatch):
            mailcatch.fail("RCPT", 550)
            mailcatch.expect(timeout=60)
            raise ZeroDivisionError("my own")
        """
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "mailcatch: expected 1 message to='bob@example.com' within 0.01 s, got 0 (expect*",
            "mailcatch: fault rule * never fired: it was asked once at rcpt, wants rec*",
            "E       ZeroDivisionError: my own",
            "*- Captured mailcatch call -*",
            "mailcatch: expected 1 message, got 0 (expect() at *.py:10)",
            "mailcatch: fault rule at *.py:9 never fired: nothing came to rcpt; *",
        ]
    )


def test_a_test_that_skips_or_fails_by_itself_is_left_alone(run: Run) -> None:
    result = run(
        """
        import pytest
        def test_skips(mailcatch):
            mailcatch.expect(timeout=60)
            pytest.skip("not here")
        def test_fails(mailcatch):
            mailcatch.expect(timeout=60)
            pytest.fail("my own")
        @pytest.mark.xfail(strict=True)
        def test_known(mailcatch):
            mailcatch.expect(timeout=0.01)
        """
    )
    result.assert_outcomes(skipped=1, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(["E       Failed: my own", "*- Captured mailcatch call -*"])


def test_rules_need_not_fire_where_the_marker_says_so(run: Run) -> None:
    result = run(
        """
        import pytest
        pytestmark = pytest.mark.mailcatch(strict=False, timeout=0.01)

        def test_module(mailcatch):
            mailcatch.fail("RCPT", 550)
            assert mailcatch.timeout == 0.01

        @pytest.mark.mailcatch(strict=True, isolation="port")
        def test_nearest(mailcatch, mailcatch_server):
            assert mailcatch.timeout == 0.01
            assert mailcatch.port != mailcatch_server.port
            mailcatch.fail("RCPT", 550)
        """
    )
    result.assert_outcomes(passed=1, failed=1)
