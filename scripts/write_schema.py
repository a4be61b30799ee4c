"""Write docs/faults.schema.json: the JSON Schema of a rule file, made from the code."""

from __future__ import annotations

import json
from pathlib import Path

from mailcatch.faults.schema import schema

if __name__ == "__main__":
    path = Path(__file__).parent.parent / "docs" / "faults.schema.json"
    path.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
