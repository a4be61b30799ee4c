"""Rules of any kind, right and wrong: what tests of all rules choose from."""

from __future__ import annotations

from hypothesis import strategies as st

from mailcatch.faults import STAGES
from mailcatch.faults.patterns import ATTRIBUTES

DURATIONS = st.sampled_from([0, 1, 0.5, "2s", "90ms", "1m", "x", -1, None])
WORDS = st.sampled_from(
    ["a", "a@x", "b@y", "", "*@x", "re:a|b", "=a@x", "re:(", "\n", "ü", "a" * 2000]
)
COUNTS = st.integers(-1, 4) | st.sampled_from([">1", "2-3", "x", 10**30, True, 1.5])
REPLIES = st.sampled_from(
    [451, 421, "250", "550 5.1.1 {rcpt}", "451 {token} {ip} {nobody}", [250, 550], 700, "no", None,
     {"code": 452, "text": ["a", "b"]}, {"codes": [250, 550], "text": "x"}, {"code": 1}]
)  # fmt: skip
KEYS = st.sampled_from(
    ["rule", "client", "connection", "sender", "recipient", "triplet", "envelope", "fingerprint", 3]
)
JUNK = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(
    st.integers(), max_size=2
)  # fmt: skip
MATCH = st.dictionaries(
    st.sampled_from([*ATTRIBUTES, *(f"not.{name}" for name in ATTRIBUTES), "header.X", "zzz"]),
    WORDS | COUNTS | st.lists(WORDS, max_size=2) | st.just("10.0.0.0/8"),
    max_size=2,
)
PLAUSIBLE: dict[str, st.SearchStrategy[object]] = {
    "at": st.sampled_from([*STAGES, "any"]) | st.lists(st.sampled_from(STAGES), max_size=3),
    "match": MATCH,
    "priority": st.integers(0, 3),
    "dry_run": st.booleans(),
    "final": st.booleans(),
    "enabled": st.booleans(),
    "reply": REPLIES,
    "preset": st.sampled_from(["gmail-temp", "greylisted", "mine", "no"]),
    "delay": DURATIONS | st.just({"lognormal": {"median": 1, "sigma": 1, "max": 9}}),
    "disconnect": st.sampled_from(["fin", "rst", "half", False, True]),
    "when": st.sampled_from(["before", "after", "mid-reply"]),
    "hang": st.sampled_from([True, "1s"]),
    "lost": st.sampled_from(["fin", "rst", "hang"]),
    "store": st.sampled_from([True, False, "auto"]),
    "skip": COUNTS,
    "times": COUNTS,
    "every": COUNTS,
    "probability": st.sampled_from([0, 0.3, 1, 2]),
    "sequence": st.lists(REPLIES | st.sampled_from(["pass", "gmail-temp"]), max_size=3),
    "exhausted": st.sampled_from(["pass", "last", "cycle", "fail"]),
    "active": st.fixed_dictionaries({"after": DURATIONS, "for": DURATIONS}),
    "ttl": DURATIONS,
    "quota": st.fixed_dictionaries({"limit": COUNTS, "window": DURATIONS, "per": KEYS}),
    "concurrency": st.fixed_dictionaries({"limit": COUNTS, "per": KEYS}),
    "greylist": st.fixed_dictionaries({"delay": DURATIONS, "per": KEYS}),
    "scenario": st.just("s"),
    "when_state": st.sampled_from(["Started", "Down"]),
    "set_state": st.sampled_from(["Started", "Down"]),
    "key": KEYS,
    "count": st.sampled_from(["transaction", "connection", "command"]),
    "after": DURATIONS,
}
TABLES = st.dictionaries(st.sampled_from(list(PLAUSIBLE)), st.none(), max_size=6).flatmap(
    lambda chosen: st.fixed_dictionaries(
        {"at": PLAUSIBLE["at"], **{name: PLAUSIBLE[name] for name in chosen}}
    )
)
SOME = st.sampled_from(["rule", "client", "sender"])
SECONDS = st.sampled_from([0.5, 20, "30s", "1m"])
FEW = st.integers(1, 3)
EFFECTS = st.sampled_from(
    [
        {"reply": 451},
        {"reply": "550 5.1.1 no {ip}"},
        {"reply": 421, "delay": 1},
        {"reply": [250, 550], "disconnect": "rst"},
        {"delay": {"uniform": [0, 9]}},
        {"lost": "fin"},
        {"sequence": [451, "421", "pass", {"lost": "rst"}, "gmail-temp"]},
        {"sequence": ["pass", 451], "exhausted": "cycle"},
    ]
)
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "sender": st.sampled_from(["a@*", "*@x", "re:a", ["a@x", "b@y"]]),
        "not.sender": st.sampled_from(["a@x", True]),
        "recipient": st.sampled_from(["a@*", "=b@y", "*"]),
        "client_address": st.just("10.0.0.0/8"),
        "connection_nth": st.sampled_from([1, ">1"]),
        "subject": st.just("a*"),
    },
)
TIMINGS = st.fixed_dictionaries(
    {},
    optional={
        "skip": FEW,
        "times": FEW,
        "every": FEW,
        "probability": st.sampled_from([0.3, 0.9]),
        "active": st.fixed_dictionaries({"after": SECONDS}, optional={"for": SECONDS}),
        "ttl": st.just("90s"),
        "quota": st.fixed_dictionaries({"limit": FEW, "window": SECONDS, "per": SOME}),
        "concurrency": st.fixed_dictionaries({"limit": FEW, "per": SOME}),
        "greylist": st.fixed_dictionaries({"delay": SECONDS, "per": SOME}),
        "key": SOME,
        "count": st.sampled_from(["transaction", "connection", "command"]),
    },
)
FLAGS = st.fixed_dictionaries(
    {},
    optional={
        "final": st.booleans(),
        "dry_run": st.booleans(),
        "enabled": st.sampled_from([True, True, False]),
        "priority": st.integers(1, 9),
    },
)


def together(*parts: dict[str, object]) -> dict[str, object]:
    """Return one table of several."""
    return {key: value for part in parts for key, value in part.items()}


SOUND = st.builds(
    together,
    st.sampled_from(["eom", "eom", "rcpt", "any", "any", "any", "idle", ["mail", "eom"]]).map(
        lambda at: {"at": at}
    ),
    EFFECTS,
    MATCHES.map(lambda match: {"match": match}),
    TIMINGS,
    FLAGS,
)
