"""Questions: none in vain, none too often, no loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from voicebot.domain.decisions import Action
from voicebot.quality.judging.call_in_hand import CallInHand, Decided, Exchange
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence, Quantity
from voicebot.quality.records.transcript import Turn

CHECKS = Checks(Area.QUESTIONS)

MOST_PLAIN_QUESTIONS = 2
"""Questions for one detail in the same way; then spelling or the keypad, then it is left open (domain.md)."""
MOST_QUESTIONS = 4
"""In every way together: question, again, spelling, keypad."""
MOST_SAME_REPLIES = 2
"""The same reply may be heard twice running, not a third time."""

ASKS = frozenset({Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD})
_PLAIN = frozenset({Action.ASK, Action.ASK_AGAIN})
_OTHER_WAYS = frozenset({"spell", "keypad"})
_INTERRUPTIONS = (
    Action.ANSWER, Action.SAY_ROBOT, Action.SAY_NOBODY_AVAILABLE, Action.STOP_RECORDING, Action.SPEAK_LANGUAGE,
    Action.SAY_LANGUAGES, Action.SAFETY_SCRIPT, Action.KEEP_SECRET, Action.NOTE_QUESTION, Action.SAY_COST,
    Action.ACKNOWLEDGE, Action.CONFIRM_CORRECTION,
)  # fmt: skip
"""Decisions beside which a question is only put again: the caller had asked or added something."""


@CHECKS.check(
    "asked_twice",
    Need.RECORD,
    fr="Ce que l'appelant a donné avec certitude n'est pas redemandé.",
    en="What the caller gave for sure is not asked for again.",
)
def asked_twice(call: CallInHand) -> Iterator[Found]:
    """Unless the caller took it back, or it cannot be right."""
    given: dict[str, Exchange] = {}
    asked = False
    for exchange in call.exchanges:
        for act in exchange.acts:
            if act["kind"] == "refuse":
                given.clear()
            elif act["kind"] == "give_detail" and act["complete"] and act["confidence"] == "sure":
                given[act["detail"]] = exchange
        for d in exchange.decisions:
            asked = asked or d.action in ASKS
            if d.action in ASKS and d.subject in given and d.rule != "details.doubt":
                evidence = (*given.pop(d.subject).evidence, *call.where(d))
                yield Found(False, f"{d.subject} is not asked: it was given", f"asked by {d.rule}", d.behind, evidence)
    if asked:
        yield Found(True, "nothing that was given is asked again", "nothing")


@CHECKS.check(
    "asked_too_often",
    Need.RECORD,
    fr="Une information est demandée deux fois au plus de la même façon, quatre fois en tout.",
    en="A detail is asked for twice at most in the same way, four times in all.",
)
def asked_too_often(call: CallInHand) -> Iterator[Found]:
    plain: dict[str, list[Decided]] = {}
    every: dict[str, list[Decided]] = {}
    for exchange in call.exchanges:
        if exchange.decided(*_INTERRUPTIONS):
            continue
        for d in exchange.decided(*ASKS):
            every.setdefault(d.subject, []).append(d)
            if d.action in _PLAIN and d.values.get("way") not in _OTHER_WAYS:
                plain.setdefault(d.subject, []).append(d)
    for counted, most in ((plain, MOST_PLAIN_QUESTIONS), (every, MOST_QUESTIONS)):
        for detail, times in counted.items():
            if len(times) > most:
                evidence = tuple(e for d in times for e in call.where(d))
                yield Found(
                    False, f"{detail} is asked at most {most} times", f"{len(times)} times", times[-1].behind, evidence
                )
    if every:
        yield Found(True, "no question too often", "none")


@CHECKS.check(
    "loop",
    fr="La même réponse n'est pas entendue trois fois de suite, sauf si l'appelant demande de répéter.",
    en="The same reply is not heard three times running, unless the caller asks to repeat.",
)
def loop(call: CallInHand) -> Iterator[Found]:
    asked_for = (Action.REPEAT, Action.RESUME)
    replies = [
        (tuple(t.text for t in e.said), e)
        for e in call.exchanges
        if e.said and not e.decided(*asked_for) and not all(t.phrase == "repeat" for t in e.said)
    ]
    for first in range(len(replies) - MOST_SAME_REPLIES):
        running = replies[first : first + MOST_SAME_REPLIES + 1]
        if len({words for words, _ in running}) == 1:
            evidence = tuple(Evidence(e.said[0].number) for _, e in running)
            yield Found(False, "no reply three times running", running[0][0][0], evidence=evidence)
            return
    if replies:
        yield Found(True, "no reply three times running", "none")


@CHECKS.check(
    "said_once",
    Need.RECORD,
    fr="Dans une même réponse, aucune phrase n'est dite deux fois.",
    en="No sentence is said twice in one reply.",
)
def said_once(call: CallInHand) -> Iterator[Found]:
    replies: dict[str, list[Turn]] = {}
    for turn in call.said:
        reply, _, place = str(call.sentence_data(turn).get("sentence", "")).partition(".")
        if place:
            replies.setdefault(reply, []).append(turn)
    for sentences in replies.values():
        before: dict[str, Turn] = {}
        for turn in sentences:
            if turn.text in before:
                evidence = (Evidence(before[turn.text].number), Evidence(turn.number))
                yield Found(False, "every sentence once in a reply", turn.text, evidence=evidence)
                return
            before[turn.text] = turn
    if replies:
        yield Found(True, "every sentence once in a reply", "once")


@CHECKS.measure(
    "questions_per_detail",
    needs=(Need.RECORD,),
    fr="Nombre de questions posées pour chaque information demandée.",
    en="How many questions were put for each detail that was asked for.",
)
def questions_per_detail(call: CallInHand) -> Iterator[Quantity]:
    asked = Counter(d.subject for d in call.decided(*ASKS))
    if asked:
        yield Quantity("questions_per_detail", "questions", tuple(float(n) for n in asked.values()))
