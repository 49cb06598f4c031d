"""voicebot understand: acts in words, one line at a time, without a call."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated

import typer

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.domain.acts import acts_json
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.language import Language
from voicebot.errors import InstructionsError
from voicebot.settings import settings
from voicebot.understanding.ports import Context
from voicebot.wiring.house import real_clock, understanding_of
from voicebot.wiring.shifted_clock import clock_from


def understand(
    client: Annotated[str, typer.Argument(help="Client id, as in client_configs/.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    expecting: Annotated[str, typer.Option(help="What was asked: request, confirmation, or a detail's id.")] = "request",
    at: Annotated[str, typer.Option(help='Local time for « demain », "2026-11-23 22:15"; now when empty.')] = "",
    language: Annotated[Language | None, typer.Option(help="Language of the call; the client's first when empty.")] = None,
) -> None:
    """Print the caller acts in each line of standard input."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        asyncio.run(_understand(client, as_json=as_json, expecting=expecting, at=at, language=language))


async def _understand(client: str, *, as_json: bool, expecting: str, at: str, language: Language | None) -> None:
    current = settings()
    instructions = load_clients(current.clients_dir).of(client)
    reader, model = understanding_of(current)
    clock = clock_from(at, instructions.identity.zone) if at else real_clock
    spoken = language or instructions.language
    plain = {awaited.value: awaited for awaited in Awaited}
    known = (*plain, *HOUSE_DETAILS, *(d.id for d in instructions.details))
    if expecting not in known:
        raise InstructionsError(
            instructions.id, [f'--expecting "{expecting}" is nothing that is asked for'], ", ".join(known)
        )
    expected = Expectation(plain[expecting]) if expecting in plain else Expectation(Awaited.DETAIL, expecting)
    try:
        for line in sys.stdin:
            words = line.rstrip("\n")
            context = Context(instructions, spoken, expected, None, {}, clock())
            reading = await reader.read(words, context)
            acts = acts_json.dump_python(reading.acts, mode="json")
            if as_json:
                row = {"words": words, "acts": acts, "by": reading.by, "fallback": reading.fallback}
                print(json.dumps(row, ensure_ascii=False), flush=True)
            else:
                print(words)
                for act in acts:
                    print("   ", act["kind"], {key: value for key, value in act.items() if key not in ("kind", "words")})
    finally:
        if model is not None:
            await model.close()
