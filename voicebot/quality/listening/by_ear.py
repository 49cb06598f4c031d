"""What only the sound of a call tells: waits, interruptions, replies to nobody, words that the ears got wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import jiwer
import numpy as np

from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.carried_call import FRAME_MS
from voicebot.quality.judging.verdict import Area, Judgement, Quantity, Verdict
from voicebot.quality.latency import Wait, first_sound_ms, waits
from voicebot.quality.listening.audio_calls import HeardCall
from voicebot.quality.listening.conditions import Limits
from voicebot.quality.loudness import Span
from voicebot.quality.records.transcript import Transcript

CLOCKS_DIFFER_MS = 700.0
"""Times of the receptionist's line and of the carrier are compared within this: buffers, detectors, network."""

WAIT, STOP, FIRST_SOUND = "wait_ms", "stop_ms", "first_sound_ms"
WORD_ERROR_RATE, WORD_ERRORS, WORDS_SAID = "word_error_rate", "word_errors", "words_said"
EARLY, UNANSWERED, PHANTOMS, STOPPED_BY_NOBODY = "early_replies", "unanswered_turns", "phantom_turns", "stopped_by_nobody"
CALLERS_CLOCK, TURNS_SAID = "callers_clock_late_ms", "turns_said"


@dataclass(frozen=True, slots=True)
class WordErrors:
    """errors: substitutions, deletions and insertions. said: words of the script."""

    errors: int
    said: int

    @property
    def rate(self) -> float | None:
        return self.errors / self.said if self.said else None


def judge_by_ear(heard: HeardCall, transcript: Transcript, limits: Limits) -> Judgement:
    """Verdicts and quantities of the call's sound; of its words only how many were misheard."""
    assert heard.record is not None
    events = heard.record.events
    spans = [turn.span for turn in heard.turns]
    met = waits(spans, heard.carried.receptionist)
    first_ms = first_sound_ms(heard.carried.receptionist)
    words = word_errors([turn.text for turn in heard.turns], heard_words(transcript))
    told = _told(met, spans, events, _clocks_differ_ms(heard))
    quantities = [
        Quantity(WAIT, "ms", tuple(w.wait_ms for w in met if w.wait_ms is not None)),
        Quantity(STOP, "ms", tuple(_stops(met, events))),
        Quantity(FIRST_SOUND, "ms", () if first_ms is None else (first_ms,)),
        Quantity(WORD_ERROR_RATE, "rate", () if words.rate is None else (words.rate,)),
        Quantity(WORD_ERRORS, "words", (float(words.errors),)),
        Quantity(WORDS_SAID, "words", (float(words.said),)),
        Quantity(TURNS_SAID, "turns", (float(len(spans)),)),
        Quantity(CALLERS_CLOCK, "ms", (heard.carried.late_ms_p99,)),
        *(Quantity(name, "turns", (float(count),)) for name, count in told.items()),
    ]
    verdicts = _verdicts(quantities, told, limits)
    return Judgement(tuple(verdicts), tuple(q for q in quantities if q.values))


def joined(by_record: Judgement, by_ear: Judgement) -> Judgement:
    """Both; where they measure the same, the ear is believed."""
    names, checks = {q.name for q in by_ear.quantities}, {v.check for v in by_ear.verdicts}
    return Judgement(
        (*(v for v in by_record.verdicts if v.check not in checks), *by_ear.verdicts),
        (*(q for q in by_record.quantities if q.name not in names), *by_ear.quantities),
    )


def heard_words(transcript: Transcript) -> list[str]:
    """What the ears made of each turn. One that went on after a reply had begun is written again, whole: the last counts."""
    turns = [turn for turn in transcript.caller_turns if turn.text]
    return [t.text for t, after in zip_longest(turns, turns[1:]) if after is None or after.started_s != t.started_s]


def word_errors(said: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """Over the whole call, so that a turn heard in two pieces is no error. Case, hyphens and punctuation do not count."""
    reference, hypothesis = " ".join(map(_plain, said)).split(), " ".join(map(_plain, heard)).split()
    if not reference:
        return WordErrors(len(hypothesis), 0)
    if not hypothesis:
        return WordErrors(len(reference), len(reference))
    found = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    return WordErrors(found.substitutions + found.deletions + found.insertions, len(reference))


def _plain(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.casefold().replace("_", " ")).strip()


def _clocks_differ_ms(heard: HeardCall) -> float:
    """The line's clock counts the frames that came: what is lost makes it slow, what comes late makes it late."""
    loss, jitter = heard.planned.condition.loss, heard.planned.condition.jitter
    late_ms = (loss.late_ms if loss else 0) + (jitter.most_ms if jitter else 0)
    return CLOCKS_DIFFER_MS + FRAME_MS * heard.lost_frames + late_ms


def _told(met: Sequence[Wait], spans: Sequence[Span], events: Iterable[CallEvent], differ_ms: float) -> dict[str, int]:
    events = tuple(events)
    # After the last words nothing need be said.
    unanswered = sum(w.wait_ms is None and not w.early for w in met[:-1])
    return {
        EARLY: sum(w.early for w in met),
        UNANSWERED: unanswered,
        PHANTOMS: sum(not _near(spans, *times, differ_ms) for times in _heard_turns(events)),
        STOPPED_BY_NOBODY: sum(not _near(spans, at, at, differ_ms) for at in _cut_sentences(events)),
    }


def _near(spans: Sequence[Span], started_ms: float, ended_ms: float, differ_ms: float) -> bool:
    return any(s.started_ms - differ_ms <= ended_ms and started_ms <= s.ended_ms + differ_ms for s in spans)


def _heard_turns(events: Iterable[CallEvent]) -> Iterator[tuple[float, float]]:
    for event in events:
        if event.kind is EventKind.CALLER_SAID and event.data["text"] and event.data.get("ended_ms"):
            yield float(event.data["started_ms"]), float(event.data["ended_ms"])


def _cut_sentences(events: Iterable[CallEvent]) -> Iterator[float]:
    """When each sentence that was not heard out fell silent, ms on the line's clock."""
    for event in events:
        if event.kind is EventKind.SENTENCE_PLAYED and event.data["played"] == "part":
            yield float(event.data["started_ms"]) + float(event.data["played_ms"])


def _stops(met: Iterable[Wait], events: Iterable[CallEvent]) -> Iterator[float]:
    """How long she went on where she may be interrupted: legal notices and safety scripts are said to the end."""
    events = tuple(events)
    fixed = {
        e.data["sentence"] for e in events if e.kind is EventKind.RECEPTIONIST_SAYS and not e.data.get("interruptible", True)
    }
    protected = [
        (float(e.data["started_ms"]), float(e.data["started_ms"]) + float(e.data["played_ms"]))
        for e in events
        if e.kind is EventKind.SENTENCE_PLAYED and e.data["sentence"] in fixed
    ]
    for wait in met:
        if wait.stopped_ms is not None:
            until_ms = wait.turn.started_ms + wait.stopped_ms
            if not any(a <= until_ms and wait.turn.started_ms <= b for a, b in protected):
                yield wait.stopped_ms


def _verdicts(quantities: Sequence[Quantity], told: dict[str, int], limits: Limits) -> Iterator[Verdict]:
    by_name = {q.name: q.values for q in quantities}
    first, waited, stops = by_name[FIRST_SOUND], by_name[WAIT], by_name[STOP]
    yield _within("latency.first_sound", Area.LATENCY, max(first, default=float("inf")), limits.first_sound_ms)
    if waited:
        yield _within("latency.waits_by_ear", Area.LATENCY, float(np.percentile(waited, 95)), limits.wait_ms)
    if stops:
        yield _within("interruptions.stops_when_interrupted", Area.INTERRUPTIONS, max(stops), limits.stop_ms)
    for check, area, name in (
        ("interruptions.waits_for_the_end", Area.INTERRUPTIONS, EARLY),
        ("interruptions.only_by_the_caller", Area.INTERRUPTIONS, STOPPED_BY_NOBODY),
        ("silence.every_turn_answered", Area.SILENCE, UNANSWERED),
        ("hearing.only_the_caller", Area.HEARING, PHANTOMS),
    ):
        yield Verdict(check, area, told[name] == 0, "0", str(told[name]))


def _within(check: str, area: Area, found_ms: float, limit_ms: float) -> Verdict:
    return Verdict(check, area, found_ms <= limit_ms, f"≤ {limit_ms:.0f} ms", f"{found_ms:.0f} ms")
