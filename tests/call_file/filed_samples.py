"""A call in sound and in events, with speech at known moments, for the tests of the call's folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.call_file.tape import Tape
from voicebot.domain.acts import Confidence
from voicebot.domain.call import Call, EndReason, RecordingState, Stage
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, REASON, Detail
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.speech.ports import RATE_HZ, Pcm

BEGAN = datetime(2026, 3, 12, 21, 14, 5, tzinfo=UTC)
CHUNK_MS = 20

# (start, end) in ms on the call's clock.
GREETING = [(120, 2900), (3100, 5400)]
CALLER_TURNS = [(6000, 8400), (11_500, 13_200), (15_900, 21_300), (23_600, 24_000), (29_600, 30_300)]
ANSWERS = [(8940, 11_700), (14_420, 15_500), (21_700, 23_200), (24_560, 29_000), (31_560, 34_800)]
WAITS = [540, 1220, 400, 560, 1260]
BARGE_IN = (11_500, 11_700)
LENGTH_MS = 36_000

DETAILS = {
    CALLER_NAME: Detail("Zoé Lefèvre", "zoé lefèvre", Confidence.UNSURE),
    CALLBACK_NUMBER: Detail("+33612345678", "zéro six douze trente-quatre cinquante-six soixante-dix-huit", confirmed=True),
    REASON: Detail("plus de chauffage depuis ce matin", "j'ai plus de chauffage depuis ce matin"),
}


def speech(length_ms: int, seed: int = 0, rms: float = 2500.0) -> NDArray[np.float64]:
    """Voice-like sound: harmonics with syllables, never silent, loud at once and to its end."""
    rng = np.random.default_rng(seed)
    t = np.arange(length_ms * RATE_HZ // 1000) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * 130 * k * t + rng.uniform(0, 6)) / k for k in range(3, 20))
    loudness = 0.3 + 0.7 * np.abs(np.cos(2 * np.pi * 2.2 * t))
    sound = np.asarray(tone * loudness)
    return sound * rms / np.sqrt(np.mean(sound**2))


def sound_of(spans: list[tuple[int, int]], length_ms: int, *, noise_rms: float = 0.0, seed: int = 7) -> Pcm:
    """One channel with speech at the spans and white noise all over."""
    sound = np.random.default_rng(seed).normal(0, noise_rms, length_ms * RATE_HZ // 1000)
    for number, (start, end) in enumerate(spans):
        sound[start * 8 : end * 8] += speech(end - start, seed + number)
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def play_call(tape: Tape, *, noise_rms: float = 12.0) -> None:
    """Puts the whole sample call on the tape, in chunks of 20 ms as a line brings them."""
    caller = sound_of(CALLER_TURNS, LENGTH_MS, noise_rms=noise_rms)
    for at_ms in range(0, LENGTH_MS, CHUNK_MS):
        tape.caller(caller[at_ms * 8 : (at_ms + CHUNK_MS) * 8], at_ms)
    for start, end in [*GREETING, *ANSWERS]:
        # The line is fed ahead, and what a barge-in clears is cut.
        tape.receptionist(sound_of([(0, end - start + 400)], end - start + 400), start)
        tape.cut_receptionist(end)


def a_call(**changes: Any) -> Call:
    fields: dict[str, Any] = {
        "id": "call-2026-1",
        "client": "chauffage-morel",
        "instructions_version": 3,
        "caller_number": "+33612345678",
        "dialled_number": "+33184000001",
        "started_at": BEGAN,
        "language": Language.FRENCH,
        "carrier": "twilio",
        "carrier_call_id": "CA1",
        "stage": Stage.ENDED,
        "scenario": "panne",
        "urgency": Urgency(UrgencyLevel.P2, "panne"),
        "details": DETAILS,
        "turns": 5,
        "recording": RecordingState.ON,
        "ended": EndReason.GOODBYE,
        "ended_at": BEGAN + timedelta(milliseconds=35_200),
    }
    return Call(**fields | changes)


def a_message(**changes: Any) -> Message:
    fields: dict[str, Any] = {
        "id": "m-1",
        "call": "call-2026-1",
        "client": "chauffage-morel",
        "instructions_version": 3,
        "state": MessageState.COMPLETE,
        "taken_at": BEGAN + timedelta(seconds=31),
        "language": Language.FRENCH,
        "number_shown": "+33612345678",
        "scenario": "panne",
        "scenario_title": "Panne de chauffage",
        "urgency": Urgency(UrgencyLevel.P2, "panne"),
        "person_wanted": None,
        "human_wanted": False,
        "details": DETAILS,
        "missing": (),
        "verbatim": ("Bonjour, j'ai plus de chauffage depuis ce matin.",),
        "callback_promised": "Un technicien vous rappellera demain dès huit heures.",
    }
    return Message(**fields | changes)


class Log:
    """Writes events as reception does."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []
        self._turn = 0
        self._sentence = 0

    def add(self, at_ms: int, kind: EventKind, **data: Any) -> None:
        self.events.append(CallEvent(len(self.events) + 1, BEGAN + timedelta(milliseconds=at_ms), kind, data))

    def heard(self, span: tuple[int, int], text: str, acts: list[dict[str, Any]], by: str = "rules") -> None:
        self._turn += 1
        times = {"started_ms": span[0] + 30, "ended_ms": span[1] - 20}
        said = {"turn": self._turn, "text": text, "language": "fr", "confidence": 0.91, "heard_by": "practice ears"}
        self.add(span[1] + 200, EventKind.CALLER_SAID, **said, **times, cut=False)
        made = {"by": by, "fallback": "", "took_ms": 2.4, "prompt_hash": "" if by == "rules" else "9f2c"}
        self.add(span[1] + 210, EventKind.ACTS_UNDERSTOOD, turn=self._turn, acts=acts, **made)

    def says(self, span: tuple[int, int], texts: list[str], *decided: tuple[str, str, str, str], part: bool = False) -> None:
        rows = [{"action": a, "rule": r, "because": b, "subject": s, "values": {}} for a, s, r, b in decided]
        self.add(span[0] - 80, EventKind.DECIDED, turn=self._turn, decisions=rows)
        ids: list[str] = []
        for text in texts:
            self._sentence += 1
            ids.append(f"s{self._sentence}")
            words = {"text": text, "phrase": "p", "language": "fr", "interruptible": True}
            self.add(span[0] - 70, EventKind.RECEPTIONIST_SAYS, sentence=ids[-1], **words)
        each = (span[1] - span[0]) // len(texts)
        for number, sentence in enumerate(ids):
            last = part and number == len(ids) - 1
            played = {"played": "part" if last else "all", "played_ms": each, "started_ms": span[0] + number * each}
            self.add(span[1], EventKind.SENTENCE_PLAYED, sentence=sentence, **played)
        if self._turn:
            self.add(span[1] + 5, EventKind.TURN_ANSWERED, turn=self._turn, wait_ms=512.5, ears=120.0, voice=31.5)


def events_of_the_call() -> list[CallEvent]:
    log = Log()
    numbers = {"caller_number": "+33612345678", "dialled_number": "+33184000001"}
    log.add(0, EventKind.CALL_OPENED, client="chauffage-morel", instructions_version=3, carrier="twilio", **numbers)
    log.add(40, EventKind.LINE_OPENED, stream="MZ1", resumed=False)
    notice = "Bonjour, vous êtes bien chez Chauffage Morel. Je suis une intelligence artificielle, pas une personne."
    log.says((120, 5400), [notice, "Que puis-je faire pour vous ?"], ("greet", "closed", "greeting.notice", "house"))
    request = {"kind": "state_request", "scenario": "panne", "words": "plus de chauffage"}
    log.heard(CALLER_TURNS[0], "Bonjour, j'ai plus de chauffage depuis ce matin.", [request])
    ask_name = ("ask", "caller_name", "details.ask_missing", "scenarios[panne].details")
    log.says(ANSWERS[0], ["Je note ce que vous me dites.", "Quel est votre nom ?"], ask_name, part=True)
    name = {"kind": "give_detail", "detail": "caller_name", "value": "Zoé Lefèvre", "words": "zoé lefèvre"}
    log.heard(CALLER_TURNS[1], "Zoé Lefèvre.", [name | {"confidence": "unsure"}], by="language_model")
    ask_number = ("ask", "callback_number", "details.ask_missing", "scenarios[panne].details")
    log.says(ANSWERS[1], ["À quel numéro peut-on vous rappeler ?"], ask_number)
    number = {"kind": "give_detail", "detail": "callback_number", "value": "+33612345678", "words": "zéro six douze"}
    log.heard(CALLER_TURNS[2], "Zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit.", [number])
    read_back = ("read_back", "", "read_back.all", "house")
    log.says(ANSWERS[2], ["Je récapitule : à rappeler au 06 12 34 56 78. C'est bien ça ?"], read_back)
    log.heard(CALLER_TURNS[3], "Oui.", [{"kind": "affirm", "words": "oui"}])
    take = ("take_message", "panne", "message.take", "scenarios[panne].outcome")
    log.says(ANSWERS[3], ["Votre message est enregistré.", "Un technicien vous rappellera demain dès huit heures."], take)
    log.add(24_500, EventKind.MESSAGE_RECORDED, message="m-1", state="complete", urgency="p2")
    log.add(26_000, EventKind.TROUBLE, code="language_model", what="The language model was slow.")
    log.heard(CALLER_TURNS[4], "Merci, au revoir.", [{"kind": "say_goodbye", "words": "au revoir"}])
    leave = ("take_leave", "", "leave.goodbye", "house"), ("end_call", "goodbye", "leave.goodbye", "house")
    log.says(ANSWERS[4], ["Merci de votre appel. Au revoir."], *leave)
    log.add(35_200, EventKind.CALL_ENDED, reason="goodbye")
    return log.events
