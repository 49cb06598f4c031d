"""Built-in understanding: fixed French and English rules, in under a millisecond, without any model."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from voicebot.domain import acts
from voicebot.domain.acts import Act, GiveDetail
from voicebot.domain.call import Awaited
from voicebot.domain.details import CALLER_NAME, REASON, DetailKind
from voicebot.domain.language import Language
from voicebot.understanding import captures, courtesies, free_text, humans
from voicebot.understanding.captures import Capture, expects, kind_of
from voicebot.understanding.languages import FEWEST_TO_SWITCH, language_of
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.ports import Context, Reading
from voicebot.understanding.prepared import prepared_for
from voicebot.understanding.red_flags import find_red_flags, warm_red_flags
from voicebot.understanding.requests import Match
from voicebot.understanding.vocabulary import word_list
from voicebot.understanding.yes_no import Answer, find_answer, only_answers

_SHORT_ENOUGH = 16
"""A longer request may hold more than the rules found."""

_LITTLE = frozenset(
    ["c", "est", "le", "la", "les", "l", "un", "une", "de", "du", "des", "d", "et", "a", "au", "je", "j", "suis", "ai", "mon", "ma", "mes", "alors", "donc", "oui", "ok", "voila", "bien", "sur", "s", "il", "vous", "plait", "en", "fait", "y", "ici", "moi", "pour", "que", "qu", "monsieur", "madame", "bon", "ah", "oh", "it", "is", "s", "the", "my", "i", "m", "am", "and", "so", "well", "yes", "please", "of", "course", "that", "to", "at", "on"]
)
_ASKED = (Awaited.CONFIRMATION, Awaited.ANYTHING_ELSE)


class Rules:
    """The Understanding that is always there. Reads its files when it is made, so that no turn waits for them."""

    def __init__(self) -> None:
        warm_red_flags()
        word_list("first_names")
        word_list("not_names")

    async def read(self, words: str, context: Context) -> Reading:
        """Acts in `words`, by rules alone. Never raises for what a caller says."""
        return read_by_rules(words, context)


def read_by_rules(words: str, context: Context) -> Reading:
    """The same without a coroutine."""
    return read_in_full(words, context).reading


@dataclass(frozen=True, slots=True)
class Explained:
    """A reading, and whether it accounts for everything that was said."""

    reading: Reading
    everything: bool


def read_in_full(words: str, context: Context) -> Explained:
    """Acts in `words`, card and account numbers masked first, and whether any words are left that no rule knows."""
    began = time.perf_counter()
    turn = _Turn.of(mask_payment_numbers(words), context)
    found = turn.acts()
    reading = Reading(found, "rules", took_ms=(time.perf_counter() - began) * 1000, language=turn.spoken)
    return Explained(reading, turn.accounts_for_everything())


@dataclass(slots=True)
class _Turn:
    """One reading in the making: each step takes its tokens out of `rest`."""

    words: str
    context: Context
    whole: Utterance
    rest: Utterance
    language: Language
    spoken: Language | None
    found: list[Act]
    answer: Answer | None = None
    explained: bool = False
    """The words left over are a request that was recognised, or the free text that was asked for."""

    @classmethod
    def of(cls, words: str, context: Context) -> _Turn:
        whole = Utterance.of(words)
        tables = language_of(whole) or context.language
        spoken = language_of(whole, FEWEST_TO_SWITCH)
        return cls(words.strip(), context, whole, whole, tables, spoken, [])

    def acts(self) -> tuple[Act, ...]:
        if not self.whole:
            return (acts.Unclear(self.words),) if self.words else ()
        self.found += find_red_flags(self.whole)
        self._answer()
        given = self._details()
        self._people()
        self._holds()
        matched = self._request(given)
        self._free_text(given, matched)
        self._answer_act(given)
        self.found += given
        self._courtesies()
        return tuple(self.found) or (acts.Unclear(self.words),)

    def _take(self, *spans: Span) -> None:
        self.rest = self.rest.take(spans)

    def _answer(self) -> None:
        found = find_answer(self.whole, self.context.expectation.awaited)
        if not found:
            return
        answer, spans = found
        leading = spans[0][0] <= 1
        if self._yes_no_asked() or only_answers(self.whole, spans) or (leading and answer is Answer.NO):
            self.answer = answer

    def _yes_no_asked(self) -> bool:
        asked = (DetailKind.YES_NO, DetailKind.PHONE)
        return self.context.expectation.awaited in _ASKED or any(expects(self.context, kind) for kind in asked)

    def _details(self) -> list[GiveDetail]:
        correcting = self.answer is Answer.NO and self.context.expectation.awaited is Awaited.CONFIRMATION
        captured: list[Capture] = []
        number = captures.phone(self.rest, self.context, self.language)
        captured += [number] if number else []
        self._take(*(s for c in captured for s in c.spans))
        place = captures.address(self.rest, self.context, self.language)
        if place and not (place.act.confidence is acts.Confidence.UNSURE and self._says_something_else()):
            captured.append(place)
            self._take(*place.spans)
        if not (humans.find_human(self.rest) or self._says_something_else()):
            for name in captures.names(self._without_answer(correcting), self.context, correcting=correcting):
                captured.append(name)
                self._take(*name.spans)
        captured += self._expected_kind()
        return [self._with_correction(c.act) for c in captured]

    def _without_answer(self, correcting: bool) -> Utterance:
        if not correcting and not self._yes_no_asked():
            return self.rest
        found = find_answer(self.rest, self.context.expectation.awaited)
        spans = [s for s in found[1] if all(t.plain != "est" for t in self.rest.tokens[s[0] : s[1]])] if found else []
        return self.rest.take(spans)

    def _says_something_else(self) -> bool:
        patterns = (
            courtesies.REPEAT,
            courtesies.HOLD,
            courtesies.DO_NOT_KNOW,
            humans.HUMAN,
            humans.ROBOT,
            humans.NO_RECORDING,
        )
        return any(p.search(self.rest.plain) for p in patterns)

    def _expected_kind(self) -> list[Capture]:
        detail = self.context.expectation.detail
        if self.context.expectation.awaited is not Awaited.DETAIL or detail is None:
            return []
        kind = kind_of(self.context, detail)
        capture: Capture | None = None
        if kind is DetailKind.NUMBER:
            capture = captures.number(self.rest, detail, self.language)
        elif kind is DetailKind.REFERENCE:
            capture = captures.reference(self.rest, detail, self.language)
        elif kind is DetailKind.YES_NO and self.answer:
            capture = Capture(GiveDetail(detail, self.answer.value, self.words), ())
        if capture:
            self._take(*capture.spans)
        return [capture] if capture else []

    def _with_correction(self, act: GiveDetail) -> GiveDetail:
        known = self.context.details.get(act.detail)
        changed = known is not None and known.complete and known.value != act.value
        said_no = self.answer is Answer.NO and known is not None and known.complete
        confirming = self.context.expectation.awaited is Awaited.CONFIRMATION
        if act.correction or (changed and (confirming or said_no)) or (self.answer is Answer.NO and confirming):
            return replace(act, correction=True)
        return act

    def _people(self) -> None:
        client = prepared_for(self.context.instructions)
        language = humans.asks_language(self.rest)
        if language:
            self.found.append(acts.AskForLanguage(language, self.words))
        for pattern, act in ((humans.ROBOT, acts.AskWhetherRobot), (humans.NO_RECORDING, acts.RefuseRecording)):
            span = self.rest.find(pattern)
            if span:
                self.found.append(act(self.rest.quote(span)))
                self._take(span)
        person = humans.find_person(self.rest, client.directory) or humans.bare_person(
            self.rest, client.directory, self.context
        )
        human = humans.find_human(self.rest)
        if person and (person[0] is not None or not human):
            self.found.append(acts.AskForPerson(person[0], person[1], self.rest.quote(person[2])))
            self._take(person[2])
        elif human:
            self.found.append(acts.AskForHuman(self.rest.quote(human)))
            self._take(human)

    def _holds(self) -> None:
        for pattern, act in (
            (courtesies.REPEAT, acts.AskToRepeat),
            (courtesies.HOLD, acts.AskToWait),
            (courtesies.DO_NOT_KNOW, acts.DoNotKnow),
        ):
            span = self.rest.find(pattern)
            if span:
                self.found.append(act(self.rest.quote(span)))
                self._take(*self.rest.find_all(pattern))

    def _request(self, given: list[GiveDetail]) -> Match | None:
        expected = self.context.expectation.detail if self.context.expectation.awaited is Awaited.DETAIL else None
        if expected not in (None, REASON) and any(g.detail == expected for g in given):
            return None
        client = prepared_for(self.context.instructions)
        scenario = client.scenarios[self.language].best(self.rest)
        question = client.questions[self.language].best(self.rest)
        if question and (not scenario or question.score > scenario.score):
            self.found.append(acts.AskQuestion(question.id, self._clean(question)))
            self._take(question.span)
            return question
        if scenario and scenario.id != self.context.scenario and (scenario.sure or expected in (None, REASON)):
            confidence = acts.Confidence.SURE if scenario.sure else acts.Confidence.UNSURE
            self.found.append(acts.StateRequest(scenario.id, self._clean(scenario), confidence))
        self.explained = scenario is not None and scenario.sure
        return scenario

    def _clean(self, match: Match) -> str:
        return free_text.reason(self.rest) or self.rest.quote(match.span)

    def _free_text(self, given: list[GiveDetail], matched: Match | None) -> None:
        """What is left becomes the reason, or the free text, date or reference that was asked for."""
        awaited, detail = self.context.expectation.awaited, self.context.expectation.detail
        if any(isinstance(a, acts.AskQuestion) for a in self.found):
            return
        text = free_text.reason(self._uncourteous())
        busy = any(not isinstance(a, acts.StateRequest | acts.RaiseRedFlag) for a in self.found)
        if awaited is Awaited.DETAIL and detail not in (None, CALLER_NAME) and not any(g.detail == detail for g in given):
            kind = kind_of(self.context, detail or "")
            if (
                kind in (DetailKind.FREE_TEXT, DetailKind.DATE, DetailKind.REFERENCE)
                and (text or self._bare_text())
                and not busy
            ):
                given.append(self._with_correction(GiveDetail(detail or REASON, text or self._bare_text(), self.words)))
                self.explained = self.explained or detail != REASON
                return
        if not text or (busy and not matched):
            return
        flagged = any(isinstance(a, acts.RaiseRedFlag) for a in self.found)
        long_enough = len(text.split()) >= 3
        if (
            matched
            or flagged
            or (awaited in (Awaited.REQUEST, Awaited.ANYTHING_ELSE, Awaited.NOTHING) and long_enough and self.answer is None)
        ):
            if REASON not in {g.detail for g in given} and self._new_reason(text):
                given.append(GiveDetail(REASON, text, text))

    def _new_reason(self, text: str) -> bool:
        known = self.context.details.get(REASON)
        return known is None or text.lower() not in known.value.lower()

    def _uncourteous(self) -> Utterance:
        found = find_answer(self.rest, self.context.expectation.awaited) if self.answer else None
        return self.rest.take(found[1]) if found else self.rest

    def accounts_for_everything(self) -> bool:
        if any(isinstance(a, acts.Unclear) for a in self.found) or not self.found:
            return False
        if self.explained:
            return len(self.whole.tokens) <= _SHORT_ENOUGH
        rest = self._uncourteous()
        rest = rest.take([s for p in courtesies.ALL for s in rest.find_all(p)])
        return all(t.plain in _LITTLE for t in rest.free)

    def _bare_text(self) -> str:
        return "" if self.answer else self.rest.quote() if all(t.plain != TAKEN for t in self.rest.tokens) else ""

    def _answer_act(self, given: list[GiveDetail]) -> None:
        if self.answer is None or any(
            g.value in ("yes", "no") and g.detail == self.context.expectation.detail for g in given
        ):
            return
        asked = self._yes_no_asked() or any(g.correction for g in given)
        nothing_else = not given and not any(
            isinstance(a, acts.StateRequest | acts.AskQuestion | acts.AskForHuman | acts.AskForPerson) for a in self.found
        )
        if self.answer is Answer.YES and (asked or nothing_else):
            self.found.append(acts.Affirm(self.words))
        elif self.answer is Answer.NO and (asked or nothing_else):
            self.found.append(acts.Refuse(self.words))

    def _courtesies(self) -> None:
        if self.whole.find(courtesies.THANKS) and not any(isinstance(a, GiveDetail | acts.StateRequest) for a in self.found):
            self.found.append(acts.Thank(self.whole.quote(self.whole.find(courtesies.THANKS))))
        if self.whole.find(courtesies.GOODBYE):
            self.found.append(acts.SayGoodbye(self.whole.quote(self.whole.find(courtesies.GOODBYE))))
        if not self.found and self.whole.find(courtesies.GREETING):
            self.found.append(acts.Greet(self.words))
