"""Asking rules: an engine from a few lines of TOML, and moments of a session that is made up."""

from __future__ import annotations

from mailcatch.faults import Decision, Engine, HandClock, RuleError, RuleSet, Supposed, load


def rules(text: str) -> RuleSet:
    """Load rules; each begins with "[rule]" for short."""
    return load(text.replace("[rule]", "[[faults.rule]]"), name="faults.toml")


def engine(text: str, *, clock: HandClock | None = None, seed: int = 1) -> Engine:
    return Engine(rules(text), clock=clock or HandClock(), seed=seed)


def problems(text: str) -> list[str]:
    """Return what is said of rules that cannot be used."""
    try:
        rules(text)
    except RuleError as error:
        return [str(problem) for problem in error.problems]
    return []


def mail(
    stage: str = "eom",
    *,
    session: int = 1,
    nth: int = 1,
    sender: str = "a@app.test",
    to: str = "b@shop.test",
    subject: str = "Hello",
    client: str = "127.0.0.1",
) -> Supposed:
    """Return a moment of a session that sends one mail."""
    asked = stage == "rcpt"
    known = stage in {"data", "body", "eom"}
    return Supposed(
        stage=stage,
        connection_nth=session,
        transaction_nth=nth,
        client_address=client,
        helo_name="app.test",
        sender=sender,
        recipient=to if asked else None,
        recipients=(to,) if known else (),
        recipient_nth=1 if asked else 0,
        subject_text=subject if stage == "eom" else None,
    )


def code(decision: Decision | None) -> int:
    """Return the code of the reply that is decided, 0 where the server goes on as usual."""
    return decision.reply.code if decision is not None and decision.reply is not None else 0


def fired(decision: Decision | None) -> list[str]:
    return [] if decision is None else [firing.rule for firing in decision.firings]
