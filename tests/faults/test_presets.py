"""The catalogue of presets: every reply of it can be sent as it stands."""

from __future__ import annotations

import re

import pytest

from mailcatch.faults import rule_of
from mailcatch.faults.presets import TABLES, Preset, catalogue, search
from mailcatch.faults.shorthand import Shorthand, read
from mailcatch.smtp.policy import Stage

# RFC 5321 section 4.2; RFC 3463 section 2.
LINE = re.compile(r"([2-5][0-5][0-9]) (?:([245])\.\d{1,3}\.\d{1,3} )?[\x20-\x7e]*")
# What they become may be as long as this; what is longer yet is cut where it is said.
PLACEHOLDERS = {
    "rcpt": 200,
    "rcpt_domain": 150,
    "sender": 200,
    "sender_domain": 150,
    "host": 255,
    "ip": 45,
    "token": 50,
}
PRESETS = list(catalogue().values())


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_a_valid_reply(preset: Preset) -> None:
    assert preset.at in {*Stage, "any"}
    assert preset.source
    for line in preset.lines:
        found = LINE.fullmatch(line)
        assert found, line
        assert int(found[1]) == preset.code
        if found[2]:
            assert found[2] == line[0]
        filled = re.sub(r"\{([^}]*)\}", lambda hole: "x" * PLACEHOLDERS[hole[1]], line)
        assert len(filled) + 2 <= 512


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_rule_takes_a_preset_as_it_stands(preset: Preset) -> None:
    rule = rule_of({"preset": preset.name}, where="test", presets=TABLES)
    assert rule.answer is not None
    assert rule.answer.reply is not None
    said = rule.answer.reply.lines
    written = [f"{one.code} {one.enhanced and one.enhanced + ' '}{one.text}" for one in said]
    assert tuple(written) == preset.lines
    assert preset.at in (*rule.stages, "any")


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_called_by_its_name_in_shorthand(preset: Preset) -> None:
    assert read(preset.name) == Shorthand(preset.at, preset.name)
    for stage in Stage:
        assert read(f"{stage}-{preset.name}-x2") == Shorthand(stage, preset.name, times=2)


def test_the_lines_of_a_reply_are_joined_as_on_the_wire() -> None:
    assert catalogue()["gmail-disabled"].sent == (
        "550-5.2.1 The email account that you tried to reach is disabled. Learn more at",
        "550 5.2.1  https://support.google.com/mail/?p=DisabledUser {token} - gsmtp",
    )
    assert catalogue()["ses-throttle"].sent == (
        "454 Throttling failure: Maximum sending rate exceeded.",
    )


def test_presets_are_found_by_words_of_any_kind() -> None:
    assert [one.name for one in search("gmail", "MAILBOXFULL", "552")] == ["gmail-overquota-perm"]
    assert {one.provider for one in search("throttling failure")} == {"ses"}
    assert search("no such word") == []
    assert len(search()) == len(catalogue()) >= 65
