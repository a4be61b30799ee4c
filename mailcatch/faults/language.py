"""The keys of a rule file: what each is called, takes, means and is by default.

Loading, the JSON Schema and the reference in docs/faults.md all stand on these declarations.
"""

from __future__ import annotations

from typing import Final

from mailcatch.faults import bouncing, kinds, misnomers
from mailcatch.faults.amounts import DELAY, DURATION, LONGER_THAN_NOTHING, RATE, SIZE
from mailcatch.faults.replies import REPLY
from mailcatch.faults.rule import Capabilities, Concurrency, Greylist, Quota, TlsFault, Window
from mailcatch.faults.values import FLAG, MOST, NAME, Field, Kind, choice, record, several, whole

ID = Field("id", NAME, "The name of the rule; unique.", "made from stage and effect")
DESCRIPTION = Field("description", kinds.SHORT_TEXT, "What the rule is for.", "none")
ENABLED = Field("enabled", FLAG, "Whether the rule is asked.", "true")
PRIORITY = Field(
    "priority", whole(-1000, 1000), "Lower is asked first; ties in the order of the file.", "5"
)
DRY_RUN = Field("dry_run", FLAG, "Only say what the rule would have done.", "false")
FINAL = Field("final", FLAG, "Where the rule matches, ask no rule below it.", "false")
TAGS = Field("tags", several(NAME), "Words to find rules by.", "none")
AT = Field(
    "at",
    several(kinds.STAGE),
    "The stage, or a list of stages; any is every stage that is answered.",
    "the preset's, else required",
)
AFTER = Field("after", DURATION, "At idle: how long it must have been quiet.", "10s")
MATCH = Field(
    "match",
    Kind("table", lambda value: value, {"$ref": "#/$defs/match"}),
    "What must hold, all of it.",
    "always",
)
SCHEDULE = Field(
    "schedule",
    Kind("table", lambda value: value, {"$ref": "#/$defs/schedule"}),
    "The keys of the schedule, which may also stand in the rule itself.",
    "always",
)

REPLY_KEY = Field("reply", REPLY, "What is said instead of the server's own reply.")
PRESET = Field(
    "preset", kinds.PRESET, "A reply or effect by name; keys of the rule itself go before its own."
)
RAW = Field("raw", kinds.RAW, "Octets sent as they are instead of a reply.")
GARBAGE_KEY = Field("garbage", choice(*kinds.GARBAGE), "Octets of another kind instead of a reply.")
CRLF = Field("crlf", FLAG, "false: the reply has no line end.", "true")
TRUNCATE = Field("truncate", whole(0, 100_000), "Only so many octets of the reply are sent.")
REPEAT = Field("repeat", whole(1, 10_000), "How often the reply is said.", "1")
DISCONNECT = Field(
    "disconnect",
    kinds.ENDING,
    "How the connection is closed: closed, reset, or closed in one direction and read on.",
    "fin after a 421, else not at all",
)
WHEN = Field(
    "when",
    choice("before", "after", "mid-reply", meant=misnomers.TIMES_OF_ENDING),
    "When the connection is closed or silent, seen from the reply.",
    "after where the rule has a reply, else before",
)
AFTER_BYTES = Field(
    "after_bytes",
    SIZE,
    "At body: how many octets of the message come first; a shorter one does not count.",
    "0",
)
HANG = Field("hang", kinds.HANG, "Say nothing: until the client closes, or for so long.")
LOST = Field(
    "lost",
    choice("fin", "rst", "hang"),
    "Do everything, store the message, and never reply.",
)
STORE = Field(
    "store",
    kinds.STORE,
    "At eom: whether the message is kept as a delivered one.",
    '"auto": where the code sent is 2xx, or the reply is lost',
)

BOUNCE = Field(
    "bounce_later",
    bouncing.KIND,
    "At rcpt or eom: accept the mail, and let a notice that it failed come back later.",
)

ANSWER: Final[tuple[Field[object], ...]] = (
    REPLY_KEY,
    PRESET,
    RAW,
    GARBAGE_KEY,
    CRLF,
    TRUNCATE,
    REPEAT,
    DISCONNECT,
    WHEN,
    AFTER_BYTES,
    HANG,
    LOST,
    STORE,
    BOUNCE,
)
"""The terminal effects: the first rule that fires decides."""

DELAY_KEY = Field("delay", DELAY, "How long to wait.")
BEFORE = Field(
    "before",
    choice("reply", "read"),
    "What the delay comes before: the reply, or reading on.",
    "reply",
)
DRIBBLE = Field("dribble", LONGER_THAN_NOTHING, "Time between the octets of the reply.")
BANDWIDTH = Field("bandwidth", RATE, "At body: how fast the message is read.")
CAPABILITIES = Field(
    "capabilities",
    record(
        "capabilities",
        Capabilities,
        Field("hide", several(kinds.HIDDEN), "Keywords not to offer."),
        Field("add", several(kinds.OFFERED), "Lines to offer besides."),
        Field("size", SIZE, "The limit that SIZE tells."),
    ),
    "At ehlo: what is offered.",
)

TLS = Field(
    "tls",
    record(
        "tls",
        TlsFault,
        Field("cert", choice(*kinds.CERTIFICATES), "What is wrong with the certificate."),
        Field("version", kinds.VERSION, "The only version of TLS that is spoken."),
        Field("handshake", choice(*kinds.HANDSHAKES), "What comes in the place of the handshake."),
    ),
    "At tls: what is wrong with the handshake.",
)

SLOWING: Final[tuple[Field[object], ...]] = (
    DELAY_KEY,
    BEFORE,
    DRIBBLE,
    BANDWIDTH,
    CAPABILITIES,
    TLS,
)
"""The composing effects: those of all rules that fire are merged."""

SKIP = Field("skip", whole(0), "How many occasions pass first.", "0")
TIMES = Field("times", whole(0), "How often the rule fires; then it is inert.", "without end")
EVERY = Field("every", whole(1), "Fire only at each third, fourth, … occasion.", "1")
PROBABILITY = Field("probability", kinds.PROBABILITY, "How likely it fires.", "1")
SEQUENCE = Field(
    "sequence",
    kinds.SEQUENCE,
    "What happens at one firing after the other: replies, presets, tables of effects, or pass.",
)
EXHAUSTED = Field(
    "exhausted", kinds.EXHAUSTED, "What happens after the end of the sequence.", "pass"
)
ACTIVE = Field(
    "active",
    record(
        "active",
        Window,
        Field("after", DURATION, "Seconds after the rule was loaded.", "0"),
        Field("for", DURATION, "How long the rule is awake.", "without end"),
        rename={"for": "lasts"},
    ),
    "When the rule is awake.",
    "always",
)
TTL = Field("ttl", DURATION, "How long after its loading the rule becomes inert.", "never")
QUOTA = Field(
    "quota",
    record(
        "quota",
        Quota,
        Field("limit", whole(0, 100_000), "How many may pass in the window.", required=True),
        Field("window", LONGER_THAN_NOTHING, "The length of the window.", required=True),
        Field("per", kinds.KEY, "What is counted apart.", "client"),
    ),
    "Fire only where more would pass in a window than are allowed.",
)
CONCURRENCY = Field(
    "concurrency",
    record(
        "concurrency",
        Concurrency,
        Field("limit", whole(0, 10_000), "How many connections may be open.", required=True),
        Field("per", kinds.KEY, "What is counted apart.", "client"),
    ),
    "Fire only where more connections would be open than are allowed.",
)
GREYLIST = Field(
    "greylist",
    record(
        "greylist",
        Greylist,
        Field("delay", LONGER_THAN_NOTHING, "How long one has to wait.", required=True),
        Field("per", kinds.KEY, "Who has to wait.", "triplet"),
    ),
    "Fire from the first occasion until the delay is over.",
)
SCENARIO = Field("scenario", NAME, "The scenario whose state is asked for or set.")
WHEN_STATE = Field("when_state", NAME, "Fire only in this state; a scenario begins in Started.")
SET_STATE = Field("set_state", NAME, "The state that the scenario is in after firing.")
KEY = Field("key", kinds.KEY, "What the schedule counts apart.", "rule")
COUNT = Field(
    "count",
    kinds.COUNT,
    "What one occasion is; all in it gets the same answer.",
    "connection up to auth, transaction from mail to eom, else command",
)

TIMING: Final[tuple[Field[object], ...]] = (
    SKIP,
    TIMES,
    EVERY,
    PROBABILITY,
    SEQUENCE,
    EXHAUSTED,
    ACTIVE,
    TTL,
    QUOTA,
    CONCURRENCY,
    GREYLIST,
    SCENARIO,
    WHEN_STATE,
    SET_STATE,
    KEY,
    COUNT,
)
"""The schedule."""

IDENTITY: Final[tuple[Field[object], ...]] = (
    ID,
    DESCRIPTION,
    ENABLED,
    PRIORITY,
    DRY_RUN,
    FINAL,
    TAGS,
    AT,
    AFTER,
    MATCH,
)
"""What a rule is, and where it stands."""

RULE: Final = (*IDENTITY, *ANSWER, *SLOWING, *TIMING, SCHEDULE)
STEP: Final = ANSWER
"""The keys of a step of a sequence that is written as a table."""

TOLD: Final = ("source", "provider", "reason", "about")
"""Keys of a preset that only tell something about it."""

PRESET_EFFECTS: Final = (
    "at",
    *(field.name for field in (*ANSWER, *SLOWING) if field.name != "preset"),
)
"""The keys of a preset that do something."""
PRESET_NAMES: Final = (*PRESET_EFFECTS, *TOLD, "description", "tags")
"""All keys of a preset."""

SEED = Field(
    "seed",
    kinds.SEED,
    "What chance is made from; the same seed and traffic give the same faults.",
    '"random"',
)
ALL_ENABLED = Field("enabled", FLAG, "Whether any rule is asked.", "true")
MAGIC = Field(
    "magic",
    kinds.MAGIC,
    'Domains where magic recipients, EHLO names and header fields work; "*" is all.',
    '"test" and "example"',
)
MAGIC_FIRST = Field(
    "magic_first", FLAG, "Whether magic goes before rules, instead of behind them.", "false"
)
GENERATION = Field("generation", whole(0), "When it changes, all counters begin anew.", "0")
KEYS = Field(
    "keys", whole(1, MOST), "How many keys each rule remembers; the oldest is forgotten.", "10000"
)
RULES = Field(
    "rule",
    Kind(
        "list of tables", lambda value: value, {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    ),
    "The rules.",
)
PRESETS = Field(
    "preset",
    Kind(
        "table of tables",
        lambda value: value,
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/preset"}},
    ),
    "Your own presets, by name.",
)
FILE: Final[tuple[Field[object], ...]] = (
    SEED,
    ALL_ENABLED,
    MAGIC,
    MAGIC_FIRST,
    GENERATION,
    KEYS,
    RULES,
    PRESETS,
)
"""The keys of [faults]."""
