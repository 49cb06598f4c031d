"""JSON Schema of webhook bodies, shipped beside this module. Run to write it: python -m voicebot.messages.letters.schema"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from voicebot.messages.letters.payload import DigestPayload, MessagePayload

SCHEMA_FILE = Path(__file__).with_name("voicebot.message-1.schema.json")
_body: TypeAdapter[MessagePayload | DigestPayload] = TypeAdapter(
    Annotated[MessagePayload | DigestPayload, Field(union_mode="smart")]
)


def message_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the format "voicebot.message/1", as webhooks carry it."""
    schema = _body.json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "voicebot.message/1"}


def schema_text() -> str:
    return json.dumps(message_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
