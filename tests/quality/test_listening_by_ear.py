"""What the ear tells of a call, and the table by condition, on calls that were made up sample by sample."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from voicebot.domain.call import Call
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.carried_call import CarriedCall, Ending
from voicebot.quality.judging.verdict import Area, JudgedCase, Judgement, Quantity, Verdict
from voicebot.quality.listening.audio_calls import HeardCall, PlannedCall
from voicebot.quality.listening.audio_run import plan
from voicebot.quality.listening.by_condition import by_condition, markdown
from voicebot.quality.listening.by_ear import joined, judge_by_ear, word_errors
from voicebot.quality.listening.conditions import AudioCaller, AudioSuite, Condition, Limits
from voicebot.quality.loudness import Span
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.synthetic_caller import CallerTurn
from voicebot.speech.ports import RATE_HZ

BEGAN = datetime(2026, 11, 23, 21, 40, tzinfo=UTC)
CALLER = AudioCaller(name="paul", client="chauffage-morel", opening="bonjour", lines={})


def she(*spans_ms: tuple[int, int], lasts_ms: int = 12_000) -> np.ndarray:
    sound = np.zeros(lasts_ms * RATE_HZ // 1000, np.int16)
    for start, end in spans_ms:
        sound[start * RATE_HZ // 1000 : end * RATE_HZ // 1000] = 3000
    return sound


def event(number: int, kind: EventKind, **data: object) -> CallEvent:
    return CallEvent(number, BEGAN + timedelta(seconds=number), kind, data)


def said(number: int, text: str, started_ms: int, ended_ms: int) -> CallEvent:
    told = {"turn": number, "language": "fr", "confidence": 0.9, "heard_by": "practice ears", "cut": False}
    return event(number, EventKind.CALLER_SAID, text=text, started_ms=started_ms, ended_ms=ended_ms, **told)


def played(number: int, sentence: str, how: str, started_ms: int, played_ms: int) -> CallEvent:
    return event(
        number, EventKind.SENTENCE_PLAYED, sentence=sentence, played=how, played_ms=played_ms, started_ms=started_ms
    )


def says(number: int, sentence: str, interruptible: bool) -> CallEvent:
    return event(
        number, EventKind.RECEPTIONIST_SAYS, sentence=sentence, text="…", phrase="notice", language="fr",
        interruptible=interruptible,
    )  # fmt: skip


def ear(turns: list[tuple[str, int, int]], sound: np.ndarray, *events: CallEvent) -> Judgement:
    call = Call("20261123-214000-000001", "chauffage-morel", 1, "", "", BEGAN, Language.FRENCH)
    record = CallRecord(call, None, events)
    carried = CarriedCall(np.zeros_like(sound), sound, Ending.HUNG_UP_BY_US)
    spoken = tuple(CallerTurn(text, Span(float(a), float(b))) for text, a, b in turns)
    heard = HeardCall(PlannedCall(CALLER, Condition(name="clean"), 0, 1), carried, spoken, record)
    return judge_by_ear(heard, transcript_of(record), Limits())


def values(judgement: Judgement, name: str) -> tuple[float, ...]:
    return next((q.values for q in judgement.quantities if q.name == name), ())


def failed(judgement: Judgement) -> set[str]:
    return {verdict.check for verdict in judgement.verdicts if not verdict.passed}


def test_a_good_call_has_its_waits_and_nothing_wrong() -> None:
    found = ear(
        [("bonjour", 2000, 3000), ("au revoir", 6000, 7000)],
        she((100, 1500), (3400, 5000), (7600, 9000)),
        said(1, "bonjour", 2000, 3000),
        said(2, "au revoir", 6000, 7000),
    )
    assert values(found, "wait_ms") == pytest.approx((400, 600), abs=5)
    assert values(found, "first_sound_ms") == pytest.approx((100,), abs=5)
    assert values(found, "word_error_rate") == (0.0,)
    assert failed(found) == set()


def test_late_early_and_missing_answers_are_told() -> None:
    found = ear(
        [("un", 2000, 3000), ("deux", 6000, 7000), ("trois", 8000, 9000)],
        she((1600, 1800), (2500, 4000), (11_900, 12_000)),
    )
    assert failed(found) == {
        "latency.first_sound",
        "latency.waits_by_ear",
        "interruptions.waits_for_the_end",
        "silence.every_turn_answered",
    }


def test_a_stop_is_measured_but_not_where_she_may_not_be_interrupted() -> None:
    turns, sound = [("attendez", 3000, 4500)], she((1000, 4400), (5000, 6000))
    free = ear(turns, sound, says(1, "1.1", True), played(2, "1.1", "part", 1000, 3400))
    bound = ear(turns, sound, says(1, "1.1", False), played(2, "1.1", "all", 1000, 3400))
    assert values(free, "stop_ms") == pytest.approx((1400,), abs=5)
    assert "interruptions.stops_when_interrupted" in failed(free)
    assert values(bound, "stop_ms") == ()
    assert "interruptions.stops_when_interrupted" not in failed(bound)


def test_words_and_interruptions_of_nobody_are_told() -> None:
    echoed = ear(
        [("bonjour", 1000, 2000)],
        she((100, 800), (2500, 8000)),
        said(1, "bonjour", 1000, 2000),
        says(2, "2.1", True),
        played(3, "2.1", "part", 2500, 3000),
        said(4, "je récapitule", 4500, 5500),
    )
    assert values(echoed, "stopped_by_nobody") == (1.0,)
    assert values(echoed, "phantom_turns") == (1.0,)
    assert {"interruptions.only_by_the_caller", "hearing.only_the_caller"} <= failed(echoed)


def test_a_turn_that_went_on_is_counted_once() -> None:
    found = ear(
        [("zéro six trente-neuf", 1000, 4000)],
        she((100, 800), (4500, 6000)),
        said(1, "zéro six", 1000, 2000),
        said(2, "zéro six trente neuf", 1000, 4000),
    )
    assert values(found, "word_errors") == (0.0,)


@pytest.mark.parametrize(
    ("reference", "heard", "errors"),
    [
        (["Au douze, rue des Lilas."], ["au douze rue des lilas"], 0),
        (["quatre-vingt-dix-huit"], ["quatre vingt huit"], 1),
        (["oui c'est ça"], ["oui", "c'est ça"], 0),
        (["oui"], [], 1),
        (["bonjour"], ["bonjour madame monsieur"], 2),
    ],
)
def test_word_errors_are_counted_over_the_call(reference: list[str], heard: list[str], errors: int) -> None:
    assert word_errors(reference, heard).errors == errors


def test_the_ear_is_believed_where_both_measure() -> None:
    by_record = Judgement(
        (Verdict("a", Area.MESSAGE, True),), (Quantity("wait_ms", "ms", (1.0,)), Quantity("x", "s", (2.0,)))
    )
    both = joined(by_record, Judgement((), (Quantity("wait_ms", "ms", (3.0,)),)))
    assert {q.name: q.values for q in both.quantities} == {"x": (2.0,), "wait_ms": (3.0,)}
    assert [v.check for v in both.verdicts] == ["a"]


def case(condition: str, name: str, *, right: bool, wait_ms: float, early: float = 0.0) -> JudgedCase:
    verdicts = (
        Verdict("message.details.caller_name", Area.MESSAGE, right),
        Verdict("interruptions.waits_for_the_end", Area.INTERRUPTIONS, early == 0),
    )
    quantities = (
        Quantity("wait_ms", "ms", (wait_ms, wait_ms)), Quantity("words_said", "words", (10.0,)),
        Quantity("word_errors", "words", (1.0,)), Quantity("turns_said", "turns", (2.0,)),
        Quantity("early_replies", "turns", (early,)),
    )  # fmt: skip
    return JudgedCase(f"audio/{condition}/{name}", name, "c", "", "fr", "", verdicts=verdicts, quantities=quantities,
                      tags={"condition": condition})  # fmt: skip


def test_rows_tell_outcome_and_latency_and_who_was_lost_against_clean() -> None:
    cases = [case("clean", f"paul-{n}", right=True, wait_ms=400) for n in range(6)]
    cases += [case("gsm", f"paul-{n}", right=n > 0, wait_ms=600, early=1.0) for n in range(6)]
    clean, gsm = by_condition(cases)
    assert (clean.right.successes, clean.p, clean.word_error_rate) == (6, None, 0.1)
    assert (gsm.right.successes, gsm.right.trials, gsm.lost, gsm.gained, gsm.p) == (5, 6, 1, 0, 1.0)
    assert gsm.passed.successes == 0
    assert (gsm.waits.count, gsm.waits.p50_ms) == (12, 600)
    assert "| gsm | 83.3 % [43.6–97.0] (5/6) | −1 +0 (p 1) | 600 / 600 (12) |" in markdown((clean, gsm))


def test_conditions_come_in_turn_and_each_caller_is_the_same_under_all() -> None:
    conditions = (Condition(name="clean"), Condition(name="soft", gain_db=-20))
    suite = AudioSuite(at="2026-11-23 22:40", calls=3, callers=(CALLER,), conditions=conditions)
    calls = list(plan(suite))
    assert [c.condition.name for c in calls] == ["clean", "soft"] * 3
    assert [c.seed for c in calls[::2]] == [c.seed for c in calls[1::2]]
    assert len({c.case for c in calls}) == 6
