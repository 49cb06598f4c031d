"""Is an e-mail address or a reference that is being dictated whole, begun, or neither?"""

from __future__ import annotations

from voicebot.domain.details import DetailKind
from voicebot.domain.language import Language
from voicebot.understanding.details.captures import expects
from voicebot.understanding.details.email_pieces import signs
from voicebot.understanding.details.emails import find_email
from voicebot.understanding.details.references import can_grow, find_reference
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.ports import Completeness, Context

_LONGEST_SIGN = 3


def signs_completeness(utterance: Utterance, context: Context, language: Language) -> Completeness | None:
    """For an e-mail address or a reference that was asked for; None when nothing of it was said."""
    if expects(context, DetailKind.EMAIL):
        return _email(utterance, context, language)
    detail = expects(context, DetailKind.REFERENCE)
    return _reference(utterance, context, language, detail) if detail else None


def _email(utterance: Utterance, context: Context, language: Language) -> Completeness | None:
    if _ends_with_sign(utterance):
        return Completeness.INCOMPLETE
    known = context.details.get(context.expectation.detail or "")
    begun = f"{known.words} " if known and not known.complete else ""
    found = find_email(Utterance.of(begun + utterance.words) if begun else utterance, language, expected=True)
    if found is None:
        return None
    if not found.complete:
        return Completeness.INCOMPLETE
    return Completeness.COMPLETE if found.sure else Completeness.LIKELY


def _ends_with_sign(utterance: Utterance) -> bool:
    """« … point », « … arobase »: something must follow."""
    words = [t.plain for t in utterance.tokens]
    heard = signs()
    ends = [heard.get(" ".join(words[-size:])) for size in range(1, _LONGEST_SIGN + 1)]
    return any(sign not in (None, "joined") for sign in ends)


def _reference(utterance: Utterance, context: Context, language: Language, detail: str) -> Completeness | None:
    own = context.instructions.detail(detail)
    known = context.details.get(detail)
    before = known.value if known and not known.complete else ""
    found = find_reference(utterance, language, own, before)
    if found is None or own is None or not own.pattern:
        return None
    if not found.complete:
        return Completeness.INCOMPLETE
    return Completeness.COMPLETE if found.sure and not can_grow(own.pattern, found.value) else Completeness.LIKELY
