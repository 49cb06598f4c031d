"""Yes and no, as people say them, in the light of what was asked."""

from __future__ import annotations

from enum import Enum

from voicebot.domain.call import Awaited
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import wordings


class Answer(Enum):
    YES = "yes"
    NO = "no"


def find_answer(utterance: Utterance, awaited: Awaited) -> tuple[Answer, tuple[Span, ...]] | None:
    """The answer and its tokens, or None. The last word counts: « oui… enfin non » is no."""
    said: list[tuple[Span, Answer]] = [(span, Answer.YES) for span in utterance.find_all(wordings("yes_no.yes"))]
    said += [(span, Answer.NO) for span in utterance.find_all(wordings("yes_no.no"))]
    if awaited is Awaited.ANYTHING_ELSE:
        said = [s for s in said if not _inside(s[0], utterance.find_all(wordings("yes_no.nothing_else")))]
        said += [(span, Answer.NO) for span in utterance.find_all(wordings("yes_no.nothing_else"))]
    else:
        covering = list(utterance.find_all(wordings("yes_no.means_yes")))
        said = [s for s in said if not _inside(s[0], covering)] + [(span, Answer.YES) for span in covering]
    if wordings("yes_no.short_si").search(utterance.plain):
        said.append(((0, len(utterance.tokens)), Answer.YES))
    said = _widest(said)
    wrong = _corrected(utterance, said) if awaited is Awaited.CONFIRMATION else None
    if wrong:
        return Answer.NO, tuple(span for span, _ in said) or (wrong,)
    return (_verdict(utterance, said), tuple(span for span, _ in said)) if said else None


def _corrected(utterance: Utterance, said: list[tuple[Span, Answer]]) -> Span | None:
    """« Oui sauf le prénom », « vous avez inversé deux chiffres »: something that was read back is wrong."""
    found = utterance.find_all(wordings("yes_no.correction"))
    yes = [span for span, answer in said if answer is Answer.YES]
    return next((span for span in found if not _inside(span, yes)), None)


def _inside(span: Span, others: object) -> bool:
    return any(first <= span[0] and span[1] <= last for first, last in others)  # type: ignore[attr-defined]


def _widest(said: list[tuple[Span, Answer]]) -> list[tuple[Span, Answer]]:
    """Of answers that overlap only the longest: « absolument pas » is not « absolument »."""
    kept: list[tuple[Span, Answer]] = []
    for span, answer in sorted(said, key=lambda s: (s[0][0] - s[0][1], s[0])):
        if all(span[1] <= k[0] or span[0] >= k[1] for k, _ in kept):
            kept.append((span, answer))
    return sorted(kept)


def _verdict(utterance: Utterance, said: list[tuple[Span, Answer]]) -> Answer:
    """What the answers come to; whoever takes a word back means the last one."""
    answers = [answer for _, answer in said]
    if Answer.YES in answers and Answer.NO in answers:
        # « non, oui… »: whoever takes a word back means the last one; « non non, c'est bon » was settled above.
        return answers[-1] if wordings("yes_no.retracts").search(utterance.plain) else answers[0]
    if answers[0] is Answer.YES and wordings("yes_no.retracts").search(utterance.plain):
        return Answer.NO if wordings("yes_no.but").search(utterance.plain) else Answer.YES
    return answers[0]


def only_answers(utterance: Utterance, spans: tuple[Span, ...]) -> bool:
    """Nothing but the answer and politeness was said."""
    rest = utterance.take([*spans, *utterance.find_all(wordings("yes_no.filler"))])
    return not rest.free
