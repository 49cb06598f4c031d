"""Does what was heard so far answer what was asked? Asked many times a second on partial transcripts, so it is fast."""

from __future__ import annotations

from voicebot.domain.acts import (
    Affirm,
    AskForHuman,
    AskForPerson,
    AskQuestion,
    DoNotKnow,
    GiveDetail,
    Refuse,
    StateRequest,
)
from voicebot.domain.call import Awaited
from voicebot.domain.details import CALLBACK_NUMBER, DetailKind
from voicebot.understanding.dangers.red_flags import find_red_flags
from voicebot.understanding.dates.capture import completeness_of
from voicebot.understanding.details import numbers_english, numbers_french
from voicebot.understanding.details.begun_signs import signs_completeness
from voicebot.understanding.details.captures import expects, prior_dictation
from voicebot.understanding.details.phone_numbers import LENGTH, interpret
from voicebot.understanding.details.spelling import find_spelling
from voicebot.understanding.details.stretches import stretches_worth_reading
from voicebot.understanding.languages import language_of
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.ports import Completeness, Context
from voicebot.understanding.rules import read_by_rules
from voicebot.understanding.vocabulary import wordings
from voicebot.understanding.wishes.human_wishes import find_wish
from voicebot.understanding.yes_no import find_answer, only_answers

_CLOSED = ("humans.robot", "courtesies.goodbye", "courtesies.repeat", "courtesies.hold")
_SHORTEST_ADDRESS = 4
"""Words: « douze rue des lilas »."""
_MAY_GO_ON = frozenset((*numbers_french.TENS, "dix", *numbers_english.TENS))
"""« soixante » may be the first half of « soixante-dix-huit »."""

_LONE_ANSWER = frozenset(("si", "ok"))


def completeness(words: str, context: Context) -> Completeness:
    """COMPLETE ends the turn at once, INCOMPLETE keeps it open, UNKNOWN leaves it to the turn model."""
    utterance = Utterance.of(words)
    if not utterance:
        return Completeness.INCOMPLETE if utterance.ends_hesitating else Completeness.UNKNOWN
    if find_red_flags(utterance, context.instructions.identity.sector, ended=False):
        return Completeness.COMPLETE
    if utterance.ends_hesitating:
        return Completeness.INCOMPLETE
    in_signs = signs_completeness(utterance, context, language_of(utterance) or context.language)
    if in_signs is not None:
        return in_signs
    dictated = _dictation(utterance, context)
    if dictated is not None:
        return dictated
    of_date = completeness_of(words, context)
    if of_date is not Completeness.UNKNOWN:
        return of_date
    if wordings("completeness.goes_on").search(utterance.plain):
        return Completeness.INCOMPLETE
    if _closed(utterance):
        return Completeness.COMPLETE
    if _answered(utterance, context):
        # « Autre chose ? — Non merci … au revoir. »
        more_follows = context.expectation.awaited is Awaited.ANYTHING_ELSE
        return Completeness.LIKELY if more_follows else Completeness.COMPLETE
    spelling = _spelling(utterance, context)
    return Completeness.LIKELY if spelling is Completeness.UNKNOWN and _fits(words, context) else spelling


def _fits(words: str, context: Context) -> bool:
    """Do the rules find in these words what was asked for?"""
    acts = read_by_rules(words, context).acts
    expected = context.expectation
    if expected.awaited is Awaited.DETAIL:
        if expects(context, DetailKind.ADDRESS) and len(words.split()) < _SHORTEST_ADDRESS:
            return False
        if expects(context, DetailKind.PHONE) and any(isinstance(a, Affirm | Refuse | DoNotKnow) for a in acts):
            # « Au numéro qui s'affiche ? — Oui. »
            return True
        return any(isinstance(a, GiveDetail) and a.detail == expected.detail and a.complete for a in acts)
    return any(isinstance(a, StateRequest | AskQuestion | AskForHuman | AskForPerson) for a in acts)


def _dictation(utterance: Utterance, context: Context) -> Completeness | None:
    """A number being dictated: whole, begun, or none."""
    expected = expects(context, DetailKind.PHONE)
    language = language_of(utterance) or context.language
    prior = prior_dictation(context.details.get(expected or CALLBACK_NUMBER), language)
    verdict: Completeness | None = None
    for stretch in stretches_worth_reading(utterance, language):
        number = interpret(stretch, prior)
        at_the_end = stretch.span[1] >= len(utterance.tokens)
        if number and number.complete:
            # A number that is whole only in a longer reading (60 12 for « soixante douze ») may still be going on.
            spoken = len(stretch.shortest) + (len("".join(prior.shortest())) if prior else 0)
            if at_the_end and not number.sure and spoken < LENGTH:
                return Completeness.INCOMPLETE
            if at_the_end and utterance.tokens[-1].plain in _MAY_GO_ON:
                return Completeness.LIKELY
            # Whoever may have said eight digits or ten is left to the turn model.
            return Completeness.COMPLETE if number.sure else Completeness.UNKNOWN
        if at_the_end and (expected or (stretch.shortest[:1] == "0" and len(stretch.shortest) >= 2)):
            verdict = Completeness.INCOMPLETE
    return verdict


def _answered(utterance: Utterance, context: Context) -> bool:
    awaited = context.expectation.awaited
    asked = awaited in (Awaited.CONFIRMATION, Awaited.ANYTHING_ELSE) or expects(context, DetailKind.YES_NO) is not None
    if not asked:
        return False
    found = find_answer(utterance, awaited)
    return found is not None and utterance.plain not in _LONE_ANSWER and only_answers(utterance, found[1])


def _closed(utterance: Utterance) -> bool:
    """Whole sentences after which nothing needs to come: « je veux parler à quelqu'un », « au revoir »."""
    for span in (find_wish(utterance), *(utterance.find(wordings(section)) for section in _CLOSED)):
        if span and span[1] >= len(utterance.tokens) and (span[1] - span[0] >= 2 or span[0] == 0):
            return True
    return False


def _spelling(utterance: Utterance, context: Context) -> Completeness:
    """A spelling may always go on by one letter; only the silence after it tells."""
    if expects(context, DetailKind.NAME) is None:
        return Completeness.UNKNOWN
    spelled = find_spelling(utterance, expected=True)
    begun = len(utterance.tokens) >= 1 and len(utterance.tokens[-1].plain) == 1
    return Completeness.INCOMPLETE if begun and not spelled else Completeness.UNKNOWN
