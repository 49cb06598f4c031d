"""One claim of a language model, proven on the caller's own words and turned into an act whose value our rules read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import DetailKind
from voicebot.domain.language import Language
from voicebot.understanding.details import captures
from voicebot.understanding.details.names import find_name
from voicebot.understanding.details.spelling import find_spelling
from voicebot.understanding.model.evidence import find_quote
from voicebot.understanding.model.prompt import UNKNOWN
from voicebot.understanding.model.relevant import leads_to_people
from voicebot.understanding.model.support import (
    bears,
    denies_scenario,
    looks_like_a_name,
    named,
    shows_examples,
    shows_scenario,
)
from voicebot.understanding.normalise import Utterance, plain
from voicebot.understanding.one_turn import OneTurn
from voicebot.understanding.ports import Context, Reading

_WISHES: dict[str, type[Any]] = {
    "ask_for_human": acts.AskForHuman,
    "ask_whether_robot": acts.AskWhetherRobot,
    "ask_to_repeat": acts.AskToRepeat,
    "ask_to_wait": acts.AskToWait,
    "do_not_know": acts.DoNotKnow,
    "refuse_recording": acts.RefuseRecording,
    "greet": acts.Greet,
    "thank": acts.Thank,
    "say_goodbye": acts.SayGoodbye,
}
_LANGUAGES = {"ask_for_french": Language.FRENCH, "ask_for_english": Language.ENGLISH}
_READ_FROM_THE_WHOLE = (
    DetailKind.PHONE,
    DetailKind.EMAIL,
    DetailKind.ADDRESS,
    DetailKind.REFERENCE,
    DetailKind.NUMBER,
    DetailKind.DATE,
    DetailKind.YES_NO,
    DetailKind.PERSON,
)
"""What the rules found in the whole turn is better than what they find in a model's quote of it."""


_NEAR, _LONGEST_NAME, _LONGEST_WISH = 5, 6, 8
"""Words: between « parler » and the name; of a name; of a wish for a human. A longer quote proves nothing."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The caller's words, where they were said, and what the rules read in them."""

    utterance: Utterance
    context: Context
    rules: Reading

    @property
    def asks_secret(self) -> bool:
        """Who asks for somebody's number does not ask to speak with them."""
        return any(isinstance(a, acts.AskForSecret) for a in self.rules.acts)

    def before(self, quote: str) -> str:
        """The few words before a quote."""
        first, _ = find_quote(quote, self.utterance) or (0, 0)
        return " ".join(t.plain for t in self.utterance.tokens[max(0, first - _NEAR) : first])

    @property
    def given(self) -> dict[str, GiveDetail]:
        return {a.detail: a for a in self.rules.acts if isinstance(a, GiveDetail)}


def act_of(claim: str, quote: str, turn: Turn) -> Act | None:
    """The act of one claim, or None when the caller's words do not bear it."""
    kind, _, key = claim.partition(":")
    span = find_quote(quote, turn.utterance)
    return _CLAIMS[kind](key, turn.utterance.quote(span), turn) if span else None


def _scenario(key: str, quote: str, turn: Turn) -> Act | None:
    """Sure only where the client's own examples bear it and nobody is woken or rung by it; else the caller is asked."""
    client = turn.context.instructions
    scenario = client.scenario(key)
    if scenario is None or key == turn.context.scenario or denies_scenario(turn.utterance.words, scenario):
        return None
    shown = shows_scenario(quote, scenario, client)
    if not shown and (bears(quote, "question") and not bears(quote, "wanting")):
        return None
    sure = shown and not leads_to_people(scenario)
    return acts.StateRequest(key, quote, Confidence.SURE if sure else Confidence.UNSURE)


def _question(key: str, quote: str, turn: Turn) -> Act | None:
    question = turn.context.instructions.question(key)
    if question is None or not (shows_examples(quote, question.callers_say) or bears(quote, "question")):
        return None
    return acts.AskQuestion(key, quote)


def _other_question(_key: str, quote: str, _turn: Turn) -> Act | None:
    return acts.AskOtherQuestion(quote) if bears(quote, "question") else None


def _person(key: str, quote: str, turn: Turn) -> Act | None:
    """Somebody whom the words name; when they name several, the caller is asked which."""
    client = turn.context.instructions
    if turn.asks_secret or len(plain(quote).split()) > _LONGEST_NAME or not bears(turn.before(quote), "to_reach"):
        return None
    who = named(quote, client)
    if key == UNKNOWN:
        return acts.AskForPerson(None, quote, quote) if not who and looks_like_a_name(quote) else None
    if key not in who:
        return None
    if len(who) == 1:
        return acts.AskForPerson(key, quote, quote)
    return acts.AskForPerson(None, quote, quote, who)


def _caller(key: str, quote: str, turn: Turn) -> Act | None:
    own = turn.context.instructions.filter(key)
    shown = shows_examples(quote, own.callers_say) if own and own.callers_say else bears(quote, key)
    return acts.TellCallerKind(key, quote, Confidence.UNSURE) if shown else None


def _secret(key: str, quote: str, _turn: Turn) -> Act | None:
    return acts.AskForSecret(acts.Secret(key), quote) if bears(quote, key) else None


def _wish(key: str, quote: str, turn: Turn) -> Act | None:
    if not bears(quote, key) or (key == "refuse_recording" and not bears(quote, "no")):
        return None
    if key == "ask_for_human" and not _wants_a_human(quote, turn):
        return None
    if key in _LANGUAGES:
        return acts.AskForLanguage(_LANGUAGES[key], quote)
    return _WISHES[key](quote)


def _wants_a_human(quote: str, turn: Turn) -> bool:
    short = len(plain(quote).split()) <= _LONGEST_WISH
    return short and bears(quote, "to_reach") and not bears(quote, "no") and not turn.asks_secret


def _answer(key: str, quote: str, turn: Turn) -> Act | None:
    """Yes or no only in words that can mean it: a quote of anything else would confirm what was never confirmed."""
    no = bears(quote, "no")
    if (key == "no") is not no or not bears(quote, key):
        return None
    expected = captures.expects(turn.context, DetailKind.YES_NO)
    if expected:
        return turn.given.get(expected) or GiveDetail(expected, key, quote)
    if turn.context.expectation.awaited not in (Awaited.CONFIRMATION, Awaited.ANYTHING_ELSE, Awaited.DETAIL):
        return None
    return acts.Affirm(quote) if key == "yes" else acts.Refuse(quote)


def _detail(key: str, quote: str, turn: Turn) -> GiveDetail | None:
    """The value of a quote by our own rules: digits, dates and spellings are never the model's."""
    own, kind = turn.given.get(key), turn.context.instructions.detail_kind(key)
    if own and kind in _READ_FROM_THE_WHOLE:
        return own
    if kind is DetailKind.NAME:
        return _name(key, quote, turn)
    if kind is DetailKind.FREE_TEXT:
        return GiveDetail(key, quote, quote)
    asked = replace(turn.context, expectation=Expectation(Awaited.DETAIL, key))
    read = (a for a in OneTurn.of(quote, asked).acts() if isinstance(a, GiveDetail) and a.detail == key)
    act = next(read, None)
    # A few digits that nobody asked for begin no number: « quarante-deux » may count anything.
    return act if act and (act.complete or turn.context.expectation.detail == key) else None


def _correction(key: str, quote: str, turn: Turn) -> GiveDetail | None:
    given = _detail(key, quote, turn)
    return replace(given, correction=True) if given else None


def _name(key: str, quote: str, turn: Turn) -> GiveDetail | None:
    """A name that was not asked for, without a first name or title, is asked again rather than believed."""
    own = turn.given.get(key)
    if own and (find_spelling(turn.utterance, expected=True) or own.confidence is Confidence.SURE):
        return own
    name = find_name(Utterance.of(quote), expected=True)
    # Spelled names are read from the whole turn, never from a model's choice of letters.
    if name is None or name.spelled or len(plain(quote).split()) > _LONGEST_NAME:
        return own
    sure = turn.context.expectation.detail == key or looks_like_a_name(quote)
    return GiveDetail(key, name.value, quote, Confidence.SURE if sure else Confidence.UNSURE)


_CLAIMS: dict[str, Callable[[str, str, Turn], Act | None]] = {
    "scenario": _scenario,
    "faq": _question,
    "question": _other_question,
    "person": _person,
    "caller": _caller,
    "secret": _secret,
    "detail": _detail,
    "correction": _correction,
    "answer": _answer,
    "wish": _wish,
}
