"""How long it took, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.domain.call import EndReason
from voicebot.domain.decisions import Action
from voicebot.domain.events import EventKind
from voicebot.quality.judging.call_in_hand import CallInHand, Exchange
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence, Quantity

CHECKS = Checks(Area.LENGTH)
_OUTCOMES = (
    Action.TAKE_MESSAGE, Action.KEEP_PARTIAL_MESSAGE, Action.TRANSFER, Action.WAKE_ON_CALL, Action.PROMISE_CALLBACK,
)  # fmt: skip
_DONE = frozenset({"say_goodbye", "refuse", "thank", "affirm", "wish_while_waiting", "do_not_know", "unclear", "greet"})
_WANTS = frozenset(
    {"state_request", "ask_question", "ask_other_question", "ask_for_human", "ask_for_person", "raise_red_flag"}
)
_MAY_HANG_UP = frozenset({EndReason.REFUSED, EndReason.TIME_LIMIT})


@CHECKS.measure(
    "caller_turns",
    "receptionist_sentences",
    fr="Tours de l'appelant, silences et touches compris ; phrases du réceptionniste.",
    en="The caller's turns, silences and keys included; the receptionist's sentences.",
)
def turns(call: CallInHand) -> Iterator[Quantity]:
    yield Quantity("caller_turns", "turns", (float(len(call.transcript.caller_turns)),))
    yield Quantity("receptionist_sentences", "sentences", (float(len(call.said)),))


@CHECKS.measure(
    "call_s",
    "seconds_to_outcome",
    "turns_to_outcome",
    needs=(Need.RECORD,),
    fr="Durée de l'appel ; secondes et tours jusqu'à son issue (message, transfert, astreinte, rappel, réponse).",
    en="Length of the call; seconds and turns to its outcome (message, transfer, on call, callback, answer).",
)
def to_outcome(call: CallInHand) -> Iterator[Quantity]:
    if call.record is None or not call.record.events:
        return
    began = call.record.call.started_at
    yield Quantity("call_s", "s", (round((call.record.events[-1].at - began).total_seconds(), 3),))
    settled = call.decided(*_OUTCOMES) or call.decided(Action.ANSWER)
    if settled:
        yield Quantity("seconds_to_outcome", "s", (round((settled[0].at - began).total_seconds(), 3),))
        yield Quantity("turns_to_outcome", "turns", (float(settled[0].exchange),))


def _ends(call: CallInHand) -> tuple[Exchange, str] | None:
    found = call.decided(Action.END_CALL)
    return (call.exchange_of(found[0]), found[0].subject) if found else None


@CHECKS.check(
    "goodbye",
    Need.RECORD,
    fr="Quand le réceptionniste finit l'appel, il a dit au revoir.",
    en="Where the receptionist ends the call, it has said goodbye.",
)
def goodbye(call: CallInHand) -> Iterator[Found]:
    ends = _ends(call)
    if ends:
        said = [t for t in ends[0].said if t.phrase.startswith("leave_")]
        refused = ends[1] == EndReason.REFUSED and bool(ends[0].said)
        what = said[0].text if said else "no goodbye"
        yield Found(bool(said) or refused, "a goodbye", what, "", ends[0].evidence)


@CHECKS.check(
    "hung_up_on",
    Need.RECORD,
    fr="L'appel n'est pas fini par le réceptionniste alors que l'appelant demande encore quelque chose.",
    en="The receptionist does not end the call while the caller still asks for something.",
    critical=True,
)
def hung_up_on(call: CallInHand) -> Iterator[Found]:
    ends = _ends(call)
    if ends is None or ends[1] in _MAY_HANG_UP:
        return
    exchange = ends[0]
    kinds = {act["kind"] for act in exchange.acts}
    answered = bool(exchange.decided(Action.ANSWER, Action.TAKE_MESSAGE, Action.KEEP_SECRET, Action.KEEP_PARTIAL_MESSAGE))
    wants = bool(kinds & _WANTS) and not kinds & _DONE and not answered
    silent = not kinds and ends[1] == EndReason.GOODBYE and bool(exchange.words.strip())
    found = ", ".join(sorted(kinds)) or "words that were not understood"
    yield Found(not (wants or silent), "the caller is done", found if wants or silent else "done", "", exchange.evidence)


@CHECKS.check(
    "over_is_over",
    Need.RECORD,
    fr="Après la fin, plus rien n'est dit ; aucune boucle de raccrochage.",
    en="After the end nothing more is said; no loop of hanging up.",
)
def over_is_over(call: CallInHand) -> Iterator[Found]:
    ended = call.decided(Action.END_CALL)
    if ended:
        later = [t for e in call.exchanges[ended[0].exchange + 1 :] for t in e.said]
        passed = len(ended) == 1 and not later
        found = f"ended {len(ended)} times, {len(later)} sentences later"
        yield Found(
            passed, "ended once", found if not passed else "ended once", "", tuple(Evidence(t.number) for t in later)
        )


@CHECKS.check(
    "ended_by_silence",
    Need.RECORD,
    fr="Avant de finir pour silence, l'appelant est appelé au moins une fois (« Êtes-vous toujours là ? »).",
    en="Before a call ends for silence the caller is asked at least once whether they are there.",
)
def ended_by_silence(call: CallInHand) -> Iterator[Found]:
    ends = _ends(call)
    if ends and ends[1] == EndReason.SILENCE:
        prompts = call.decided(
            Action.ASK_STILL_THERE, Action.OFFER_KEYPAD, Action.ASK_TO_REPHRASE, Action.ASK_REQUEST, Action.WAIT
        )
        yield Found(bool(prompts), "asked before", f"asked {len(prompts)} times", "", ends[0].evidence)


@CHECKS.check(
    "troubles",
    Need.RECORD,
    fr="L'appel n'a connu aucun incident technique, ni ligne perdue.",
    en="The call met no technical trouble, nor a lost line.",
)
def troubles(call: CallInHand) -> Iterator[Found]:
    events = call.record.events if call.record else ()
    if events:
        codes = [str(e.data.get("code", e.kind)) for e in events if e.kind in (EventKind.TROUBLE, EventKind.LINE_LOST)]
        yield Found(not codes, "none", ", ".join(codes) or "none")
