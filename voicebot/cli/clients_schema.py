"""voicebot clients schema: the JSON Schema of client files, for editors."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.schema import EDITOR_COMMENT, SCHEMA_NAME, schema_text
from voicebot.errors import SettingsError
from voicebot.settings import settings


def schema(
    write: Annotated[bool, typer.Option("--write", help="Write it beside the client files instead of printing it.")] = False,
) -> None:
    """Print the JSON Schema of client files: every field, its type and its meaning."""
    with told_to_operator():
        if not write:
            print(schema_text(), end="")
            return
        path = settings().clients_dir / SCHEMA_NAME
        try:
            path.write_text(schema_text(), encoding="utf-8")
        except OSError as refused:
            raise SettingsError(f"{path} cannot be written: {refused.strerror}.", "Set VOICEBOT_CLIENTS_DIR.") from refused
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"{escape(str(path))} written. First line of a client file, so that editors use it:")
        console.print(f"  {escape(EDITOR_COMMENT)}")
