"""A language model's answer beside the rules' reading: what the rules are sure of stays, what is proven is added."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.details import REASON, DetailKind
from voicebot.errors import LanguageModelFailed
from voicebot.understanding.details import captures
from voicebot.understanding.model.claims import Turn, act_of
from voicebot.understanding.model.prompt import MOST_CLAIMS, MOST_QUOTE, claims_of
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.ports import Context, Reading

_COURTESIES = acts.Greet | acts.Thank | acts.SayGoodbye
_REQUEST = acts.StateRequest | acts.AskQuestion | acts.AskOtherQuestion


def reading_of(answer: dict[str, Any], words: str, context: Context, rules: Reading) -> Reading:
    """The acts that a checked answer stands for, with those that the rules always add.

    Args:
        answer: keeps the schema of prompt.schema_of. words: the caller's, masked. rules: what the rules read in them.

    Raises: LanguageModelFailed("absurd") when most of what it claims was never said.
    """
    turn = Turn(Utterance.of(words), context, rules)
    found = [a for a in rules.acts if not _yields(a, context)]
    added, refused = 0, 0
    for claim, quote in _claimed(answer, context):
        act = act_of(claim, quote, turn) if len(quote) <= MOST_QUOTE else None
        if act is None:
            refused += 1
        elif not _already(act, found):
            found.append(act)
            added += 1
    if refused and refused >= max(added, 1):
        raise LanguageModelFailed("absurd", "The language model claims what the caller did not say.")
    if not added:
        return replace(rules, by="language_model")
    found += [a for a in rules.acts if _yields(a, context) and _still_says_something(a, found)]
    return Reading(tuple(_in_order(found)), "language_model", language=rules.language)


def _claimed(answer: dict[str, Any], context: Context) -> list[tuple[str, str]]:
    claims = list(dict.fromkeys((c["claim"], c["words"]) for c in answer["claims"]))
    if len(claims) > MOST_CLAIMS:
        raise LanguageModelFailed("absurd", "The language model claims more than one turn can say.")
    known = set(claims_of(context))
    return [(claim, words) for claim, words in claims if claim in known]


def _yields(act: Act, context: Context) -> bool:
    """What a model may say better. All else of the rules stays, whatever a model makes of the same words."""
    if isinstance(act, GiveDetail):
        if act.detail == context.expectation.detail and act.confidence is Confidence.SURE:
            return False
        return captures.kind_of(context, act.detail) in (DetailKind.NAME, DetailKind.FREE_TEXT)
    if isinstance(act, acts.StateRequest):
        return act.confidence is Confidence.UNSURE
    return isinstance(act, acts.AskOtherQuestion | acts.Unclear | acts.Greet)


def _still_says_something(act: Act, found: list[Act]) -> bool:
    """Whole sentences that the rules took for the reason say nothing more once a model has told what is in them."""
    if isinstance(act, acts.Unclear | acts.Greet):
        return False
    if isinstance(act, GiveDetail) and act.detail == REASON and not any(isinstance(a, acts.StateRequest) for a in found):
        return False
    return not _already(act, found)


def _already(act: Act, found: list[Act]) -> bool:
    """One act of a kind in one turn, except details, one of each: the rules' own came first."""
    if isinstance(act, GiveDetail):
        return any(isinstance(a, GiveDetail) and a.detail == act.detail for a in found)
    alike: tuple[type[Any], ...] = (type(act),)
    if isinstance(act, acts.Affirm | acts.Refuse):
        alike = (acts.Affirm, acts.Refuse)
    elif isinstance(act, acts.AskQuestion | acts.AskOtherQuestion):
        alike = (type(act), acts.AskQuestion, acts.AskForSecret)
    return any(isinstance(a, alike) for a in found)


def _in_order(found: list[Act]) -> list[Act]:
    """Dangers first, wishes before the request, details last, as the rules give them; hello counts only alone."""

    def place(act: Act) -> int:
        if isinstance(act, acts.RaiseRedFlag):
            return 0
        return 3 if isinstance(act, GiveDetail) else 2 if isinstance(act, _REQUEST) else 1

    more = any(not isinstance(a, _COURTESIES) for a in found)
    return sorted((a for a in found if not (more and isinstance(a, acts.Greet))), key=place)
