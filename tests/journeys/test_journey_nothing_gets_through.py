"""A house all of whose channels fail: real deliveries and ladders give up loudly, and no promise lacks its receipt.

NOTHING_GETS_THROUGH_CALLS=200 holds more calls than the suite does.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.ladder import LadderStatus
from voicebot.domain.message_event import MessageEventKind
from voicebot.domain.tempo import Tempo
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.call_records import record_of
from voicebot.quality.conversation_evals import hold
from voicebot.quality.conversation_file import WrittenConversation, read_conversations
from voicebot.quality.promises import verify
from voicebot.settings import Settings
from voicebot.store.delivery_book import DeliveryBook
from voicebot.understanding.rules import Rules
from voicebot.wiring.after_call import AfterCall, open_after_call
from voicebot.wiring.calls import new_call
from voicebot.wiring.house import House, open_house

ROOT = Path(__file__).parents[2]
CALLS = int(os.environ.get("NOTHING_GETS_THROUGH_CALLS", "24"))
FIRST = 4
"""The first calls come before the house knows that nothing gets through."""
SPEED = 6000.0
SETTLED_LIMIT_S = 90.0 + CALLS * 3
LATER = timedelta(days=2)

pytestmark = pytest.mark.timeout(60 + round(SETTLED_LIMIT_S * 2))


def closed_port() -> int:
    """Nobody listens there: every connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def deaf_settings(folder: Path) -> Settings:
    """Mail server and carrier are configured and cannot be reached."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        clients_dir=ROOT / "client_configs",
        smtp_host="127.0.0.1",
        smtp_port=closed_port(),
        smtp_security="none",
        mail_from="reception@example.org",
        operator_email="operator@example.org",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=SecretStr("1" * 32),
        twilio_number="+33199000099",
        twilio_api_url=f"http://127.0.0.1:{closed_port()}",
        delivery_gives_up_h=0.2,
    )


async def test_no_promise_is_left_without_a_receipt(tmp_path: Path) -> None:
    written = read_conversations([ROOT / "evals" / "conversations"])
    urgent_first = sorted(written, key=lambda one: "on_call" not in one.conversation.facilities)
    chosen = [urgent_first[n % len(written)] for n in range(CALLS)]
    began = max(one.conversation.at for one in written).replace(tzinfo=UTC) + timedelta(days=1)
    started_s = time.monotonic()
    tempo = Tempo(lambda: began + timedelta(seconds=(time.monotonic() - started_s) * SPEED), SPEED)
    async with open_house(deaf_settings(tmp_path)) as house, open_after_call(house, tempo=tempo) as after, after.at_work():
        for number, one in enumerate(chosen):
            await _hold(house, after, one, number)
            if number == FIRST:
                await _until_it_is_noticed(house, after)
        records = await _settled(house, len(chosen))

    found = verify(records, max(e.at for record in records for e in record.after_call) + LATER)
    assert found.calls == CALLS
    assert found.findings == []
    assert found.pending == 0
    spoken = [words.phrase for record in records for words in record.spoken()]
    assert spoken.count("not_sent_yet") >= CALLS // 4, "the house notices and says that nothing can be sent now"
    assert "wake_on_call" in spoken


async def _until_it_is_noticed(house: House, after: AfterCall) -> None:
    deadline = time.monotonic() + SETTLED_LIMIT_S
    some = next(iter(house.clients.instructions.values()))
    while after.facilities(new_call(some, datetime.now(UTC), carrier="twilio"), some).delivery:
        assert time.monotonic() < deadline, "the house never noticed that nothing leaves it"
        await asyncio.sleep(0.1)


async def _hold(house: House, after: AfterCall, one: WrittenConversation, number: int) -> None:
    instructions = house.clients.of(one.client)
    can = after.facilities(new_call(instructions, datetime.now(UTC), carrier="twilio"), instructions)
    await hold(one, instructions, Rules(), house.book, number, can=can)


async def _settled(house: House, calls: int) -> list[CallRecord]:
    """Records of all calls once every dispatch was given up and every ladder raised its alarm."""
    deadline = time.monotonic() + SETTLED_LIMIT_S
    book = DeliveryBook(house.book.database)
    while True:
        records = [await record_of(house.book, f"conversation-{number}") for number in range(calls)]
        waiting = [record.call.id for record in records if not await _is_settled(book, record)]
        if not waiting:
            return records
        assert time.monotonic() < deadline, f"never settled: {waiting}"
        await asyncio.sleep(1.0)


async def _is_settled(book: DeliveryBook, record: CallRecord) -> bool:
    events = record.after_call
    dispatches = await book.read(lambda rows: rows.of_call(record.call.id, lock=False))
    if any(d.status is not DispatchStatus.FAILED for d in dispatches):
        return False
    alarms = [e for e in events if e.kind is MessageEventKind.ALARM_RAISED]
    ends = [e.data["how"] for e in events if e.kind is MessageEventKind.LADDER_ENDED]
    woken = any(e.kind is MessageEventKind.LADDER_BEGUN for e in events)
    sent = record.message is None or (bool(dispatches) and bool(alarms))
    return sent and (not woken or ends == [LadderStatus.ALARM.value])
