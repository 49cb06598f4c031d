"""Which calls are taken, what is said to those that are not, and what becomes of calls whose line never came back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from voicebot.call_file.folder import read_call_file
from voicebot.domain.call import EndReason
from voicebot.domain.events import EventKind
from voicebot.domain.message import MessageState
from voicebot.domain.speaking import Heard
from voicebot.errors import StoreFull
from voicebot.settings import Settings
from voicebot.telephony.ports import Accepted, Ended, IncomingCall, LineStatus, RefusalReason, Refused
from voicebot.wiring import house as wiring_house
from voicebot.wiring.calls import folder_of, receptionist_from_store
from voicebot.wiring.house import House, open_house, signing_secret
from voicebot.wiring.switchboard import RETURN_LIMIT_S, Switchboard

ROOT = Path(__file__).parents[2]
HEATING = "+33199001001"


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def current(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", clients_dir=ROOT / "client_configs", max_calls=2)


@pytest.fixture
async def house(current: Settings, clock: _Clock) -> AsyncIterator[House]:
    async with open_house(current, clock=clock) as opened:
        yield opened


@pytest.fixture
def switchboard(house: House) -> Switchboard:
    engines: Any = None  # No line is opened here.
    return Switchboard(house, engines)


def incoming(sid: str, dialled: str = HEATING) -> IncomingCall:
    return IncomingCall("twilio", sid, dialled, "+33639980099")


async def test_dialled_number_chooses_the_client(switchboard: Switchboard, house: House) -> None:
    answer = await switchboard.ring(incoming("CA1", "+33199002001"))
    assert isinstance(answer, Accepted)
    call = await house.book.call(answer.call_id)
    assert (call.client, call.caller_number) == ("cabinet-lilas", "+33639980099")
    assert call.instructions_version == house.clients.of("cabinet-lilas").version
    assert call.instructions_digest == house.clients.digest_of("cabinet-lilas") != ""
    assert answer.fallback_number == "+33639980002"


async def test_unknown_number_is_refused_politely(switchboard: Switchboard, house: House) -> None:
    answer = await switchboard.ring(incoming("CA1", "+33100000000"))
    assert answer == Refused(RefusalReason.UNKNOWN_NUMBER)
    assert await house.book.recent(5) == []


async def test_carrier_that_asks_twice_gets_the_same_call(switchboard: Switchboard, house: House) -> None:
    first, second = await switchboard.ring(incoming("CA1")), await switchboard.ring(incoming("CA1"))
    assert first == second
    assert len(await house.book.recent(5)) == 1


async def test_one_call_too_many_is_sent_to_people_never_degraded(switchboard: Switchboard) -> None:
    for sid in ("CA1", "CA2"):
        assert isinstance(await switchboard.ring(incoming(sid)), Accepted)
    refused = await switchboard.ring(incoming("CA3"))
    assert refused == Refused(RefusalReason.BUSY, fallback_number="+33639980001")


async def test_full_disk_refuses_kindly(switchboard: Switchboard, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StoreFull("The disk is full.", "Make room.")

    monkeypatch.setattr(house.book, "save", full)
    answer = await switchboard.ring(incoming("CA1"))
    assert answer == Refused(RefusalReason.NO_ROOM, fallback_number="+33639980001")


async def test_caller_who_is_gone_according_to_the_carrier_leaves_a_partial_message(
    switchboard: Switchboard, house: House
) -> None:
    answer = await switchboard.ring(incoming("CA1"))
    assert isinstance(answer, Accepted)
    receptionist = await receptionist_from_store(house, answer.call_id)
    await receptionist.pick_up()
    await receptionist.hear(Heard("je n'ai plus de chauffage"))
    # As after kill -9: this process knows the call from its rows only.
    fresh = Switchboard(house, None)  # type: ignore[arg-type]
    await fresh.carrier_status("twilio", "CA1", LineStatus.CALL_ENDED)
    call, message = await house.book.call(answer.call_id), await house.book.message(answer.call_id)
    assert call.ended is EndReason.CALLER_HUNG_UP
    assert message is not None
    assert message.state is MessageState.PARTIAL
    assert message.verbatim == ("je n'ai plus de chauffage",)
    record = read_call_file(folder_of(house, call) / "call.json")
    assert record.message == message


async def test_resume_knows_ended_and_unknown_calls(switchboard: Switchboard, house: House) -> None:
    assert await switchboard.resume("twilio", "CA0") == Ended()
    answer = await switchboard.ring(incoming("CA1"))
    assert isinstance(answer, Accepted)
    resumed = await switchboard.resume("twilio", "CA1")
    assert isinstance(resumed, Accepted)
    assert resumed.call_id == answer.call_id
    await switchboard.carrier_status("twilio", "CA1", LineStatus.CALL_ENDED)
    assert await switchboard.resume("twilio", "CA1") == Ended()


async def test_line_that_breaks_too_often_ends_with_people(switchboard: Switchboard, house: House) -> None:
    answer = await switchboard.ring(incoming("CA1"))
    assert isinstance(answer, Accepted)
    assert await switchboard.give_up("twilio", "CA1") == Refused(RefusalReason.TROUBLE, fallback_number="+33639980001")
    assert (await house.book.call(answer.call_id)).ended is EndReason.LINE_LOST


async def test_call_whose_line_never_comes_back_is_closed_and_filed(
    switchboard: Switchboard, house: House, clock: _Clock
) -> None:
    answer = await switchboard.ring(incoming("CA1"))
    assert isinstance(answer, Accepted)
    clock.now += timedelta(seconds=RETURN_LIMIT_S / 2)
    await switchboard.tidy()
    assert (await house.book.call(answer.call_id)).ended is None

    clock.now += timedelta(seconds=RETURN_LIMIT_S)
    await switchboard.tidy()
    call = await house.book.call(answer.call_id)
    assert call.ended is EndReason.LINE_LOST
    assert (folder_of(house, call) / "call.json").exists()


async def test_followers_see_a_call_from_its_first_event(switchboard: Switchboard, house: House) -> None:
    answer = await switchboard.ring(incoming("CA1"))
    assert isinstance(answer, Accepted)
    receptionist = await receptionist_from_store(house, answer.call_id)
    await receptionist.pick_up()
    seen = []
    async for event in switchboard.follow(answer.call_id):
        seen.append(event.kind)
        if event.kind is EventKind.RECEPTIONIST_SAYS and len(seen) == 3:
            await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    assert seen[0] is EventKind.CALL_OPENED
    assert seen[-1] is EventKind.CALL_ENDED


def test_secret_is_made_once_and_is_ours_alone(current: Settings) -> None:
    first = signing_secret(current)
    assert first == signing_secret(current)
    assert len(first) >= 48
    assert (current.data_dir / "secret").stat().st_mode & 0o077 == 0


async def test_broken_client_file_does_not_keep_the_house_closed(tmp_path: Path, current: Settings) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    (clients / "broken.yaml").write_text("id: [", encoding="utf-8")
    good = (ROOT / "client_configs" / "chauffage-morel.yaml").read_text(encoding="utf-8")
    (clients / "chauffage-morel.yaml").write_text(good, encoding="utf-8")
    async with wiring_house.open_house(current.model_copy(update={"clients_dir": clients})) as opened:
        assert set(opened.clients.instructions) == {"chauffage-morel"}
