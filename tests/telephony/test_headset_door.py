"""The door of headsets: who is let in, once, from which page, and which files it serves."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import OutputDTMFUrgentFrame
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.telephony.loopback import SECRET, house_settings
from tests.telephony.stub_desk import StubDesk, Talk, tone
from voicebot.errors import HandoffRefused
from voicebot.handoff.ports import Purpose
from voicebot.speech.ulaw import encode_ulaw
from voicebot.telephony.app import phone_app
from voicebot.telephony.headset_door import SHARED
from voicebot.telephony.ports import HeadsetPass
from voicebot.telephony.stream_tokens import HEADSET_LIMIT_S, StreamPass, StreamTokens
from voicebot.voice.line import Line, Opening

PASS = HeadsetPass("call-1", "claire.petit", Purpose.TALK, "call-1-handoff-1")
OURS = {"origin": "http://testserver"}


class Wearers:
    """Wears what it is given until the other side stops."""

    def __init__(self) -> None:
        self.worn: list[tuple[HeadsetPass, Talk]] = []
        self.refuses = False

    async def wear(self, line: Line, headset: HeadsetPass) -> None:
        talk = Talk(line, headset.call_id, Opening.PICK_UP)
        self.worn.append((headset, talk))
        if self.refuses:
            raise HandoffRefused("over", "The call is over.")
        await talk.send(OutputDTMFUrgentFrame(button=KeypadEntry("7")))
        await talk.listen_until(lambda: talk.stopped)


@pytest.fixture
def wearers() -> Wearers:
    return Wearers()


@pytest.fixture
def page(wearers: Wearers) -> Iterator[TestClient]:
    settings = house_settings(public_url="http://testserver")
    with TestClient(phone_app(StubDesk(), settings, SECRET, headsets=wearers)) as client:
        yield client


def token(*, secret: str = SECRET, age_s: float = 0.0) -> str:
    return StreamTokens(secret, clock=lambda: time.time() - age_s).issue_headset(PASS)


def start(shown: str) -> dict[str, Any]:
    about = {"streamSid": "MZ1", "callSid": "call-1", "customParameters": {"token": shown}}
    return {"event": "start", "start": about, "streamSid": "MZ1"}


STOP = {"event": "stop", "streamSid": "MZ1", "stop": {}}


def close_code(page: TestClient, *messages: dict[str, Any]) -> int:
    with page.websocket_connect("/headset/media", headers=OURS) as line:
        for message in messages:
            line.send_text(json.dumps(message))
        while True:
            message = line.receive()
            if message["type"] == "websocket.close":
                return message["code"]


def test_headset_is_worn_with_its_token_and_closed_in_the_end(page: TestClient, wearers: Wearers) -> None:
    pcm = tone(400, 20)
    media = {"event": "media", "media": {"track": "inbound", "payload": base64.b64encode(encode_ulaw(pcm)).decode()}}
    key = {"event": "dtmf", "dtmf": {"digit": "5"}}
    assert close_code(page, start(token()), media, key, STOP) == 1000
    ((headset, talk),) = wearers.worn
    assert headset == PASS
    assert talk.keys == "5"
    assert np.abs(talk.heard_pcm.astype(int) - pcm).max() < 600


def test_keys_of_the_caller_are_told_to_the_page(page: TestClient) -> None:
    with page.websocket_connect("/headset/media", headers=OURS) as line:
        line.send_text(json.dumps(start(token())))
        assert line.receive_json() == {"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": "7"}}
        line.send_text(json.dumps(STOP))


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "nonsense",
        token(secret="another secret"),
        token(age_s=HEADSET_LIMIT_S + 1),
        StreamTokens(SECRET).issue(StreamPass("call-1", "softphone", "call-1", Opening.PICK_UP)),
        StreamTokens(SECRET).ticket("call-1"),
    ],
    ids=["none", "nonsense", "forged", "late", "of a caller", "of a follower"],
)
def test_wrong_token_is_refused(page: TestClient, wearers: Wearers, shown: str) -> None:
    assert close_code(page, start(shown)) == 1008
    assert wearers.worn == []


def test_token_opens_one_headset_only(page: TestClient, wearers: Wearers) -> None:
    once = token()
    assert close_code(page, start(once), STOP) == 1000
    assert close_code(page, start(once), STOP) == 1008
    assert len(wearers.worn) == 1


def test_token_of_a_headset_opens_no_callers_line(page: TestClient) -> None:
    with page.websocket_connect("/twilio/media") as line:
        line.send_text(json.dumps(start(token())))
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_text()
    assert closed.value.code == 1008


@pytest.mark.parametrize("origin", [None, "http://evil.example.org", "null"])
def test_another_page_is_refused_before_it_says_anything(page: TestClient, wearers: Wearers, origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    with pytest.raises(WebSocketDisconnect):
        page.websocket_connect("/headset/media", headers=headers).__enter__()
    assert wearers.worn == []


def test_what_cannot_be_read_is_refused(page: TestClient, wearers: Wearers) -> None:
    assert close_code(page, {"event": "nothing we know"}) == 1003
    assert wearers.worn == []


def test_refused_wish_closes_the_headset(page: TestClient, wearers: Wearers) -> None:
    wearers.refuses = True
    assert close_code(page, start(token())) == 1011


def test_files_are_the_softphones_own(page: TestClient) -> None:
    for name in SHARED:
        answer = page.get(f"/headset/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "export" in answer.text or "registerProcessor" in answer.text
    assert page.get("/headset/static/phone.js").status_code == 404
    assert page.get("/headset/static/..%2Fpage.py").status_code == 404


def test_house_without_headsets_has_no_door() -> None:
    with TestClient(phone_app(StubDesk(), house_settings(), SECRET)) as client:
        assert client.get("/headset/static/line.js").status_code == 404
