"""Faults of the rules: decisions that are dropped, repeated, made too early or made of somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from voicebot.domain.acts import Affirm
from voicebot.domain.call import Awaited, Call, EndReason, Expectation, Stage
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, Detail
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.decide import Verdict
from voicebot.quality.judging.verdict import Area
from voicebot.quality.mutation.fault import Change, Fault, Scene, Seam, Severity

_CRITICAL, _SERIOUS, _MINOR = Severity.CRITICAL, Severity.SERIOUS, Severity.MINOR
_ASKS = (Action.ASK, Action.ASK_AGAIN)
_LEVELS = list(UrgencyLevel)
_LOOPS = 4

Filtered = Callable[[Decision], bool]


def _drop(*actions: Action) -> Change:
    def verdict(value: Verdict, _scene: Scene) -> Verdict:
        return replace(value, decisions=tuple(d for d in value.decisions if d.action not in actions))

    return verdict


def _script_afterwards(value: Verdict, scene: Scene) -> Verdict:
    """The script of a turn is spoken in the next one, after the name was asked for."""
    due: list[Decision] = scene.memory.pop("due", [])
    scripts = [d for d in value.decisions if d.action is Action.SAFETY_SCRIPT]
    if scripts:
        scene.memory["due"] = scripts
    rest = (d for d in value.decisions if d.action is not Action.SAFETY_SCRIPT)
    return replace(value, decisions=(*due, *rest)) if due or scripts else value


def _asks(value: Verdict) -> Decision | None:
    return next((d for d in value.decisions if d.action in _ASKS), None)


def _same_question(value: Verdict, scene: Scene) -> Verdict:
    """The second question of the call is put four times, whatever the caller says."""
    held: Verdict | None = scene.memory.get("held")
    if held is None:
        scene.memory["questions"] = scene.memory.get("questions", 0) + bool(_asks(value))
        if scene.memory["questions"] >= 2:
            scene.memory["held"], scene.memory["left"] = value, _LOOPS
        return value
    if scene.rule != "decide" or scene.memory["left"] == 0:
        return value
    scene.memory["left"] -= 1
    return Verdict(replace(held.call, turns=value.call.turns), held.decisions)


def _asked_though_answered(value: Verdict, scene: Scene) -> Verdict:
    """In place of the next question, once, one for what the caller has told for sure."""
    question, call = _asks(value), value.call
    known = next((i for i, d in call.details.items() if d.complete and i in (CALLER_NAME, CALLBACK_NUMBER)), None)
    if question is None or known is None or scene.memory.get("done") or question.subject == known:
        return value
    scene.memory["done"] = True
    again = Decision(Action.ASK, "details.ask_missing", question.because, known)
    decisions = tuple(again if d is question else d for d in value.decisions)
    return Verdict(replace(call, expectation=Expectation(Awaited.DETAIL, known)), decisions)


def _two_questions_lost(value: Verdict, scene: Scene) -> Verdict:
    """A mandatory question is taken as answered « je ne sais pas », and never put."""
    question = _asks(value)
    if question is None or question.subject != CALLBACK_NUMBER or scene.memory.get("done") or scene.decide is None:
        return value
    scene.memory["done"] = True
    tries = {**value.call.tries, CALLBACK_NUMBER: 9}
    later = scene.decide(replace(value.call, tries=tries, expectation=Expectation(Awaited.NOTHING)), ())
    kept = tuple(d for d in value.decisions if d is not question)
    return Verdict(replace(later.call, turns=value.call.turns), (*kept, *later.decisions))


def _read_back_skipped(value: Verdict, scene: Scene) -> Verdict:
    reads = [d for d in value.decisions if d.action is Action.READ_BACK]
    if not reads or scene.decide is None:
        return value
    later = scene.decide(value.call, (Affirm("oui"),))
    kept = tuple(d for d in value.decisions if d.action is not Action.READ_BACK)
    return Verdict(replace(later.call, turns=value.call.turns), (*kept, *later.decisions))


def _urgency(step: int) -> Change:
    """One level lower (step 1) or higher (step -1), from the first turn in which the call is urgent."""

    def verdict(value: Verdict, scene: Scene) -> Verdict:
        urgency = value.call.urgency
        if urgency is None or urgency == scene.memory.get("shifted"):
            return value
        level = _LEVELS[min(max(_LEVELS.index(urgency.level) + step, 0), len(_LEVELS) - 1)]
        shifted = Urgency(level, urgency.criterion, urgency.words)
        scene.memory["shifted"] = shifted
        return replace(value, call=replace(value.call, urgency=shifted))

    return verdict


def _ordinary_made_urgent(value: Verdict, _scene: Scene) -> Verdict:
    call = value.call
    if call.urgency is not None or not call.scenario:
        return value
    return replace(value, call=replace(call, urgency=Urgency(UrgencyLevel.P1, call.scenario)))


def _hangs_up(call: Call, *decisions: Decision) -> Verdict:
    over = Decision(Action.END_CALL, "leave.end", "house", EndReason.GOODBYE)
    leave = Decision(Action.TAKE_LEAVE, "leave.end", "house", "goodbye")
    return Verdict(replace(call, expectation=Expectation(Awaited.NOTHING)), (*decisions, leave, over))


def _hangs_up_early(value: Verdict, scene: Scene) -> Verdict:
    scene.memory["questions"] = scene.memory.get("questions", 0) + bool(_asks(value))
    return _hangs_up(value.call) if scene.memory["questions"] == 2 else value


def _hangs_up_after_message(value: Verdict, _scene: Scene) -> Verdict:
    """Nobody can add anything once the message is taken."""
    if not any(d.action is Action.ASK_ANYTHING_ELSE for d in value.decisions):
        return value
    return _hangs_up(value.call, *(d for d in value.decisions if d.action is not Action.ASK_ANYTHING_ELSE))


def _rings_whoever_is_not_there(*why: str) -> Change:
    def verdict(value: Verdict, scene: Scene) -> Verdict:
        no = next((d for d in value.decisions if d.action is Action.SAY_NOBODY_AVAILABLE), None)
        if no is None or no.values.get("why") not in why or scene.memory.get("done"):
            return value
        scene.memory["done"] = True
        ring = Decision(Action.TRANSFER, "handover.put_through", no.because, no.subject)
        handover = replace(value.call.handover, to=no.subject, handoffs=value.call.handover.handoffs + 1)
        call = replace(value.call, handover=handover, expectation=Expectation(Awaited.NOTHING))
        return Verdict(call, (*(d for d in value.decisions if d.action not in (*_ASKS, no.action)), ring))

    return verdict


def _rings_somebody_else(value: Verdict, scene: Scene) -> Verdict:
    rung = next((d for d in value.decisions if d.action is Action.TRANSFER), None)
    if rung is None or scene.instructions is None:
        return value
    everybody = [*(p.id for p in scene.instructions.people), *(t.id for t in scene.instructions.teams)]
    other = next((i for i in everybody if i != rung.subject), rung.subject)
    decisions = tuple(replace(d, subject=other) if d is rung else d for d in value.decisions)
    return Verdict(replace(value.call, handover=replace(value.call.handover, to=other)), decisions)


def _transfer_given_up(value: Verdict, _scene: Scene) -> Verdict:
    """Whoever should be put through leaves a message instead."""
    led = value.call.orientation
    if led is None or led.outcome is not Outcome.TRANSFER:
        return value
    return replace(value, call=replace(value.call, orientation=Orientation(Outcome.MESSAGE, "", led.because)))


def _urgent_left_for_the_morning(value: Verdict, _scene: Scene) -> Verdict:
    led = value.call.orientation
    if led is None or led.outcome is not Outcome.ON_CALL:
        return value
    call = replace(value.call, orientation=Orientation(Outcome.MESSAGE, "", led.because))
    return Verdict(call, tuple(d for d in value.decisions if d.action is not Action.WAKE_ON_CALL))


def _wakes_for_nothing(value: Verdict, scene: Scene) -> Verdict:
    taken = next((d for d in value.decisions if d.action is Action.TAKE_MESSAGE), None)
    known = {d.action for d in value.decisions}
    if taken is None or not scene.can.on_call or Action.WAKE_ON_CALL in known or value.call.handover.on_call_woken:
        return value
    wake = Decision(Action.WAKE_ON_CALL, "handover.wake_on_call", taken.because, taken.subject)
    return replace(value, decisions=(wake, *value.decisions))


def _filter_forgotten(value: Verdict, _scene: Scene) -> Verdict:
    return replace(value, call=replace(value.call, filter=None, caller_kind=None))


def _question_not_kept(value: Verdict, _scene: Scene) -> Verdict:
    return replace(value, call=replace(value.call, question_noted=False))


def _deaf_to_time(value: Verdict, scene: Scene) -> Verdict:
    return Verdict(scene.call, ()) if scene.rule == "reach_time_limit" and scene.call else value


def _forgets_when_cut(value: Verdict, scene: Scene) -> Verdict:
    return replace(value, call=replace(value.call, details={})) if scene.rule == "resume" else value


def _previous_caller(value: Verdict, scene: Scene) -> Verdict:
    if scene.rule != "greet":
        return value
    stale = {
        CALLER_NAME: Detail("Inès Carpentier", "inès carpentier"),
        CALLBACK_NUMBER: Detail(
            "+33639989876", "zéro six trente-neuf quatre-vingt-dix-huit quatre-vingt-dix-huit soixante-seize"
        ),
    }
    return replace(value, call=replace(value.call, details=stale))


def _message_never_taken(value: Verdict, _scene: Scene) -> Verdict:
    """The read-back is confirmed, and what follows is not the recording of the message."""
    if not any(d.action is Action.TAKE_MESSAGE for d in value.decisions):
        return value
    kept = tuple(d for d in value.decisions if d.action is not Action.TAKE_MESSAGE)
    return Verdict(replace(value.call, message_complete=False, stage=Stage.CLOSING), kept)


def _rule(name: str, harm: str, severity: Severity, area: Area, change: Change) -> Fault:
    return Fault(name, harm, severity, area, {Seam.VERDICT: change})


RULE_FAULTS: tuple[Fault, ...] = (
    _rule("script_dropped", "Nobody tells a caller in danger what to do.", _CRITICAL, Area.EMERGENCY,
          _drop(Action.SAFETY_SCRIPT)),
    _rule("script_after_identification", "A caller in danger must give their name before hearing what to do.", _CRITICAL,
          Area.EMERGENCY, _script_afterwards),
    _rule("question_loop", "The caller hears the same question again and again.", _SERIOUS, Area.QUESTIONS, _same_question),
    _rule("asked_though_answered", "The caller is asked for what they have just said.", _SERIOUS, Area.QUESTIONS,
          _asked_though_answered),
    _rule("mandatory_question_skipped", "The message has no number, because nobody asked for one.", _CRITICAL, Area.MESSAGE,
          _two_questions_lost),
    _rule("read_back_skipped", "What was misheard is recorded, and the caller never had a chance to hear it.", _SERIOUS,
          Area.INSTRUCTIONS, _read_back_skipped),
    _rule("urgency_too_low", "An urgent call waits with the ordinary ones.", _CRITICAL, Area.URGENCY, _urgency(1)),
    _rule("urgency_too_high", "The client's people are hurried for what can wait.", _SERIOUS, Area.URGENCY, _urgency(-1)),
    _rule("ordinary_made_urgent", "Every request is an emergency, so that none is.", _SERIOUS, Area.URGENCY,
          _ordinary_made_urgent),
    _rule("hangs_up_early", "The caller is told goodbye in the middle.", _CRITICAL, Area.LENGTH, _hangs_up_early),
    _rule("hangs_up_after_message", "A caller who has something to add finds the line dead.", _MINOR, Area.LENGTH,
          _hangs_up_after_message),
    _rule("never_hangs_up", "The line stays open after the goodbye, and the talk goes on.", _SERIOUS, Area.LENGTH,
          _drop(Action.END_CALL)),
    _rule("goodbye_missing", "The line goes dead without a word.", _MINOR, Area.LENGTH, _drop(Action.TAKE_LEAVE)),
    _rule("anything_else_missing", "The caller waits in silence after the message was taken.", _MINOR, Area.SILENCE,
          _drop(Action.ASK_ANYTHING_ELSE)),
    _rule("transfer_to_closed_desk", "A caller is put through to a desk where nobody is.", _SERIOUS, Area.HANDOFF,
          _rings_whoever_is_not_there("closed")),
    _rule("transfer_to_absent_person", "Somebody who does not take calls, or is away, is rung.", _SERIOUS, Area.HANDOFF,
          _rings_whoever_is_not_there("away", "unreachable")),
    _rule("transfer_to_wrong_person", "The caller tells their story to somebody whom it does not concern.", _SERIOUS,
          Area.HANDOFF, _rings_somebody_else),
    _rule("transfer_given_up", "A caller who should be put through is left with a message.", _SERIOUS, Area.HANDOFF,
          _transfer_given_up),
    _rule("nobody_available_unsaid", "A caller who asked for a human gets the next question instead of the truth.", _SERIOUS,
          Area.HANDOFF, _drop(Action.SAY_NOBODY_AVAILABLE)),
    _rule("on_call_not_woken", "The caller is told it is urgent, and nobody gets up.", _CRITICAL, Area.HANDOFF,
          _drop(Action.WAKE_ON_CALL)),
    _rule("urgent_left_for_the_morning", "An emergency becomes a message that is read at eight.", _CRITICAL, Area.HANDOFF,
          _urgent_left_for_the_morning),
    _rule("on_call_woken_for_nothing", "Somebody is woken at night for an invoice.", _SERIOUS, Area.HANDOFF,
          _wakes_for_nothing),
    _rule("filter_forgotten", "The client's own list of callers is not obeyed.", _SERIOUS, Area.FILTER, _filter_forgotten),
    _rule("notice_unsaid", "Callers are not told what the client wants them to know this week.", _SERIOUS, Area.INSTRUCTIONS,
          _drop(Action.SAY_NOTICE)),
    _rule("cost_unsaid", "A call-out at night is billed that nobody was told of.", _SERIOUS, Area.INSTRUCTIONS,
          _drop(Action.SAY_COST)),
    _rule("answer_unsaid", "An approved answer is decided on and not given.", _SERIOUS, Area.INSTRUCTIONS,
          _drop(Action.ANSWER)),
    _rule("question_said_noted_and_lost", "« Je la note pour l'équipe », and nobody reads it.", _CRITICAL, Area.PROMISES,
          _question_not_kept),
    _rule("message_never_taken", "A caller who gave everything leaves no finished message.", _CRITICAL, Area.MESSAGE,
          _message_never_taken),
    _rule("silence_never_prompted", "A caller who does not know that it is their turn waits for ever.", _MINOR, Area.SILENCE,
          _drop(Action.ASK_STILL_THERE, Action.OFFER_KEYPAD)),
    _rule("time_limit_ignored", "A line is kept busy without end.", _MINOR, Area.LENGTH, _deaf_to_time),
    _rule("forgets_when_line_is_cut", "After a cut line the caller must say everything again.", _SERIOUS, Area.QUESTIONS,
          _forgets_when_cut),
    _rule("details_of_previous_caller", "A message carries the name and number of whoever called before.", _CRITICAL,
          Area.MESSAGE, _previous_caller),
)  # fmt: skip
