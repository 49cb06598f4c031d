"""One call of a synthetic caller under one condition, over the real websocket, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.call_records import record_of
from voicebot.quality.carried_call import CallToPlace, CarriedCall
from voicebot.quality.listening.conditions import AudioCaller, Condition, NoiseKind
from voicebot.quality.listening.line_damage import Network
from voicebot.quality.listening.noises import BABBLE_LINES, BABBLE_VOICES, speech_rms
from voicebot.quality.listening.telephone import OnATelephone, Telephone
from voicebot.quality.persona import Persona, PersonaOnTheLine
from voicebot.quality.script import Manner, PlaySound
from voicebot.quality.synthetic_caller import CallerTurn
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.store.call_book import CallBook

CALL_LIMIT_S = 110.0
SETTLE_LIMIT_S = 10.0
SPREAD_S = 0.3
"""A caller who thinks answers within this time after the time that the condition says."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """number: 0, 1 … of this caller under this condition; with the caller's name it seeds what chance draws."""

    caller: AudioCaller
    condition: Condition
    number: int
    seed: int

    @property
    def case(self) -> str:
        return f"audio/{self.condition.name}/{self.caller.name}-{self.number}"


@dataclass(frozen=True, slots=True)
class HeardCall:
    """What is left of a call. turns: what the caller said, on the carrier's clock. record: None when it was never taken.

    lost_frames: by the network. trouble: why it cannot be judged, "" when it can.
    """

    planned: PlannedCall
    carried: CarriedCall
    turns: tuple[CallerTurn, ...]
    record: CallRecord | None
    lost_frames: int = 0
    trouble: str = ""


class EventSource(Protocol):
    """As reception.live_calls.LiveCalls."""

    def watch(self, watcher: Callable[[str, CallEvent], None]) -> None: ...


@dataclass
class TelephonedHouse:
    """The house that is called. address: "http://127.0.0.1:8080". numbers: dialled, by client."""

    address: str
    book: CallBook
    live: EventSource
    numbers: Mapping[str, str]
    _waiting: dict[str, Callable[[CallEvent], None]] = field(default_factory=dict)
    _by_call: dict[str, Callable[[CallEvent], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.live.watch(self._see)

    def follow(self, carrier_call_id: str, see: Callable[[CallEvent], None]) -> None:
        """Tells see of every event of this call, from the first to the last."""
        self._waiting[carrier_call_id] = see

    def _see(self, call_id: str, event: CallEvent) -> None:
        if event.kind is EventKind.CALL_OPENED:
            see = self._waiting.pop(event.data.get("carrier_call_id", ""), None)
            if see is not None:
                self._by_call[call_id] = see
        elif call_id in self._by_call:
            self._by_call[call_id](event)
            if event.kind is EventKind.CALL_ENDED:
                del self._by_call[call_id]


class HurriedPersona(PersonaOnTheLine):
    """A persona that does not hear every question out. barge_in_ms: every second answer begins that long after she began."""

    def __init__(self, persona: Persona, speak: Callable[[str], Pcm], barge_in_ms: int | None) -> None:
        self._barge_in_ms = barge_in_ms
        self._answers = -1
        super().__init__(persona, speak)

    @property
    def sounds(self) -> Pcm:
        """Everything that it may say, one after the other."""
        return np.concatenate(list(self._sounds.values()))

    def _say(self, line: str) -> PlaySound:
        self._answers += 1
        said = super()._say(line)
        return said if self._barge_in_ms is None or self._answers % 2 == 0 else replace(said, barge_in_ms=self._barge_in_ms)


def babble_voices() -> tuple[Pcm, ...]:
    """The people behind a caller."""
    return tuple(
        EspeakVoice(voice, 165, repeatable=True).synthesise(line)
        for voice, line in zip(BABBLE_VOICES, BABBLE_LINES, strict=True)
    )


def person_of(planned: PlannedCall) -> HurriedPersona:
    """The caller as the condition makes them speak. Blocks while the voice speaks every line."""
    caller, condition = planned.caller, planned.condition
    voice_name = condition.voice or caller.voice
    words_per_minute = condition.words_per_minute or caller.words_per_minute
    voice = EspeakVoice(voice_name, words_per_minute, repeatable=True)
    numbers = {text for name, text in caller.lines.items() if name.endswith("callback_number")}
    numbers |= {f"non, {text}" for text in numbers}

    def speak(text: str) -> Pcm:
        if text in numbers and condition.pause_in_number_ms:
            return with_pauses([voice.synthesise(group) for group in text.split(", ")], condition.pause_in_number_ms)
        return voice.synthesise(text)

    manner = Manner(seed=planned.seed, patience_s=20.0)
    if condition.thinks_s:
        thinks_s = condition.thinks_s
        manner = replace(manner, reaction_s=(thinks_s, thinks_s + SPREAD_S), patience_s=20.0 + thinks_s)
    persona = Persona(
        caller.name, caller.opening, caller.lines, caller.facts, voice_name, words_per_minute, caller.caller_number, manner
    )
    return HurriedPersona(persona, speak, condition.barge_in_ms)


def with_pauses(groups: Sequence[Pcm], pause_ms: int) -> Pcm:
    """One piece of sound, with silence of pause_ms between the groups."""
    silence = np.zeros(pause_ms * RATE_HZ // 1000, np.int16)
    pieces = [piece for group in groups for piece in (group, silence)]
    return np.concatenate(pieces[:-1])


async def place(planned: PlannedCall, house: TelephonedHouse, talkers: Sequence[Pcm]) -> HeardCall:
    """Telephones, lives through the call and reads what the store has of it. Never raises for what the house does."""
    person = await asyncio.to_thread(person_of, planned)
    condition = planned.condition
    voices = talkers if condition.noise and condition.noise.kind is NoiseKind.BABBLE else ()
    telephone = Telephone(condition, speech_rms(person.sounds), planned.seed, voices)
    network = Network(condition.loss, condition.jitter, planned.seed)
    to_place = CallToPlace(house.numbers[planned.caller.client], planned.caller.caller_number)
    house.follow(to_place.call_sid, person.see)
    carrier = SyntheticCarrier(
        f"{house.address}/twilio/voice",
        f"{house.address}/twilio/status",
        call_limit_s=CALL_LIMIT_S,
        network=network.carry if condition.loss or condition.jitter else None,
    )
    carried = await carrier.carry(to_place, OnATelephone(person, telephone))
    record = await _record(house.book, to_place.call_sid)
    trouble = "" if record else "; ".join(carried.trouble) or "the call was not taken"
    return HeardCall(planned, carried, tuple(person.caller.turns), record, network.lost, trouble)


async def _record(book: CallBook, carrier_call_id: str) -> CallRecord | None:
    """The call's record once it is over in the store, or as it stands after SETTLE_LIMIT_S."""
    record: CallRecord | None = None
    for _ in range(int(SETTLE_LIMIT_S / 0.1)):
        call = await book.call_by_carrier("twilio", carrier_call_id)
        if call is not None:
            record = await record_of(book, call.id)
            if call.ended is not None:
                return record
        await asyncio.sleep(0.1)
    return record
