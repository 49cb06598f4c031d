"""SMS to callers: approved words, to the number that was shown, once, whatever fails; on the real engine, fast hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from delivery_house import PlainWriter, a_call, client_with, eventually, fast_tempo

from tests.fakes.senders import Plan, ScriptedSender, first_refused, refusal
from voicebot.channels.allowed_numbers import CallerSms, DayLimit, OnlyTheCaller
from voicebot.channels.ports import Letter
from voicebot.domain.call import Call
from voicebot.domain.caller_text import CallerText
from voicebot.domain.delivery import Channel
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.work import Work, WorkKind
from voicebot.errors import ChannelError, StoreFull, UnknownClient
from voicebot.messages.caller_texts import CallerTexts, callers_of, texted_number
from voicebot.messages.delivery import Deliveries
from voicebot.messages.terms import Terms
from voicebot.store import CallBook
from voicebot.store.durable import durable_engine

ADDRESS = CallerText.model_validate(
    {
        "id": "address",
        "title": {"fr": "l'adresse de l'atelier", "en": "the address of the workshop"},
        "body": {"fr": "Chauffage Tison, 12 rue des Forges, Besançon.", "en": "Chauffage Tison, 12 rue des Forges."},
    }
)
HOURS = ADDRESS.model_copy(update={"id": "hours", "body": {Language.FRENCH: "Ouvert de 8 h à 18 h, fermé à midi."}})
CLIENT = client_with().model_copy(update={"texts": (ADDRESS, HOURS)})
MOBILE = "+33639980110"


def shown(call_id: str = "c1", **changes: Any) -> Call:
    """A call whose carrier showed a mobile number."""
    return replace(a_call(call_id), **{"carrier": "twilio", "caller_number": MOBILE, **changes})


@dataclass
class TextHouse:
    calls: CallBook
    texts: CallerTexts
    sms: ScriptedSender

    async def promise(self, call: Call, text: str = "address") -> None:
        """The receptionist said that the text is sent."""
        await self.calls.save(call, (), work=(Work(f"{call.id}-text-{text}", WorkKind.TEXT_CALLER, call.id, text),))

    async def noted(self, call_id: str = "c1", many: int = 1) -> list[MessageEvent]:
        """What is told of the call's texts, once as many are."""
        found: list[MessageEvent] = []

        async def there() -> bool:
            events = await self.calls.after_call(call_id)
            found[:] = [event for event in events if event.kind is MessageEventKind.TEXT_SENT]
            return len(found) == many

        await eventually(there, lambda: f"{found}")
        return found

    async def trouble(self, call_id: str = "c1") -> str:
        (event,) = await self.noted(call_id)
        return event.data["trouble"]


@asynccontextmanager
async def text_house(
    database: Path,
    refuse: Plan = lambda _: None,
    *,
    most_per_day: int = 100,
    configured: bool = True,
    working: bool = True,
    speed: float = 2000,
) -> AsyncIterator[TextHouse]:
    """The real guard and engine before a scripted channel."""

    def instructions_of(client: str) -> Any:
        if client != CLIENT.id:
            raise UnknownClient("clients", [f"no client {client}"])
        return CLIENT

    calls = await CallBook.open(f"sqlite:///{database / 'voicebot.db'}", reserve_bytes=0)
    sender = ScriptedSender(refuse, remembers=True)

    async def spent_today() -> int:
        return len(sender.taken)

    guarded = CallerSms(sender, OnlyTheCaller(callers_of(calls), DayLimit(spent_today, most_per_day=most_per_day)))
    terms = Terms(instructions_of, fast_tempo(speed), chance=lambda: 0.5, send_limit_s=3.0)
    sms = guarded if configured else None
    deliveries = Deliveries(calls.database, terms, PlainWriter(), {}, sms)
    house = TextHouse(calls, CallerTexts(calls, terms, sms), sender)
    try:
        if working:
            async with durable_engine(calls.database, deliveries.register, queue_poll_s=0.02, wake_poll_s=0.02):
                yield house
        else:
            yield house
    finally:
        await calls.close()


async def test_the_approved_words_go_to_the_number_that_was_shown(tmp_path: Path) -> None:
    async with text_house(tmp_path) as house:
        await house.promise(shown())
        (event,) = await house.noted()
    (letter,) = house.sms.taken
    assert (letter.address, letter.text) == (MOBILE, ADDRESS.body[Language.FRENCH])
    assert (letter.channel, letter.id, letter.thread) == (Channel.SMS, "c1-text-address", "c1")
    assert event.data == {"text": "address", "dispatch": "c1-text-address", "trouble": ""}


@pytest.mark.parametrize(
    ("text", "body"), [("address", ADDRESS.body[Language.ENGLISH]), ("hours", HOURS.body[Language.FRENCH])]
)
async def test_in_the_language_of_the_call_where_the_client_wrote_it(tmp_path: Path, text: str, body: str) -> None:
    async with text_house(tmp_path) as house:
        await house.promise(shown(language=Language.ENGLISH), text)
        await house.noted()
    assert [letter.text for letter in house.sms.taken] == [body]


async def test_promised_twice_it_is_sent_once_and_another_text_is_another(tmp_path: Path) -> None:
    async with text_house(tmp_path) as house:
        await house.promise(shown())
        await house.noted()
        await house.promise(shown())
        await house.promise(shown(), "hours")
        await house.noted(many=2)
    assert sorted(letter.id for letter in house.sms.taken) == ["c1-text-address", "c1-text-hours"]


@pytest.mark.parametrize(
    "changes",
    [
        {"caller_number": ""},
        {"caller_number": "+33199001234"},
        {"caller_number": "+33899001234"},
        {"carrier": "softphone"},
        {"carrier": "keyboard"},
        {"rehearsal": True},
    ],
)
async def test_who_showed_no_mobile_number_is_not_texted(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert texted_number(shown(**changes)) == ""
    async with text_house(tmp_path) as house:
        await house.promise(shown(**changes))
        assert await house.trouble() == "bad_address"
    assert house.sms.tried == []


async def test_a_refused_text_is_tried_again_after_a_look(tmp_path: Path) -> None:
    async with text_house(tmp_path, first_refused(refusal("rate_limited", retry_after_s=3), refusal())) as house:
        await house.promise(shown())
        assert await house.trouble() == ""
    assert (len(house.sms.tried), len(house.sms.taken), house.sms.asked) == (3, 1, 3)


async def test_what_was_taken_before_a_crash_is_not_sent_again(tmp_path: Path) -> None:
    """The row could not be written; the work is begun again and finds the SMS at the channel."""
    async with text_house(tmp_path, working=False) as house:
        await house.calls.save(shown(), ())
        note, house.calls.note_after_call = house.calls.note_after_call, _crash
        with pytest.raises(KeyboardInterrupt):
            await house.texts.send("c1", "address")
        house.calls.note_after_call = note
        for _ in range(2):
            await house.texts.send("c1", "address")
        assert await house.trouble() == ""
    assert len(house.sms.taken) == 1


async def _crash(events: Any) -> None:
    raise KeyboardInterrupt


async def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.messages.caller_texts.STORE_WAITS_S", 0.01)
    async with text_house(tmp_path, working=False) as house:
        await house.calls.save(shown(), ())
        note, refused = house.calls.note_after_call, [1, 2]

        async def full_twice(events: Any) -> None:
            if refused:
                refused.pop()
                raise StoreFull("The disk is full.")
            await note(events)

        house.calls.note_after_call = full_twice
        await house.texts.send("c1", "address")
        assert await house.trouble() == ""
    assert len(house.sms.taken) == 1


async def test_a_channel_that_never_takes_it_is_given_up_and_told(tmp_path: Path) -> None:
    async with text_house(tmp_path, lambda _: refusal("server"), speed=20_000) as house:
        await house.promise(shown())
        assert await house.trouble() == "server"
    assert len(house.sms.tried) > 5


async def test_who_wrote_stop_is_not_asked_again(tmp_path: Path) -> None:
    async with text_house(tmp_path, lambda _: refusal("forbidden_number", temporary=False)) as house:
        await house.promise(shown())
        assert await house.trouble() == "forbidden_number"
    assert len(house.sms.tried) == 1


async def test_a_house_without_sms_and_a_text_that_was_removed_are_told(tmp_path: Path) -> None:
    async with text_house(tmp_path, configured=False) as house:
        await house.promise(shown())
        assert await house.trouble() == "not_configured"
        await house.promise(shown("c2"), "removed")
        assert await house.trouble("c2") == "template"
        await house.promise(shown("c3", client="unknown"))
        assert await house.trouble("c3") == "unknown_client"


async def test_the_days_limit_holds_for_callers_too(tmp_path: Path) -> None:
    async with text_house(tmp_path, most_per_day=1) as house:
        await house.promise(shown())
        assert await house.trouble() == ""
        await house.promise(shown("c2"))
        assert await house.trouble("c2") == "rate_limited"
    assert len(house.sms.taken) == 1


@pytest.mark.parametrize(
    ("thread", "address"),
    [
        ("c1", "+33639980111"),
        ("c2", MOBILE),
        ("nothing", MOBILE),
        ("", MOBILE),
        ("landline", "+33199001234"),
        ("withheld", ""),
        ("c1", ""),
    ],
)
async def test_nobody_else_is_texted(tmp_path: Path, thread: str, address: str) -> None:
    """The number of another call, of no call, a landline, none."""
    async with text_house(tmp_path, working=False) as house:
        await house.calls.save(shown(), ())
        await house.calls.save(shown("c2", caller_number="+33639980112"), ())
        await house.calls.save(shown("landline", caller_number="+33199001234"), ())
        await house.calls.save(shown("withheld", caller_number=""), ())
        only = OnlyTheCaller(callers_of(house.calls), DayLimit(_nothing_spent, most_per_day=10))
        door = CallerSms(house.sms, only)
        with pytest.raises(ChannelError) as refused:
            await door.send(Letter(f"{thread}-text-address", Channel.SMS, address, "Bonjour", thread=thread))
        assert (refused.value.reason, refused.value.temporary) == ("forbidden_number", False)
        await door.send(Letter("c1-text-address", Channel.SMS, MOBILE, "Bonjour", thread="c1"))
    assert [letter.address for letter in house.sms.tried] == [MOBILE]


async def _nothing_spent() -> int:
    return 0
