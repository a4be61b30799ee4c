"""The JSON Schema of a rule file, made from the declarations of its keys.

Editors complete a rule file with it. It knows less than loading does: whether a fact is known at a
stage, or a schedule can ever fire, is not in it.
"""

from __future__ import annotations

from typing import Final

from mailcatch.faults import language
from mailcatch.faults.patterns import ATTRIBUTES
from mailcatch.faults.replies import REPLY
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
            "rule": table_schema(language.RULE),
            "schedule": table_schema(language.TIMING),
            "match": _match(),
            "step": {
                "anyOf": [
                    {"const": "pass"},
                    REPLY.schema,
                    NAME.schema,
                    table_schema(language.STEP),
                ]
            },
            "preset": _preset(),
        },
    }


def _match() -> dict[str, object]:
    conditions: dict[str, object] = {}
    for name, kind in ATTRIBUTES.items():
        if name != "header":
            about = f"Known at {', '.join(KNOWN_AT[name])}."
            conditions[name] = {"description": about, **kind.schema}
    header = ATTRIBUTES["header"].schema
    conditions["header"] = {
        "description": "By the name of the field. Known at eom.",
        "type": "object",
        "additionalProperties": header,
    }
    dotted: dict[str, object] = {r"^(not\.)?header\..+$": header}
    for name, condition in conditions.items():
        dotted[rf"^not\.{name}$"] = condition
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
        "patternProperties": dotted,
        "additionalProperties": False,
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
