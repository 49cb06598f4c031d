"""Calls that were held for tests of replaying, each with the instructions that it obeyed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from voicebot.clients.directory import Clients, load_clients
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.replaying.house_then import HouseThen, house_then
from voicebot.quality.replaying.past_call import PastCall, past_call
from voicebot.quality.replaying.replay_call import Hear, Way
from voicebot.quality.replaying.replay_calls import as_it_was
from voicebot.understanding.rules import Rules

ROOT = Path(__file__).parents[2]
MOREL = ROOT / "client_configs" / "chauffage-morel.yaml"
NOTHING = Facilities()


@cache
def clients() -> Clients:
    return load_clients(ROOT / "client_configs")


async def again(
    record: CallRecord, instructions: Instructions, hear: Hear = Hear.AGAIN
) -> tuple[Way, HouseThen, int | None]:
    """The call under the same instructions; nothing is known of the house but what the record proves."""
    past: PastCall = past_call(record)
    return await as_it_was(past, instructions, Rules(), house_then(past, NOTHING), hear)
