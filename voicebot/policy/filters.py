"""Filters: who calls matters before why. VIPs pass, canvassers are refused politely; danger is heard from everybody."""

from __future__ import annotations

from voicebot.domain.acts import Confidence, TellCallerKind
from voicebot.domain.details import CALLER_NAME, COMPANY, REASON
from voicebot.domain.filters import CANVASSING_PREFIXES, CallerKind, Filter
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.policy.keeping import keep_reason
from voicebot.policy.turn import Turn
from voicebot.policy.wordings import holds_every_word

_KINDS = frozenset(CallerKind)
_DOUBT = "ask:caller_kind"


def recognise_caller(turn: Turn) -> None:
    """Notes what the caller is, and the first filter of the file that fits; once it holds, it holds for the call.

    Nobody is refused once their message is recorded. Who looks for work has said why they call.
    """
    for act in turn.every(TellCallerKind):
        if not _believed(turn, act):
            _note_doubt(turn, act)
            continue
        if act.caller_kind in _KINDS:
            turn.change(caller_kind=act.caller_kind)
        if act.caller_kind == CallerKind.CANDIDATE and REASON not in turn.call.details:
            keep_reason(turn, _sentence_around(turn, act.words))
    if turn.filter is not None or turn.recorded:
        return
    fitting = next((f for f in turn.instructions.filters if _fits(turn, f)), None)
    if fitting:
        turn.change(filter=fitting.id, caller_kind=turn.call.caller_kind or fitting.who)


def led_by_filter(turn: Turn) -> Orientation | None:
    """Where the filter that holds leads the call."""
    held = turn.filter
    return Orientation(held.outcome, held.to or "", f"filters[{held.id}].outcome") if held else None


def takes_note(turn: Turn) -> bool:
    """Does the filter that holds take a message from this caller, who told or was told what they are?"""
    held, led = turn.filter, turn.call.orientation
    if held is None or led is None or led.outcome in (Outcome.REFUSAL, Outcome.ANSWER):
        return False
    return bool(turn.every(TellCallerKind)) or f"filters[{held.id}].answer" in turn.call.told


def unsure_of_caller(turn: Turn) -> bool:
    """Did the caller say something of themselves that may be a filter's, and no filter holds?"""
    return turn.filter is None and turn.tried(_DOUBT) > 0


def purpose_first(turn: Turn) -> bool:
    """Must the caller say what the call is about before anybody is named or rung? A canvasser's prefix or words hint so."""
    unsure = any(act.confidence is Confidence.UNSURE for act in turn.every(TellCallerKind))
    unknown = turn.filter is None and turn.call.scenario is None and not turn.endangered
    return unknown and (hinted(turn) or unsure)


def hinted(turn: Turn) -> bool:
    """Does the caller show a number of those that canvassers must show, or that this client's refusals list?"""
    listed = [p for f in turn.instructions.filters if f.outcome is Outcome.REFUSAL for p in f.prefixes]
    return bool(turn.call.caller_number) and turn.call.caller_number.startswith((*CANVASSING_PREFIXES, *listed))


def _sentence_around(turn: Turn, words: str) -> str:
    """Everything that was said with these words."""
    said = turn.call.verbatim[-1] if turn.call.verbatim else ""
    return said if words.casefold() in said.casefold() else words


def _note_doubt(turn: Turn, act: TellCallerKind) -> None:
    """What they are is asked about once, by asking for the request; after that their words are what is known of it."""
    if turn.try_once_more(_DOUBT) > 1 and REASON not in turn.call.details:
        keep_reason(turn, act.words, Confidence.UNSURE)


def _believed(turn: Turn, act: TellCallerKind) -> bool:
    """A prefix alone proves nothing, but it settles a doubt about a canvasser."""
    hint = act.caller_kind == CallerKind.CANVASSER and hinted(turn)
    return act.confidence is Confidence.SURE or hint


def _fits(turn: Turn, rule: Filter) -> bool:
    number = turn.call.caller_number
    if rule.who is not None and turn.call.caller_kind == rule.who:
        return True
    if any(act.caller_kind == rule.id and act.confidence is Confidence.SURE for act in turn.every(TellCallerKind)):
        return True
    if number and (number in rule.numbers or (rule.outcome is not Outcome.REFUSAL and number.startswith(rule.prefixes))):
        return True
    said = [turn.call.details[d].value for d in (CALLER_NAME, COMPANY) if d in turn.call.details]
    return any(holds_every_word(value, name) for name in rule.names for value in said)
