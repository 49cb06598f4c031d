"""One caller turn under the rules: danger first, then details, wishes, the request, and what is left as the reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.call import Awaited
from voicebot.domain.details import ACCESS_CODES, CALLER_NAME, REASON, DetailKind
from voicebot.domain.language import Language
from voicebot.understanding import courtesies, free_text
from voicebot.understanding.dangers.red_flags import find_red_flags
from voicebot.understanding.dates import capture as dates_capture
from voicebot.understanding.dates.volunteered import volunteered
from voicebot.understanding.details import captures, code_captures
from voicebot.understanding.details.captures import Capture, expects, kind_of
from voicebot.understanding.languages import FEWEST_TO_SWITCH, language_of
from voicebot.understanding.normalise import TAKEN, Span, Utterance, plain
from voicebot.understanding.ports import Context
from voicebot.understanding.prepared import prepared_for
from voicebot.understanding.vocabulary import word_list
from voicebot.understanding.wishes import humans, questions
from voicebot.understanding.wishes.never_told import asked_secret
from voicebot.understanding.wishes.requests import Match
from voicebot.understanding.yes_no import Answer, find_answer, only_answers

_SHORT_ENOUGH = 16
"""Words of a recognised request; a longer one may hold more than the rules found."""

_FEWEST_WORDS = 3
"""Words that make a reason by themselves, when no scenario fits."""

_ANSWERED, _FAR_AHEAD = 0.58, 0.2
"""Score from which an approved answer is given, and its lead over every scenario when nothing was asked."""

_ASKED = (Awaited.CONFIRMATION, Awaited.ANYTHING_ELSE)
_OPEN = (Awaited.REQUEST, Awaited.ANYTHING_ELSE, Awaited.NOTHING)
_ANY_WORDS = (DetailKind.FREE_TEXT, DetailKind.DATE, DetailKind.REFERENCE)
_IN_DIGITS = (DetailKind.PHONE, DetailKind.EMAIL, DetailKind.REFERENCE)
_MATTERS = acts.StateRequest | acts.AskQuestion | acts.AskForHuman | acts.AskForPerson | acts.RefuseRecording


@dataclass(slots=True)
class OneTurn:
    """A reading in the making: each step takes its tokens out of `rest`.

    language: whose number words are read. spoken: the language that the caller plainly speaks.
    explained: the words left over are a request that was recognised, or the free text that was asked for.
    """

    words: str
    context: Context
    whole: Utterance
    rest: Utterance
    language: Language
    spoken: Language | None
    found: list[Act]
    given: list[GiveDetail]
    answer: Answer | None = None
    answer_spans: tuple[Span, ...] = ()
    explained: bool = False

    @classmethod
    def of(cls, words: str, context: Context) -> OneTurn:
        whole = Utterance.of(words)
        tables = language_of(whole) or context.language
        return cls(words.strip(), context, whole, whole, tables, language_of(whole, FEWEST_TO_SWITCH), [], [])

    def acts(self) -> tuple[Act, ...]:
        if not self.whole:
            return (acts.Unclear(self.words),) if self.words else ()
        self.found += find_red_flags(self.whole, self.context.instructions.identity.sector)
        self._hear_answer()
        self._take_secret()
        self._take_wishes()
        self._take_details()
        self._take_holds()
        matched = self._take_request()
        self._tell_caller_kind()
        self._ask_what_nobody_answers()
        self._take_volunteered_date()
        self._take_free_text(matched)
        self._settle_answer()
        self.found += self.given
        self._add_courtesies()
        return tuple(self.found) or (acts.Unclear(self.words),)

    def accounts_for_everything(self) -> bool:
        if not self.found:
            return False
        if self.explained:
            return len(self.whole.tokens) <= _SHORT_ENOUGH
        rest = self._without_answer()
        rest = rest.take(courtesies.spans_of_all(rest))
        return all(t.plain in word_list("rules.little") for t in rest.free)

    def _take(self, *spans: Span) -> None:
        self.rest = self.rest.take(spans)

    def _asked_for(self, *kinds: DetailKind) -> bool:
        return any(expects(self.context, kind) for kind in kinds)

    def _yes_no_asked(self) -> bool:
        asked = self.context.expectation.awaited in _ASKED
        return asked or self._asked_for(DetailKind.YES_NO, DetailKind.PHONE)

    def _hear_answer(self) -> None:
        shown = captures.shown_number(self.whole, self.context)
        if shown:
            self.answer = Answer.YES
            self._take(shown)
        found = find_answer(self.whole, self.context.expectation.awaited)
        if not found:
            return
        answer, spans = found
        leading_no = spans[0][0] <= 1 and answer is Answer.NO
        if self._yes_no_asked() or leading_no or only_answers(self.whole, spans):
            self.answer, self.answer_spans = answer, spans

    def _without_answer(self) -> Utterance:
        return self.rest.take(self.answer_spans)

    def _take_details(self) -> None:
        correcting = self.answer is Answer.NO and self.context.expectation.awaited is Awaited.CONFIRMATION
        # « trois fois le deux »: digits that were asked for are no day of the month.
        digits_asked = self._asked_for(*_IN_DIGITS)
        if not digits_asked:
            self._capture(dates_capture.date(self.rest, self.context, self.language))
        self._capture(code_captures.email(self.rest, self.context, self.language, correcting=correcting))
        self._capture(code_captures.access_codes(self.rest, self.context, self.language))
        self._capture(code_captures.reference(self.rest, self.context, self.language))
        self._capture(captures.phone(self.rest, self.context, self.language))
        if digits_asked:
            self._capture(dates_capture.date(self.rest, self.context, self.language))
        busy = courtesies.says_hold(self.rest)
        place = captures.address(self.rest, self.context, self.language)
        if place and not (busy and place.act.confidence is Confidence.UNSURE):
            self._capture(place)
        if not busy:
            for name in captures.names(self._before_name(correcting), self.context, correcting=correcting):
                self._capture(name)
        self._capture(self._expected_kind())

    def _capture(self, capture: Capture | None) -> None:
        if capture:
            self.given.append(self._with_correction(capture.act))
            self._take(*capture.spans)

    def _before_name(self, correcting: bool) -> Utterance:
        """The words in which a name is looked for: « c'est » must stay, « non » must go."""
        if not correcting and not self._yes_no_asked():
            return self.rest
        return self.rest.take(s for s in self.answer_spans if all(t.plain != "est" for t in self.whole.tokens[s[0] : s[1]]))

    def _expected_kind(self) -> Capture | None:
        detail = self.context.expectation.detail
        if detail and self._asked_for(DetailKind.NUMBER):
            return code_captures.amount(self.rest, detail, self.language)
        if detail and self._asked_for(DetailKind.YES_NO) and self.answer:
            return Capture(GiveDetail(detail, self.answer.value, self.words), ())
        return None

    def _with_correction(self, act: GiveDetail) -> GiveDetail:
        known = self.context.details.get(act.detail)
        confirming = self.context.expectation.awaited is Awaited.CONFIRMATION
        said_no = self.answer is Answer.NO
        changed = known is not None and known.complete and known.value != act.value
        if act.correction or (confirming and (said_no or changed)) or (said_no and known is not None and known.complete):
            return replace(act, correction=True)
        return act

    def _take_secret(self) -> None:
        """What is never told is not taken for a wish, a detail or a request."""
        asked = asked_secret(self.whole)
        if asked:
            self.found.append(asked)
            self._take((0, len(self.whole.tokens)))

    def _tell_caller_kind(self) -> None:
        if self.context.expectation.awaited not in _OPEN and self.context.expectation.detail != REASON:
            return
        client = prepared_for(self.context.instructions)
        stated = any(isinstance(a, acts.StateRequest) and a.confidence is Confidence.SURE for a in self.found)
        told = client.caller_kinds.tell(self.whole, self.language, client.directory, has_matter=stated)
        if told and not any(isinstance(a, acts.AskForSecret) for a in self.found):
            self.found.append(told)

    def _ask_what_nobody_answers(self) -> None:
        """A question that neither an approved answer nor a scenario fits is noted for people."""
        if self.context.expectation.awaited not in _OPEN or any(not isinstance(a, GiveDetail) for a in self.found):
            return
        rest = self.rest.take(courtesies.spans_of_all(self.rest))
        if len(rest.free) >= _FEWEST_WORDS and self.answer is None and questions.unanswered(rest):
            self.found.append(acts.AskOtherQuestion(free_text.reason(self.rest) or self.rest.words.strip()))

    def _take_wishes(self) -> None:
        directory = prepared_for(self.context.instructions).directory
        detail = self.context.expectation.detail
        if detail and self._asked_for(DetailKind.PERSON):
            # A name that answers « qui vous suit ? » is no wish to be put through.
            self._capture(code_captures.person(self.rest, detail, directory))
        for act, span in humans.wishes(self.rest, directory, self.context):
            self.found.append(act)
            self._take(span)

    def _take_holds(self) -> None:
        endangered = any(isinstance(a, acts.RaiseRedFlag) for a in self.found)
        for act, spans in courtesies.holds(self.rest):
            if isinstance(act, acts.DoNotKnow) and self._tells_more(spans):
                continue
            self._take(*spans)
            if not endangered:
                self.found.append(act)

    def _tells_more(self, spans: tuple[Span, ...]) -> bool:
        """« Mon robinet coule et je ne sais pas quoi faire » is a request, not an answer that cannot be given."""
        is_open = self.context.expectation.awaited in _OPEN
        return is_open and len(self.rest.take(spans).free) >= _FEWEST_WORDS

    def _take_request(self) -> Match | None:
        expected = self.context.expectation.detail
        if expected not in (None, REASON) and any(g.detail == expected for g in self.given):
            return None
        heard = self.rest if self.context.expectation.awaited in _OPEN else self._without_answer()
        asking = questions.asks(heard)
        # « Au revoir » is no wish to be seen again.
        heard = heard.take(courtesies.spans_of_all(heard))
        found = prepared_for(self.context.instructions).requests.best(heard, self.language, asking=asking)
        scenario, question = found.scenario, found.question
        if question and self._is_the_question(question, scenario, asking=asking):
            self.found.append(acts.AskQuestion(question.id, self._matter(question)))
            self._take(question.span)
            self.explained = question.sure
            return None
        if scenario and self._is_a_request(scenario, heard):
            confidence = Confidence.SURE if scenario.sure else Confidence.UNSURE
            self.found.append(acts.StateRequest(scenario.id, self._matter(scenario), confidence))
        self.explained = scenario is not None and scenario.sure
        return scenario

    def _take_volunteered_date(self) -> None:
        """« Je voudrais annuler mon rendez-vous de jeudi » gives the day before it is asked for."""
        stated = next((a.scenario for a in self.found if isinstance(a, acts.StateRequest)), self.context.scenario)
        if stated is not None:
            self._capture(volunteered(self.rest, self.context, self.language, stated))

    @staticmethod
    def _is_the_question(question: Match, scenario: Match | None, *, asking: bool) -> bool:
        ahead = question.score - (scenario.score if scenario else 0.0)
        if asking:
            return ahead > 0 and question.score >= _ANSWERED
        return ahead > _FAR_AHEAD and question.score >= _ANSWERED

    def _is_a_request(self, scenario: Match, heard: Utterance) -> bool:
        """While something else was asked only plain words of some length begin a new request."""
        if scenario.id == self.context.scenario:
            return False
        if self.context.expectation.awaited in _OPEN or self.context.expectation.detail == REASON:
            return True
        return scenario.sure and len(heard.free) >= _FEWEST_WORDS

    def _matter(self, match: Match) -> str:
        return free_text.reason(self.rest) or self.rest.quote(match.span)

    def _take_free_text(self, matched: Match | None) -> None:
        """What is left becomes the reason, or the free text, date or reference that was asked for."""
        if any(isinstance(a, acts.AskQuestion) for a in self.found):
            return
        text = free_text.reason(self._without_answer())
        endangered = any(isinstance(a, acts.RaiseRedFlag) for a in self.found)
        busy = any(not isinstance(a, acts.StateRequest | acts.RaiseRedFlag) for a in self.found)
        if not busy and self._take_any_words(text or self._bare()):
            return
        alone = self.context.expectation.awaited in _OPEN and len(plain(text).split()) >= _FEWEST_WORDS
        if text and (endangered or matched or (alone and not busy)) and self._new_reason(text):
            self.given.append(GiveDetail(REASON, text, text))

    def _take_any_words(self, text: str) -> bool:
        """Words for the detail that was asked for, when it takes any words. Returns: whether they were taken."""
        detail = self.context.expectation.detail
        wanted = self.context.expectation.awaited is Awaited.DETAIL and detail not in (None, CALLER_NAME)
        if not wanted or not text or detail is None or any(g.detail == detail for g in self.given):
            return False
        if kind_of(self.context, detail) not in _ANY_WORDS:
            return False
        # Words for a reference, a code or a date are kept only until it is asked again: no characters or day were heard.
        wordless = self._asked_for(DetailKind.REFERENCE, DetailKind.DATE) or detail == ACCESS_CODES
        doubt = Confidence.UNSURE if wordless else Confidence.SURE
        self.given.append(self._with_correction(GiveDetail(detail, text, self.words, doubt)))
        self.explained = self.explained or detail != REASON
        return True

    def _bare(self) -> str:
        untouched = self.answer is None and all(t.plain != TAKEN for t in self.rest.tokens)
        return self.rest.quote() if untouched else ""

    def _new_reason(self, text: str) -> bool:
        known = self.context.details.get(REASON)
        return known is None or text.lower() not in known.value.lower()

    def _settle_answer(self) -> None:
        """Says yes or no as an act of its own, unless it only stood inside something else."""
        detail = self.context.expectation.detail
        inside = self.answer_spans and all(self.rest.tokens[i].plain == TAKEN for a in self.answer_spans for i in range(*a))
        if self.answer is None or inside or any(g.detail == detail and g.value in ("yes", "no") for g in self.given):
            return
        answers_number = self._asked_for(DetailKind.PHONE) and any(g.detail == detail for g in self.given)
        asked = (self._yes_no_asked() and not (answers_number and self.answer is Answer.YES)) or any(
            g.correction for g in self.given
        )
        nothing_else = not self.given and not any(isinstance(a, _MATTERS) for a in self.found)
        if asked or nothing_else:
            self.found.append(acts.Affirm(self.words) if self.answer is Answer.YES else acts.Refuse(self.words))

    def _add_courtesies(self) -> None:
        thanks, goodbye = courtesies.thanks(self.whole), courtesies.goodbye(self.whole)
        if thanks and not any(isinstance(a, GiveDetail | acts.StateRequest) for a in self.found):
            self.found.append(acts.Thank(thanks))
        if goodbye:
            self.found.append(acts.SayGoodbye(goodbye))
        if not self.found and courtesies.greets(self.whole):
            self.found.append(acts.Greet(self.words))
