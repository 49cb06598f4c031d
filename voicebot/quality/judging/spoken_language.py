"""The language of the call: every sentence in it, changed when the caller asks, never on one foreign word."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from voicebot.domain.decisions import Action
from voicebot.domain.language import Language
from voicebot.quality.commitments import QUOTES_THE_CALLER
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence
from voicebot.understanding.languages import FEWEST_TO_SWITCH, language_of
from voicebot.understanding.normalise import Utterance

CHECKS = Checks(Area.LANGUAGE)


@lru_cache(maxsize=16384)
def _plainly_in(text: str) -> Language | None:
    return language_of(Utterance.of(text))


@CHECKS.check(
    "sentences",
    fr="Chaque phrase est dans la langue de l'appel, à ses mots (vote des petits mots), pas seulement à son étiquette.",
    en="Each sentence is in the call's language by its words (a vote of small words), not by its label alone.",
)
def sentences(call: CallInHand) -> Iterator[Found]:
    judged = False
    for turn in call.said:
        wanted = call.language_at.get(turn.number)
        if wanted is None or turn.phrase in QUOTES_THE_CALLER:
            continue
        judged = True
        found = _plainly_in(turn.text)
        labelled = turn.language or wanted
        if labelled is not wanted or found not in (None, wanted):
            spoken = found if found not in (None, wanted) else labelled
            yield Found(False, wanted, f"{spoken}: « {turn.text} »", "", (Evidence(turn.number),))
    if judged:
        yield Found(True, "the call's language", "the call's language")


@CHECKS.check(
    "at_the_end",
    Need.RECORD,
    Need.REFERENCE,
    fr="À la fin, le réceptionniste parle la langue attendue.",
    en="At the end the receptionist speaks the expected language.",
)
def at_the_end(call: CallInHand) -> Iterator[Found]:
    if call.expect and call.expect.language and call.record:
        found = call.record.call.language
        yield Found(found is call.expect.language, call.expect.language, found)


@CHECKS.check(
    "switched_when_asked",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="La langue demandée est prise dans le même tour si le client la parle ; sinon la vérité est dite.",
    en="The language asked for is taken in the same turn where the client speaks it; else the truth is said.",
)
def switched_when_asked(call: CallInHand) -> Iterator[Found]:
    spoken = call.instructions.identity.languages if call.instructions else ()
    told = False
    current = next(iter(call.language_at.values()), None)
    for exchange in call.exchanges:
        wish = next((Language(a["language"]) for a in exchange.acts if a["kind"] == "ask_for_language"), None)
        switched = exchange.decided(Action.SPEAK_LANGUAGE)
        if wish and exchange.decisions and wish is not current:
            truth = bool(exchange.decided(Action.SAY_LANGUAGES)) or told
            told = told or truth
            passed = bool(switched) and switched[0].subject == wish if wish in spoken else truth
            found = switched[0].subject if switched else "the truth" if truth else "nothing"
            yield Found(passed, wish, found, "identity.languages", exchange.evidence)
        if switched:
            current = Language(switched[0].subject)


@CHECKS.check(
    "never_unasked",
    Need.RECORD,
    fr="La langue n'est jamais changée sans demande ni phrase claire de l'appelant ; un mot étranger ne suffit pas.",
    en="The language never changes without a wish or a plain sentence of the caller; one foreign word is not enough.",
)
def never_unasked(call: CallInHand) -> Iterator[Found]:
    for exchange in call.exchanges:
        for d in exchange.decided(Action.SPEAK_LANGUAGE):
            asked = any(a["kind"] == "ask_for_language" and a["language"] == d.subject for a in exchange.acts)
            words = len(exchange.words.split())
            plainly = words >= FEWEST_TO_SWITCH or words == 0
            why = "a wish" if asked else "no wish"
            yield Found((asked and plainly) or _names_it(exchange.words, d.subject), "a wish", why, d.behind, call.where(d))


def _names_it(words: str, language: str) -> bool:
    names = {"en": ("english", "anglais"), "fr": ("french", "français", "francais")}
    return any(name in words.casefold() for name in names.get(language, ()))
