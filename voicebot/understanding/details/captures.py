"""Details in an utterance, as GiveDetail acts: the expected one by its kind, and every other that is plainly said."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.call import Awaited
from voicebot.domain.details import ADDRESS, CALLBACK_NUMBER, CALLER_NAME, COMPANY, Detail, DetailKind
from voicebot.domain.language import Language
from voicebot.understanding.details import numbering_plan
from voicebot.understanding.details.addresses import find_address
from voicebot.understanding.details.dictation import Dictation, digits_of, is_number
from voicebot.understanding.details.names import find_company, find_name, merged
from voicebot.understanding.details.phone_numbers import LENGTH, PhoneNumber, interpret
from voicebot.understanding.details.stretches import Dictated, denies, stretches_worth_reading
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.ports import Context
from voicebot.understanding.vocabulary import wordings

_FEWEST_PARTIAL = 2
_FEWEST_UNASKED = 4


@dataclass(frozen=True, slots=True)
class Capture:
    """One detail and the tokens that gave it."""

    act: GiveDetail
    spans: tuple[Span, ...]


def expects(context: Context, kind: DetailKind) -> str | None:
    """The id of the expected detail when it is of this kind."""
    detail = context.expectation.detail
    if context.expectation.awaited is not Awaited.DETAIL or detail is None:
        return None
    return detail if kind_of(context, detail) is kind else None


def kind_of(context: Context, detail: str) -> DetailKind | None:
    try:
        return context.instructions.detail_kind(detail)
    except KeyError:
        return None


def prior_dictation(known: Detail | None, language: Language) -> Dictation | None:
    """What was dictated before the breath, in all its readings when the words are still known."""
    if known is None or known.complete or not known.value:
        return None
    said = Utterance.of(known.words)
    words = tuple(t.plain for t in said.tokens if is_number(t.plain, language))
    if words and digits_of(words, language) == known.value.lstrip("+"):
        return Dictation(words, language)
    return Dictation((known.value.lstrip("+"),), language)


def phone(utterance: Utterance, context: Context, language: Language) -> Capture | None:
    """The telephone number that is dictated, whole or begun."""
    expected = expects(context, DetailKind.PHONE)
    detail = expected or CALLBACK_NUMBER
    known = context.details.get(detail)
    prior = prior_dictation(known, language)
    best: PhoneNumber | None = None
    wholes: set[str] = set()
    for stretch in stretches_worth_reading(utterance, language):
        if stretch.denied or stretch.something_else:
            continue
        number = interpret(stretch, prior)
        if number is None or not (
            number.complete or _worth_keeping(utterance, stretch, expected is not None or prior is not None)
        ):
            continue
        if stretch.alternative:
            number = replace(number, sure=False)
        wholes |= {number.value} if number.complete else set()
        if best is None or (number.complete, len(number.value)) >= (best.complete, len(best.value)):
            best = number
    if best and len(wholes) > 1:
        # Two numbers: « … ou … », the fixed line and the mobile. Which one is asked.
        best = replace(best, sure=False)
    if best is None or not best.complete:
        patched = _extended(utterance, known, language) or _patched(utterance, known, language)
        if patched:
            return _phone_act(utterance, detail, patched, known, corrected=True)
    return _phone_act(utterance, detail, best, known) if best else None


def _worth_keeping(utterance: Utterance, stretch: Dictated, expected: bool) -> bool:
    digits = stretch.shortest
    if expected:
        alone = stretch.span == (0, len(utterance.tokens))
        return alone or len(digits) >= _FEWEST_PARTIAL
    if digits[:1] != "0" and not stretch.international:
        return False
    cued = any(0 <= stretch.span[0] - cue[1] <= 4 for cue in utterance.find_all(wordings("captures.phone_cues")))
    return len(digits) >= _FEWEST_UNASKED or (cued and len(digits) >= _FEWEST_PARTIAL)


def _phone_act(
    utterance: Utterance, detail: str, number: PhoneNumber, known: Detail | None, *, corrected: bool = False
) -> Capture:
    words = utterance.quote(number.span)
    if known and not known.complete and not number.value.startswith(words):
        words = f"{known.words} {words}" if number.complete or number.value.startswith(known.value) else words
    confidence = Confidence.SURE if number.sure else Confidence.UNSURE
    return Capture(GiveDetail(detail, number.value, words, confidence, number.complete, corrected), (number.span,))


def _extended(utterance: Utterance, known: Detail | None, language: Language) -> PhoneNumber | None:
    """« … soixante », taken for whole, then « dix-huit »: the words together make another whole number. Never sure."""
    stretches = list(stretches_worth_reading(utterance, language))
    if known is None or not known.complete or not known.value or len(stretches) != 1:
        return None
    words = tuple(t.plain for t in Utterance.of(known.words).tokens if is_number(t.plain, language))
    if not words or stretches[0].span[0] > 0:
        return None
    said = tuple(t.plain for t in utterance.tokens[slice(*stretches[0].span)] if is_number(t.plain, language))
    number = interpret(replace(stretches[0], parts=(Dictation(said, language),)), Dictation(words, language))
    if number is None or not number.complete or number.value == known.value:
        return None
    return PhoneNumber(number.value, True, False, number.span)


def _patched(utterance: Utterance, known: Detail | None, language: Language) -> PhoneNumber | None:
    """« non, soixante-dix-neuf à la fin », « pas 78, 79 »: a known whole number with some digits replaced. Never sure."""
    if known is None or not known.complete or not known.value.startswith("+33"):
        return None
    digits = numbering_plan.as_dialled(known.value)
    at_the_end = utterance.find(wordings("captures.at_the_end"))
    stretches = list(stretches_worth_reading(utterance.take([at_the_end] if at_the_end else []), language))
    parts = [("".join(p.shortest()), s.span) for s in stretches for p in s.parts]
    parts = [p for p in parts if p[0]]
    new = ""
    if len(parts) >= 2 and re.search(r"\bpas\b|\bnot\b", utterance.plain):
        (first, a), (second, _) = parts[0], parts[1]
        wrong, right = (first, second) if denies(utterance, a) else (second, first)
        if digits.count(wrong) == 1 and len(wrong) == len(right):
            new = digits.replace(wrong, right)
    elif len(parts) == 1 and at_the_end and 1 <= len(parts[0][0]) <= LENGTH - 2:
        new = digits[: -len(parts[0][0])] + parts[0][0]
    number = numbering_plan.national(new) if new else None
    return PhoneNumber(number, True, False, (parts[0][1][0], parts[-1][1][1])) if number else None


def shown_number(utterance: Utterance, context: Context) -> Span | None:
    """« Celui qui s'affiche », « le numéro avec lequel j'appelle », when a number was asked for."""
    return utterance.find(wordings("captures.shown_number")) if expects(context, DetailKind.PHONE) else None


def address(utterance: Utterance, context: Context, language: Language) -> Capture | None:
    expected = expects(context, DetailKind.ADDRESS)
    found = find_address(utterance, language, expected=expected is not None)
    if found is None:
        return None
    act = GiveDetail(expected or ADDRESS, found.value, utterance.quote(found.spans[0]), found.confidence)
    return Capture(act, found.spans)


def names(utterance: Utterance, context: Context, *, correcting: bool) -> list[Capture]:
    """Caller's name and company. correcting: the caller said no to a read-back, so a bare name is the right one."""
    expected = expects(context, DetailKind.NAME)
    found: list[Capture] = []
    company = find_company(utterance, expected=expected == COMPANY)
    if company:
        utterance = utterance.take(company.spans)
        found.append(_name_capture(utterance, expected if expected == COMPANY else COMPANY, company.value, company.spans))
    if expected != COMPANY:
        known = context.details.get(expected or CALLER_NAME)
        confirming = context.expectation.awaited is Awaited.CONFIRMATION
        correcting = correcting or (confirming and wordings("names.not_that").search(utterance.plain) is not None)
        name = find_name(utterance, expected=expected is not None or correcting, known=known.value if known else "")
        if name:
            value = merged(known.value, name.value) if known and correcting else name.value
            found.append(_name_capture(utterance, expected or CALLER_NAME, value, name.spans, sure=name.sure))
    return found


def _name_capture(
    utterance: Utterance, detail: str | None, value: str, spans: tuple[Span, ...], *, sure: bool = True
) -> Capture:
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    confidence = Confidence.SURE if sure else Confidence.UNSURE
    return Capture(GiveDetail(detail or CALLER_NAME, value, utterance.quote((first, last)), confidence), spans)
