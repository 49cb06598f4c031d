"""Links in messages: who can make them, how long they hold, how long they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from voicebot.channels.links import LinkTokens, OnCallLink
from voicebot.channels.sms_length import SmsEncoding, sms_length
from voicebot.errors import LinkRefused

DAY_S = 86_400
LADDER = "20261123-221504-1f9c2a-on-call"
HOUSE = "https://phone.example.org"


class Clock:
    def __init__(self) -> None:
        self.now_s = 20_780 * DAY_S + 80_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def links(clock: Clock, secret: str = "a secret") -> LinkTokens:
    return LinkTokens(secret, HOUSE + "/", clock=clock)


def token(link: str) -> str:
    return link.rsplit("/", 1)[1]


def test_an_on_call_link_names_ladder_and_contact(clock: Clock):
    link = links(clock).on_call_link(LADDER, "m-durand")
    assert link.startswith(f"{HOUSE}/on-call/")
    assert links(clock).read_on_call(token(link)) == OnCallLink(LADDER, "m-durand")


@pytest.mark.parametrize("dispatch", ["20261123-221504-1f9c2a-mail-final-durand", "a.b/c:d~e%2E é"])
def test_a_message_link_names_the_dispatch_whatever_its_id(clock: Clock, dispatch: str):
    link = links(clock).message_link(dispatch)
    assert "%" not in link
    assert links(clock).read_message(token(link)) == dispatch


def test_a_link_holds_seven_days(clock: Clock):
    made = token(links(clock).on_call_link(LADDER, "m-durand"))
    clock.now_s += 7 * DAY_S
    assert links(clock).read_on_call(made).contact == "m-durand"
    clock.now_s += DAY_S
    with pytest.raises(LinkRefused) as refused:
        links(clock).read_on_call(made)
    assert refused.value.expired


def test_a_link_written_again_later_is_the_same_text(clock: Clock):
    since = datetime(2026, 11, 23, 22, 15, tzinfo=UTC)
    first = links(clock).message_link("d1", since=since)
    clock.now_s += 3 * DAY_S
    assert links(clock).message_link("d1", since=since) == first


@pytest.mark.parametrize("change", ["other secret", "other contact", "longer", "cut", "empty", "é", "other kind"])
def test_a_forged_link_is_refused(clock: Clock, change: str):
    good = token(links(clock).on_call_link(LADDER, "m-durand"))
    forged = {
        "other secret": token(links(clock, "another").on_call_link(LADDER, "m-durand")),
        "other contact": good.replace("m-durand", "m-martin"),
        "longer": good.replace(".m-durand.", ".m-durand.z"),
        "cut": good[:-3],
        "empty": "",
        "é": "é",
        "other kind": token(links(clock).message_link(f"{LADDER}.m-durand")),
    }[change]
    with pytest.raises(LinkRefused) as refused:
        links(clock).read_on_call(forged)
    assert not refused.value.expired


def test_a_link_leaves_room_for_words_in_one_sms(clock: Clock):
    length = sms_length(links(clock).on_call_link(LADDER, "m-durand"))
    assert length.encoding is SmsEncoding.GSM_7
    assert length.units <= 115
