"""Opening and courtesies: the first words, language, recording, patience, repetition, coming back after a cut."""

from __future__ import annotations

from voicebot.domain.acts import AskForLanguage, AskToRepeat, AskToWait, RefuseRecording, Unclear
from voicebot.domain.call import Awaited, RecordingState, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.identity import Greeting
from voicebot.policy.requests import ask_request
from voicebot.policy.turn import Turn

_LANGUAGES = "identity.languages"


def greet(turn: Turn) -> None:
    """Legal notice, recording notice, the client's greeting for this hour, and what callers must know these days."""
    recorded = turn.instructions.recording.enabled
    turn.change(stage=Stage.GREETING, recording=RecordingState.ON if recorded else RecordingState.OFF)
    turn.decide(Action.GREET, "opening.greet", _greeting_path(turn), turn.openness, recorded="yes" if recorded else "")
    for notice in turn.instructions.notices:
        turn.decide(Action.SAY_NOTICE, "opening.notice", f"notices[{notice.id}].say", notice.id)
    turn.expect(Awaited.REQUEST)


def choose_language(turn: Turn) -> bool:
    """Obeys a wish for a language that the client speaks. Returns: whether it changed."""
    wish = turn.first(AskForLanguage)
    if not wish or wish.language not in turn.instructions.identity.languages or wish.language is turn.call.language:
        return False
    turn.change(language=wish.language)
    return True


def say_languages(turn: Turn) -> None:
    """The caller speaks, or asks for, a language that this client does not: said truly, once."""
    wish = turn.first(AskForLanguage)
    if not wish or wish.language in turn.instructions.identity.languages or _LANGUAGES in turn.call.told:
        return
    turn.change(told=(*turn.call.told, _LANGUAGES))
    turn.decide(Action.SAY_LANGUAGES, "opening.languages", _LANGUAGES, wish.language)


def say_language(turn: Turn, *, first: bool) -> None:
    """first: said before everything else of the turn; only a safety script comes before it."""
    turn.decide(Action.SPEAK_LANGUAGE, "opening.language", _LANGUAGES, turn.call.language)
    if first:
        turn.decisions.insert(0, turn.decisions.pop())


def stop_recording(turn: Turn) -> None:
    if turn.first(RefuseRecording) and turn.call.recording is RecordingState.ON:
        turn.change(recording=RecordingState.REFUSED)
        turn.decide(Action.STOP_RECORDING, "opening.refuse_recording", "recording")


def be_patient(turn: Turn) -> bool:
    """« Ne quittez pas », « pardon ? ». Returns: whether that was all."""
    if turn.decisions:
        return False
    if turn.first(AskToWait):
        expected = turn.call.expectation
        turn.decide(Action.WAIT, "opening.wait", "house")
        turn.expect(expected.awaited, expected.detail, keypad=expected.keypad, patient=True)
        return True
    if turn.first(AskToRepeat):
        turn.decide(Action.REPEAT, "opening.repeat", "house")
        return True
    return False


def rephrase(turn: Turn) -> bool:
    """Words that could not be used: asked once more in the same state; after that the rules of details take over."""
    lost = turn.first(Unclear)
    if lost is None or turn.decisions or turn.call.stage is Stage.READING_BACK:
        return False
    turn.change(unclear=turn.call.unclear + 1)
    if turn.call.expectation.awaited in (Awaited.DETAIL, Awaited.PERSON) or turn.call.unclear > 2:
        return False
    turn.decide(Action.ASK_TO_REPHRASE, "details.rephrase", "house", "" if lost.words.strip() else "not_heard")
    return True


def resume(turn: Turn) -> None:
    """The line came back on another process or stream: apologise, then say again what was being said."""
    turn.change(resumed=turn.call.resumed + 1)
    turn.decide(Action.RESUME, "opening.resume", "house")
    if turn.call.stage is Stage.GREETING and turn.call.turns == 0:
        ask_request(turn)
    else:
        turn.decide(Action.REPEAT, "opening.repeat", "house")


def _greeting_path(turn: Turn) -> str:
    greeting: Greeting = turn.instructions.greeting
    local = turn.now.astimezone(turn.instructions.identity.zone)
    minute = local.hour * 60 + local.minute
    for place, timed in enumerate(greeting.by_time):
        if timed.between.opens_minute <= minute < timed.between.closes_minute:
            return f"greeting.by_time[{place}]"
    return "greeting.open" if turn.is_open else "greeting.closed"
