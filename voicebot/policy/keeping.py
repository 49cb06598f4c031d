"""Keeping details: in any order, whether asked for or not; what is doubtful is kept as doubtful, never as sure."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.acts import Affirm, AskForSecret, Confidence, DoNotKnow, GiveDetail, PressKeys, Unclear
from voicebot.domain.call import Awaited
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, HOUSE_DETAILS, REASON, Detail, DetailKind, DetailSource
from voicebot.policy.doubts import doubt_of
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import may_keep, never_ask
from voicebot.policy.ways import MOST_TRIES, ways

_ANY_WORDS = (DetailKind.FREE_TEXT, DetailKind.ADDRESS, DetailKind.REFERENCE, DetailKind.DATE)


def keep_details(turn: Turn) -> None:
    """Keeps every detail that was given and may be kept."""
    _use_shown_number(turn)
    for act in turn.every(GiveDetail):
        known = turn.call.details.get(act.detail)
        if not _is_detail(turn, act.detail) or not may_keep(turn, act.detail) or _asks_a_secret(turn, act):
            continue
        if (
            known
            and not act.correction
            and (known.confirmed or act.detail == REASON or (known.complete and not act.complete))
        ):
            continue
        if known and _another_name(turn, act):
            continue
        source = DetailSource.KEYPAD if turn.first(PressKeys) else DetailSource.SPEECH
        given = Detail(act.value, act.words, act.confidence, source, act.complete)
        if doubt_of(turn.instructions, act.detail, act.value):
            given = replace(given, confidence=Confidence.UNSURE, complete=False)
        _put(turn, act.detail, given)
        if act.correction and known and known.complete:
            turn.decide(Action.CONFIRM_CORRECTION, "details.correction", "house", act.detail)
    _give_up_unknown(turn)


def came_forward(turn: Turn) -> bool:
    """Was another detail given instead of the one asked for, or more digits of it? Then the question costs no try.

    It cannot go on for ever: each detail is new once, and a number grows no longer than numbers are.
    """
    expected = turn.before.expectation
    if expected.awaited is not Awaited.DETAIL or expected.detail is None:
        return False
    if set(turn.call.details) - set(turn.before.details) - {expected.detail, REASON}:
        return True
    if turn.instructions.detail_kind(expected.detail) is not DetailKind.PHONE:
        return False
    now, was = turn.call.details.get(expected.detail), turn.before.details.get(expected.detail)
    heard = was.value if was else ""
    return now is not None and not now.complete and now.value.startswith(heard) and len(now.value) > len(heard)


def drop_unlisted(turn: Turn) -> None:
    """The scenario is known now: what was kept before and does not belong to it is dropped."""
    kept = {name: detail for name, detail in turn.call.details.items() if may_keep(turn, name)}
    if len(kept) != len(turn.call.details):
        turn.change(details=kept)


def keep_reason(turn: Turn, words: str, confidence: Confidence = Confidence.SURE) -> None:
    """Adds the caller's words to the reason of the call, once."""
    known = turn.call.details.get(REASON)
    if not words.strip() or not may_keep(turn, REASON) or (known and words.casefold() in known.value.casefold()):
        return
    value = f"{known.value} ; {words}" if known else words
    _put(turn, REASON, Detail(value, words, confidence))


def note_expected_words(turn: Turn) -> None:
    """« Je note ce que vous me dites » : words that fill no detail are kept as the one that was asked for."""
    expected = turn.call.expectation
    lost = turn.first(Unclear)
    if lost is None or not lost.words.strip():
        return
    if expected.awaited is Awaited.REQUEST and turn.call.unclear >= 1:
        _note(turn, REASON, lost.words)
    elif expected.awaited is Awaited.DETAIL and expected.detail and expected.detail not in turn.call.details:
        kind = turn.instructions.detail_kind(expected.detail)
        doubtful = bool(doubt_of(turn.instructions, expected.detail, lost.words))
        last_try = turn.tried(expected.detail) >= len(ways(turn, expected.detail)) and kind is not DetailKind.PHONE
        if last_try or (kind in _ANY_WORDS and not doubtful):
            _note(turn, expected.detail, lost.words)


def settle_doubtful(turn: Turn) -> None:
    """A value that stays doubtful after every way of asking is kept as it was said, marked unsure; a phone number is not."""
    for name, detail in turn.call.details.items():
        if detail.complete or turn.instructions.detail_kind(name) is DetailKind.PHONE:
            continue
        if turn.tried(name) >= len(ways(turn, name)):
            _put(turn, name, replace(detail, complete=True, confidence=Confidence.UNSURE))
            turn.decide(Action.ACKNOWLEDGE, "details.note_words", "house", name)


def _asks_a_secret(turn: Turn, act: GiveDetail) -> bool:
    """Words that ask for a secret are no reason to call; they are not read back either."""
    return act.detail == REASON and turn.first(AskForSecret) is not None


def _another_name(turn: Turn, act: GiveDetail) -> bool:
    """A second name, uncorrected, in answer to another question is somebody else's: « il s'appelle Moka »."""
    expected, known = turn.call.expectation, turn.call.details[act.detail]
    elsewhere = expected.awaited is Awaited.DETAIL and expected.detail != act.detail
    is_name = turn.instructions.detail_kind(act.detail) is DetailKind.NAME
    return is_name and elsewhere and known.complete and not act.correction


def _is_detail(turn: Turn, detail: str) -> bool:
    return detail in HOUSE_DETAILS or turn.instructions.detail(detail) is not None


def _put(turn: Turn, name: str, detail: Detail) -> None:
    turn.change(details={**turn.call.details, name: detail}, unclear=0)


def _note(turn: Turn, detail: str, words: str) -> None:
    if not may_keep(turn, detail):
        return
    if detail == REASON:
        keep_reason(turn, words, Confidence.UNSURE)
    else:
        _put(turn, detail, Detail(words, words, Confidence.UNSURE))
    turn.decide(Action.ACKNOWLEDGE, "details.note_words", "house", detail)


def _use_shown_number(turn: Turn) -> None:
    """« Peut-on vous rappeler au numéro qui s'affiche ? » — yes."""
    expected = turn.call.expectation
    asked = expected.awaited is Awaited.DETAIL and expected.detail == CALLBACK_NUMBER and not expected.keypad
    if not asked or CALLBACK_NUMBER in turn.call.details or not turn.call.caller_number:
        return
    if (yes := turn.first(Affirm)) and turn.tried(CALLBACK_NUMBER) < MOST_TRIES:
        shown = Detail(turn.call.caller_number, yes.words, source=DetailSource.LINE, confirmed=True)
        _put(turn, CALLBACK_NUMBER, shown)


def _give_up_unknown(turn: Turn) -> None:
    """« Je ne sais pas » : the detail is not asked again."""
    expected = turn.call.expectation
    if expected.awaited is Awaited.DETAIL and expected.detail and turn.first(DoNotKnow):
        never_ask(turn, expected.detail)
