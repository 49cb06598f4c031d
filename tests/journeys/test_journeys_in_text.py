"""Whole calls, words in and event log out, on a clock of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from syrupy.assertion import SnapshotAssertion

from voicebot.clients.client_file import read_client_file
from voicebot.domain.call import Call, EndReason
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.message import Message
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.understanding.rules import Rules

ROOT = Path(__file__).parents[2]
JOURNEYS: dict[str, Any] = YAML(typ="safe", pure=True).load(Path(__file__).with_name("journeys.yaml"))
NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
TURN = timedelta(seconds=6)


class _Clock:
    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> datetime:
        return self.now


def _line(event: CallEvent) -> str:
    """One event as a reader wants it; times are left out, they are the clock's."""
    data = event.data
    match event.kind:
        case EventKind.CALLER_SAID:
            said = f"caller: {data['text']}"
        case EventKind.RECEPTIONIST_SAYS:
            said = f"receptionist: {data['text']}" + ("" if data["interruptible"] else " [uninterruptible]")
        case EventKind.ACTS_UNDERSTOOD:
            acts = [
                " ".join(
                    [a["kind"], *(str(v) for k, v in a.items() if k not in ("kind", "words") and v not in ("", None, []))]
                )
                for a in data["acts"]
            ]
            said = "understood: " + "; ".join(acts)
        case EventKind.DECIDED:
            said = "decided: " + "; ".join(
                f"{d['action']} {d['subject']} ({d['rule']} ← {d['because']})" for d in data["decisions"]
            )
        case _:
            said = f"{event.kind}: {data}"
    return said


def _kept(message: Message) -> str:
    led = message.orientation
    where = f"→ {led.outcome} {led.to} ({led.because})" if led else ""
    return f"message: {message.state} {message.urgency.level} missing {list(message.missing)} {where}"


async def _turn(receptionist: Receptionist, words: str) -> Reply | None:
    command, _, rest = words.partition(" ")
    match command:
        case "/silence":
            return await receptionist.hear_silence(receptionist.silence_limit_s)
        case "/keys":
            return await receptionist.hear_keys(rest) or await receptionist.keys_paused()
        case "/resume":
            return await receptionist.resume()
        case "/time-limit":
            return await receptionist.reach_time_limit()
        case "/hang-up":
            await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
            return None
        case _:
            return await receptionist.hear(Heard(words))


@pytest.mark.parametrize("name", sorted(JOURNEYS))
async def test_journey(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    journey, clock = JOURNEYS[name], _Clock()
    instructions = read_client_file(ROOT / "tests" / "fakes" / "fiches" / f"{journey['client']}.yaml")
    book = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    call = Call("c1", instructions.id, 1, journey.get("number", ""), "", NIGHT, Language.FRENCH)
    receptionist = Receptionist(call, instructions, Rules(), Journal(book, clock, lambda _c, _e: None), clock)
    reply: Reply | None = await receptionist.pick_up()
    for words in journey["turns"]:
        assert reply is None or reply.then is Then.LISTEN, f"the call ended before « {words} »"
        clock.now += TURN
        reply = await _turn(receptionist, words)
    if reply is not None and reply.then is Then.HANG_UP and reply.ending:
        await receptionist.hang_up(reply.ending)
    log = [_line(event) for event in await book.events("c1")]
    message = await book.message("c1")
    log.append(_kept(message) if message else "no message")
    await book.close()
    assert log == snapshot
