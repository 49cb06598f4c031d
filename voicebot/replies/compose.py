"""Decisions to sentences: each action has its approved phrases; the client's own sentences stand where they exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from voicebot.domain.call import Call
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.speaking import Sentence
from voicebot.replies import queue
from voicebot.replies.on_call_news import on_call_news
from voicebot.replies.phrasebook import phrasebook
from voicebot.replies.sentences import Composer, Said

__all__ = ["compose", "fixed_sentences", "trouble"]

_NAMES = ("title", "name", "spoken_name", "purpose", "body")
"""Parts of a client's file that stand inside sentences, or in an SMS, and are not spoken alone."""


def _house(phrase: str) -> Callable[[Composer, Decision], list[Said]]:
    return lambda composer, _decision: composer.house(phrase)


_SENTENCES: dict[Action, Callable[[Composer, Decision], list[Said]]] = {
    Action.GREET: Composer.greet,
    Action.ASK: Composer.ask,
    Action.ASK_AGAIN: Composer.ask_again,
    Action.ASK_BY_KEYPAD: Composer.ask_by_keypad,
    Action.OFFER_KEYPAD: Composer.offer_keypad,
    Action.ASK_REQUEST: Composer.ask_request,
    Action.CONFIRM_REQUEST: Composer.confirm_request,
    Action.READ_BACK: Composer.read_back,
    Action.ASK_WHAT_IS_WRONG: Composer.ask_what_is_wrong,
    Action.ANSWER: Composer.answer,
    Action.SAFETY_SCRIPT: Composer.safety_script,
    Action.SAY_NOBODY_AVAILABLE: Composer.nobody_available,
    Action.ASK_WHICH_PERSON: Composer.which_person,
    Action.SAY_NOTICE: Composer.notice,
    Action.NOTE_QUESTION: _house("note_question"),
    Action.KEEP_SECRET: Composer.keep_secret,
    Action.TRANSFER: Composer.transfer,
    Action.WAKE_ON_CALL: _house("wake_on_call"),
    Action.SAY_ON_CALL: on_call_news,
    Action.ASK_TO_STAY: _house("ask_to_stay"),
    Action.LET_STAY: lambda composer, decision: composer.house("stay" if decision.subject == "yes" else "stay_declined"),
    Action.CONNECT: _house("connect"),
    Action.SAY_NOT_CONNECTED: _house("not_connected"),
    Action.SAY_QUEUE: queue.how_it_stands,
    Action.LEAVE_QUEUE: _house("queue_left"),
    Action.OFFER_CALLBACK: _house("offer_callback"),
    Action.PROMISE_CALLBACK: queue.callback_promised,
    Action.ANNOUNCE_TAKER: queue.taker_announced,
    Action.TAKE_BACK: queue.taken_back,
    Action.SEND_TEXT: queue.text_sent,
    Action.SAY_NO_TEXT: lambda composer, decision: composer.house(
        "no_text_number" if decision.values["why"] == "number" else "no_text"
    ),
    Action.SAY_COST: Composer.cost,
    Action.SAY_ROBOT: _house("robot"),
    Action.REPEAT: Composer.repeat,
    Action.RESUME: _house("resumed"),
    Action.WAIT: Composer.wait,
    Action.ASK_STILL_THERE: Composer.still_there,
    Action.ASK_TO_REPHRASE: lambda composer, decision: composer.house(decision.subject or "rephrase"),
    Action.CONFIRM_CORRECTION: _house("correction"),
    Action.ACKNOWLEDGE: Composer.acknowledge,
    Action.TAKE_MESSAGE: Composer.take_message,
    Action.KEEP_PARTIAL_MESSAGE: _house("partial_kept"),
    Action.STOP_RECORDING: _house("recording_stopped"),
    Action.SPEAK_LANGUAGE: _house("language"),
    Action.SAY_LANGUAGES: _house("only_this_language"),
    Action.ASK_ANYTHING_ELSE: _house("anything_else"),
    Action.TAKE_LEAVE: Composer.take_leave,
    Action.END_CALL: lambda _composer, _decision: [],
}


def compose(
    decisions: Iterable[Decision], call: Call, instructions: Instructions, now: datetime, *, number: int
) -> tuple[Sentence, ...]:
    """Sentences of one reply, in order.

    Args:
        number: number of the reply within the call; sentence ids are "<number>.<place>".
    """
    composer, decisions = Composer(call, instructions, now), tuple(decisions)
    said: list[Said] = []
    for decision in decisions:
        sentences = _SENTENCES[decision.action](composer, decision)
        if decision.action is Action.SAY_NOTICE and said:
            # The greeting ends with its question, so a notice is spoken just before it.
            said[-1:-1] = sentences
        elif decision.action is Action.SAFETY_SCRIPT:
            # Two dangers may have one script; the way on is told once, after the last.
            said = [s for s in said if s.phrase != "danger_continue"]
            said += [s for s in sentences if s.text not in {earlier.text for earlier in said}]
        else:
            said += sentences
    if any(decision.action is Action.TRANSFER for decision in decisions):
        # Whoever takes the call notes the details, and is named as they are rung.
        said = [s for s in said if s.phrase not in ("danger_continue", "offer_stand_in_person")]
    if _begins_details(decisions, call):
        said = [*composer.house("begin_details"), *said]
    return tuple(
        Sentence(f"{number}.{place}", s.text, call.language, s.phrase, s.fixed, s.interruptible, s.owed)
        for place, s in enumerate(said, start=1)
        if s.text
    )


def _begins_details(decisions: tuple[Decision, ...], call: Call) -> bool:
    """Is this reply nothing but the first question about the caller's request? Then the request is acknowledged first."""
    first = [call.tries.get(d.subject) == 1 for d in decisions if d.action is Action.ASK and not d.values.get("announce")]
    asked = [what for what in call.tries if ":" not in what]
    told = bool(call.scenario or call.details) and not call.safety_script_given
    return told and first == [True] and len(decisions) == len(asked) == 1


def trouble(call: Call, phrase: str, *, number: int) -> tuple[Sentence, ...]:
    """House sentences for a technical problem: "trouble", "trouble_store" or "not_heard"."""
    said = phrasebook(call.language).phrases[phrase]
    return tuple(
        Sentence(f"{number}.{place}", text, call.language, phrase, fixed=True) for place, text in enumerate(said, start=1)
    )


def fixed_sentences(instructions: Instructions, language: Language) -> tuple[str, ...]:
    """Texts that this client's receptionist says word for word the same in every call: worth having as sound beforehand.

    The greeting comes first.
    """
    book, identity = phrasebook(language), instructions.identity
    filled = {"spoken_name": identity.spoken_name[language], "purpose": instructions.recording.purpose.get(language, "")}
    opening = [text.format(**filled) for key in ("notice", "recording_notice") for text in book.phrases[key]]
    own = [text[language] for place, text in instructions.sentences() if place.rpartition(".")[2] not in _NAMES]
    asked = [
        text.format(request=scenario.title[language])
        for scenario in instructions.scenarios
        for text in book.phrases["confirm_request"]
    ]
    rest = [text for key, texts in book.phrases.items() if key not in ("notice", "recording_notice") for text in texts]
    scripts = [text for texts in book.safety.values() for text in texts]
    texts = (*opening, *own, *asked, *rest, *scripts)
    return tuple(dict.fromkeys(" ".join(text.split()) for text in texts if "{" not in text))
