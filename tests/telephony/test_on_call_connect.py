"""Caller and contact brought together: the caller's live stream is left for a conference, and nobody is left alone there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.telephony.people_on_call import DURAND, LADDER, House, house_on_call, until
from tests.telephony.stub_desk import NUMBER
from voicebot.errors import ChannelError
from voicebot.quality.carried_call import FRAME_SAMPLES, CallToPlace, CarriedCall, Ending, Moment
from voicebot.quality.synthetic_callees import presses
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.quality.twiml import Redirect, Say, read_twiml
from voicebot.speech.ports import Pcm
from voicebot.telephony.ports import LineStatus

CALLER = "+33639980050"


class Waiting:
    """A caller who says nothing until they hang up."""

    def __init__(self) -> None:
        self.hangs_up = False

    def live(self, heard: Pcm) -> Moment:
        return Moment(np.zeros(FRAME_SAMPLES, np.int16), hangs_up=self.hangs_up)


class OnTheLine:
    """A caller whose call streams to our house."""

    def __init__(self, house: House) -> None:
        self.call = CallToPlace(NUMBER, CALLER)
        self.person = Waiting()
        self.rest = house.twilio.caller(self.call)
        carrier = SyntheticCarrier(
            f"{house.address}/twilio/voice",
            status_url=f"{house.address}/twilio/status",
            auth_token=house.twilio.auth_token,
            rest=self.rest,
        )
        self.carrying = asyncio.create_task(carrier.carry(self.call, self.person))

    async def over(self) -> CarriedCall:
        return await asyncio.wait_for(self.carrying, 5)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_on_call() as house:
        house.desk.waits = True
        yield house


async def talking(house: House) -> OnTheLine:
    caller = OnTheLine(house)
    await until(lambda: house.reception.talks)
    return caller


def said(carried: CarriedCall) -> list[str]:
    return [done.verb.text for done in carried.verbs if isinstance(done.verb, Say)]


async def test_the_caller_meets_whoever_took_it_and_our_stream_ends_in_order(house: House):
    caller = await talking(house)
    house.twilio.person(DURAND, presses("1"))
    await house.begin(DURAND)
    (contact,) = house.twilio.calls_to(DURAND)
    await until(lambda: contact.rooms)
    await house.telephone.connect(caller.call.call_sid, LADDER)
    carried = await caller.over()
    await house.twilio.settled()
    assert house.twilio.rooms.met == [(LADDER, (contact.sid, caller.call.call_sid))]
    assert contact.trouble == []
    assert not carried.trouble
    # The contact hung up first: the caller hears a goodbye, and the line ends.
    assert carried.ending is Ending.HUNG_UP_BY_US
    assert said(carried) == ["Merci. Au revoir.", "Thank you. Goodbye."]
    # Never a "broken line": the resume address was not asked, and the stream was stopped, not lost.
    assert not any(isinstance(done.verb, Redirect) for done in carried.verbs)
    assert [talk.stopped for talk in house.reception.talks] == [True]
    assert [status for _, status in house.reception.statuses] == [
        LineStatus.STREAM_STARTED,
        LineStatus.STREAM_STOPPED,
        LineStatus.CALL_ENDED,
    ]


async def test_the_contact_hears_a_goodbye_when_the_caller_hangs_up_first(house: House):
    caller = await talking(house)
    house.twilio.person(DURAND, presses("1").talking_for(4000))
    await house.begin(DURAND)
    (contact,) = house.twilio.calls_to(DURAND)
    await house.telephone.connect(caller.call.call_sid, LADDER)
    await until(lambda: house.twilio.rooms.met)
    caller.person.hangs_up = True
    assert (await caller.over()).ending is Ending.HUNG_UP_BY_CALLER
    await house.twilio.settled()
    assert contact.heard[-1] == "Merci. Au revoir."


async def test_a_contact_is_not_left_alone_when_the_caller_never_comes(house: House):
    house.twilio.person(DURAND, presses("1"))
    await house.ring(DURAND)
    (contact,) = house.twilio.calls_to(DURAND)
    assert contact.heard.count("Ne quittez pas, l'appelant va arriver.") == 3
    assert any("n'est plus en ligne" in words for words in contact.heard)
    assert contact.status == "completed"
    assert contact.trouble == []


async def test_a_caller_is_not_left_alone_when_the_contact_never_comes(house: House):
    """Turn after turn, as the carrier asks for what is heard while one waits."""
    caller = await talking(house)
    await house.telephone.connect(caller.call.call_sid, LADDER)
    await until(lambda: caller.rest.call.rooms)
    heard, url = [], f"{house.address}/twilio/waiting/caller/0"
    for _ in range(5):
        verbs = read_twiml(await house.signed(url, CallSid=caller.call.call_sid))
        heard += [verb.text for verb in verbs if isinstance(verb, Say)]
        (url,) = [verb.url for verb in verbs if isinstance(verb, Redirect)]
    assert heard.count("Ne quittez pas, nous vous mettons en relation.") == 3
    assert "Votre message est bien pris en charge" in heard[3]
    assert (await caller.over()).ending is Ending.HUNG_UP_BY_US


async def test_a_caller_who_hung_up_before_cannot_be_connected(house: House):
    caller = await talking(house)
    caller.person.hangs_up = True
    await caller.over()
    with pytest.raises(ChannelError) as refused:
        await house.telephone.connect(caller.call.call_sid, LADDER)
    assert (refused.value.reason, refused.value.temporary) == ("rejected", False)
