from __future__ import annotations

import pytest

from mailcatch.faults import RuleError, load, rule_of
from mailcatch.faults.loading import RESERVED, rules_of
from mailcatch.faults.rule import FOREVER
from tests.faults.asking import problems, rules

RCPT = '[rule]\nat = "rcpt"\n'
EOM = '[rule]\nat = "eom"\n'


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = ", 1, "this is no TOML: Invalid value"),
        ("[faults]\nsede = 1", 2, '"sede" is no key of [faults] (did you mean seed?)'),
        ("[fault]\nseed = 1", 1, '"fault" is nothing that a rule file has'),
        ("faults = 3", 1, "3 is no table: write [faults]"),
        ("[faults]\nrule = 3", 2, "write [[faults.rule]]"),
        ("[faults.rule]\nat = 'eom'", 1, "write [[faults.rule]], with two brackets"),
        ("[faults]\nrule = [1]", 2, "1 is no rule"),
        ("[faults]\nseed = -1", 2, "seed: -1 is not between 0 and"),
        ("[faults]\nseed = 'x'", 2, 'seed: "x" is no whole number'),
        ("[faults]\nenabled = 1", 2, "enabled: 1 is neither true nor false"),
        ("[faults]\nkeys = 0", 2, "keys: 0 is not between 1 and"),
        ("[faults]\nmagic = 3", 2, "magic: 3 is no text"),
        (RCPT + "reply = 451\ntims = 2", 4, '"tims" is no key of a rule (did you mean times?)'),
        (RCPT + "reply = 451\nrecipient = 'b'", 4, "did you mean match.recipient?"),
        (RCPT + "tls = { cert = 'expired' }", 3, "tls tells of the handshake: at must be tls"),
        ("[rule]\nat = 'tls'\ntls = {}", 3, "tls: nothing is wrong"),
        ("[rule]\nat = 'tls'\ntls = { cert = 'expird' }", 3, "(did you mean expired?)"),
        ("[rule]\nat = 'tls'\ntls = { version = 1.4 }", 3, "version"),
        ("[rule]\nreply = 451", 1, "at is missing"),
        ("[rule]\nat = 'rctp'\nreply = 451", 2, '"rctp" is no stage (did you mean rcpt?)'),
        ("[rule]\nat = ['rcpt', 3]\nreply = 451", 2, "3 is no stage"),
        ("[rule]\nat = []\nreply = 451", 2, "the list is empty"),
        (RCPT, 1, "the rule does nothing"),
        (RCPT + "id = 'a b'\nreply = 451", 3, '"a b" is no name'),
        (RCPT + "id = \"\\u001b[31m\"\nreply = 451", 3, '"?[31m" is no name'),
        (RCPT + "description = \"a\\nb\"\nreply = 451", 3, "holds a control character"),
        (RCPT + "enabled = 'no'\nreply = 451", 3, '"no" is neither true nor false'),
        (RCPT + "priority = true\nreply = 451", 3, "true is no whole number"),
        (RCPT + "reply = 451\nafter = 3", 4, "at must be idle"),
        # replies
        (RCPT + "reply = 99", 3, "99 is no reply code: a server's replies run from 200 to 599"),
        (RCPT + "reply = '600 no'", 3, "600 is no reply code"),
        (RCPT + "reply = true", 3, "true is no reply"),
        (RCPT + "reply = 'no'", 3, '"no" is no reply'),
        (RCPT + "reply = []", 3, "a reply has 1 to 200 lines"),
        (RCPT + "reply = { text = 'x' }", 3, "a reply needs either code or codes"),
        (RCPT + "reply = { code = 451, txt = 'x' }", 3, "did you mean text?"),
        (RCPT + "reply = '451 5.3.0 no'", 3, "5.3.0 does not go with 451"),
        (RCPT + "reply = { code = 550, enhanced = '4.1.1' }", 3, "first digit must be 5"),
        (RCPT + "reply = { code = 451, enhanced = '4.3' }", 3, '"4.3" is no enhanced code'),
        (RCPT + "reply = '354 2.0.0 go'", 3, "354 can have no enhanced code"),
        (RCPT + 'reply = "451 a\\r\\n250 b"', 3, "holds a line end (CR or LF)"),
        (RCPT + 'reply = { code = 451, text = "a\\nb" }', 3, "holds a line end (CR or LF)"),
        (RCPT + 'reply = { code = 451, text = "a\\u0000b" }', 3, "holds a control character"),
        (RCPT + f"reply = '451 {'x' * 507}'", 3, "a line of 513 octets"),
        (RCPT + "reply = '451 to {nobody}'", 3, "nothing is called {nobody}"),
        (RCPT + "reply = '451 to {recpt}'", 3, "(did you mean rcpt?)"),
        ("[rule]\nat = 'mail'\nreply = '451 {rcpt}'", 3, "{rcpt} is not known at mail"),
        # other effects
        (RCPT + "preset = 'gmail-no-usr'", 3, "(did you mean gmail-no-user?)"),
        (RCPT + "raw = ''", 3, "raw has 1 to 1048576 octets, and this has 0"),
        (RCPT + "raw = { hex = '0g' }", 3, '"0g" is not hexadecimal'),
        (RCPT + "garbage = 'htp'", 3, "(did you mean http?)"),
        (RCPT + "reply = 451\nraw = 'x'", 4, "says the reply in two ways"),
        (RCPT + f"raw = '{'x' * 9000}'\nrepeat = 9000", 4, "81000000 octets, and 16777216 are the"),
        (RCPT + f"reply = [{'451, ' * 200}]\nrepeat = 9000", 4, "and 16777216 are the most"),
        (RCPT + "disconnect = 'rst'\nhang = true", 4, "ends the session in two ways"),
        (RCPT + "disconnect = true", 3, "true is not known here"),
        (RCPT + "reply = 451\nlost = 'rst'", 4, "a reply that is lost is never said"),
        (RCPT + "reply = 451\nwhen = 'after'", 4, "the rule ends no session"),
        (RCPT + "reply = 451\ndisconnect = 'fin'\nwhen = 'before'", 5, "would never be said"),
        (RCPT + "hang = false", 3, "hang is true or a duration"),
        (RCPT + "hang = 0", 3, "it must be longer than nothing"),
        (RCPT + "disconnect = 'fin'\nafter_bytes = 10", 4, "at must be body"),
        (RCPT + "store = false", 3, "store is decided at eom"),
        ("[rule]\nat = 'body'\nlost = 'rst'", 3, "no reply is owed at body"),
        (EOM + "store = 'maybe'", 3, 'none of true, false and "auto"'),
        ("[rule]\nat = 'tls'\nreply = 451", 3, "no reply is said at tls"),
        (RCPT + "delay = '5 parsecs'", 3, '"5 parsecs" is no duration'),
        (RCPT + "delay = -1", 3, "-1 is no duration"),
        (RCPT + "delay = inf", 3, "is longer than a year"),
        (RCPT + "delay = nan", 3, "nan is no duration"),
        (RCPT + "delay = { uniform = ['3s', '1s'] }", 3, "longer than the second"),
        (RCPT + "delay = { uniform = ['3s'] }", 3, "write such as"),
        (RCPT + "delay = { normal = 3 }", 3, "no key of delay"),
        (RCPT + "delay = { lognormal = { median = '1s' } }", 3, "sigma is missing"),
        (RCPT + "before = 'read'\nreply = 451", 3, "there is no delay"),
        (RCPT + "dribble = 0", 3, "longer than nothing"),
        (RCPT + "bandwidth = '1kB/s'", 3, "at must be body"),
        ("[rule]\nat = 'body'\nbandwidth = 0", 3, "nothing would ever arrive"),
        ("[rule]\nat = 'body'\nbandwidth = 'fast'", 3, '"fast" is no rate'),
        (RCPT + "capabilities = { hide = 'SIZE' }", 3, "at must be ehlo"),
        ("[rule]\nat = 'ehlo'\ncapabilities = { hid = 'SIZE' }", 3, "(did you mean hide?)"),
        # conditions
        (RCPT + "reply = 451\nmatch = 'b@*'", 4, "is no table"),
        (RCPT + "reply = 451\nmatch.rcpt = 'b'", 4, '"rcpt" is nothing to match'),
        (RCPT + "reply = 451\nmatch.recipent = 'b'", 4, "(did you mean recipient?)"),
        (RCPT + "reply = 451\nmatch.recipient = 3", 4, "3 is no pattern"),
        (RCPT + "reply = 451\nmatch.recipient = ['a', 3]", 4, "3 is no pattern"),
        (RCPT + "reply = 451\nmatch.recipient = 're:('", 4, "is no regular expression"),
        (RCPT + "reply = 451\nmatch.client_address = '300.1'", 4, "neither an address nor"),
        (RCPT + "reply = 451\nmatch.size = '1 parsec'", 4, '"1 parsec" is no size'),
        (RCPT + "reply = 451\nmatch.recipient_count = 'x'", 4, '"x" is no number'),
        (RCPT + "reply = 451\nmatch.recipient_count = '5-2'", 4, '"5-2" fits no number'),
        (RCPT + "reply = 451\nmatch.tls = 'yes'", 4, '"yes" is neither true nor false'),
        (RCPT + "reply = 451\nmatch.header = 'x'", 4, "names no field"),
        (RCPT + "reply = 451\nmatch.subject = 'x'", 4, "match.subject is not known at rcpt"),
        (RCPT + "reply = 451\nmatch.header.To = 'x'", 4, "match.header is not known at rcpt"),
        (RCPT + "reply = 451\nmatch.not.body = 'x'", 4, "match.body is not known at rcpt"),
        ("[rule]\nat = 'mail'\nreply = 451\nmatch.recipient = 'x'", 4, "not known at mail"),
        ("[rule]\nat = 'connect'\nreply = 451\nmatch.helo_name = 'x'", 4, "not known at connect"),
        ("[rule]\nat = 'eom'\nreply = 451\nmatch.recipient_nth = 2", 4, "it is known at rcpt"),
        ("[rule]\nat = 'any'\nhang = 1\nmatch = {body = 'x', command = 'x'}", 4, "at no stage"),
        # schedules
        (RCPT + "reply = 451\nskip = 1.5", 4, "1.5 is no whole number"),
        (RCPT + "reply = 451\nprobability = 2", 4, "2 is not between 0 and 1"),
        (RCPT + "reply = 451\nkey = 'sendr'", 4, "(did you mean sender?)"),
        (RCPT + "reply = 451\nkey = 'fingerprint'", 4, "fingerprint, which is not known at rcpt"),
        (RCPT + "reply = 451\nquota = { limit = 3 }", 4, "window is missing"),
        (RCPT + "reply = 451\nquota = { limit = 3, window = '1s', pr = 'client' }", 4, "mean per?"),
        (RCPT + "reply = 451\nquota = 3", 4, "3 is no table"),
        (RCPT + "reply = 451\nexhausted = 'last'", 4, "there is no sequence"),
        (RCPT + "sequence = 451", 3, "451 is no list: write such as"),
        (RCPT + "sequence = ['451', 'gmial-temp']", 3, "step 2"),
        (RCPT + "sequence = ['451', { reply = 700 }]", 3, "700 is no reply code"),
        (RCPT + "sequence = ['451']\nreply = 451", 4, "the sequence says already what happens"),
        (RCPT + "reply = 451\nset_state = 'Down'", 4, "the rule names no scenario"),
        (RCPT + "reply = 451\nscenario = 'x'", 4, "the rule asks for no state, and sets none"),
        (RCPT + "reply = 451\nschedule = { tims = 1 }", 4, "(did you mean times?)"),
        (RCPT + "reply = 451\ntimes = 1\nschedule = { times = 1 }", 5, "both in the rule and"),
        # never
        (RCPT + "reply = 451\ntimes = 0", 4, "the rule can never fire: times is 0"),
        (RCPT + "reply = 451\n[faults.rule.schedule]\ntimes = 0", 5, "can never fire: times is 0"),
        (RCPT + "reply = 451\nevery = 0", 4, "every: 0 is not between 1"),
        (RCPT + "reply = 451\nprobability = 0", 4, "can never fire: probability is 0"),
        (RCPT + "reply = 451\nttl = 0", 4, "can never fire: ttl is 0"),
        (RCPT + "reply = 451\nactive = { for = 0 }", 4, "can never fire: it is active for no time"),
        (RCPT + "reply = 451\nactive = { after = '2m' }\nttl = '1m'", 4, "when its ttl is over"),
        (RCPT + "sequence = []", 3, "the sequence is empty, so the rule could never fire"),
        (RCPT + "sequence = ['250', 'pass']", 3, "every step of its sequence lets the client pass"),
        (
            "[rule]\nat = 'connect'\nreply = 421\nkey = 'connection'\nskip = 1",
            5,
            "each connection has only one occasion",
        ),
        (RCPT + "reply = 451\nscenario = 'x'\nwhen_state = 'Down'", 5, "no rule sets scenario x"),
        (RCPT + "reply = 451\nmatch.recipient_nth = 0", 4, "match.recipient_nth cannot hold"),
        ("[rule]\nat = 'starttls'\nreply = 454\nmatch.tls = true", 4, "match.tls cannot hold"),
        # two of a kind, and presets
        (
            RCPT + "id = 'a'\nreply = 451\n" + EOM + "id = 'a'\nreply = 451",
            7,
            'two rules have the id "a" (the other one is on line 1)',
        ),
        ("[faults.preset.x]\nreply = 700", 2, "700 is no reply code"),
        ("[faults.preset.x]\nrply = 451", 2, '"rply" is no key of preset x (did you mean reply?)'),
        ("[faults.preset.x]\npreset = 'y'", 2, "a preset cannot stand on another"),
        ("[faults.preset.'a b']\nreply = 451", 1, '"a b" is no name'),
        ("[faults]\npreset = 3", 2, "write [faults.preset.NAME]"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(text: str, line: int, what: str) -> None:
    found = problems(text)
    assert any(one.startswith(f"faults.toml:{line}: ") and what in one for one in found), found


def test_a_message_names_file_line_rule_mistake_and_what_was_meant() -> None:
    text = '[rule]\nid = "flaky"\nat = "rcpt"\nreply = 451\ntims = 2'
    assert problems(text) == [
        'faults.toml:5: rule flaky: "tims" is no key of a rule (did you mean times?)'
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = problems(RCPT + "reply = 700\ntims = 1\n" + EOM + "delay = 'x'\n[faults]\nsede = 1")
    assert [one.split(":")[1] for one in found] == ["3", "4", "7", "9"]


def test_no_message_holds_a_control_character() -> None:
    found = problems(RCPT + 'reply = "\\u001b[31m\\u0000"\n"\\u001b[2J" = 1\nid = "\\u0007"')
    assert found
    assert all(one.isprintable() for one in found)


def test_deep_brackets_and_huge_files_are_mistakes_too() -> None:
    with pytest.raises(RuleError, match="brackets are too deep"):
        load("x = " + "[" * 100_000, name="faults.toml")
    with pytest.raises(RuleError, match="more than 4194304 characters"):
        load("#" * 5_000_000, name="faults.toml")


@pytest.mark.parametrize("digits", [20, 400, 5_000])
@pytest.mark.parametrize(
    "key",
    [
        "delay",
        "ttl",
        "times",
        "priority",
        "probability",
        "reply",
        "match.size",
        "match.client_port",
    ],
)
def test_numbers_that_are_far_too_large_are_mistakes(key: str, digits: int) -> None:
    assert problems(EOM + f"{key} = {'9' * digits}")


def test_keys_that_are_no_texts_are_mistakes() -> None:
    for table in ({3: 1}, {"reply": {3: 1}}, {"match": {3: 1}}, {"quota": {3: 1}}):
        with pytest.raises(RuleError):
            rule_of({"at": "eom", **table}, where="test")  # type: ignore[dict-item]


def test_an_empty_file_is_no_mistake() -> None:
    found = load("", name="faults.toml")
    assert found.rules == ()
    assert found.enabled
    assert found.magic == RESERVED
    assert found.seed is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("magic = false", ()),
        ("magic = true", RESERVED),
        ('magic = "*"', ("*",)),
        ('magic = "Example.TEST"', ("example.test",)),
        ('magic = ["a.test", "b.test"]', ("a.test", "b.test")),
    ],
)
def test_the_domains_of_magic(written: str, read: tuple[str, ...]) -> None:
    assert rules(f"[faults]\n{written}").magic == read


def test_the_settings_of_a_file() -> None:
    found = rules("[faults]\nseed = 7\nenabled = false\ngeneration = 3\nkeys = 12")
    assert (found.seed, found.enabled, found.generation, found.keys) == (7, False, 3, 12)
    assert rules('[faults]\nseed = "random"').seed is None


def test_rules_without_an_id_are_named_after_what_they_do() -> None:
    text = RCPT + "reply = 451\n" + RCPT + "reply = 451\n" + EOM + "lost = 'rst'\n"
    text += "[rule]\nat = 'any'\nmatch.sender = 'a@*'\ndelay = 1\n"
    text += "[rule]\nat = 'eom'\nsequence = [451]\n"
    text += "[rule]\nat = 'tls'\ntls = {cert = 'expired'}\n[rule]\npreset = 'gmail-no-user'\n"
    names = [rule.id for rule in rules(text).rules]
    assert names == [
        "rcpt-451",
        "rcpt-451-2",
        "eom-lost-rst",
        "any-delay",
        "eom-sequence",
        "tls-expired",
        "gmail-no-user",
    ]


def test_a_schedule_may_stand_in_a_table_of_its_own() -> None:
    flat, grouped = (
        rules(RCPT + "id = 'a'\nreply = 451\n" + schedule).rules[0]
        for schedule in ("times = 2\nkey = 'envelope'", "schedule = {times = 2, key = 'envelope'}")
    )
    assert flat == grouped


def test_conditions_may_be_written_with_dots_or_with_tables() -> None:
    forms = (
        "match.not.header.X-A = 'x'\nmatch.recipient = 'b'",
        "match = { not = { header = { X-A = 'x' } }, recipient = 'b' }",
        "match = { 'not.header.X-A' = 'x', recipient = 'b' }",
        "match.'not.header'.X-A = 'x'\nmatch.recipient = 'b'",
    )
    first, *others = (rules(EOM + f"reply = 451\n{form}").rules[0].match for form in forms)
    assert all(other == first for other in others)


def test_any_means_the_stages_at_which_all_that_is_matched_is_known() -> None:
    rule = rules('[rule]\nat = "any"\nmatch.recipient = "b"\ndelay = 1').rules[0]
    assert rule.stages == ("rcpt", "data", "eom", "rset", "noop", "vrfy", "quit")


@pytest.mark.parametrize(
    ("at", "count"),
    [
        ('"auth"', "connection"),
        ('["connect", "ehlo"]', "connection"),
        ('"rcpt"', "transaction"),
        ('["mail", "eom"]', "transaction"),
        ('["auth", "mail"]', "command"),
        ('"quit"', "command"),
        ('"any"', "command"),
    ],
)
def test_what_a_rule_counts_where_it_does_not_say(at: str, count: str) -> None:
    assert rules(f"[rule]\nat = {at}\nreply = 451").rules[0].schedule.count == count


def test_a_preset_gives_stage_and_reply_and_the_rule_may_change_both() -> None:
    plain, changed = rules(
        "[rule]\npreset = 'gmail-no-user'\n[rule]\npreset = 'full'\nat = 'eom'\nreply = 452\n"
        "[faults.preset.full]\nat = 'rcpt'\nreply = '552 5.2.2 full'\nsource = 'our own server'"
    ).rules
    assert plain.stages == ("rcpt",)
    assert plain.answer is not None
    assert plain.answer.reply is not None
    assert plain.answer.reply.code == 550
    assert changed.stages == ("eom",)
    assert changed.answer is not None
    assert changed.answer.reply is not None
    assert changed.answer.reply.code == 452


def test_every_preset_of_the_package_makes_a_rule() -> None:
    from mailcatch.faults.presets import catalogue

    for name in catalogue():
        assert rule_of({"preset": name}, where="test").answer is not None


def test_a_rule_can_be_made_from_a_table() -> None:
    rule = rule_of({"at": "rcpt", "reply": 451, "times": 2}, where="--fault")
    assert rule.id == "rcpt-451"
    with pytest.raises(RuleError, match=r'^--fault: "tims" is no key'):
        rule_of({"at": "rcpt", "reply": 451, "tims": 2}, where="--fault")
    assert len(rules_of({"rule": [{"at": "rcpt", "reply": 451}]}, name="test").rules) == 1


def test_codes_outside_of_the_grammar_and_dangerous_expressions_are_only_warned_of() -> None:
    found = rules(EOM + "reply = '471 4.7.1 no'\nmatch.subject = 're:^(a+)+$'")
    assert [str(one) for one in found.warnings] == [
        (
            "faults.toml:4: match.subject: the expression repeats what repeats itself, which can "
            "take very long (write ++ and *+ for what never has to be given back)"
        ),
        "faults.toml:3: 471 is outside of RFC 5321's grammar for codes",
    ]


def test_a_421_closes_unless_the_rule_says_otherwise() -> None:
    closing, staying, other = rules(
        RCPT + "reply = 421\n" + RCPT + "reply = 421\ndisconnect = false\n" + RCPT + "reply = 451"
    ).rules
    assert [rule.answer and rule.answer.ending for rule in (closing, staying, other)] == [
        "fin",
        None,
        None,
    ]


def test_when_a_session_ends_where_the_rule_does_not_say() -> None:
    silent, replying, hanging = rules(
        EOM + "disconnect = 'rst'\n" + EOM + "reply = 451\ndisconnect = 'rst'\n" + EOM + "hang = 3"
    ).rules
    endings = [rule.answer and (rule.answer.ending, rule.answer.when, rule.answer.hang)
               for rule in (silent, replying, hanging)]  # fmt: skip
    assert endings == [
        ("rst", "before", FOREVER),
        ("rst", "after", FOREVER),
        ("hang", "before", 3.0),
    ]
