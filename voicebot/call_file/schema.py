"""The JSON Schema of call.json, shipped beside this module. Run to write it: python -m voicebot.call_file.schema"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from voicebot.call_file.call_record import CallFile

SCHEMA_FILE = Path(__file__).with_name("voicebot.call-1.schema.json")


def call_file_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the format "voicebot.call/1", as call.json is written."""
    schema = CallFile.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "voicebot.call/1"}


def schema_text() -> str:
    return json.dumps(call_file_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
