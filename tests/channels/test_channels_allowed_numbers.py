"""The toll-fraud door."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicebot.channels.allowed_numbers import GuardedSms, GuardedTelephone, OnlyTheseNumbers
from voicebot.channels.ports import Letter, Ring, Taken
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError

KNOWN, UNKNOWN = "+33639980001", "+33639980666"
NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)


class Carrier:
    """Takes calls and SMS of anybody."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.texted: list[str] = []
        self.ended: list[str] = []
        self.connected: list[tuple[str, str]] = []
        self.closed = False

    async def ring(self, ring: Ring) -> str:
        self.rung.append(ring.number)
        return f"CA{len(self.rung)}"

    async def rung_before(self, ring: Ring, since: datetime) -> str | None:
        return "CA1" if ring.number in self.rung else None

    async def hang_up(self, carrier_call_id: str) -> None:
        self.ended.append(carrier_call_id)

    async def connect(self, carrier_call_id: str, room: str) -> None:
        self.connected.append((carrier_call_id, room))

    async def send(self, letter: Letter) -> Taken:
        self.texted.append(letter.address)
        return Taken("SM1")

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        return Taken("SM1") if letter.address in self.texted else None

    async def close(self) -> None:
        self.closed = True


class House:
    """Two doors before one carrier. spent: as rows tell it."""

    def __init__(self, spent: int = 0, most: int = 3) -> None:
        self.carrier = Carrier()
        self.spent = spent
        only = OnlyTheseNumbers({KNOWN}.__contains__, self.count, most_per_day=most)
        self.telephone = GuardedTelephone(self.carrier, only)
        self.sms = GuardedSms(self.carrier, only)

    async def count(self) -> int:
        return self.spent + len(self.carrier.rung) + len(self.carrier.texted)


def ring(number: str) -> Ring:
    return Ring("a1", number, 25)


def letter(number: str) -> Letter:
    return Letter("d1", Channel.SMS, number, "Fuite d'eau")


async def test_a_number_of_a_client_file_is_rung_and_texted():
    house = House()
    assert await house.telephone.ring(ring(KNOWN)) == "CA1"
    assert (await house.sms.send(letter(KNOWN))).provider_id == "SM1"
    assert await house.telephone.rung_before(ring(KNOWN), NOW) == "CA1"
    assert await house.sms.sent_before(letter(KNOWN), NOW) == Taken("SM1")


@pytest.mark.parametrize("number", [UNKNOWN, "", "+33 6 39 98 00 01", "0639980001", "+338990000001"])
async def test_any_other_number_is_refused_for_good_and_nothing_is_spent(number: str):
    house = House()
    for asked in (house.telephone.ring(ring(number)), house.sms.send(letter(number))):
        with pytest.raises(ChannelError) as refused:
            await asked
        assert (refused.value.reason, refused.value.temporary) == ("forbidden_number", False)
    assert (house.carrier.rung, house.carrier.texted) == ([], [])


async def test_one_more_than_the_day_allows_is_refused_calls_and_sms_together():
    house = House(spent=1, most=3)
    await house.telephone.ring(ring(KNOWN))
    await house.sms.send(letter(KNOWN))
    for asked in (house.telephone.ring(ring(KNOWN)), house.sms.send(letter(KNOWN))):
        with pytest.raises(ChannelError) as refused:
            await asked
        assert (refused.value.reason, refused.value.temporary) == ("rate_limited", False)
    assert await house.count() == 3


async def test_hanging_up_and_connecting_cost_nothing_and_always_work():
    house = House(spent=99)
    await house.telephone.hang_up("CA1")
    await house.telephone.connect("CA2", "room")
    await house.telephone.close()
    assert (house.carrier.ended, house.carrier.connected, house.carrier.closed) == (["CA1"], [("CA2", "room")], True)
