"""Calls and messages for the tests of the archive and the inbox: one rich call with its sound, many short ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.call_file.filed_samples import ANSWERS, BEGAN, CALLER_TURNS, a_call, a_message, events_of_the_call, play_call
from voicebot.call_file.folder import save_call_folder
from voicebot.call_file.tape import Tape
from voicebot.console.house import ConsoleHouse
from voicebot.domain.acts import Confidence
from voicebot.domain.agent import AgentWay
from voicebot.domain.call import Call, EndReason, RecordingState
from voicebot.domain.card import Correction
from voicebot.domain.delivery import Channel
from voicebot.domain.details import ADDRESS, CALLBACK_NUMBER, CALLER_NAME, REASON, Detail, DetailSource
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff, HandoffStatus, Taker, Task, TaskKind, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.messages import happenings
from voicebot.messages.delivery import desk_alone
from voicebot.messages.desk import DeliveryDesk
from voicebot.messages.terms import Terms
from voicebot.store.call_book import CallBook
from voicebot.store.correction_book import CorrectionBook
from voicebot.store.delivery_book import DeliveryBook

MOREL, LILAS, DELMAS, AUBERT = "chauffage-morel", "cabinet-lilas", "avocat-delmas", "pompes-funebres-aubert"
NOW = BEGAN + timedelta(hours=2)
NUMBER = "+33639980102"
DETAILS = {
    CALLER_NAME: Detail("Zoé Lefèvre", "zoé lefèvre", Confidence.UNSURE),
    CALLBACK_NUMBER: Detail(NUMBER, "zéro six trente-neuf quatre-vingt-dix-huit zéro un zéro deux", confirmed=True),
    ADDRESS: Detail("12 rue de l'Œuvre, Évry", "douze rue de l'œuvre à évry", source=DetailSource.SPEECH),
    REASON: Detail("plus de chauffage depuis ce matin", "j'ai plus de chauffage depuis ce matin"),
}


def messages_desk(book: CallBook, of: Any) -> DeliveryDesk:
    return desk_alone(book.database, Terms(of, Tempo(lambda: NOW)))


def short_call(number: int, client: str = MOREL, **changes: Any) -> Call:
    """Calls begin a minute apart; the greatest number is the newest."""
    began = BEGAN - timedelta(days=20) + timedelta(minutes=number)
    fields: dict[str, Any] = {
        "id": f"call-{number:05}",
        "client": client,
        "carrier_call_id": f"CA-{number}",
        "started_at": began,
        "ended_at": began + timedelta(seconds=75 + number % 200),
        "recording": RecordingState.OFF,
        "caller_number": f"+336399800{number % 100:02}",
        "details": {},
    }
    return a_call(**fields | changes)


def message_of(call: Call, **changes: Any) -> Message:
    fields: dict[str, Any] = {
        "id": f"message-{call.id}",
        "call": call.id,
        "client": call.client,
        "taken_at": call.started_at + timedelta(seconds=31),
        "number_shown": call.caller_number,
        "details": call.details,
        "urgency": call.urgency or Urgency(UrgencyLevel.P3, "panne"),
        "verbatim": call.verbatim,
        "callback_promised": "",
    }
    return a_message(**fields | changes)


def a_dispatch(call: str, name: str, status: DispatchStatus, **changes: Any) -> Dispatch:
    at = BEGAN + timedelta(minutes=1)
    made = Dispatch(
        f"{call}-final-{name}", call, f"message-{call}", MOREL, "mail", Channel.EMAIL, "morel",
        "accueil@example.org", status, "final", at, at, at, attempts=1,
    )  # fmt: skip
    return replace(made, **changes)


async def put_dispatches(house: ConsoleHouse, *sent: Dispatch) -> None:
    await DeliveryBook(house.book.database).write(lambda rows: rows.put(*sent))


async def rich_call(house: ConsoleHouse) -> Call:
    """A call with its sound on disk, an agent who had the caller, a correction, two deliveries of which one failed."""
    instructions = house.clients().of(MOREL)
    call = a_call(
        details=DETAILS,
        caller_number=NUMBER,
        instructions_version=instructions.version,
        orientation=Orientation(Outcome.MESSAGE, "", f"scenarios[{instructions.scenarios[0].id}].outcome"),
        scenario=instructions.scenarios[0].id,
        promise="Un technicien vous rappellera demain dès huit heures.",
        verbatim=("Bonjour, j'ai plus de chauffage depuis ce matin.", "Zoé Lefèvre.", "Oui.", "Merci, au revoir."),
    )
    message = message_of(
        call,
        state=MessageState.COMPLETE,
        scenario=call.scenario,
        orientation=call.orientation,
        missing=("access_codes",),
        callback_promised=call.promise,
        verbatim=call.verbatim,
    )
    handoff = _handoff(call)
    await house.book.save(replace(call, ended=None, ended_at=None), [], message, queued=[handoff])
    events = _with_agent(events_of_the_call())
    await house.book.save(call, events, message)
    await CorrectionBook(house.book.database).add(
        call.id, call.client, Correction(CALLER_NAME, "Zoé Lefèvre", "Zoé Lefebvre", "claire", NOW)
    )
    await _deliver(house, call)
    tape = Tape(house.call_folder(call), keep_audio=True)
    play_call(tape)
    await save_call_folder(house.call_folder(call), call, events, message, tape)
    return call


async def silent_call(house: ConsoleHouse, number: int, recording: RecordingState, client: str = MOREL) -> Call:
    """A call of which nothing can be heard, though who spoke when was measured."""
    call = short_call(number, client, recording=recording, details={CALLER_NAME: Detail("Ali Benali", "ali benali")})
    events = [replace(e, at=e.at - BEGAN + call.started_at) for e in events_of_the_call()]
    await house.book.save(call, events, message_of(call))
    tape = Tape(house.call_folder(call), keep_audio=recording is not RecordingState.OFF)
    play_call(tape)
    await save_call_folder(house.call_folder(call), call, events, None, tape)
    return call


def _with_agent(events: Sequence[CallEvent]) -> list[CallEvent]:
    """The agent speaks where the sample's last answer is heard."""
    more = [
        (EventKind.HANDED_OVER, 29_100, {"handoff": "call-2026-1-handoff-1", "taker": "claire", "name": "Claire Petit"}),
        (
            EventKind.SAID_TO_EACH_OTHER,
            30_400,
            {
                "speaker": "agent",
                "text": "Bonjour, ici Claire, je vous écoute.",
                "confidence": 0.93,
                "started_ms": 28_200,
                "ended_ms": 28_900,
            },
        ),
        (
            EventKind.SAID_TO_EACH_OTHER,
            30_500,
            {
                "speaker": "caller",
                "text": "Ah, merci, c'est gentil.",
                "confidence": 0.61,
                "started_ms": 29_600,
                "ended_ms": 30_300,
            },
        ),
        (EventKind.TAKEN_BACK, 31_000, {"handoff": "call-2026-1-handoff-1", "why": "given_back", "task": {}}),
    ]
    first = events[-1].number
    added = [CallEvent(first + n, BEGAN + timedelta(milliseconds=ms), kind, data) for n, (kind, ms, data) in enumerate(more)]
    return [*events[:-1], *added, replace(events[-1], number=first + len(more))]


def _handoff(call: Call) -> Handoff:
    at = call.started_at
    return Handoff(
        "call-2026-1-handoff-1",
        call.id,
        call.client,
        Language.FRENCH,
        UrgencyLevel.P2,
        at + timedelta(seconds=20),
        at + timedelta(seconds=31),
        status=HandoffStatus.RETURNED,
        taker=Taker("claire", "Claire Petit", AgentWay.BROWSER),
        accepted_at=at + timedelta(seconds=25),
        talking_at=at + timedelta(seconds=26),
        over_at=at + timedelta(seconds=31),
        why=Why.GIVEN_BACK,
        task=Task(TaskKind.TAKE_DETAIL, ADDRESS, by="claire"),
    )


async def _deliver(house: ConsoleHouse, call: Call) -> None:
    mail = a_dispatch(call.id, "mail", DispatchStatus.DELIVERED, recipient="morel")
    text = a_dispatch(
        call.id, "sms", DispatchStatus.FAILED, channel=Channel.SMS, address="+33639980199", trouble="bad_address", attempts=3
    )
    at = mail.created_at
    told = [
        happenings.queued(mail, at, ""),
        happenings.tried(mail, at, "", "m-1", ""),
        happenings.status(mail, at + timedelta(seconds=9), DispatchStatus.DELIVERED, "carrier"),
        happenings.queued(text, at, ""),
        happenings.tried(text, at, "timeout", "", ""),
    ]

    def put(rows: Any) -> None:
        rows.put(mail, text)
        rows.note(told)

    await DeliveryBook(house.book.database).write(put)


async def many_messages(house: ConsoleHouse, count: int, first: int = 0) -> list[Call]:
    """Short calls with messages of several people, clients and urgencies."""
    names = ("Zoé Lefèvre", "Ali Benali", "Jean-Pierre Dupont", "Émilie Œuvrard", "Tom Baker")
    clients = (MOREL, LILAS, DELMAS, AUBERT)
    ends = (EndReason.GOODBYE, EndReason.CALLER_HUNG_UP, EndReason.SILENCE)
    made: list[Call] = []
    for number in range(first, first + count):
        level = list(UrgencyLevel)[number % 5]
        call = short_call(
            number,
            clients[number % 4],
            details={CALLER_NAME: Detail(names[number % 5], ""), CALLBACK_NUMBER: Detail(NUMBER, "", confirmed=True)},
            urgency=Urgency(level, "panne"),
            ended=ends[number % 3],
            language=Language.ENGLISH if number % 7 == 0 else Language.FRENCH,
            verbatim=(f"Bonjour, c'est pour la fuite numéro {number}.",),
        )
        partial = MessageState.PARTIAL if number % 9 == 0 else MessageState.COMPLETE
        await house.book.save(call, [], message_of(call, state=partial, callback_promised=""))
        made.append(call)
    return made


def instructions_of(house: ConsoleHouse, client: str) -> Instructions:
    return house.clients().of(client)


def spoken_moments() -> list[tuple[int, str]]:
    """Moments in the middle of sentences of the rich call, ms, and how the sentence that is heard then begins."""
    half = [(begins + ends) // 2 for begins, ends in CALLER_TURNS]
    return [
        (half[0], "Bonjour, j'ai plus de chauffage"),
        (half[2], "Zéro six, douze"),
        ((ANSWERS[2][0] + ANSWERS[2][1]) // 2, "Je récapitule"),
        (300, "Bonjour, vous êtes bien chez Chauffage Morel"),
    ]
