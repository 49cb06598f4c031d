"""SMS both ways: how far ours have come, and what people write back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from twilio.request_validator import RequestValidator

from tests.telephony.people_on_call import DURAND, STRANGER, House, house_on_call
from voicebot.channels.ports import Letter
from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import DispatchStatus
from voicebot.quality.synthetic_callees import Handset, SmsFate

LETTER = Letter("d1-sms-durand", Channel.SMS, DURAND, "Appel urgent : répondez OK 4821.")
SENT, DELIVERED, FAILED = DispatchStatus.SENT, DispatchStatus.DELIVERED, DispatchStatus.FAILED


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_on_call() as house:
        yield house


async def send(house: House, handset: Handset) -> list[tuple[DispatchStatus, str]]:
    """What the house was told of one SMS: (status, trouble)."""
    house.twilio.person(DURAND, sms=handset)
    taken = await house.sms.send(LETTER)
    await house.twilio.settled()
    assert {(dispatch, provider) for dispatch, _, provider, _ in house.desk.told} <= {(LETTER.id, taken.provider_id)}
    return [(status, trouble) for _, status, _, trouble in house.desk.told]


@pytest.mark.parametrize(
    ("handset", "told"),
    [
        (Handset(), [(SENT, ""), (DELIVERED, "")]),
        (Handset(SmsFate.NOT_TOLD), [(SENT, "")]),
        (Handset(SmsFate.UNDELIVERED, error=30003), [(SENT, ""), (FAILED, "unreachable")]),
        (Handset(SmsFate.UNDELIVERED, error=30005), [(SENT, ""), (FAILED, "bad_address")]),
        (Handset(SmsFate.FAILED, error=30007), [(SENT, ""), (FAILED, "filtered")]),
        (Handset(SmsFate.FAILED, error=39999), [(SENT, ""), (FAILED, "carrier")]),
    ],
)
async def test_the_house_learns_what_became_of_an_sms(
    house: House, handset: Handset, told: list[tuple[DispatchStatus, str]]
):
    assert await send(house, handset) == told


async def post(house: House, path: str, form: dict[str, str], *, signed: bool = True) -> httpx.Response:
    url = house.address + path
    signature = RequestValidator(house.twilio.auth_token).compute_signature(url, form) if signed else "no"
    return await house.http.post(url, data=form, headers={"X-Twilio-Signature": signature})


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", SENT),
        ("queued", SENT),
        ("sending", SENT),
        ("sent", SENT),
        ("delivered", DELIVERED),
        ("read", DispatchStatus.READ),
        ("undelivered", FAILED),
        ("failed", FAILED),
        ("canceled", FAILED),
    ],
)
async def test_every_status_word_has_a_meaning(house: House, word: str, status: DispatchStatus):
    form = {"MessageSid": "SM1", "MessageStatus": word}
    assert (await post(house, "/twilio/sms/d1/status", form)).status_code == 200
    assert [told[1] for told in house.desk.told] == [status]


async def test_an_unknown_word_and_an_unknown_sms_are_let_go(house: House):
    assert (await post(house, "/twilio/sms/d1/status", {"MessageStatus": "floating"})).status_code == 200
    assert (await post(house, "/twilio/sms/unknown/status", {"MessageStatus": "sent"})).status_code == 200
    assert house.desk.told == []


async def test_a_status_that_cannot_be_kept_is_not_said_to_be(house: House):
    house.desk.fails["dispatch_told"] = 1
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert (await post(house, "/twilio/sms/d1/status", form)).status_code == 503
    assert (await post(house, "/twilio/sms/d1/status", form)).status_code == 200


async def test_a_contact_s_answer_reaches_the_desk_and_is_answered(house: House):
    await send(house, Handset(answers="OK {code}"))
    assert house.desk.texted == [(DURAND, "OK 4821")]
    assert house.twilio.texts_to(DURAND) == [LETTER.text, "C'est noté, vous prenez en charge."]


async def test_a_stranger_gets_no_answer(house: House):
    assert await house.twilio.text(STRANGER, "OK 4821") == ()
    assert house.twilio.texts_to(STRANGER) == []


@pytest.mark.parametrize("number", ["", "anonymous", "36000", "BANQUE"])
async def test_a_sender_without_a_number_gets_no_answer(house: House, number: str):
    answer = await post(house, "/twilio/sms", {"From": number, "Body": "OK 4821", "MessageSid": "SM1"})
    assert answer.text.endswith("<Response/>") or "<Response />" in answer.text
    assert house.desk.texted == []


@pytest.mark.parametrize("word", ["STOP", "stop ", "Stop.", "Arrêt", "UNSUBSCRIBE", "START", "HELP", "Aide"])
async def test_words_that_twilio_answers_itself_are_left_to_it(house: House, word: str):
    assert await house.twilio.text(DURAND, word) == ()
    assert house.desk.texted == []


async def test_stop_inside_a_sentence_is_an_answer_like_any_other(house: House):
    await house.twilio.text(DURAND, "2 4821 stop aux appels la nuit")
    assert house.desk.texted == [(DURAND, "2 4821 stop aux appels la nuit")]


async def test_an_answer_that_cannot_be_recorded_is_said_not_to_be(house: House):
    house.desk.fails["by_sms"] = 1
    (answer,) = await house.twilio.text(DURAND, "OK 4821")
    assert "pas été enregistrée" in answer
    assert house.desk.texted == []


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/sms",
        "/twilio/sms/d1/status",
        *(f"/twilio/on-call/a-1/{name}" for name in ("answer", "heard", "key", "eta", "silent", "machine", "status")),
    ],
)
async def test_a_request_that_twilio_did_not_sign_is_refused_and_changes_nothing(house: House, path: str):
    form = {"From": DURAND, "Body": "OK 4821", "Digits": "1", "MessageStatus": "delivered", "CallStatus": "completed"}
    answer = await post(house, path, form, signed=False)
    assert (answer.status_code, answer.text) == (403, "")
    desk = house.desk
    assert (desk.texted, desk.told, desk.pressed, desk.ends, desk.by, desk.etas) == ([], [], [], {}, {}, {})
