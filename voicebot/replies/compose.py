"""Decisions to sentences: each action has its approved phrases; the client's own sentences stand where they exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from voicebot.domain.call import Awaited, Call, EndReason
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.details import ADDRESS, CALLBACK_NUMBER, CALLER_NAME, COMPANY, HOUSE_DETAILS, REASON, DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.speaking import Sentence
from voicebot.replies.phrasebook import Phrasebook, phrasebook
from voicebot.replies.spoken import spoken_moment, spoken_number, spoken_reason

READ_BACK_ORDER = (CALLER_NAME, COMPANY, CALLBACK_NUMBER, ADDRESS)


@dataclass(frozen=True, slots=True)
class _Said:
    """One sentence before it has an id."""

    text: str
    phrase: str
    fixed: bool
    interruptible: bool = True


class _Composer:
    def __init__(self, call: Call, instructions: Instructions, now: datetime) -> None:
        self.call = call
        self.instructions = instructions
        self.now = now
        self.book: Phrasebook = phrasebook(call.language)

    def house(self, phrase: str, *, interruptible: bool = True, fixed: bool = True, **values: str) -> list[_Said]:
        return [_Said(text.format(**values), phrase, fixed, interruptible) for text in self.book.phrases[phrase]]

    def client(self, text: str, phrase: str) -> list[_Said]:
        opening = self.instructions.hours.next_opening(self.now, self.instructions.identity.zone)
        moves = "{reopening}" in text
        if moves:
            text = text.replace("{reopening}", spoken_moment(opening, self.now, self.call.language) if opening else "")
        return [_Said(" ".join(text.split()), phrase, fixed=not moves)]

    def say(self, decision: Decision) -> list[_Said]:
        return _SENTENCES[decision.action](self, decision)

    # Opening

    def greet(self, decision: Decision) -> list[_Said]:
        identity, language = self.instructions.identity, self.call.language
        said = self.house("notice", interruptible=False, spoken_name=identity.spoken_name[language])
        if decision.values["recorded"]:
            said += self.house("recording_notice", purpose=self.instructions.recording.purpose[language])
        greeting = self.instructions.greeting
        is_open = decision.because == "greeting.open"
        return said + self.client((greeting.open if is_open else greeting.closed)[language], decision.because)

    # Questions

    def ask(self, decision: Decision) -> list[_Said]:
        shown = decision.values.get("shown", "")
        if shown:
            digits = "".join(c for c in shown if c.isdigit())[-4:]
            ending = spoken_number(digits, self.call.language)
            return self.house("ask_callback_number_shown", fixed=False, ending=ending)
        return self._question(decision.subject)

    def _question(self, detail: str) -> list[_Said]:
        own = next((d for d in self.instructions.details if d.id == detail), None)
        if own:
            return self.client(own.ask[self.call.language], f"details[{detail}].ask")
        return self.house(f"ask_{detail}")

    def ask_again(self, decision: Decision) -> list[_Said]:
        heard, kind = decision.values.get("heard", ""), self.instructions.detail_kind(decision.subject)
        if heard and kind is DetailKind.PHONE:
            return self.house("rest_callback_number", fixed=False, heard=spoken_number(heard, self.call.language))
        phrase = f"again_{decision.subject}"
        if phrase in self.book.phrases:
            return self.house(phrase)
        return self.house("again_other") + self._question(decision.subject)

    def ask_request(self, decision: Decision) -> list[_Said]:
        return self.house("ask_request_again" if decision.values.get("again") else "ask_request")

    def read_back(self, decision: Decision) -> list[_Said]:
        names = decision.subject.split(",")
        ordered = [n for n in READ_BACK_ORDER if n in names] + [n for n in names if n not in (*READ_BACK_ORDER, REASON)]
        parts = [self._read_back_part(n, decision.values[n]) for n in ordered + [n for n in names if n == REASON]]
        return self.house("read_back", fixed=False, details=", ".join(parts))

    def _read_back_part(self, detail: str, value: str) -> str:
        scenario = self.instructions.scenario(self.call.scenario)
        if self.instructions.detail_kind(detail) is DetailKind.PHONE:
            value = spoken_number(value, self.call.language)
        elif detail == REASON:
            value = scenario.title[self.call.language] if scenario else spoken_reason(value)
        pattern = detail if detail in HOUSE_DETAILS else "other"
        return self.book.pattern(pattern).format(value=value)

    def ask_what_is_wrong(self, decision: Decision) -> list[_Said]:
        phrase = f"what_is_wrong_{decision.subject}"
        return self.house(phrase if phrase in self.book.phrases else "what_is_wrong")

    def offer_keypad(self, decision: Decision) -> list[_Said]:
        return self.house("keypad_confirmation" if decision.subject == "confirmation" else "keypad_after_silence")

    def still_there(self, _decision: Decision) -> list[_Said]:
        said = self.house("still_there")
        expected = self.call.expectation
        if expected.awaited is Awaited.DETAIL and expected.detail and not expected.keypad:
            said += self._question(expected.detail)
        return said

    # Answers

    def answer(self, decision: Decision) -> list[_Said]:
        kind, _, scenario_id = decision.subject.partition(":")
        language = self.call.language
        if kind == "scenario":
            scenario = self.instructions.scenario(scenario_id)
            text = scenario.answer[language] if scenario and scenario.answer else ""
        else:
            faq = self.instructions.question(decision.subject)
            text = faq.answer[language] if faq else ""
        return self.client(text, decision.because)

    def safety_script(self, decision: Decision) -> list[_Said]:
        red_flag = decision.subject
        phrase = f"safety.{red_flag}"
        said = [_Said(text, phrase, fixed=True, interruptible=False) for text in self.book.safety[red_flag]]
        rule = self.instructions.red_flag_rule(red_flag)
        if rule and rule.afterwards:
            said += self.client(rule.afterwards[self.call.language], f"red_flags[{red_flag}].afterwards")
        return said + self.house("danger_continue")

    def nobody_available(self, decision: Decision) -> list[_Said]:
        person = self.instructions.person(decision.subject)
        if person:
            return self.house("nobody_person", person=person.name)
        return self.house("nobody_again" if decision.values.get("again") else "nobody")

    def repeat(self, _decision: Decision) -> list[_Said]:
        said = [_Said(text, "repeat", fixed=False) for text in self.call.last_said]
        return said or self.house("ask_request")

    def which_person(self, decision: Decision) -> list[_Said]:
        people = (self.instructions.person(i) for i in decision.subject.split(","))
        names = f" {self.book.patterns['or']} ".join(person.name for person in people if person)
        return self.house("which_person", fixed=False, names=names)

    def notice(self, decision: Decision) -> list[_Said]:
        found = next((n for n in self.instructions.notices if n.id == decision.subject), None)
        return self.client(found.say[self.call.language], decision.because) if found else []

    def keep_secret(self, decision: Decision) -> list[_Said]:
        of_profile = f"secret_{decision.subject}_{self.instructions.confidentiality.profile}"
        return self.house(of_profile if of_profile in self.book.phrases else f"secret_{decision.subject}")

    def cost(self, decision: Decision) -> list[_Said]:
        source = self.instructions.red_flag_rule(decision.subject) or self.instructions.scenario(decision.subject)
        notice = source.cost_notice if source else None
        return self.client(notice[self.call.language], decision.because) if notice else []

    # Leave-taking

    def take_message(self, decision: Decision) -> list[_Said]:
        urgent, missing = decision.values.get("urgent"), decision.values.get("missing")
        phrase = "message_taken_urgent" if urgent else "message_taken_partial" if missing else "message_taken"
        promise = promise_of(decision, self.call, self.instructions)
        said = self.house(phrase)
        return said + (self.client(promise, decision.because) if promise else [])

    def take_leave(self, decision: Decision) -> list[_Said]:
        if decision.subject == EndReason.GOODBYE and self.call.urgency and self.call.safety_script_given:
            return self.house("leave_urgent")
        return self.house(f"leave_{decision.subject}")


def promise_of(decision: Decision, call: Call, instructions: Instructions) -> str:
    """The client's promise that goes with a TAKE_MESSAGE decision, as written in its file, or ""."""
    scenario = instructions.scenario(call.scenario)
    if decision.values.get("urgent") or decision.values.get("missing") or not scenario or not scenario.promise:
        return ""
    promise = scenario.promise.open if decision.values.get("when") == "open" else scenario.promise.closed
    return promise[call.language]


def _house(phrase: str) -> Callable[[_Composer, Decision], list[_Said]]:
    return lambda composer, _decision: composer.house(phrase)


_SENTENCES: dict[Action, Callable[[_Composer, Decision], list[_Said]]] = {
    Action.GREET: _Composer.greet,
    Action.ASK: _Composer.ask,
    Action.ASK_AGAIN: _Composer.ask_again,
    Action.ASK_BY_KEYPAD: _house("keypad_phone"),
    Action.OFFER_KEYPAD: _Composer.offer_keypad,
    Action.ASK_REQUEST: _Composer.ask_request,
    Action.READ_BACK: _Composer.read_back,
    Action.ASK_WHAT_IS_WRONG: _Composer.ask_what_is_wrong,
    Action.ANSWER: _Composer.answer,
    Action.SAFETY_SCRIPT: _Composer.safety_script,
    Action.SAY_NOBODY_AVAILABLE: _Composer.nobody_available,
    Action.ASK_WHICH_PERSON: _Composer.which_person,
    Action.SAY_NOTICE: _Composer.notice,
    Action.NOTE_QUESTION: _house("note_question"),
    Action.KEEP_SECRET: _Composer.keep_secret,
    Action.TRANSFER: _house("transfer"),
    Action.WAKE_ON_CALL: _house("wake_on_call"),
    Action.SAY_COST: _Composer.cost,
    Action.SAY_ROBOT: _house("robot"),
    Action.REPEAT: _Composer.repeat,
    Action.RESUME: _house("resumed"),
    Action.WAIT: _house("wait"),
    Action.ASK_STILL_THERE: _Composer.still_there,
    Action.ASK_TO_REPHRASE: lambda composer, decision: composer.house(decision.subject or "rephrase"),
    Action.CONFIRM_CORRECTION: _house("correction"),
    Action.ACKNOWLEDGE: _house("noted_words"),
    Action.TAKE_MESSAGE: _Composer.take_message,
    Action.KEEP_PARTIAL_MESSAGE: _house("partial_kept"),
    Action.STOP_RECORDING: _house("recording_stopped"),
    Action.SPEAK_LANGUAGE: _house("language"),
    Action.ASK_ANYTHING_ELSE: _house("anything_else"),
    Action.TAKE_LEAVE: _Composer.take_leave,
    Action.END_CALL: lambda _composer, _decision: [],
}


def compose(
    decisions: Iterable[Decision], call: Call, instructions: Instructions, now: datetime, *, number: int
) -> tuple[Sentence, ...]:
    """Sentences of one reply, in order.

    Args:
        number: number of the reply within the call; sentence ids are "<number>.<place>".
    """
    composer = _Composer(call, instructions, now)
    said = [sentence for decision in decisions for sentence in composer.say(decision)]
    return tuple(
        Sentence(f"{number}.{place}", s.text, call.language, s.phrase, s.fixed, s.interruptible)
        for place, s in enumerate(said, start=1)
        if s.text
    )


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
    own = [instructions.greeting.open[language], instructions.greeting.closed[language]]
    own += [s.answer[language] for s in instructions.scenarios if s.answer] + [f.answer[language] for f in instructions.faq]
    own += [text[language] for s in instructions.scenarios if s.promise for text in (s.promise.open, s.promise.closed)]
    own += [d.ask[language] for d in instructions.details]
    house = [text for key in ("notice", "recording_notice") for text in book.phrases[key]]
    house = [text.format(**filled) for text in house]
    rest = [text for key, texts in book.phrases.items() if key not in ("notice", "recording_notice") for text in texts]
    scripts = [text for texts in book.safety.values() for text in texts]
    texts = (*house, *own, *rest, *scripts)
    return tuple(dict.fromkeys(" ".join(text.split()) for text in texts if "{" not in text))
