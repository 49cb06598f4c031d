"""What is said around the matter: hello, thanks, goodbye, hold on, say it again, « je ne sais pas »."""

from __future__ import annotations

from voicebot.domain import acts
from voicebot.domain.acts import Act
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import wordings

_HOLDS = (
    ("courtesies.repeat", acts.AskToRepeat),
    ("courtesies.hold", acts.AskToWait),
    ("courtesies.do_not_know", acts.DoNotKnow),
)
_ROUND = ("greeting", "thanks", "no_thanks", "goodbye", "hold", "repeat", "do_not_know")


def holds(utterance: Utterance) -> list[tuple[Act, tuple[Span, ...]]]:
    """Wishes about the turn itself, with their tokens: repeat, wait, do not know."""
    found: list[tuple[Act, tuple[Span, ...]]] = []
    for section, act in _HOLDS:
        spans = tuple(utterance.find_all(wordings(section)))
        if spans:
            found.append((act(utterance.quote(spans[0])), spans))
            utterance = utterance.take(spans)
    return found


def says_hold(utterance: Utterance) -> bool:
    return any(wordings(section).search(utterance.plain) for section, _ in _HOLDS)


def thanks(utterance: Utterance) -> str:
    span = utterance.find(wordings("courtesies.thanks"))
    return utterance.quote(span) if span else ""


def goodbye(utterance: Utterance) -> str:
    span = utterance.find(wordings("courtesies.goodbye"))
    return utterance.quote(span) if span else ""


def greets(utterance: Utterance) -> bool:
    return utterance.find(wordings("courtesies.greeting")) is not None


def spans_of_all(utterance: Utterance) -> list[Span]:
    """Tokens that are only politeness."""
    return [span for section in _ROUND for span in utterance.find_all(wordings(f"courtesies.{section}"))]
