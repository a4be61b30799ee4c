"""`mailcatch faults schema`: what an editor completes a rule file with."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of a rule file, with which an editor completes and checks it."""
    import json

    from mailcatch.cli.terminal import say
    from mailcatch.faults.schema import schema as schema_of_rules

    say(json.dumps(schema_of_rules(), indent=1, ensure_ascii=False))
