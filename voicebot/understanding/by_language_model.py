"""A language model's answer turned into acts: each claim must quote the caller, and every value is read by our own rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import DetailKind
from voicebot.domain.language import Language
from voicebot.errors import LanguageModelFailed
from voicebot.understanding import captures, code_captures
from voicebot.understanding.evidence import find_quote
from voicebot.understanding.names import find_name
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.ports import Context, Reading
from voicebot.understanding.prompt import NONE, UNKNOWN, detail_ids
from voicebot.understanding.spelling import find_spelling

ALWAYS_BY_RULES = (acts.RaiseRedFlag, acts.AskForHuman, acts.RefuseRecording)
"""Acts that the rules find and that no model can take away."""

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
_COURTESIES = (acts.Greet, acts.Thank, acts.SayGoodbye)


@dataclass(slots=True)
class _Proof:
    """Claims that could be proven, and how many could not."""

    utterance: Utterance
    refused: int = 0

    def quote(self, words: str) -> Span | None:
        span = find_quote(words, self.utterance)
        self.refused += span is None
        return span


def reading_of(answer: dict[str, Any], words: str, context: Context, rules: Reading) -> Reading:
    """The acts that a checked answer stands for, with those that the rules always add.

    Args:
        answer: keeps the schema of prompt.schema_of. words: the caller's, masked. rules: what the rules read in them.

    Raises: LanguageModelFailed("absurd") when most of what it claims was never said.
    """
    utterance = Utterance.of(words)
    proof = _Proof(utterance)
    found: list[Act] = [a for a in rules.acts if isinstance(a, ALWAYS_BY_RULES)]
    found += _wishes(answer, words, found)
    found += _request(answer, proof, context)
    details = _details(answer, proof, context, rules)
    found += _answer(answer, words, context, details, rules)
    found += details
    proven = len(found) - sum(isinstance(a, ALWAYS_BY_RULES) for a in found)
    if proof.refused and proof.refused >= max(proven, 1):
        raise LanguageModelFailed("absurd", "The language model claims what the caller did not say.")
    if not found:
        found = list(rules.acts)
    language = (
        Language(answer["language"]) if answer["language"] != UNKNOWN and rules.language is not None else rules.language
    )
    return Reading(tuple(found), "language_model", language=language)


def _wishes(answer: dict[str, Any], words: str, already: list[Act]) -> list[Act]:
    found: list[Act] = []
    for wish in dict.fromkeys(answer["wishes"]):
        if wish in _LANGUAGES:
            found.append(acts.AskForLanguage(_LANGUAGES[wish], words))
        elif not any(isinstance(a, _WISHES[wish]) for a in already):
            found.append(_WISHES[wish](words))
    has_more = any(not isinstance(a, _COURTESIES) for a in found) or answer["scenario"] != NONE or answer["details"]
    return [a for a in found if not (has_more and isinstance(a, acts.Greet))]


def _request(answer: dict[str, Any], proof: _Proof, context: Context) -> list[Act]:
    found: list[Act] = []
    instructions = context.instructions
    scenario = instructions.scenario(answer["scenario"])
    if scenario and scenario.id != context.scenario and (span := proof.quote(answer["scenario_words"])):
        found.append(acts.StateRequest(scenario.id, proof.utterance.quote(span)))
    question = instructions.question(answer["faq"])
    if question and (span := proof.quote(answer["faq_words"])):
        found.append(acts.AskQuestion(question.id, proof.utterance.quote(span)))
    if answer["person"] != NONE and (span := proof.quote(answer["person_words"])):
        name = proof.utterance.quote(span)
        person = instructions.person(answer["person"])
        found.append(acts.AskForPerson(person.id if person else None, name, name))
    return found


def _answer(answer: dict[str, Any], words: str, context: Context, details: list[GiveDetail], rules: Reading) -> list[Act]:
    if answer["answer"] == NONE:
        return []
    yes = answer["answer"] == "yes"
    expected = captures.expects(context, DetailKind.YES_NO)
    if expected:
        if not any(d.detail == expected for d in details):
            details.append(GiveDetail(expected, answer["answer"], words))
        return []
    by_rules = [a for a in rules.acts if isinstance(a, acts.Affirm | acts.Refuse)]
    if by_rules and isinstance(by_rules[0], acts.Affirm) is not yes:
        # Two readings of one yes or no: the caller is better asked again than misunderstood.
        return []
    return [acts.Affirm(words) if yes else acts.Refuse(words)]


def _details(answer: dict[str, Any], proof: _Proof, context: Context, rules: Reading) -> list[GiveDetail]:
    by_rules = {a.detail: a for a in rules.acts if isinstance(a, GiveDetail)}
    found: dict[str, GiveDetail] = {}
    for claim in answer["details"]:
        detail = claim["detail"]
        if detail in found or detail not in detail_ids(context.instructions):
            continue
        span = proof.quote(claim["words"])
        if span is None:
            continue
        act = _read(detail, span, proof.utterance, context, by_rules)
        if act:
            known = context.details.get(detail)
            found[detail] = replace(act, correction=act.correction or (claim["correction"] and known is not None))
    for detail, act in by_rules.items():
        if context.instructions.detail_kind(detail) is DetailKind.PHONE or _spelled_or_expected(act, context):
            found.setdefault(detail, act)
    return list(found.values())


def _spelled_or_expected(act: GiveDetail, context: Context) -> bool:
    """What was asked for and the rules are sure of is kept even when the model overlooked it."""
    return act.detail == context.expectation.detail and act.confidence is Confidence.SURE


def _read(
    detail: str, span: Span, utterance: Utterance, context: Context, by_rules: dict[str, GiveDetail]
) -> GiveDetail | None:
    """The value of a quote by our own rules: digits and spellings are never the model's."""
    quote = utterance.quote(span)
    kind = context.instructions.detail_kind(detail)
    if detail in by_rules and kind in (DetailKind.PHONE, DetailKind.ADDRESS, DetailKind.REFERENCE, DetailKind.NUMBER):
        return by_rules[detail]
    said = Utterance.of(quote)
    asked = replace(context, expectation=Expectation(Awaited.DETAIL, detail))
    if kind is DetailKind.PHONE:
        number = captures.phone(said, asked, context.language)
        return number.act if number else None
    if kind is DetailKind.NAME:
        return _name(detail, quote, utterance, by_rules)
    if kind is DetailKind.ADDRESS:
        place = captures.address(said, asked, context.language)
        return place.act if place else None
    if kind is DetailKind.NUMBER:
        amount = code_captures.amount(said, detail, context.language)
        return amount.act if amount else None
    if kind is DetailKind.YES_NO:
        return by_rules.get(detail)
    return GiveDetail(detail, quote, quote)


def _name(detail: str, quote: str, whole: Utterance, by_rules: dict[str, GiveDetail]) -> GiveDetail | None:
    own = by_rules.get(detail)
    if own and find_spelling(whole, expected=True):
        return own
    name = find_name(Utterance.of(quote), expected=True)
    return GiveDetail(detail, name.value, quote) if name else own
