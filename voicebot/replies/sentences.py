"""The sentences of each decision: house phrases, and the client's own where it wrote them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from voicebot.domain.call import Awaited, Call, EndReason
from voicebot.domain.decisions import Decision
from voicebot.domain.details import DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.domain.urgency import RED_FLAGS
from voicebot.replies.names import begun, inside_sentence, name_of
from voicebot.replies.phrasebook import Phrasebook, phrasebook
from voicebot.replies.spoken import spoken_moment
from voicebot.replies.values import in_order, read_back_part

_NAMING = ("message_taken", "message_taken_callback")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence before it has an id."""

    text: str
    phrase: str
    fixed: bool
    interruptible: bool = True
    owed: bool = False


class Composer:
    def __init__(self, call: Call, instructions: Instructions, now: datetime) -> None:
        self.call = call
        self.instructions = instructions
        self.now = now
        self.book: Phrasebook = phrasebook(call.language)

    def house(self, phrase: str, *, interruptible: bool = True, fixed: bool = True, **values: str) -> list[Said]:
        return [Said(text.format(**values), phrase, fixed, interruptible) for text in self.book.phrases[phrase]]

    def client(self, text: str, phrase: str) -> list[Said]:
        opening = self.instructions.hours.next_opening(self.now, self.instructions.identity.zone)
        moves = "{reopening}" in text
        if moves:
            text = text.replace("{reopening}", spoken_moment(opening, self.now, self.call.language) if opening else "")
        return [Said(" ".join(text.split()), phrase, fixed=not moves)]

    # Opening

    def greet(self, decision: Decision) -> list[Said]:
        identity, language = self.instructions.identity, self.call.language
        said = self.house("notice", interruptible=False, spoken_name=identity.spoken_name[language])
        if decision.values["recorded"]:
            notice = self.house("recording_notice", purpose=self.instructions.recording.purpose[language])
            said += [replace(sentence, owed=True) for sentence in notice]
        return said + self.client(self._greeting(decision.because), decision.because)

    def _greeting(self, path: str) -> str:
        greeting, language = self.instructions.greeting, self.call.language
        for place, timed in enumerate(greeting.by_time):
            if path == f"greeting.by_time[{place}]":
                return timed.say[language]
        return (greeting.open if path == "greeting.open" else greeting.closed)[language]

    # Questions

    def ask(self, decision: Decision) -> list[Said]:
        shown = decision.values.get("shown", "")
        if shown:
            digits = "".join(c for c in shown if c.isdigit())[-4:]
            ending = spoken_number(digits, self.call.language)
            return self.house("ask_callback_number_shown", fixed=False, ending=ending)
        if decision.values.get("announce"):
            return self.house("ask_announce")
        return self._question(decision.subject)

    def _question(self, detail: str) -> list[Said]:
        own = self.instructions.detail(detail)
        if own:
            return self.client(own.ask[self.call.language], f"details[{detail}].ask")
        return self.house(f"ask_{detail}")

    def ask_again(self, decision: Decision) -> list[Said]:
        heard, detail = decision.values.get("heard", ""), decision.subject
        kind, own = self.instructions.detail_kind(detail), self.instructions.detail(detail)
        if heard and kind is DetailKind.PHONE:
            return self.house("rest_callback_number", fixed=False, heard=spoken_number(heard, self.call.language))
        if own and own.again:
            return self.client(own.again[self.call.language], f"details[{detail}].again")
        if f"again_{detail}" in self.book.phrases:
            return self.house(f"again_{detail}")
        if decision.values.get("way") == "spell":
            return self.house("again_spell")
        return self.house("again_other") + self._question(detail)

    def ask_by_keypad(self, decision: Decision) -> list[Said]:
        is_phone = self.instructions.detail_kind(decision.subject) is DetailKind.PHONE
        return self.house("keypad_phone" if is_phone else "keypad_other")

    def ask_request(self, decision: Decision) -> list[Said]:
        again = decision.values.get("again", "")
        return self.house({"": "ask_request", "last": "ask_request_last"}.get(again, "ask_request_again"))

    def confirm_request(self, decision: Decision) -> list[Said]:
        scenario = self.instructions.scenario(decision.subject)
        title = scenario.title[self.call.language] if scenario else ""
        return self.house("confirm_request", request=title) if title else self.house("ask_request_again")

    def read_back(self, decision: Decision) -> list[Said]:
        call, client = self.call, self.instructions
        names = in_order(decision.subject.split(","))
        parts = [read_back_part(n, decision.values[n], call, client, self.now, self.book) for n in names]
        return self.house("read_back", fixed=False, details=", ".join(parts))

    def ask_what_is_wrong(self, decision: Decision) -> list[Said]:
        phrase = f"what_is_wrong_{decision.subject}"
        return self.house(phrase if phrase in self.book.phrases else "what_is_wrong")

    def offer_keypad(self, decision: Decision) -> list[Said]:
        return self.house("keypad_confirmation" if decision.subject == "confirmation" else "keypad_after_silence")

    def still_there(self, _decision: Decision) -> list[Said]:
        said = self.house("still_there")
        expected = self.call.expectation
        if expected.awaited is Awaited.DETAIL and expected.detail and not expected.keypad:
            said += self._question(expected.detail)
        return said

    # Answers

    def answer(self, decision: Decision) -> list[Said]:
        kind, _, named = decision.subject.partition(":")
        client = self.instructions
        found = {"scenario": client.scenario, "filter": client.filter}.get(
            kind, lambda _id: client.question(decision.subject)
        )
        source = found(named)
        return self.client(source.answer[self.call.language], decision.because) if source and source.answer else []

    def safety_script(self, decision: Decision) -> list[Said]:
        red_flag = decision.subject
        phrase = f"safety.{red_flag}"
        said = [Said(text, phrase, fixed=True, interruptible=False) for text in self.book.safety[red_flag]]
        return said + self._afterwards(red_flag) + self.house("danger_continue")

    def acknowledge(self, decision: Decision) -> list[Said]:
        if decision.subject in RED_FLAGS:
            said = self._afterwards(decision.subject)
            own = f"noted_urgent_{decision.subject}"
            if own not in self.book.phrases:
                return self.house("noted_urgent") + said
            # Condolences are said once, by the client where it wrote its own.
            return said or self.house(own)
        return self.house("noted_words")

    def _afterwards(self, red_flag: str) -> list[Said]:
        rule = self.instructions.red_flag_rule(red_flag)
        if rule is None or rule.afterwards is None:
            return []
        return self.client(rule.afterwards[self.call.language], f"red_flags[{red_flag}].afterwards")

    def nobody_available(self, decision: Decision) -> list[Said]:
        """Why nobody comes, truly and neutrally; then the offer of a message, unless a stand-in is rung."""
        why, again = decision.values.get("why", ""), decision.values.get("again")
        instead = decision.values.get("instead", "")
        offer = self._stand_in(instead) if instead else self.house("offer_message")
        person = self.instructions.person(decision.subject)
        if why == "urgent":
            return self.house("nobody_urgent")
        if why == "failed":
            return self.with_name("failed", decision.subject) + offer
        if again:
            return self.house("nobody_again")
        if person is None:
            named = why == "unreachable" and name_of(decision.subject, self.instructions, self.call.language)
            if named:
                return self.with_name("unreachable", decision.subject) + offer
            return self.house("nobody_team" if decision.subject else "nobody") + offer
        if why == "secret":
            return offer
        if person.absence and why != "unreachable":
            return self.client(person.absence[self.call.language], decision.because) + offer
        return self.with_name(why or "closed", person.id) + offer

    def _stand_in(self, instead: str) -> list[Said]:
        named = name_of(instead, self.instructions, self.call.language)
        return self.house("offer_stand_in_person", person=named) if named else []

    def transfer(self, decision: Decision) -> list[Said]:
        return self.with_name("transfer", decision.subject)

    def wait(self, decision: Decision) -> list[Said]:
        if decision.subject == "transfer":
            return self.with_name("wait_transfer", self.call.handover.to)
        return self.house(f"wait_{decision.subject}" if decision.subject else "wait")

    def with_name(self, phrase: str, asked: str | None) -> list[Said]:
        """The phrase that names this person or team; the one without a name where there is none."""
        name = name_of(asked, self.instructions, self.call.language)
        if not name:
            return self.house(phrase)
        return [replace(said, text=begun(said.text)) for said in self.house(f"{phrase}_person", person=name)]

    def repeat(self, _decision: Decision) -> list[Said]:
        said = [Said(text, "repeat", fixed=False) for text in self.call.last_said]
        return said or self.house("ask_request")

    def which_person(self, decision: Decision) -> list[Said]:
        people = [p for i in decision.subject.split(",") if (p := self.instructions.person(i))]
        # Names that sound alike are told apart by what people do; roles are written in French.
        with_role = self.call.language is Language.FRENCH and all(p.role for p in people)
        called = [(inside_sentence(p.name, self.call.language), p.role) for p in people]
        names = (f"{name}, {role}," if with_role else name for name, role in called)
        return self.house("which_person", fixed=False, names=f" {self.book.patterns['or']} ".join(names).rstrip(","))

    def notice(self, decision: Decision) -> list[Said]:
        found = next((n for n in self.instructions.notices if n.id == decision.subject), None)
        return self.client(found.say[self.call.language], decision.because) if found else []

    def keep_secret(self, decision: Decision) -> list[Said]:
        of_profile = f"secret_{decision.subject}_{self.instructions.confidentiality.profile}"
        return self.house(of_profile if of_profile in self.book.phrases else f"secret_{decision.subject}")

    def cost(self, decision: Decision) -> list[Said]:
        source = self.instructions.red_flag_rule(decision.subject) or self.instructions.scenario(decision.subject)
        notice = source.cost_notice if source else None
        return self.client(notice[self.call.language], decision.because) if notice else []

    # Leave-taking

    def take_message(self, decision: Decision) -> list[Said]:
        told = decision.values
        kinds = [
            kind for kind, key in (("urgent", "urgent"), ("callback", "callback"), ("partial", "missing")) if told.get(key)
        ]
        promise = _promise_of(decision, self.call, self.instructions)
        phrase = "_".join(["message_taken", *kinds[:1]])
        # Whoever asked for somebody hears that the message is for them, where the message is an ordinary one.
        said = self.with_name(phrase, self.call.person_asked) if phrase in _NAMING else self.house(phrase)
        said += self.house("not_sent_yet") if told.get("held") else []
        return said + (self.client(promise, decision.because) if promise else [])

    def take_leave(self, decision: Decision) -> list[Said]:
        endangered = any(RED_FLAGS[flag].has_script for flag in self.call.safety_script_given if flag in RED_FLAGS)
        if decision.subject == EndReason.GOODBYE and endangered:
            return self.house("leave_urgent")
        if decision.values.get("trying"):
            return self.house("leave_trying")
        return self.house(f"leave_{decision.subject}")


def _promise_of(decision: Decision, call: Call, instructions: Instructions) -> str:
    """The client's promise that goes with a TAKE_MESSAGE decision, as written in its file, or ""."""
    scenario = instructions.scenario(call.scenario)
    if not decision.because.endswith("].promise") or not scenario or not scenario.promise:
        return ""
    promise = scenario.promise.open if decision.values.get("when") == "open" else scenario.promise.closed
    return promise[call.language]
