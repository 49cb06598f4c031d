"""Twilio's webhooks: what document each situation gets, and who gets none."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as Xml

import httpx
import pytest
from twilio.request_validator import RequestValidator

from tests.telephony.loopback import AUTH_TOKEN, SECRET, house_settings
from tests.telephony.stub_desk import NUMBER, StubDesk
from voicebot.domain.language import Language
from voicebot.errors import StoreError, StoreFull
from voicebot.telephony.app import phone_app
from voicebot.telephony.ports import LineStatus, RefusalReason, Refused
from voicebot.telephony.stream_tokens import StreamTokens
from voicebot.voice.line import Opening

PUBLIC = "https://phone.example.org"
FIELDS = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+33612345678", "To": NUMBER, "CallStatus": "ringing"}


class TwilioRequests:
    """Requests as they come through a proxy: plain HTTP inside, signed for the public address."""

    def __init__(self, desk: StubDesk, **changes: object) -> None:
        app = phone_app(desk, house_settings(**{"public_url": PUBLIC, **changes}), SECRET)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside:8080")

    async def post(
        self, path: str, fields: Mapping[str, str] = FIELDS, *, signature: str | None = "right"
    ) -> httpx.Response:
        if signature == "right":
            signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + path, dict(fields))
        headers = {} if signature is None else {b"X-Twilio-Signature": signature.encode("latin-1")}
        return await self._http.post(path, data=dict(fields), headers=headers)

    async def verbs(self, path: str, fields: Mapping[str, str] = FIELDS) -> list[Xml.Element]:
        answer = await self.post(path, fields)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/xml")
        return list(Xml.fromstring(answer.text))


@pytest.fixture
def desk() -> StubDesk:
    return StubDesk()


@pytest.fixture
async def twilio(desk: StubDesk) -> TwilioRequests:
    return TwilioRequests(desk)


def tags(verbs: list[Xml.Element]) -> list[str]:
    return [verb.tag for verb in verbs]


async def test_voice_streams_the_call_and_keeps_a_way_back(twilio: TwilioRequests, desk: StubDesk):
    connect, redirect = await twilio.verbs("/twilio/voice")
    stream = connect.find("Stream")
    assert (connect.tag, redirect.tag) == ("Connect", "Redirect")
    assert stream is not None
    assert stream.get("url") == "wss://phone.example.org/twilio/media"
    assert stream.get("statusCallback") == f"{PUBLIC}/twilio/status"
    assert redirect.text == f"{PUBLIC}/twilio/resume?attempt=1"
    assert redirect.get("method") == "POST"
    (call,) = desk.rung
    assert (call.carrier_call_id, call.dialled_number, call.caller_number) == ("CA1", NUMBER, "+33612345678")


async def test_voice_gives_the_stream_a_token_of_this_call(twilio: TwilioRequests):
    connect, _ = await twilio.verbs("/twilio/voice")
    parameter = connect.find("Stream/Parameter")
    assert parameter is not None
    stream = StreamTokens(SECRET).redeem(parameter.get("value", ""), carrier="twilio")
    assert (stream.call_id, stream.carrier_call_id, stream.opening) == ("call-of-CA1", "CA1", Opening.PICK_UP)
    # Twilio's limit for a parameter.
    assert len(parameter.get("name", "")) + len(parameter.get("value", "")) <= 500


@pytest.mark.parametrize("signature", [None, "", "bm90IGEgc2lnbmF0dXJl", "é"])
@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/resume?attempt=1", "/twilio/status", "/twilio/dialled"])
async def test_a_request_without_a_right_signature_is_refused_and_learns_nothing(
    twilio: TwilioRequests, desk: StubDesk, path: str, signature: str | None
):
    answer = await twilio.post(path, signature=signature)
    assert (answer.status_code, answer.text) == (403, "")
    assert not desk.rung
    assert not desk.statuses


async def test_a_changed_field_breaks_the_signature(twilio: TwilioRequests, desk: StubDesk):
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + "/twilio/voice", FIELDS)
    answer = await twilio.post("/twilio/voice", {**FIELDS, "From": "+33700000000"}, signature=signature)
    assert answer.status_code == 403
    assert not desk.rung


async def test_a_changed_attempt_breaks_the_signature(twilio: TwilioRequests, desk: StubDesk):
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + "/twilio/resume?attempt=3", FIELDS)
    answer = await twilio.post("/twilio/resume?attempt=1", signature=signature)
    assert answer.status_code == 403


async def test_an_enormous_form_is_refused(twilio: TwilioRequests, desk: StubDesk):
    answer = await twilio.post("/twilio/voice", {**FIELDS, "Padding": "x" * 40_000})
    assert answer.status_code == 403
    assert not desk.rung


async def test_a_webhook_without_a_call_id_is_refused(twilio: TwilioRequests, desk: StubDesk):
    answer = await twilio.post("/twilio/voice", {"From": "+33612345678", "To": NUMBER})
    assert answer.status_code == 400
    assert not desk.rung


async def test_an_unknown_number_is_told_so_politely_in_french_first(twilio: TwilioRequests):
    verbs = await twilio.verbs("/twilio/voice", {**FIELDS, "To": "+33199999999"})
    assert tags(verbs) == ["Say", "Say", "Hangup"]
    assert [verb.get("language") for verb in verbs[:2]] == ["fr-FR", "en-GB"]
    assert "numéro" in (verbs[0].text or "")


async def test_a_busy_house_rings_the_clients_people(twilio: TwilioRequests, desk: StubDesk):
    desk.answer = Refused(RefusalReason.BUSY, fallback_number="+33187650099")
    verbs = await twilio.verbs("/twilio/voice")
    assert tags(verbs)[-1] == "Dial"
    assert verbs[-1].text == "+33187650099"
    assert verbs[-1].get("action") == f"{PUBLIC}/twilio/dialled"
    assert "occupées" in (verbs[0].text or "")


async def test_a_busy_house_without_people_ends_kindly(twilio: TwilioRequests, desk: StubDesk):
    desk.answer = Refused(RefusalReason.BUSY)
    verbs = await twilio.verbs("/twilio/voice")
    assert tags(verbs)[-1] == "Hangup"
    assert "112" in "".join(verb.text or "" for verb in verbs)


async def test_the_desks_own_sentences_win(twilio: TwilioRequests, desk: StubDesk):
    desk.answer = Refused(RefusalReason.BUSY, sentences=((Language.FRENCH, "Le cabinet vous rappelle."),))
    verbs = await twilio.verbs("/twilio/voice")
    assert [verb.text for verb in verbs] == ["Le cabinet vous rappelle.", None]


@pytest.mark.parametrize("trouble", [StoreFull("No room."), StoreError("No rows."), ZeroDivisionError("a bug")])
async def test_a_failing_desk_still_gives_the_caller_a_sentence(twilio: TwilioRequests, desk: StubDesk, trouble: Exception):
    desk.answer = trouble
    verbs = await twilio.verbs("/twilio/voice")
    assert tags(verbs)[0] == "Say"
    assert tags(verbs)[-1] == "Hangup"
    assert "incident technique" in (verbs[0].text or "")


@pytest.mark.parametrize("caller", ["anonymous", "Restricted", "sip:alice@example.org", "+266696687x"])
async def test_a_withheld_number_is_no_number(twilio: TwilioRequests, desk: StubDesk, caller: str):
    await twilio.verbs("/twilio/voice", {**FIELDS, "From": caller})
    assert desk.rung[0].caller_number == ""


async def test_resume_of_an_ended_call_hangs_up(twilio: TwilioRequests, desk: StubDesk):
    desk.over.add("CA1")
    assert tags(await twilio.verbs("/twilio/resume?attempt=1")) == ["Hangup"]


async def test_resume_of_a_broken_call_streams_again_and_counts(twilio: TwilioRequests):
    connect, redirect = await twilio.verbs("/twilio/resume?attempt=2")
    parameter = connect.find("Stream/Parameter")
    assert parameter is not None
    assert StreamTokens(SECRET).redeem(parameter.get("value", ""), carrier="twilio").opening is Opening.RESUME
    assert redirect.text == f"{PUBLIC}/twilio/resume?attempt=3"


@pytest.mark.parametrize("attempt", ["4", "999", "-1", "x", ""])
async def test_the_fourth_break_rings_people(twilio: TwilioRequests, desk: StubDesk, attempt: str):
    desk.fallback_number = "+33187650099"
    verbs = await twilio.verbs(f"/twilio/resume?attempt={attempt}")
    assert tags(verbs)[-1] == "Dial"
    assert desk.given_up == ["CA1"]


async def test_the_fourth_break_without_people_ends_kindly(twilio: TwilioRequests, desk: StubDesk):
    verbs = await twilio.verbs("/twilio/resume?attempt=4")
    assert tags(verbs)[-1] == "Hangup"
    assert any("rappeler" in (verb.text or "") for verb in verbs)


async def test_after_people_were_rung(twilio: TwilioRequests):
    answered = await twilio.verbs("/twilio/dialled", {**FIELDS, "DialCallStatus": "completed"})
    missed = await twilio.verbs("/twilio/dialled", {**FIELDS, "DialCallStatus": "no-answer"})
    assert tags(answered) == ["Hangup"]
    assert tags(missed) == ["Say", "Hangup"]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"CallStatus": "completed"}, LineStatus.CALL_ENDED),
        ({"CallStatus": "failed"}, LineStatus.CALL_ENDED),
        ({"CallStatus": "in-progress", "StreamEvent": "stream-started"}, LineStatus.STREAM_STARTED),
        ({"CallStatus": "in-progress", "StreamEvent": "stream-stopped"}, LineStatus.STREAM_STOPPED),
        ({"CallStatus": "in-progress", "StreamEvent": "stream-error", "StreamError": "31921"}, LineStatus.STREAM_FAILED),
    ],
)
async def test_status_callbacks_reach_the_desk(
    twilio: TwilioRequests, desk: StubDesk, told: dict[str, str], status: LineStatus
):
    answer = await twilio.post("/twilio/status", {**FIELDS, **told})
    assert answer.status_code == 200
    assert desk.statuses == [("CA1", status)]


@pytest.mark.parametrize("told", [{"CallStatus": "ringing"}, {"CallStatus": "x"}, {"StreamEvent": "stream-poetry"}])
async def test_status_callbacks_without_news_are_ignored(twilio: TwilioRequests, desk: StubDesk, told: dict[str, str]):
    assert (await twilio.post("/twilio/status", {**FIELDS, **told})).status_code == 200
    assert not desk.statuses


async def test_unsigned_requests_are_taken_only_by_a_house_on_loopback(desk: StubDesk):
    at_home = TwilioRequests(desk, public_url="", twilio_auth_token=None)
    outside = TwilioRequests(desk, twilio_auth_token=None)
    exposed = TwilioRequests(desk, public_url="", host="0.0.0.0", twilio_auth_token=None)
    assert (await at_home.post("/twilio/voice", signature=None)).status_code == 200
    assert (await outside.post("/twilio/voice", signature=None)).status_code == 404
    assert (await exposed.post("/twilio/voice", signature=None)).status_code == 404
