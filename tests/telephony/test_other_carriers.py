"""Carriers other than Twilio: the messages of their documentation, replayed through the same door."""

from __future__ import annotations

import base64
import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from pipecat.frames.frames import InputAudioRawFrame, InputDTMFFrame, InterruptionFrame, OutputAudioRawFrame
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.telephony.loopback import SECRET, house_settings
from tests.telephony.stub_desk import NUMBER, StubDesk, Talk, tone
from voicebot.errors import BadMediaMessage
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.telephony.app import OTHER_CARRIERS, phone_app, webhook_paths
from voicebot.telephony.carrier import Carrier, StreamOffer, StreamStart
from voicebot.telephony.exotel import Exotel
from voicebot.telephony.plivo import Plivo
from voicebot.telephony.ports import LineStatus, RefusalReason, Refused
from voicebot.telephony.telnyx import Telnyx
from voicebot.telephony.vonage import Vonage
from voicebot.telephony.webhooks import carrier_key
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

PUBLIC = "https://phone.example.org"
SOUND = tone(440, 20)
ULAW = base64.b64encode(encode_ulaw(SOUND)).decode()
LINEAR = base64.b64encode(SOUND.astype("<i2").tobytes()).decode()
TELNYX_ID = "32DE0DEA-53CB-4B21-89A4-9E1819C043BC"
PLIVO_ID = "87654321-4321-4321-4321-cba987654321"


@dataclass(frozen=True)
class Dialect:
    """One carrier's words for the same call. start: with {token} where our token comes back."""

    carrier: Carrier
    ring: dict[str, str]
    before: list[dict[str, Any]]
    start: dict[str, Any]
    media: dict[str, Any] | bytes
    heard: np.ndarray
    key: dict[str, Any]
    mark_out: dict[str, Any]
    mark_in: dict[str, Any]
    clear: dict[str, Any]
    stop: dict[str, Any] | None
    ended: dict[str, str]
    ignored: list[dict[str, Any]] = field(default_factory=list)


DIALECTS = [
    Dialect(
        carrier=Telnyx(),
        ring={"CallSid": "v3:abc", "From": "+33612345678", "To": NUMBER, "CallStatus": "ringing"},
        before=[{"event": "connected", "version": "1.0.0"}],
        start={
            "event": "start",
            "sequence_number": "1",
            "start": {
                "user_id": "3E6F995F-85F7-4705-9741-53B116D28237",
                "call_control_id": "v3:abc",
                "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
                "custom_parameters": {"token": "{token}"},
            },
            "stream_id": TELNYX_ID,
        },
        media={
            "event": "media",
            "sequence_number": "4",
            "media": {"track": "inbound", "chunk": "2", "timestamp": "5", "payload": ULAW},
            "stream_id": TELNYX_ID,
        },
        heard=decode_ulaw(encode_ulaw(SOUND)),
        key={
            "event": "dtmf",
            "stream_id": TELNYX_ID,
            "occurred_at": "2026-11-23T21:00:00Z",
            "sequence_number": "5",
            "dtmf": {"digit": "1"},
        },
        mark_out={"event": "mark", "mark": {"name": "s1"}},
        mark_in={"event": "mark", "sequence_number": "4", "stream_id": TELNYX_ID, "mark": {"name": "s1"}},
        clear={"event": "clear"},
        stop={
            "event": "stop",
            "sequence_number": "5",
            "stop": {"user_id": "3E6F995F-85F7-4705-9741-53B116D28237", "call_control_id": "v3:abc"},
            "stream_id": TELNYX_ID,
        },
        ended={"CallSid": "v3:abc", "CallStatus": "completed"},
        ignored=[{"event": "media", "media": {"track": "outbound", "payload": ULAW}, "stream_id": TELNYX_ID}],
    ),
    Dialect(
        carrier=Plivo(),
        ring={"CallUUID": "12345678-1234", "From": "33612345678", "To": NUMBER[1:], "CallStatus": "ringing"},
        before=[],
        start={
            "event": "start",
            "sequenceNumber": 1,
            "start": {
                "callId": "12345678-1234",
                "streamId": PLIVO_ID,
                "accountId": "MAXXXXXXXXXXXXXXXXXX",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
            },
            "extra_headers": "token={token};",
        },
        media={
            "event": "media",
            "sequenceNumber": 2,
            "streamId": PLIVO_ID,
            "media": {"track": "inbound", "chunk": 1, "timestamp": "1766049385", "payload": ULAW},
            "extra_headers": "",
        },
        heard=decode_ulaw(encode_ulaw(SOUND)),
        key={"event": "dtmf", "sequenceNumber": 3, "streamId": PLIVO_ID, "dtmf": {"track": "inbound", "digit": "1"}},
        mark_out={"event": "checkpoint", "streamId": PLIVO_ID, "name": "s1"},
        mark_in={"event": "playedStream", "sequenceNumber": 4, "streamId": PLIVO_ID, "name": "s1"},
        clear={"event": "clearAudio", "streamId": PLIVO_ID},
        stop={"event": "stop", "sequenceNumber": 5, "streamId": PLIVO_ID},
        ended={"CallUUID": "12345678-1234", "CallStatus": "completed"},
        ignored=[{"event": "clearedAudio", "sequenceNumber": 4, "streamId": PLIVO_ID}],
    ),
    Dialect(
        carrier=Vonage(),
        ring={"conversation_uuid": "CON-1", "uuid": "aaa", "from": "33612345678", "to": NUMBER[1:]},
        before=[],
        start={"event": "websocket:connected", "content-type": "audio/l16;rate=8000", "token": "{token}"},
        media=SOUND.astype("<i2").tobytes(),
        heard=SOUND,
        key={"event": "websocket:dtmf", "digit": "1", "duration": 260},
        mark_out={"action": "notify", "payload": {"mark": "s1"}},
        mark_in={"event": "websocket:notify", "payload": {"mark": "s1"}},
        clear={"action": "clear"},
        stop=None,
        ended={"conversation_uuid": "CON-1", "status": "completed"},
        ignored=[{"event": "websocket:cleared"}],
    ),
    Dialect(
        carrier=Exotel(),
        ring={"CallSid": "ex1", "CallFrom": "+33612345678", "CallTo": NUMBER},
        before=[{"event": "connected"}],
        start={
            "event": "start",
            "sequence_number": "1",
            "stream_sid": "MZ1",
            "start": {
                "stream_sid": "MZ1",
                "call_sid": "ex1",
                "account_sid": "AC1",
                "from": "+33612345678",
                "to": NUMBER,
                "custom_parameters": {"token": "{token}"},
                "media_format": {"encoding": "audio/x-raw", "sample_rate": "8000", "bit_rate": "16"},
            },
        },
        media={
            "event": "media",
            "sequence_number": "3",
            "stream_sid": "MZ1",
            "media": {"chunk": "2", "timestamp": "200", "payload": LINEAR},
        },
        heard=SOUND,
        key={"event": "dtmf", "sequence_number": "7", "stream_sid": "MZ1", "dtmf": {"digit": "1", "duration": "100"}},
        mark_out={"event": "mark", "stream_sid": "MZ1", "mark": {"name": "s1"}},
        mark_in={"event": "mark", "sequence_number": "15", "stream_sid": "MZ1", "mark": {"name": "s1"}},
        clear={"event": "clear", "stream_sid": "MZ1"},
        stop={"event": "stop", "stream_sid": "MZ1", "stop": {"call_sid": "ex1", "reason": "stopped"}},
        ended={"CallSid": "ex1", "Status": "completed"},
    ),
]

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.carrier.name)


def token_in(dialect: Dialect, document: str) -> tuple[str, str]:
    """Address of the media websocket and our token as the document carries it."""
    if dialect.carrier.name == "vonage":
        endpoint = json.loads(document)[0]["endpoint"][0]
        return endpoint["uri"], endpoint["headers"]["token"]
    if dialect.carrier.name == "exotel":
        url, _, token = json.loads(document)["url"].partition("?token=")
        return url, token
    stream = Xml.fromstring(document).find(".//Stream")
    assert stream is not None
    if dialect.carrier.name == "plivo":
        return stream.text or "", stream.get("extraHeaders", "").removeprefix("token=")
    parameter = stream.find("Parameter")
    assert parameter is not None
    return stream.get("url", ""), parameter.get("value", "")


def path_of(dialect: Dialect, name: str) -> str:
    return webhook_paths(SECRET)[dialect.carrier.name].removesuffix("voice") + name


@every_dialect
def test_a_call_from_its_webhook_to_its_stop(dialect: Dialect):
    desk = StubDesk()

    async def talk_a_little(talk: Talk) -> None:
        await talk.say(SOUND, "s1")
        await talk.clear()
        await talk.listen_until(lambda: bool(talk.stopped or (talk.keys and talk.marks and not dialect.stop)))

    desk.behaviour = talk_a_little
    with TestClient(phone_app(desk, house_settings(public_url=PUBLIC), SECRET)) as phone:
        ring = phone.post(path_of(dialect, "voice"), data=dialect.ring)
        assert ring.status_code == 200
        url, token = token_in(dialect, ring.text)
        assert url == f"wss://phone.example.org/carriers/{dialect.carrier.name}/media"
        with phone.websocket_connect(f"/carriers/{dialect.carrier.name}/media") as line:
            for message in dialect.before:
                line.send_json(message)
            line.send_text(json.dumps(dialect.start).replace("{token}", token))
            assert sent_sound(line.receive()) == len(SOUND)
            assert line.receive_json() == dialect.mark_out
            assert line.receive_json() == dialect.clear
            for message in (dialect.media, *dialect.ignored, dialect.key, dialect.mark_in, dialect.stop):
                if isinstance(message, bytes):
                    line.send_bytes(message)
                elif message is not None:
                    line.send_json(message)
            with pytest.raises(WebSocketDisconnect):
                line.receive_text()
    (call,), (talk,) = desk.rung, desk.talks
    assert (call.carrier, call.dialled_number, call.caller_number) == (dialect.carrier.name, NUMBER, "+33612345678")
    assert np.array_equal(talk.heard_pcm, dialect.heard)
    assert (talk.keys, talk.marks) == ("1", ["s1"])


def sent_sound(message: MutableMapping[str, Any]) -> int:
    """Samples in an outgoing audio message."""
    if message.get("bytes"):
        return len(message["bytes"]) // 2
    read = json.loads(message["text"])
    payload = base64.b64decode(read["media"]["payload"])
    return len(payload) // (2 if "stream_sid" in read else 1)


@every_dialect
async def test_frames_go_both_ways(dialect: Dialect):
    serializer = dialect.carrier.serializer(start_of(dialect))
    media = dialect.media if isinstance(dialect.media, bytes) else json.dumps(dialect.media)
    audio = await serializer.deserialize(media)
    key = await serializer.deserialize(json.dumps(dialect.key))
    mark = await serializer.deserialize(json.dumps(dialect.mark_in))
    assert isinstance(audio, InputAudioRawFrame)
    assert isinstance(key, InputDTMFFrame)
    assert isinstance(mark, MarkPlayedFrame)
    assert (audio.sample_rate, audio.num_channels) == (8000, 1)
    assert np.array_equal(np.frombuffer(audio.audio, np.int16), dialect.heard)
    assert json.loads(await serializer.serialize(MarkFrame(mark="s1")) or "") == dialect.mark_out
    assert json.loads(await serializer.serialize(InterruptionFrame()) or "") == dialect.clear
    assert await serializer.serialize(OutputAudioRawFrame(SOUND.tobytes(), 8000, 1))
    if dialect.stop:
        assert isinstance(await serializer.deserialize(json.dumps(dialect.stop)), LineStoppedFrame)


def start_of(dialect: Dialect) -> StreamStart:
    sample = json.dumps(dialect.start).replace("{token}", "61")
    start = dialect.carrier.read_start(sample)
    assert start is not None
    return start


@every_dialect
@pytest.mark.parametrize("bad", ["", "no", "[]", '{"event":"poem"}', '{"event":"media","media":{"payload":"%"}}', b"\xff"])
async def test_unreadable_messages_are_named_so(dialect: Dialect, bad: str | bytes):
    with pytest.raises(BadMediaMessage):
        await dialect.carrier.serializer(start_of(dialect)).deserialize(bad)
    with pytest.raises(BadMediaMessage):
        dialect.carrier.read_start(bad)


@every_dialect
def test_a_wrong_key_in_the_path_is_refused(dialect: Dialect):
    desk = StubDesk()
    with TestClient(phone_app(desk, house_settings(public_url=PUBLIC), SECRET)) as phone:
        wrong = carrier_key("another secret", dialect.carrier.name)
        answer = phone.post(f"/carriers/{dialect.carrier.name}/{wrong}/voice", data=dialect.ring)
    assert (answer.status_code, answer.text) == (403, "")
    assert not desk.rung


@every_dialect
def test_resume_refusal_and_status(dialect: Dialect):
    desk = StubDesk()
    with TestClient(phone_app(desk, house_settings(public_url=PUBLIC), SECRET)) as phone:
        again = phone.post(path_of(dialect, "resume?attempt=1"), data=dialect.ring)
        assert token_in(dialect, again.text)[1]
        desk.answer = Refused(RefusalReason.BUSY, fallback_number="+33187650099")
        busy = phone.post(path_of(dialect, "voice"), data=dialect.ring)
        told = phone.post(path_of(dialect, "status"), data=dialect.ended)
    assert busy.status_code == told.status_code == 200
    assert [status for _, status in desk.statuses] == [LineStatus.CALL_ENDED]
    if dialect.carrier.name != "exotel":
        assert "33187650099" in busy.text
        assert "occup" in busy.text


def test_every_carrier_that_the_house_knows_is_tried_here():
    assert {dialect.carrier.name for dialect in DIALECTS} == {make.name for make in OTHER_CARRIERS}


def test_plivo_headers_hold_letters_and_digits_only():
    """Plivo's rule for extraHeaders: [A-Za-z0-9], 512 bytes."""
    offer = StreamOffer("wss://x/media", "https://x/resume", "https://x/status", token="a-b_c.d")
    stream = Xml.fromstring(Plivo().connect(offer).body).find("Stream")
    assert stream is not None
    name, _, value = stream.get("extraHeaders", "").partition("=")
    assert name == "token"
    assert value.isalnum()
    assert bytes.fromhex(value).decode() == "a-b_c.d"


@pytest.mark.parametrize("headers", ["token={0}", '{{"token": "{0}"}}', "X-PH-token: {0}", {"X-PH-token": "{0}"}])
def test_plivo_headers_come_back_in_several_shapes(headers: str | dict[str, str]):
    value = b"the-token".hex()
    given = headers.format(value) if isinstance(headers, str) else {"X-PH-token": value}
    message = {**DIALECTS[1].start, "extra_headers": given}
    start = Plivo().read_start(json.dumps(message))
    assert start is not None
    assert start.parameters["token"] == "the-token"


def test_telnyx_parameters_come_back_in_two_shapes():
    message = json.loads(json.dumps(DIALECTS[0].start))
    message["start"]["custom_parameters"] = [{"name": "token", "value": "t"}]
    start = Telnyx().read_start(json.dumps(message))
    assert start is not None
    assert start.parameters == {"token": "t"}


@pytest.mark.parametrize(("carrier", "path", "name"), [(0, "media_format", "PCMA"), (1, "mediaFormat", "audio/x-l16")])
def test_another_codec_than_asked_for_is_refused(carrier: int, path: str, name: str):
    message = json.loads(json.dumps(DIALECTS[carrier].start))
    message["start"][path]["encoding"] = name
    with pytest.raises(BadMediaMessage):
        DIALECTS[carrier].carrier.read_start(json.dumps(message))


def test_webhooks_by_get_and_as_json_are_read():
    desk = StubDesk()
    vonage, exotel = DIALECTS[2], DIALECTS[3]
    with TestClient(phone_app(desk, house_settings(public_url=PUBLIC), SECRET)) as phone:
        assert phone.post(path_of(vonage, "voice"), json=vonage.ring).status_code == 200
        assert phone.get(path_of(exotel, "voice"), params=exotel.ring).status_code == 200
        assert (
            phone.post(path_of(vonage, "voice"), content="[", headers={"content-type": "application/json"}).status_code
            == 400
        )
    assert [call.dialled_number for call in desk.rung] == [NUMBER, NUMBER]
