"""Details with a grammar of their own: e-mail addresses, references, access codes, amounts, people, as GiveDetail acts."""

from __future__ import annotations

from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.details import ACCESS_CODES, EMAIL, Detail, DetailKind
from voicebot.domain.language import Language
from voicebot.domain.scenario import ClientDetail
from voicebot.understanding.details.access_codes import find_access_codes
from voicebot.understanding.details.amounts import find_amount
from voicebot.understanding.details.captures import Capture, expects
from voicebot.understanding.details.emails import find_email, other_domain
from voicebot.understanding.details.names import find_name
from voicebot.understanding.details.references import Reference, find_reference, fits_pattern
from voicebot.understanding.normalise import Span, Utterance, plain
from voicebot.understanding.ports import Context
from voicebot.understanding.vocabulary import wordings
from voicebot.understanding.wishes.directory import Directory

_NEAR = 7
"""Words between « numéro de contrat » and the reference."""


def _doubt(*, sure: bool) -> Confidence:
    return Confidence.SURE if sure else Confidence.UNSURE


def _begun(known: Detail | None) -> Detail | None:
    return known if known and not known.complete and known.words else None


def email(utterance: Utterance, context: Context, language: Language, *, correcting: bool) -> Capture | None:
    """An e-mail address, whole or begun, continued after a breath, or with another home when the caller says no."""
    expected = expects(context, DetailKind.EMAIL)
    detail = expected or EMAIL
    known = context.details.get(detail)
    begun = _begun(known)
    found = find_email(utterance, language, expected=expected is not None)
    if begun and expected and (found is None or not found.complete or "@" in begun.value):
        both = find_email(Utterance.of(f"{begun.words} {utterance.words}"), language, expected=True)
        if both and (found is None or both.complete or len(both.value) > len(found.value)):
            words = f"{begun.words} {utterance.words}"
            act = GiveDetail(detail, both.value, words, _doubt(sure=both.sure), both.complete)
            return Capture(act, ((0, len(utterance.tokens)),))
    if found is None and correcting and known and known.complete:
        found = other_domain(utterance, language, known.value)
    if found is None:
        return None
    act = GiveDetail(detail, found.value, utterance.quote(found.span), _doubt(sure=found.sure), found.complete)
    return Capture(act, (found.span,))


def access_codes(utterance: Utterance, context: Context, language: Language) -> Capture | None:
    """Door code, bell, floor and door."""
    expected = context.expectation.detail == ACCESS_CODES
    found = find_access_codes(utterance, language, expected=expected)
    if found is None:
        return None
    words = utterance.quote((found.spans[0][0], found.spans[-1][1]))
    return Capture(GiveDetail(ACCESS_CODES, found.value, words, _doubt(sure=found.sure)), found.spans)


def reference(utterance: Utterance, context: Context, language: Language) -> Capture | None:
    """The reference that was asked for, or one that a client's pattern and the words around it show."""
    expected = expects(context, DetailKind.REFERENCE)
    if expected:
        begun = _begun(context.details.get(expected))
        found = find_reference(utterance, language, context.instructions.detail(expected), begun.value if begun else "")
        if found is None:
            return None
        act = _reference_act(expected, utterance, found, f"{begun.words} " if begun else "")
        return Capture(act, (found.span,))
    for detail in context.instructions.details:
        if detail.kind is DetailKind.REFERENCE and detail.pattern:
            found = fits_pattern(utterance, language, detail)
            if found and _told(utterance, found.span, detail):
                return Capture(_reference_act(detail.id, utterance, found, ""), (found.span,))
    return None


def _reference_act(detail: str, utterance: Utterance, found: Reference, before: str) -> GiveDetail:
    words = before + utterance.quote(found.span)
    return GiveDetail(detail, found.value, words, _doubt(sure=found.sure), found.complete)


def _told(utterance: Utterance, span: Span, detail: ClientDetail) -> bool:
    """Does the caller say what the characters are: « référence », « numéro de contrat »? Letters in it tell enough."""
    asked = {w for text in detail.ask.values() for w in plain(text).split() if len(w) > 4}
    before = {t.plain for t in utterance.tokens[max(0, span[0] - _NEAR) : span[0]]}
    cued = any(0 <= span[0] - cue[1] <= _NEAR for cue in utterance.find_all(wordings("references.cue")))
    return cued or bool(asked & before - {"numero", "number"}) or any(c.isalpha() for c in detail.pattern.replace("d", ""))


def amount(utterance: Utterance, detail: str, language: Language) -> Capture | None:
    """A number that was asked for; « une trentaine », « deux ou trois » are not sure."""
    found = find_amount(utterance, language)
    if found is None:
        return None
    act = GiveDetail(detail, found.value, utterance.quote(found.span), _doubt(sure=found.sure))
    return Capture(act, (found.span,))


def person(utterance: Utterance, detail: str, directory: Directory) -> Capture | None:
    """Someone of the client's directory: the id; a name that is not in it, or that two people have, is not sure."""
    named = directory.mentions(utterance)
    ids = {n.person for n in named}
    roles = directory.roles(utterance)
    if not named and len({key for key, _ in roles}) == 1:
        key, span = roles[0]
        return Capture(GiveDetail(detail, key, utterance.quote(span)), (span,))
    if named and len(ids) == 1 and None not in ids:
        spans = tuple(n.span for n in named)
        return Capture(GiveDetail(detail, named[0].person or "", utterance.quote(spans[0])), spans)
    said = find_name(utterance, expected=True)
    if said is None:
        return None
    words = utterance.quote((min(s[0] for s in said.spans), max(s[1] for s in said.spans)))
    return Capture(GiveDetail(detail, said.value, words, Confidence.UNSURE), said.spans)
