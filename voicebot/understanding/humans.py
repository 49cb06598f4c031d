"""Whom the caller wants to speak with: a human, one person, in another language; « vous êtes un robot ? »; no recording."""

from __future__ import annotations

from voicebot.domain import acts
from voicebot.domain.acts import Act
from voicebot.domain.call import Awaited
from voicebot.domain.language import Language
from voicebot.understanding.directory import Directory, title_only
from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.ports import Context
from voicebot.understanding.vocabulary import wordings

Found = tuple[Act, Span]


def wishes(utterance: Utterance, directory: Directory, context: Context) -> list[Found]:
    """Every such wish, with its tokens. A listed person comes before « quelqu'un »."""
    found: list[Found] = []
    for section, act in (("humans.robot", acts.AskWhetherRobot), ("humans.no_recording", acts.RefuseRecording)):
        span = utterance.find(wordings(section))
        if span:
            found.append((act(utterance.quote(span)), span))
            utterance = utterance.take([span])
    language = asks_language(utterance)
    if language:
        span = (0, len(utterance.tokens))
        return [*found, (acts.AskForLanguage(language, utterance.words.strip()), span)]
    person = find_person(utterance, directory) or bare_person(utterance, directory, context)
    human = utterance.find(wordings("humans.human"))
    if person and (person[0] is not None or not human):
        found.append((acts.AskForPerson(person[0], person[1], utterance.quote(person[2])), person[2]))
    elif human:
        found.append((acts.AskForHuman(utterance.quote(human)), human))
    return found


def says_wish(utterance: Utterance) -> bool:
    sections = ("humans.human", "humans.robot", "humans.no_recording")
    return any(wordings(section).search(utterance.plain) for section in sections)


def asks_language(utterance: Utterance) -> Language | None:
    """The language that the caller asks for; « je ne parle pas anglais » asks for French."""
    if utterance.find(wordings("humans.french")):
        return Language.FRENCH
    return Language.ENGLISH if utterance.find(wordings("humans.english")) else None


def find_person(utterance: Utterance, directory: Directory) -> tuple[str | None, str, Span] | None:
    """(id or None, name as said, tokens) of the person whom the caller wants to speak with."""
    if utterance.find(wordings("humans.not_to_speak")):
        return None
    present = utterance.find(wordings("humans.presence"))
    weak = wordings("humans.weak_cues")
    for cue in utterance.find_all(wordings("humans.person_cues")):
        text = " ".join(t.plain for t in utterance.tokens[cue[0] : cue[1]])
        certain = weak.fullmatch(text) is not None and not (present and present[0] >= cue[1])
        found = directory.named_after(utterance, cue[1], certain=certain)
        if found and not (found[0] is None and title_only(utterance, found[1])):
            person, span = found
            return person, utterance.quote(span), (cue[0], span[1])
    return None


def bare_person(utterance: Utterance, directory: Directory, context: Context) -> tuple[str | None, str, Span] | None:
    """« Le docteur Martin, s'il vous plaît »: someone listed, when the request is awaited and nothing else is said."""
    if context.expectation.awaited not in (Awaited.REQUEST, Awaited.NOTHING) or not 1 <= len(utterance.free) <= 8:
        return None
    rest = utterance.take(utterance.find_all(wordings("humans.polite")))
    first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
    found = directory.named_after(rest, first, certain=True) if first is not None else None
    if not found or found[0] is None or rest.take([found[1]]).free:
        return None
    return found[0], utterance.quote(found[1]), found[1]
