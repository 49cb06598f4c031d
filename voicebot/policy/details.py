"""Details: kept in any order, asked only when missing, two tries at most, then another way, never a loop."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.acts import Affirm, Confidence, DoNotKnow, GiveDetail, PressKeys, Refuse, Unclear
from voicebot.domain.call import Awaited, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, REASON, Detail, DetailKind, DetailSource
from voicebot.policy.danger import danger_details
from voicebot.policy.turn import DEFAULT_DETAILS, Turn

MOST_TRIES = 2
"""Questions for one detail before another way is taken (domain.md: two tries at most)."""


def wanted_details(turn: Turn) -> tuple[str, ...]:
    """Ids of the details that this call must bring, in the order in which they are asked."""
    urgent = danger_details(turn)
    if urgent is not None:
        return urgent
    return turn.scenario.details if turn.scenario else DEFAULT_DETAILS


def keep_details(turn: Turn) -> None:
    """Keeps every detail that was given, whether it was asked for or not."""
    for act in turn.every(GiveDetail):
        known = turn.call.details.get(act.detail)
        if known and known.confirmed and not act.correction:
            continue
        if act.detail == REASON and known and not act.correction:
            continue
        if known and known.complete and not act.complete and not act.correction:
            continue
        source = DetailSource.KEYPAD if turn.first(PressKeys) else DetailSource.SPEECH
        given = Detail(act.value, act.words, act.confidence, source, act.complete)
        turn.change(details={**turn.call.details, act.detail: given}, unclear=0)
        if act.correction and known:
            turn.decide(Action.CONFIRM_CORRECTION, "details.correction", "house", act.detail)


def use_shown_number(turn: Turn) -> None:
    """« Peut-on vous rappeler au numéro qui s'affiche ? » — yes."""
    expected = turn.call.expectation
    asked = expected.awaited is Awaited.DETAIL and expected.detail == CALLBACK_NUMBER and not expected.keypad
    if not asked or CALLBACK_NUMBER in turn.call.details or not turn.call.caller_number:
        return
    if (yes := turn.first(Affirm)) and turn.call.tries.get(CALLBACK_NUMBER, 0) <= 1:
        shown = Detail(turn.call.caller_number, yes.words, source=DetailSource.LINE, confirmed=True)
        turn.change(details={**turn.call.details, CALLBACK_NUMBER: shown})


def note_expected_words(turn: Turn) -> None:
    """« Je note ce que vous me dites » : words that fill no detail are kept as the one that was asked for."""
    expected = turn.call.expectation
    lost = turn.first(Unclear)
    if lost is None or not lost.words.strip():
        return
    if expected.awaited is Awaited.REQUEST and turn.call.unclear >= 1:
        _keep_words(turn, REASON, lost.words)
    elif expected.awaited is Awaited.DETAIL and expected.detail and expected.detail not in turn.call.details:
        kind = turn.instructions.detail_kind(expected.detail)
        takes_any_words = kind in (DetailKind.FREE_TEXT, DetailKind.ADDRESS, DetailKind.REFERENCE, DetailKind.DATE)
        last_try = turn.call.tries.get(expected.detail, 0) >= MOST_TRIES and kind is not DetailKind.PHONE
        if takes_any_words or last_try:
            _keep_words(turn, expected.detail, lost.words)


def _keep_words(turn: Turn, detail: str, words: str) -> None:
    turn.change(details={**turn.call.details, detail: Detail(words, words, Confidence.UNSURE)}, unclear=0)
    turn.decide(Action.ACKNOWLEDGE, "details.note_words", "house", detail)


def give_up_unknown(turn: Turn) -> None:
    """« Je ne sais pas » : the detail is not asked again."""
    expected = turn.call.expectation
    if expected.awaited is Awaited.DETAIL and expected.detail and turn.first(DoNotKnow):
        turn.change(tries={**turn.call.tries, expected.detail: MOST_TRIES + 2})


def missing_detail(turn: Turn) -> str | None:
    """The next detail to ask for: not complete, and not yet asked too often."""
    for detail in wanted_details(turn):
        known = turn.call.details.get(detail)
        most = MOST_TRIES + 1 if turn.instructions.detail_kind(detail) is DetailKind.PHONE else MOST_TRIES
        if (known is None or not known.complete) and turn.call.tries.get(detail, 0) < most:
            return detail
    return None


def ask_missing(turn: Turn, *, count: bool = True) -> bool:
    """Asks for the next missing detail. Returns: whether there was one. count: False when a question is only resumed."""
    detail = missing_detail(turn)
    if detail is None:
        return False
    asked = turn.call.tries.get(detail, 0)
    resumed = not count and asked > 0 and turn.call.expectation.detail == detail
    tries = asked if resumed else asked + 1
    known = turn.call.details.get(detail)
    heard = known.value if known and not known.complete else ""
    offer_shown = detail == CALLBACK_NUMBER and not heard and turn.call.caller_number and tries == 1
    refused = detail == CALLBACK_NUMBER and turn.first(Refuse) is not None
    because = _because(turn, detail)
    is_phone = turn.instructions.detail_kind(detail) is DetailKind.PHONE
    turn.change(stage=Stage.QUALIFYING, tries={**turn.call.tries, detail: tries})
    if tries > MOST_TRIES and is_phone:
        turn.decide(Action.ASK_BY_KEYPAD, "details.keypad", "house", detail)
        turn.expect(Awaited.DETAIL, detail, keypad=True)
        return True
    if offer_shown and not refused:
        turn.decide(Action.ASK, "details.shown_number", because, detail, shown=turn.call.caller_number)
    elif tries > 1 and not (refused and tries == 2):
        turn.decide(Action.ASK_AGAIN, "details.ask_again", because, detail, heard=heard)
    elif heard:
        turn.decide(Action.ASK_AGAIN, "details.ask_rest", because, detail, heard=heard)
    else:
        turn.decide(Action.ASK, "details.ask_missing", because, detail)
    turn.expect(Awaited.DETAIL, detail)
    return True


def _because(turn: Turn, detail: str) -> str:
    urgency = turn.call.urgency
    if danger_details(turn) is not None and urgency:
        has_rule = turn.instructions.red_flag_rule(urgency.criterion)
        return f"red_flags[{urgency.criterion}].details" if has_rule else "house"
    return f"scenarios[{turn.scenario.id}].details" if turn.scenario else f"house: {detail}"


def missing_at_end(turn: Turn) -> tuple[str, ...]:
    """Ids of wanted details that were never given in full."""
    details = turn.call.details
    return tuple(d for d in wanted_details(turn) if d not in details or not details[d].complete)


def confirm_all(turn: Turn) -> None:
    confirmed = {name: replace(detail, confirmed=True) for name, detail in turn.call.details.items()}
    turn.change(details=confirmed)
