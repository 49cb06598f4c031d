"""The softphone's routes without a browser: who may place a call, what a page may load, what events say."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.telephony.loopback import SECRET, house_settings
from tests.telephony.stub_desk import StubDesk, event
from voicebot.domain.acts import acts_json
from voicebot.domain.events import EventKind
from voicebot.domain.identity import Sector
from voicebot.errors import StoreError
from voicebot.telephony.app import phone_app
from voicebot.telephony.ports import LineStatus, RefusalReason, Refused
from voicebot.telephony.stream_tokens import StreamTokens

HERE = "http://127.0.0.1:8080"
ORIGIN = {"Origin": HERE}
ORDER = {"client": "cabinet-des-lilas"}


@pytest.fixture
def desk() -> StubDesk:
    return StubDesk()


def phone_at(desk: StubDesk, base_url: str = HERE, **changes: object) -> TestClient:
    return TestClient(phone_app(desk, house_settings(**changes), SECRET), base_url=base_url)


@pytest.fixture
def phone(desk: StubDesk) -> TestClient:
    return phone_at(desk)


def test_the_page_names_clients_and_engines_and_loads_nothing_from_elsewhere(phone: TestClient):
    page = phone.get("/phone")
    assert page.status_code == 200
    assert "Cabinet des Lilas" in page.text
    assert "practice ears" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(address.startswith("/phone/static/") for address in addresses)
    assert all(phone.get(address).status_code == 200 for address in addresses)
    # What the policy would block, the page must not have.
    assert not re.search(r"<script(?![^>]*src=)|style=|\bon\w+=\"", page.text)


def test_the_practice_notice_is_shown_only_for_the_practice_pair(desk: StubDesk, phone: TestClient):
    assert 'class="practice"' in phone.get("/phone").text
    desk.practice = False
    assert 'class="practice"' not in phone.get("/phone").text


def test_modules_load_only_modules_that_exist(phone: TestClient):
    seen, pending = set(), {"phone.js", "capture_worklet.js", "playback_worklet.js"}
    while pending:
        name = pending.pop()
        seen.add(name)
        script = phone.get(f"/phone/static/{name}")
        assert script.status_code == 200
        assert script.headers["content-type"].startswith("text/javascript")
        pending |= set(re.findall(r'from "\./([^"]+)"', script.text)) - seen
    assert "ulaw.js" in seen


@pytest.mark.parametrize("name", ["nothing.js", "..%2fpage.py", "__init__.py", "."])
def test_other_files_are_not_served(phone: TestClient, name: str):
    assert phone.get(f"/phone/static/{name}").status_code == 404


def act_kinds() -> set[str]:
    schema = acts_json.json_schema()
    return {
        definition["properties"]["kind"]["const"] for definition in schema["$defs"].values() if "properties" in definition
    }


def test_both_languages_have_the_same_words(phone: TestClient):
    script = phone.get("/phone/static/words.js").text
    french, english = (set(re.findall(r"^    (\w+):", part, re.M)) for part in script.split("  en: {"))
    assert french == english
    used = set(re.findall(r'data-(?:word|label)="(\w+)"', phone.get("/phone").text))
    assert used <= french
    assert {f"sector_{sector}" for sector in Sector} <= french
    assert act_kinds() <= french


def test_a_call_is_accepted_with_a_token_for_one_stream(phone: TestClient, desk: StubDesk):
    answer = phone.post("/phone/calls", json=ORDER, headers=ORIGIN).json()
    assert answer["state"] == "accepted"
    assert desk.rung[0].client == "cabinet-des-lilas"
    stream = StreamTokens(SECRET).redeem(answer["token"], carrier="softphone")
    assert (stream.carrier_call_id, stream.call_id) == (answer["call"], answer["call_id"])


FOREIGN = [
    {},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "https://127.0.0.1:8080"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/phone/calls", "/phone/calls/x/resume", "/phone/calls/x/hang-up"])
def test_another_pages_request_is_refused(phone: TestClient, desk: StubDesk, headers: dict[str, str], path: str):
    assert phone.post(path, json=ORDER, headers=headers).status_code == 403
    assert not desk.rung
    assert not desk.statuses


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_pages_websocket_is_refused(phone: TestClient, desk: StubDesk, headers: dict[str, str]):
    with pytest.raises(WebSocketDisconnect), phone.websocket_connect("/phone/media", headers=headers):
        pass
    assert not desk.talks


def test_a_foreign_name_pointed_at_loopback_is_refused(desk: StubDesk):
    rebound = phone_at(desk, base_url="http://evil.example:8080")
    answer = rebound.post("/phone/calls", json=ORDER, headers={"Origin": "http://evil.example:8080"})
    assert answer.status_code == 403


def test_behind_a_proxy_the_public_origin_is_ours(desk: StubDesk):
    phone = phone_at(desk, base_url="http://inside:8080", public_url="https://phone.example.org", softphone=True)
    public, inside = {"Origin": "https://phone.example.org"}, {"Origin": "http://inside:8080"}
    assert phone.post("/phone/calls", json=ORDER, headers=public).status_code == 200
    assert phone.post("/phone/calls", json=ORDER, headers=inside).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"softphone": False}, 404),
        ({"host": "0.0.0.0"}, 404),
        ({"public_url": "https://phone.example.org"}, 404),
        ({"public_url": "https://phone.example.org", "softphone": True}, 200),
    ],
)
def test_the_softphone_is_open_on_loopback_or_where_asked_for(desk: StubDesk, changes: dict[str, Any], status: int):
    assert phone_at(desk, **changes).get("/phone").status_code == status


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (b"", 422),
        (b"not JSON", 422),
        (b"[]", 422),
        (b'{"client": 5}', 422),
        (b'{"client": "cabinet-des-lilas", "caller": "+33"}', 422),
        (b'{"client": "' + b"x" * 5000 + b'"}', 422),
        (b'{"client": "nobody"}', 404),
    ],
)
def test_an_order_that_cannot_be_read_places_no_call(phone: TestClient, desk: StubDesk, order: bytes, status: int):
    assert phone.post("/phone/calls", content=order, headers=ORIGIN).status_code == status
    assert not desk.rung


def test_a_refusal_comes_with_its_sentences(phone: TestClient, desk: StubDesk):
    desk.answer = Refused(RefusalReason.BUSY)
    answer = phone.post("/phone/calls", json=ORDER, headers=ORIGIN).json()
    assert (answer["state"], answer["reason"]) == ("refused", "busy")
    assert "occupées" in answer["sentences"][0]["text"]


def test_a_desk_that_fails_is_an_apology(phone: TestClient, desk: StubDesk):
    desk.answer = StoreError("No rows.")
    answer = phone.post("/phone/calls", json=ORDER, headers=ORIGIN).json()
    assert (answer["state"], answer["reason"]) == ("refused", "trouble")


def test_resume_gives_a_new_token_until_it_was_too_often(phone: TestClient, desk: StubDesk):
    def resume(attempt: str) -> Any:
        return phone.post(f"/phone/calls/abc/resume?attempt={attempt}", headers=ORIGIN)

    assert resume("1").json()["state"] == "accepted"
    for attempt in ("4", "x", ""):
        assert resume(attempt).json()["state"] == "refused"
    desk.over.add("abc")
    assert resume("2").json() == {"state": "ended"}


def test_hanging_up_by_beacon_tells_the_desk(phone: TestClient, desk: StubDesk):
    assert phone.post("/phone/calls/abc/hang-up", headers=ORIGIN).status_code == 204
    assert desk.statuses == [("abc", LineStatus.CALL_ENDED)]


def test_events_are_told_in_order_and_only_those_not_seen(phone: TestClient, desk: StubDesk):
    placed = phone.post("/phone/calls", json=ORDER, headers=ORIGIN).json()
    desk.events[placed["call_id"]] = [
        event(1, EventKind.CALL_OPENED),
        event(2, EventKind.CALLER_SAID, turn=1, text="bonjour\nma chaudière"),
        event(3, EventKind.CALL_ENDED, reason="goodbye"),
    ]
    everything = phone.get(placed["events"])
    assert everything.headers["content-type"].startswith("text/event-stream")
    assert re.findall(r"^event: (\w+)$", everything.text, re.M) == ["call_opened", "caller_said", "call_ended"]
    assert re.findall(r"^id: (\d+)$", everything.text, re.M) == ["1", "2", "3"]
    rest = phone.get(placed["events"], headers={"Last-Event-ID": "2"})
    assert re.findall(r"^id: (\d+)$", rest.text, re.M) == ["3"]


def test_events_need_a_ticket_of_this_house(phone: TestClient, desk: StubDesk):
    desk.events["call-1"] = [event(1, EventKind.CALL_OPENED)]
    forged = StreamTokens("another secret").ticket("call-1")
    assert phone.get(f"/phone/calls/{forged}/events").status_code == 404
    assert phone.get("/phone/calls/call-1/events").status_code == 404
    unknown = StreamTokens(SECRET).ticket("call-9")
    assert phone.get(f"/phone/calls/{unknown}/events").text == ""
