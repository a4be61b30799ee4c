"""The JSON Schema of a rule file, made from the declarations of its keys.

Editors complete a rule file with it. It knows less than loading does: whether a fact is known at a
stage, or a schedule can ever fire, is not in it.
"""

from __future__ import annotations

from typing import Final

from mailcatch.faults import language
from mailcatch.faults.kinds import PRESET, STAGE_SCHEMA
from mailcatch.faults.patterns import ATTRIBUTES
from mailcatch.faults.presets import catalogue
from mailcatch.faults.replies import REPLY, REPLY_SCHEMA
from mailcatch.faults.stages import KNOWN_AT
from mailcatch.faults.values import NAME, described, table_schema

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, object]:
    """Return the JSON Schema of a rule file, ready to be written."""
    return {
        "$schema": DIALECT,
        "title": "Rules that break mail on purpose (faults.toml)",
        "type": "object",
        "properties": {"faults": table_schema(language.FILE)},
        "additionalProperties": False,
        "$defs": {
            "rule": {
                **table_schema(language.RULE),
                "anyOf": [{"required": ["at"]}, {"required": ["preset"]}],
            },
            "schedule": table_schema(language.TIMING),
            "match": _match(),
            "conditions": _conditions(),
            "step": {
                "anyOf": [
                    {"const": "pass"},
                    REPLY.schema,
                    PRESET.schema,
                    table_schema(language.STEP),
                ]
            },
            "stage": STAGE_SCHEMA,
            "reply": REPLY_SCHEMA,
            # An editor completes the names of ours, and takes those of the user's.
            "preset_name": {"anyOf": [{"enum": sorted(catalogue())}, NAME.schema]},
            "preset": _preset(),
        },
    }


def _match() -> dict[str, object]:
    header = {"$ref": "#/$defs/conditions/header"}
    names = [name for name in ATTRIBUTES if name != "header"]
    conditions: dict[str, object] = {name: {"$ref": f"#/$defs/conditions/{name}"} for name in names}
    conditions["header"] = {
        "description": "By the name of the field. Known at eom.",
        "type": "object",
        "additionalProperties": header,
    }
    negated = {
        "description": "What must not hold.",
        "type": "object",
        "properties": conditions,
        "patternProperties": {r"^header\..+$": header},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {**conditions, "not": negated},
        "patternProperties": {
            r"^(not\.)?header\..+$": header,
            **{rf"^not\.{name}$": condition for name, condition in conditions.items()},
        },
        "additionalProperties": False,
    }


def _conditions() -> dict[str, object]:
    return {
        name: {"description": f"Known at {', '.join(KNOWN_AT[name])}.", **kind.schema}
        for name, kind in ATTRIBUTES.items()
    }


def _preset() -> dict[str, object]:
    told: dict[str, object] = {name: {} for name in language.TOLD}
    fields = {
        field.name: field
        for field in (*language.IDENTITY, *language.ANSWER, *language.SLOWING)
        if field.name in language.PRESET_NAMES
    }
    properties: dict[str, object] = {name: described(field) for name, field in fields.items()}
    return {
        "type": "object",
        "properties": {**properties, **told},
        "additionalProperties": False,
    }
