"""Media websockets: who is let in, what is survived, what the frames say. Over Starlette's in-memory websocket."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from twilio.request_validator import RequestValidator

from tests.telephony.loopback import AUTH_TOKEN, SECRET, house_settings
from tests.telephony.stub_desk import StubDesk, Talk, tone
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.telephony.app import phone_app
from voicebot.telephony.media_door import BAD_MESSAGES_LIMIT
from voicebot.telephony.ports import STREAM_LIMIT_S
from voicebot.telephony.stream_tokens import StreamPass, StreamTokens
from voicebot.voice.line import Opening

SID = "MZ0000"
PASS = StreamPass("call-1", "twilio", "CA1", Opening.PICK_UP)


@pytest.fixture
def desk() -> StubDesk:
    return StubDesk()


@pytest.fixture
def phone(desk: StubDesk) -> Iterator[TestClient]:
    with TestClient(phone_app(desk, house_settings(), SECRET)) as client:
        yield client


def token(stream: StreamPass = PASS, *, secret: str = SECRET, age_s: float = 0.0) -> str:
    import time

    return StreamTokens(secret, clock=lambda: time.time() - age_s).issue(stream)


def start(parameters: dict[str, str], call_sid: str = "CA1") -> dict[str, Any]:
    about = {
        "accountSid": "AC1",
        "streamSid": SID,
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": parameters,
    }
    return {"event": "start", "sequenceNumber": "1", "start": about, "streamSid": SID}


def media(pcm: np.ndarray, track: str = "inbound") -> dict[str, Any]:
    payload = base64.b64encode(encode_ulaw(pcm)).decode()
    return {"event": "media", "streamSid": SID, "media": {"track": track, "chunk": "1", "payload": payload}}


CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
STOP = {"event": "stop", "streamSid": SID, "stop": {"accountSid": "AC1", "callSid": "CA1"}}


def close_code(phone: TestClient, *messages: dict[str, Any] | str | bytes) -> int:
    """What the server closes the websocket with after these."""
    with phone.websocket_connect("/twilio/media") as line:
        for message in messages:
            if isinstance(message, bytes):
                line.send_bytes(message)
            else:
                line.send_text(message if isinstance(message, str) else json.dumps(message))
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_text()
        return closed.value.code


def test_a_right_token_opens_the_line(phone: TestClient, desk: StubDesk):
    assert close_code(phone, CONNECTED, start({"token": token()}), STOP) == 1000
    (talk,) = desk.talks
    assert (talk.call_id, talk.opening, talk.line.stream_id, talk.line.marks) == ("call-1", Opening.PICK_UP, SID, True)
    assert talk.stopped


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"token": ""},
        {"token": "nonsense"},
        {"token": token(secret="another secret")},
        {"token": token(age_s=STREAM_LIMIT_S + 1)},
        {"token": token(StreamPass("call-1", "plivo", "CA1", Opening.PICK_UP))},
        {"token": token(StreamPass("call-1", "twilio", "CA2", Opening.PICK_UP))},
        {"token": StreamTokens(SECRET).ticket("call-1")},
    ],
    ids=["none", "empty", "nonsense", "forged", "late", "other carrier", "other call", "another kind"],
)
def test_a_wrong_token_is_refused_with_1008(phone: TestClient, desk: StubDesk, parameters: dict[str, str]):
    assert close_code(phone, CONNECTED, start(parameters)) == 1008
    assert not desk.talks


def test_a_token_opens_one_line_only(phone: TestClient, desk: StubDesk):
    once = token()
    assert close_code(phone, CONNECTED, start({"token": once}), STOP) == 1000
    assert close_code(phone, CONNECTED, start({"token": once}), STOP) == 1008
    assert len(desk.talks) == 1


NO_STARTS = [
    "",
    "not JSON",
    "[]",
    "3",
    "{}",
    '{"event": 5}',
    '{"event":"start"}',
    '{"event":"start","start":[]}',
    "[" * 5000,
    b"\x00\xff\x80",
    json.dumps(media(np.zeros(160, np.int16))),
    '{"event":"connected","x":"' + "y" * 70_000 + '"}',
]


@pytest.mark.parametrize("first", NO_STARTS)
def test_a_stream_that_does_not_start_is_closed_with_1003(phone: TestClient, desk: StubDesk, first: str | bytes):
    assert close_code(phone, first) == 1003
    assert not desk.talks


def test_a_stream_that_only_connects_is_closed(phone: TestClient, desk: StubDesk):
    assert close_code(phone, *[CONNECTED] * 5) == 1003


BAD_MESSAGES = [
    "not JSON",
    b"\xff\xfe",
    "[1]",
    "null",
    '{"event":"media"}',
    '{"event":"media","media":{}}',
    '{"event":"media","media":{"payload":7}}',
    '{"event":"media","media":{"payload":"%%%%"}}',
    '{"event":"mark"}',
    '{"event":"mark","mark":{"name":5}}',
    '{"event":"dtmf","dtmf":{}}',
    '{"event":"poem"}',
    '{"media":{}}',
    '{"event":"media","media":{"payload":"' + "A" * 70_000 + '"}}',
]


@pytest.mark.parametrize("bad", BAD_MESSAGES)
def test_an_unreadable_message_is_survived_and_what_follows_is_heard(phone: TestClient, desk: StubDesk, bad: str | bytes):
    sound = tone(440, 20)
    with phone.websocket_connect("/twilio/media") as line:
        line.send_json(start({"token": token()}))
        _ = line.send_bytes(bad) if isinstance(bad, bytes) else line.send_text(bad)
        line.send_json(media(sound))
        line.send_json(STOP)
        with pytest.raises(WebSocketDisconnect):
            line.receive_text()
    assert np.array_equal(desk.talks[0].heard_pcm, decode_ulaw(encode_ulaw(sound)))
    assert desk.talks[0].stopped


def test_a_second_of_unreadable_messages_breaks_the_line(phone: TestClient, desk: StubDesk):
    messages = [start({"token": token()}), *["not JSON"] * BAD_MESSAGES_LIMIT]
    assert close_code(phone, *messages) == 1003
    assert not desk.talks[0].stopped


def test_unreadable_messages_among_good_ones_do_not_add_up(phone: TestClient, desk: StubDesk):
    mixed: list[dict[str, Any] | str] = []
    for _ in range(BAD_MESSAGES_LIMIT):
        mixed += ["not JSON", "not JSON", media(np.zeros(160, np.int16))]
    assert close_code(phone, start({"token": token()}), *mixed, STOP) == 1000
    assert desk.talks[0].stopped


def test_keys_marks_and_other_tracks_become_what_they_are(phone: TestClient, desk: StubDesk):
    keys = [{"event": "dtmf", "streamSid": SID, "dtmf": {"track": "inbound_track", "digit": d}} for d in "0612#*"]
    mark = {"event": "mark", "streamSid": SID, "mark": {"name": "s3"}}
    odd_key = {"event": "dtmf", "streamSid": SID, "dtmf": {"digit": "Z"}}
    own = media(tone(440, 20), track="outbound")
    assert close_code(phone, start({"token": token()}), *keys, odd_key, mark, own, STOP) == 1000
    (talk,) = desk.talks
    assert talk.keys == "0612#*"
    assert talk.marks == ["s3"]
    assert not len(talk.heard_pcm)


def test_sound_goes_out_as_it_is_with_marks_and_clears_between(desk: StubDesk):
    sound = tone(440, 60)

    async def speak(talk: Talk) -> None:
        await talk.say(sound, "s1")
        await talk.clear()
        await talk.hang_up()

    desk.behaviour = speak
    with TestClient(phone_app(desk, house_settings(), SECRET)).websocket_connect("/twilio/media") as line:
        line.send_json(start({"token": token()}))
        sent = [line.receive_json() for _ in range(5)]
        with pytest.raises(WebSocketDisconnect):
            line.receive_text()
    assert all(message["streamSid"] == SID for message in sent)
    assert [message["event"] for message in sent] == ["media", "media", "media", "mark", "clear"]
    heard = b"".join(base64.b64decode(message["media"]["payload"]) for message in sent[:3])
    # Nothing is late and nothing is lost: a resampler on the way would do both.
    assert heard == encode_ulaw(sound)
    assert sent[3]["mark"] == {"name": "s1"}


def test_a_wrong_signature_on_the_handshake_is_refused(phone: TestClient, desk: StubDesk):
    with (
        pytest.raises(WebSocketDisconnect),
        phone.websocket_connect("/twilio/media", headers={"X-Twilio-Signature": "bm8="}),
    ):
        pass
    assert not desk.talks


@pytest.mark.parametrize("address", ["ws://testserver/twilio/media", "ws://testserver/twilio/media/"])
def test_a_right_signature_on_the_handshake_is_taken(phone: TestClient, desk: StubDesk, address: str):
    signature = RequestValidator(AUTH_TOKEN).compute_signature(address, {})
    with phone.websocket_connect("/twilio/media", headers={"X-Twilio-Signature": signature}) as line:
        line.send_json(start({"token": token()}))
        line.send_json(STOP)
        with pytest.raises(WebSocketDisconnect):
            line.receive_text()
    assert len(desk.talks) == 1


def test_a_caller_who_is_gone_according_to_the_carrier_frees_the_line(desk: StubDesk):
    app = phone_app(desk, house_settings(twilio_auth_token=None), SECRET)
    with TestClient(app) as phone, phone.websocket_connect("/twilio/media") as line:
        line.send_json(start({"token": token()}))
        told = phone.post("/twilio/status", data={"CallSid": "CA1", "CallStatus": "completed"})
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_text()
    assert told.status_code == 200
    assert closed.value.code == 1001
    assert [sid for sid, _ in desk.statuses] == ["CA1"]
