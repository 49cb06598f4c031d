"""Our requests to Twilio's REST API: what is asked, what is looked up, and what its refusals mean to us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.telephony.loopback import house_settings
from tests.telephony.people_on_call import DURAND, LADDER, MARTIN, House, house_on_call, until
from voicebot.channels.ports import Letter, Ring, Taken
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError
from voicebot.quality.synthetic_callees import Handset, SmsFate, silent
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.quality.synthetic_twilio_faults import Fault
from voicebot.telephony.caller_id import check_caller_id
from voicebot.telephony.twilio_rest import TwilioAccount, TwilioHttp
from voicebot.telephony.twilio_sms import TRIAL_WORDS, TwilioSms
from voicebot.telephony.twilio_telephone import TwilioTelephone

TEXT = "Appel urgent, Chauffage Lambert : répondez OK 4821"
LETTER = Letter("d1-sms-durand", Channel.SMS, DURAND, TEXT)
RING = Ring(f"{LADDER}-1", DURAND, 25)


def just_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_on_call(limit_s=0.3) as house:
        house.twilio.person(DURAND, silent().ringing_for(24))
        yield house


async def refusal(house: House, what: str) -> ChannelError:
    with pytest.raises(ChannelError) as refused:
        await (house.telephone.ring(RING) if what == "call" else house.sms.send(LETTER))
    return refused.value


# What is asked


async def test_a_call_is_placed_with_all_its_webhooks(house: House):
    sid = await house.telephone.ring(RING)
    (placed,) = house.twilio.calls
    root = f"{house.address}/twilio/on-call/{RING.attempt}"
    assert placed.sid == sid
    assert placed.request == {
        "To": DURAND,
        "From": house.twilio.number,
        "Url": f"{root}/answer",
        "Method": "POST",
        "StatusCallback": f"{root}/status",
        "StatusCallbackEvent": "initiated ringing answered completed",
        "StatusCallbackMethod": "POST",
        "Timeout": "25",
        "TimeLimit": "3600",
        "MachineDetection": "Enable",
        "MachineDetectionTimeout": "20",
        "MachineDetectionSpeechThreshold": "3000",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": f"{root}/machine",
        "AsyncAmdStatusCallbackMethod": "POST",
    }


async def test_an_sms_is_sent_with_its_own_status_address(house: House):
    taken = await house.sms.send(LETTER)
    (text,) = house.twilio.texts
    assert taken == Taken(text.sid)
    assert (text.to, text.from_, text.body) == (DURAND, house.twilio.number, TEXT)
    assert text.request["StatusCallback"] == f"{house.address}/twilio/sms/d1-sms-durand/status"


# What is looked up before anything is done again


async def test_a_call_whose_answer_was_lost_is_found_and_not_placed_twice(house: House):
    since = just_now()
    assert await house.telephone.rung_before(RING, since) is None
    house.twilio.fail(Fault.LOST_RESPONSE)
    lost = await refusal(house, "call")
    assert (lost.reason, lost.temporary) == ("connection", True)
    (placed,) = house.twilio.calls_to(DURAND)
    assert await house.telephone.rung_before(RING, since) == placed.sid


async def test_calls_of_other_attempts_before_and_to_others_are_not_taken_for_it(house: House):
    known: set[str] = set()

    async def is_known(sid: str) -> bool:
        return sid in known

    telephone = TwilioTelephone(house.telephone._account, is_known)
    earlier = await telephone.ring(RING)
    await telephone.ring(Ring(f"{LADDER}-2", MARTIN, 25))
    # As after a restart: this process has seen no call, the rows know the earlier one.
    telephone = TwilioTelephone(house.telephone._account, is_known)
    third = Ring(f"{LADDER}-3", DURAND, 25)
    known.add(earlier)
    assert await telephone.rung_before(third, just_now()) is None
    again = await house.telephone.ring(third)
    assert await telephone.rung_before(third, just_now()) == again
    assert await telephone.rung_before(third, just_now() + timedelta(minutes=5)) is None


async def test_a_call_that_a_callback_named_is_known_whatever_the_clocks_say(house: House):
    other = Ring(f"{LADDER}-2", DURAND, 25)
    for ring in (RING, other):
        house.twilio.fail(Fault.LOST_RESPONSE)
        with pytest.raises(ChannelError):
            await house.telephone.ring(ring)
    first, second = house.twilio.calls_to(DURAND)
    await until(lambda: first.status == second.status == "ringing")
    tomorrow = just_now() + timedelta(days=1)
    assert await house.telephone.rung_before(RING, tomorrow) == first.sid
    assert await house.telephone.rung_before(other, tomorrow) == second.sid
    assert await house.telephone.rung_before(Ring(f"{LADDER}-3", DURAND, 25), just_now()) is None


async def test_an_sms_whose_answer_was_lost_is_found_even_before_it_is_sent(house: House):
    since = just_now()
    assert await house.sms.sent_before(LETTER, since) is None
    house.twilio.fail(Fault.LOST_RESPONSE)
    lost = await refusal(house, "sms")
    assert (lost.reason, lost.temporary) == ("connection", True)
    (text,) = house.twilio.texts
    assert await house.sms.sent_before(LETTER, since) == Taken(text.sid)


@pytest.mark.parametrize("other", ["words", "number", "later"])
async def test_another_sms_is_not_taken_for_it(house: House, other: str):
    await house.sms.send(LETTER)
    letter = {
        "words": Letter("d2", Channel.SMS, DURAND, TEXT + "2"),
        "number": Letter("d2", Channel.SMS, MARTIN, TEXT),
        "later": LETTER,
    }[other]
    since = just_now() + timedelta(minutes=5 if other == "later" else 0)
    assert await house.sms.sent_before(letter, since) is None


async def test_an_sms_that_failed_may_be_sent_again(house: House):
    house.twilio.person(DURAND, sms=Handset(SmsFate.UNDELIVERED))
    await house.sms.send(LETTER)
    await house.twilio.settled()
    assert await house.sms.sent_before(LETTER, just_now()) is None


async def test_an_sms_of_a_trial_account_is_known_by_our_words_in_it(house: House):
    await house.sms.send(LETTER)
    house.twilio.texts[0].body = TRIAL_WORDS + TEXT
    assert await house.sms.sent_before(LETTER, just_now()) is not None


async def test_what_is_looked_for_is_found_on_a_later_page(house: House):
    await house.sms.send(LETTER)
    for number in range(60):
        house.twilio._note_text(DURAND, house.twilio.number, f"rappel {number}", "outbound-api", "delivered")
    assert await house.sms.sent_before(LETTER, just_now()) is not None


# What refusals mean


@pytest.mark.parametrize("what", ["call", "sms"])
@pytest.mark.parametrize(
    ("fault", "reason", "retry_after_s"),
    [
        (Fault.RATE_LIMITED, "rate_limited", 1.0),
        (Fault.SERVER, "server", None),
        (Fault.NO_ANSWER, "timeout", None),
        (Fault.LOST_RESPONSE, "connection", None),
    ],
)
async def test_trouble_at_twilio_is_temporary(
    house: House, what: str, fault: Fault, reason: str, retry_after_s: float | None
):
    house.twilio.fail(fault)
    refused = await refusal(house, what)
    assert (refused.reason, refused.temporary, refused.retry_after_s) == (reason, True, retry_after_s)


async def test_a_twilio_that_is_not_there_is_temporary():
    http = TwilioHttp("http://127.0.0.1:9")
    account = TwilioAccount("AC1", "t", number="+33199000099", house_url="http://h", http=http)
    with pytest.raises(ChannelError) as refused:
        await TwilioSms(account).send(LETTER)
    assert (refused.value.reason, refused.value.temporary) == ("connection", True)
    await account.close()


async def test_a_number_that_is_none_is_never_tried_again(house: House):
    for asked in (
        house.telephone.ring(Ring("a", "+330", 25)),
        house.sms.send(Letter("d", Channel.SMS, "0639980001", TEXT)),
    ):
        with pytest.raises(ChannelError) as refused:
            await asked
        assert (refused.value.reason, refused.value.temporary) == ("bad_address", False)
        assert "client's file" in refused.value.remedy


async def test_who_wrote_stop_is_never_texted_again(house: House):
    await house.twilio.text(DURAND, "STOP")
    refused = await refusal(house, "sms")
    assert (refused.reason, refused.temporary) == ("forbidden_number", False)


async def test_wrong_credentials_are_told_with_the_settings_to_check(house: House):
    house.twilio.auth_token = "another"
    refused = await refusal(house, "sms")
    assert (refused.reason, refused.temporary) == ("unauthorised", False)
    assert "VOICEBOT_TWILIO_AUTH_TOKEN" in refused.remedy


async def test_a_number_that_is_not_the_account_s_is_told_with_the_setting(house: House):
    house.telephone._account.number = "+33199000042"
    for what in ("call", "sms"):
        refused = await refusal(house, what)
        assert (refused.reason, refused.temporary) == ("not_configured", False)
        assert "VOICEBOT_TWILIO_NUMBER" in refused.remedy


@pytest.mark.parametrize(
    ("status", "body", "reason", "temporary"),
    [
        (200, "<html>", "server", True),
        (201, "[]", "server", True),
        (302, "", "rejected", False),
        (400, '{"code": "?"}', "rejected", False),
        (400, '{"code": 21614}', "bad_address", False),
        (400, '{"code": 21408}', "forbidden_number", False),
        (401, "", "unauthorised", False),
        (403, '{"code": 20003}', "unauthorised", False),
        (404, "", "rejected", False),
        (429, "no json", "rate_limited", True),
        (502, "<html>", "server", True),
        (503, "", "server", True),
    ],
)
async def test_every_answer_has_a_meaning(status: int, body: str, reason: str, temporary: bool):
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=body, headers={"Retry-After": "soon"}))
    http = TwilioHttp(http=httpx.AsyncClient(transport=transport))
    account = TwilioAccount("AC1", "t", number="+33199000099", house_url="http://h", http=http)
    for asked in (TwilioSms(account).send(LETTER), TwilioSms(account).sent_before(LETTER, just_now())):
        with pytest.raises(ChannelError) as refused:
            await asked
        assert (refused.value.reason, refused.value.temporary) == (reason, temporary)
        assert refused.value.retry_after_s is None
        assert DURAND not in str(refused.value)
    await account.close()


# Which number is shown, and which account is used


@pytest.mark.parametrize("number", ["+33639980009", "+33700000000", "+262692000000", "", "unknown"])
async def test_a_french_mobile_number_is_never_shown_to_people_on_call(house: House, number: str):
    house.telephone._account.number = number
    refused = await refusal(house, "call")
    assert (refused.reason, refused.temporary) == ("not_configured", False)
    assert "VOICEBOT_TWILIO_NUMBER" in refused.remedy
    assert house.twilio.calls == []


@pytest.mark.parametrize("number", ["+33199000099", "+33261910001", "+33536490001", "+33937000000", "+442079460000"])
def test_a_geographic_number_may_be_shown(number: str):
    check_caller_id(number)


async def test_an_account_comes_from_the_settings():
    async with SyntheticTwilio() as twilio:
        settings = house_settings(
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=twilio.auth_token,
            twilio_number=twilio.number,
            twilio_api_url=twilio.api_url + "/",
            public_url="https://phone.example.org",
        )
        account = TwilioAccount.of(settings)
        await TwilioSms(account).send(LETTER)
        assert twilio.texts[0].request["StatusCallback"].startswith("https://phone.example.org/twilio/sms/")
        await account.close()


@pytest.mark.parametrize("missing", ["twilio_account_sid", "twilio_auth_token"])
def test_without_an_account_nobody_is_rung_and_the_remedy_is_told(missing: str, monkeypatch: pytest.MonkeyPatch):
    # The library itself would take these.
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "ACenvironment")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "environment")
    given = {"twilio_account_sid": "AC1", "twilio_auth_token": "t", missing: None if missing.endswith("token") else ""}
    with pytest.raises(ChannelError) as refused:
        TwilioAccount.of(house_settings(**given))
    assert (refused.value.reason, refused.value.temporary) == ("not_configured", False)


async def test_without_a_number_no_sms_is_sent(house: House):
    house.telephone._account.number = ""
    refused = await refusal(house, "sms")
    assert (refused.reason, refused.temporary) == ("not_configured", False)
