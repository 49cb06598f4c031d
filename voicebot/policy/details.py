"""Details: asked only when missing, one at a time, and each question in another way than the one before."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.acts import Refuse
from voicebot.domain.call import Awaited, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME
from voicebot.policy.danger import details_path
from voicebot.policy.doubts import doubt_of
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import missing_detail, missing_option, wanted_details
from voicebot.policy.ways import Way, ways


def ask_missing(turn: Turn, *, count: bool = True) -> bool:
    """Asks for the next missing detail. Returns: whether there was one. count: False when a question is only resumed."""
    detail = missing_detail(turn, wanted_details(turn), None if count else turn.call.expectation.detail)
    if detail:
        ask(turn, detail, _because(turn, detail), count=count)
        return True
    option = missing_option(turn)
    if option and turn.scenario:
        turn.try_once_more(option)
        turn.change(stage=Stage.QUALIFYING)
        turn.decide(Action.ASK, "details.ask_optional", f"scenarios[{turn.scenario.id}].optional_details", option)
        turn.expect(Awaited.DETAIL, option)
        return True
    return False


def ask_one(turn: Turn, detail: str) -> bool:
    """Asks for this detail before the others. Returns: whether it was missing and could still be asked for."""
    if missing_detail(turn, (detail,)) is None:
        return False
    ask(turn, detail, _because(turn, detail))
    return True


def ask_before_transfer(turn: Turn, wanted: tuple[str, ...], because: str, *, count: bool = True) -> bool:
    """« Qui dois-je annoncer ? » : what the human who takes the call is told first. Returns: whether a question was put."""
    detail = missing_detail(turn, wanted, None if count else turn.call.expectation.detail)
    if detail is None:
        return False
    ask(turn, detail, because, count=count, announce=detail == CALLER_NAME)
    return True


def ask(turn: Turn, detail: str, because: str, *, count: bool = True, announce: bool = False) -> None:
    """Puts the question for one detail, in the way whose turn it is."""
    resumed = not count and turn.tried(detail) > 0 and turn.call.expectation.detail == detail
    tries = turn.tried(detail) if resumed else turn.try_once_more(detail)
    way = ways(turn, detail)[tries - 1]
    known = turn.call.details.get(detail)
    partial = known.value if known and not known.complete else ""
    doubt = doubt_of(turn.instructions, detail, partial) if partial else ""
    refused = detail == CALLBACK_NUMBER and turn.first(Refuse) is not None
    shown = turn.call.caller_number if detail == CALLBACK_NUMBER and not partial and tries == 1 and not refused else ""
    turn.change(stage=Stage.QUALIFYING)
    if way is Way.KEYPAD:
        turn.decide(Action.ASK_BY_KEYPAD, "details.keypad", because, detail)
    elif shown:
        turn.decide(Action.ASK, "details.shown_number", because, detail, shown=shown)
    elif doubt:
        turn.decide(Action.ASK_AGAIN, "details.doubt", f"details[{detail}].{doubt}", detail, heard=partial, way=way)
    elif way is not Way.QUESTION and not (refused and tries == 2):
        turn.decide(Action.ASK_AGAIN, "details.ask_again", because, detail, heard=partial, way=way)
    elif partial:
        turn.decide(Action.ASK_AGAIN, "details.ask_rest", because, detail, heard=partial, way=Way.AGAIN)
    else:
        said = {"announce": "yes"} if announce else {}
        turn.decide(Action.ASK, "details.ask_missing", because, detail, **said)
    turn.expect(Awaited.DETAIL, detail, keypad=way is Way.KEYPAD)


def _because(turn: Turn, detail: str) -> str:
    if turn.endangered:
        return details_path(turn, detail)
    if turn.filter and turn.filter.details is not None and detail in turn.filter.details:
        return f"filters[{turn.filter.id}].details"
    listed = turn.scenario is not None and detail in turn.scenario.details
    return f"scenarios[{turn.scenario.id}].details" if turn.scenario and listed else "house"


def confirm_all(turn: Turn) -> None:
    confirmed = {name: replace(detail, confirmed=True) for name, detail in turn.call.details.items()}
    turn.change(details=confirmed)
