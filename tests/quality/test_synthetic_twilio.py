"""The synthetic Twilio itself: its faults, its clock, and what it refuses as Twilio does."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from voicebot.errors import CarrierError
from voicebot.quality.synthetic_callees import no_answer, presses
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.quality.synthetic_twilio_faults import Fault, Faults
from voicebot.quality.synthetic_twilio_leg import ERROR_VOICE
from voicebot.quality.twiml import Conference, Gather, Pause, Say, read_sms_twiml, read_twiml

PERSON = "+33639980001"
NOBODY = "http://127.0.0.1:9/answer"


@pytest.fixture
async def twilio() -> AsyncIterator[SyntheticTwilio]:
    async with SyntheticTwilio(speed=500) as twilio:
        yield twilio


async def post(twilio: SyntheticTwilio, resource: str, **fields: str) -> httpx.Response:
    url = f"{twilio.api_url}/2010-04-01/Accounts/{twilio.account_sid}/{resource}.json"
    async with httpx.AsyncClient(auth=(twilio.account_sid, twilio.auth_token), verify=False) as http:
        return await http.post(url, data=fields)


async def place(twilio: SyntheticTwilio, **fields: str) -> httpx.Response:
    return await post(twilio, "Calls", **{"To": PERSON, "From": twilio.number, "Url": NOBODY, **fields})


async def test_a_house_that_does_not_answer_lets_people_hear_the_error_voice(twilio: SyntheticTwilio):
    twilio.person(PERSON, presses("1"))
    await place(twilio)
    await twilio.settled()
    (placed,) = twilio.calls
    assert placed.heard == [ERROR_VOICE]
    assert placed.trouble == ["A webhook cannot be reached: ConnectError."]


async def test_a_telephone_rings_as_long_as_it_was_asked_and_stories_are_fast(twilio: SyntheticTwilio):
    twilio.person(PERSON, no_answer())
    began = time.perf_counter()
    await place(twilio, Timeout="50")
    await twilio.settled()
    assert 0.1 <= time.perf_counter() - began < 1.5
    assert twilio.calls[0].status == "no-answer"


async def test_people_do_one_thing_after_the_other_and_then_the_last_for_ever(twilio: SyntheticTwilio):
    twilio.person(PERSON, no_answer().ringing_for(1), presses("1"))
    for _ in range(3):
        await place(twilio, Timeout="10")
        await twilio.settled()
    assert [call.status for call in twilio.calls] == ["no-answer", "completed", "completed"]


@pytest.mark.parametrize(
    ("resource", "fields", "code"),
    [
        ("Calls", {"To": ""}, 21201),
        ("Calls", {"To": "0639980001"}, 21211),
        ("Calls", {"From": "+33199000001"}, 21210),
        ("Calls", {"From": "x"}, 21212),
        ("Calls", {"Url": ""}, 21205),
        ("Messages", {"To": "x"}, 21211),
        ("Messages", {"From": "+33199000001"}, 21606),
        ("Messages", {"Body": ""}, 21602),
        ("Messages", {"Body": "x" * 1601}, 21617),
    ],
)
async def test_what_twilio_refuses_is_refused_in_its_form(
    twilio: SyntheticTwilio, resource: str, fields: dict[str, str], code: int
):
    good = {"To": PERSON, "From": twilio.number, "Url": NOBODY, "Body": "Bonjour"}
    answer = await post(twilio, resource, **good | fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert twilio.calls == []
    assert twilio.texts == []


async def test_a_call_that_is_over_cannot_be_changed(twilio: SyntheticTwilio):
    twilio.person(PERSON, no_answer())
    sid = (await place(twilio, Timeout="1")).json()["sid"]
    await twilio.settled()
    answer = await post(twilio, f"Calls/{sid}", Status="completed")
    assert (answer.status_code, answer.json()["code"]) == (400, 21220)
    assert (await post(twilio, "Calls/CA0", Status="completed")).status_code == 404


async def test_a_lost_response_was_obeyed_and_a_server_error_was_not(twilio: SyntheticTwilio):
    twilio.fail(Fault.LOST_RESPONSE, resource="Calls")
    with pytest.raises(httpx.RemoteProtocolError):
        await place(twilio)
    twilio.fail(Fault.SERVER)
    assert (await place(twilio)).status_code == 500
    assert len(twilio.calls) == 1
    assert (await place(twilio)).status_code == 201


def test_faults_by_chance_come_at_their_rate_and_again_with_the_same_seed():
    rates = {Fault.SERVER: 0.1, Fault.LOST_RESPONSE: 0.2}
    faults, again = Faults(rates, seed=7), Faults(rates, seed=7)
    drawn = [faults.next("Calls", posting=True) for _ in range(5000)]
    assert drawn == [again.next("Calls", posting=True) for _ in range(5000)]
    assert drawn.count(Fault.SERVER) / 5000 == pytest.approx(0.1, abs=0.02)
    assert drawn.count(Fault.LOST_RESPONSE) / 5000 == pytest.approx(0.2, abs=0.02)
    assert [faults.next("Calls", posting=False) for _ in range(100)] == [None] * 100


async def test_a_list_by_time_does_not_find_what_has_not_begun(twilio: SyntheticTwilio):
    """Why our look-ups compare DateCreated themselves."""
    twilio.person(PERSON, no_answer())
    await place(twilio)
    url = f"{twilio.api_url}/2010-04-01/Accounts/{twilio.account_sid}/Calls.json"
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    async with httpx.AsyncClient(auth=(twilio.account_sid, twilio.auth_token), verify=False) as http:
        assert (await http.get(url, params={"StartTime>": long_ago})).json()["calls"] == []
        assert len((await http.get(url)).json()["calls"]) == 1


def test_gather_and_conference_as_twilio_reads_them():
    gather, conference = read_twiml(
        '<Response><Gather action="/k" numDigits="1" finishOnKey="" timeout="7" actionOnEmptyResult="true">'
        '<Say language="fr-FR">Tapez 1</Say><Pause length="2"/></Gather>'
        '<Dial action="/after"><Conference endConferenceOnExit="true" waitUrl="/w">room</Conference></Dial></Response>'
    )
    assert gather == Gather("/k", (Say("Tapez 1", "fr-FR"), Pause(2.0)), 1, "", 7.0, asks_when_empty=True)
    assert conference == Conference("room", "/after", "/w", ends_on_exit=True)


@pytest.mark.parametrize(
    "document",
    [
        "<Response><Gather><Hangup/></Gather></Response>",
        '<Response><Gather finishOnKey="A"/></Response>',
        '<Response><Gather input="speech"/></Response>',
        "<Response><Dial><Conference/></Dial></Response>",
        "<Response><Say/></Response>",
        f"<Response><Say>{'x' * 4097}</Say></Response>",
    ],
)
def test_a_document_that_twilio_would_refuse_is_refused(document: str):
    with pytest.raises(CarrierError):
        read_twiml(document)


@pytest.mark.parametrize(
    "document", ["", "<Answer/>", "<Response><Say>x</Say></Response>", "<Response><Message/></Response>"]
)
def test_a_messaging_document_that_twilio_would_refuse_is_refused(document: str):
    with pytest.raises(CarrierError):
        read_sms_twiml(document)
