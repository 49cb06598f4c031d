"""The pages behind links: looking does nothing, the button acknowledges, nothing private is shown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.telephony.loopback import SECRET, house_settings, serving
from tests.telephony.people_on_call import LADDER, PRIVATE, House, house_on_call
from tests.telephony.stub_desk import StubDesk
from voicebot.channels.links import LinkTokens
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.language import Language
from voicebot.telephony.app import phone_app

DISPATCH = "d1-sms-durand"
DAY_S = 86_400


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_on_call() as house:
        yield house


def words(page: str) -> str:
    """What a reader sees."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])).replace("&#39;", "'")


async def test_looking_at_an_on_call_link_acknowledges_nothing(house: House):
    link = house.links.on_call_link(LADDER, "durand")
    for method in ("GET", "HEAD", "GET"):
        answer = await house.http.request(method, link)
        assert answer.status_code == 200
    assert house.desk.taken_by == ""
    shown = words(answer.text)
    assert "Chauffage Lambert" in shown
    assert "Appel urgent" in shown
    assert "Je prends en charge" in shown


async def test_the_button_acknowledges_once_and_says_who_has_it(house: House):
    durand, martin = (house.links.on_call_link(LADDER, who) for who in ("durand", "martin"))
    assert "vous prenez en charge" in words((await house.http.post(durand)).text)
    assert house.desk.taken_by == "Julie Durand"
    late = words((await house.http.post(martin)).text)
    assert "déjà pris en charge" in late
    assert "Julie Durand" in late
    assert house.desk.taken_by == "Julie Durand"
    # A second press of the same person is no refusal.
    assert "vous prenez en charge" in words((await house.http.post(durand)).text)


async def test_who_looks_when_somebody_has_it_reads_the_name_and_gets_no_button(house: House):
    house.desk.taken_by = "Paul Martin"
    page = (await house.http.get(house.links.on_call_link(LADDER, "durand"))).text
    assert "Paul Martin" in words(page)
    assert "<button" not in page


async def test_a_message_is_read_by_its_button_only(house: House):
    link = house.links.message_link(DISPATCH)
    page = await house.http.get(link)
    assert house.desk.told == []
    assert "J'ai lu ce message" in words(page.text)
    assert "confidentiel" in words(page.text)
    assert "lu" in words((await house.http.post(link)).text)
    assert house.desk.told == [(DISPATCH, DispatchStatus.READ, "", "")]
    assert "<button" not in (await house.http.get(link)).text


async def test_what_the_message_says_is_shown_only_when_the_house_gives_it(house: House):
    house.desk.lines = (("Motif", PRIVATE), ("<b>Nom</b>", "<script>alert(1)</script>"))
    page = (await house.http.get(house.links.message_link(DISPATCH))).text
    assert PRIVATE in words(page)
    assert "<script" not in page
    assert "<b>" not in page


async def test_pages_speak_english_to_those_who_do(house: House):
    house.desk.language = Language.ENGLISH
    page = await house.http.get(house.links.on_call_link(LADDER, "durand"))
    assert 'lang="en"' in page.text
    assert "I take it" in words(page.text)
    assert "you are in charge" in words((await house.http.post(house.links.on_call_link(LADDER, "durand"))).text)


def links_of(house: House, clock_s: float) -> LinkTokens:
    return LinkTokens(SECRET, house.address, clock=lambda: clock_s)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_old_link_is_gone_and_a_forged_one_was_never_there(house: House, method: str):
    old = links_of(house, 20_000 * DAY_S)
    for link in (old.on_call_link(LADDER, "durand"), old.message_link(DISPATCH)):
        assert (await house.http.request(method, link)).status_code == 410
    forged = LinkTokens("another secret", house.address)
    for link in (
        forged.on_call_link(LADDER, "durand"),
        forged.message_link(DISPATCH),
        house.links.on_call_link("unknown", "durand"),
        house.links.message_link("unknown"),
        f"{house.address}/on-call/x",
        f"{house.address}/m/%C3%A9",
    ):
        answer = await house.http.request(method, link)
        assert answer.status_code == 404
        assert "lien" in words(answer.text)
    assert house.desk.taken_by == ""
    assert house.desk.told == []


async def test_a_button_that_could_not_be_recorded_says_so(house: House):
    house.desk.fails = {"by_link": 1, "dispatch_told": 1}
    for link in (house.links.on_call_link(LADDER, "durand"), house.links.message_link(DISPATCH)):
        answer = await house.http.post(link)
        assert answer.status_code == 503
        assert "Rien n'a été enregistré" in words(answer.text)
    assert house.desk.taken_by == ""
    assert house.desk.told == []


@pytest.mark.parametrize("kind", ["on-call", "message", "forged"])
async def test_pages_are_kept_by_nobody_run_nothing_and_load_only_their_stylesheet(house: House, kind: str):
    link = {
        "on-call": house.links.on_call_link(LADDER, "durand"),
        "message": house.links.message_link(DISPATCH),
        "forged": f"{house.address}/m/x",
    }[kind]
    answer = await house.http.get(link)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self'")
    assert "script-src" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert re.findall(r'(?:src|href)="([^"]+)"', answer.text) == [f"{house.address}/links.css"]
    assert " style=" not in answer.text
    stylesheet = await house.http.get(f"{house.address}/links.css")
    assert stylesheet.headers["content-type"].startswith("text/css")


async def test_a_house_that_calls_nobody_has_none_of_these_doors():
    async with (
        serving(phone_app(StubDesk(), house_settings(), SECRET)) as address,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        for path in ("/twilio/on-call/a/answer", "/twilio/sms", "/on-call/x", "/m/x", "/links.css"):
            assert (await http.post(address + path)).status_code in (404, 405)
        assert (await http.post(address + "/twilio/voice")).status_code == 403
