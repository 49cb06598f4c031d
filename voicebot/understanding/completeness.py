"""Does what was heard so far answer what was asked? Asked many times a second on partial transcripts, so it is fast."""

from __future__ import annotations

from voicebot.domain.call import Awaited
from voicebot.domain.details import CALLBACK_NUMBER, DetailKind
from voicebot.understanding import courtesies, humans
from voicebot.understanding.captures import expects, prior_dictation
from voicebot.understanding.languages import language_of
from voicebot.understanding.normalise import Utterance, phrases
from voicebot.understanding.phone_numbers import interpret, stretches_worth_reading
from voicebot.understanding.ports import Completeness, Context
from voicebot.understanding.red_flags import find_red_flags
from voicebot.understanding.spelling import find_spelling
from voicebot.understanding.yes_no import find_answer, only_answers

_GOES_ON = phrases(
    r"(?:et|ou|mais|donc|alors|puis|car|parce que?|que|qu'|de|du|des|le|la|les|un|une|mon|ma|mes|à|au|aux|pour|avec|dans|sur|chez|est|c'est|c'est le|je|j'|d'|l'|il y a|j'ai|je suis|je voudrais|je veux|plus|indicatif|double|comme|accent|trait d')$",
    r"(?:je m'appelle|mon nom est|mon nom c'est|mon (?:numéro|téléphone)(?: de téléphone)?(?: c'est| est)?(?: le)?|vous pouvez me (?:rappeler|joindre)(?: au| sur le)?|mon adresse(?: c'est| est)?(?: le| au)?|j'habite(?: au)?)$",
    r"(?:attendez|je reprends|je recommence|non pardon|pardon)$",
    r"(?:and|or|but|so|because|the|a|an|my|to|of|at|on|in|for|with|is|it's|i'm|i|i have|there is|there's|my name is|my number is|you can (?:call|reach) me(?: on| at)?|my address is|as in|double)$",
)
_LONE_ANSWER = frozenset(("si", "ok"))


def completeness(words: str, context: Context) -> Completeness:
    """COMPLETE ends the turn at once, INCOMPLETE keeps it open, UNKNOWN leaves it to the turn model."""
    utterance = Utterance.of(words)
    if not utterance:
        return Completeness.INCOMPLETE if utterance.ends_hesitating else Completeness.UNKNOWN
    if find_red_flags(utterance):
        return Completeness.COMPLETE
    if utterance.ends_hesitating:
        return Completeness.INCOMPLETE
    dictated = _dictation(utterance, context)
    if dictated is not None:
        return dictated
    if _GOES_ON.search(utterance.plain):
        return Completeness.INCOMPLETE
    if _answered(utterance, context) or _closed(utterance):
        return Completeness.COMPLETE
    return _spelling(utterance, context)


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
            return Completeness.COMPLETE if number.sure or at_the_end else verdict
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
    for pattern in (humans.HUMAN, humans.ROBOT, courtesies.GOODBYE, courtesies.REPEAT, courtesies.HOLD):
        span = utterance.find(pattern)
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
