"""Whom the caller wants to speak with: a human, one person, in another language; « vous êtes un robot ? »; no recording."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain import acts
from voicebot.domain.acts import Act
from voicebot.domain.call import Awaited
from voicebot.domain.language import Language
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.ports import Context
from voicebot.understanding.vocabulary import find_wording, wordings
from voicebot.understanding.wishes.directory import Directory, Named, title_only
from voicebot.understanding.wishes.human_wishes import as_meant, find_wish, led_to

Found = tuple[Act, Span]

_ASKED_LANGUAGE = (
    ("humans.no_english", Language.FRENCH),
    ("humans.no_french", Language.ENGLISH),
    ("humans.english", Language.ENGLISH),
    ("humans.french", Language.FRENCH),
)


def wishes(utterance: Utterance, directory: Directory, context: Context) -> list[Found]:
    """Every such wish, with its tokens. A listed person comes before « quelqu'un »."""
    found: list[Found] = []
    for section, act in (("humans.robot", acts.AskWhetherRobot), ("humans.no_recording", acts.RefuseRecording)):
        span = find_wording(utterance, section)
        if span:
            found.append((act(utterance.quote(span)), span))
            utterance = utterance.take([span])
    language = asks_language(utterance)
    if language:
        span = (0, len(utterance.tokens))
        return [*found, (acts.AskForLanguage(language, utterance.words.strip()), span)]
    wish = _wish(as_meant(utterance), directory, context)
    return [*found, wish] if wish else found


def _wish(utterance: Utterance, directory: Directory, context: Context) -> Found | None:
    wanted_person = _listed(utterance, directory, context) or _unlisted(utterance, directory)
    roles = directory.roles(utterance)
    human = find_wish(utterance, tuple(span for _, span in roles))
    if wanted_person:
        named, span = wanted_person
        if named.person or named.candidates or not human or human[1] > named.span[0]:
            name = utterance.quote(named.span)
            return acts.AskForPerson(named.person, name, utterance.quote(span), named.candidates), span
    if human is None:
        return None
    wanted = {key for key, span in roles if span[0] >= human[0] and span[1] <= human[1] + 1}
    if len(wanted) == 1:
        name = utterance.quote(next(span for _, span in roles))
        return acts.AskForPerson(wanted.pop(), name, utterance.quote(human)), human
    return acts.AskForHuman(utterance.quote(human)), human


def _listed(utterance: Utterance, directory: Directory, context: Context) -> tuple[Named, Span] | None:
    """Someone of the directory whom these words ask for, and not only speak about; with the tokens of the wish."""
    if utterance.find(wordings("humans.not_to_speak")):
        return None
    mentions = [_spelled_out(utterance, named, directory) for named in directory.mentions(utterance)]
    for named in mentions:
        led = led_to(utterance, named.span) or led_to(utterance, named.span, "humans.reach_person")
        if led:
            return named, led
        after = " ".join(t.plain for t in utterance.tokens[named.span[1] :])
        if wordings("humans.asked_for").match(after):
            return named, named.span
        if _asked_after(utterance, named, after) and not _told_by_caller(utterance, named):
            return named, named.span
    if mentions and _only_named(utterance, mentions, context):
        best = max(mentions, key=lambda m: (m.person is not None, m.span[1] - m.span[0]))
        return best, best.span
    return None


def _spelled_out(utterance: Utterance, named: Named, directory: Directory) -> Named:
    """« Lukas, avec un K »: the letter tells apart two who sound alike."""
    found = wordings("humans.with_letter").search(utterance.plain)
    if not found or not named.candidates:
        return named
    letter = found.group().rsplit(" ", 1)[-1]
    left = [p for p in named.candidates if letter in directory.family_name(p)]
    return replace(named, person=left[0], candidates=()) if len(left) == 1 else named


def _asked_after(utterance: Utterance, named: Named, after: str) -> bool:
    if wordings("humans.asked_after").match(after):
        return True
    before = " ".join(t.plain for t in utterance.tokens[: named.span[0]])
    return wordings("humans.is_x").search(before) is not None and wordings("humans.x_is").match(after) is not None


def _told_by_caller(utterance: Utterance, named: Named) -> bool:
    """« Je suis le docteur Roux », « c'est Sophie Lambert »: the caller's own name."""
    before = " ".join(t.plain for t in utterance.tokens[: named.span[0]])
    return wordings("humans.introduces").search(before) is not None


def _only_named(utterance: Utterance, mentions: list[Named], context: Context) -> bool:
    """« Le docteur Martin, s'il vous plaît »: when the request is awaited and nothing else is said."""
    if context.expectation.awaited not in (Awaited.REQUEST, Awaited.NOTHING, Awaited.PERSON):
        return False
    polite = (*utterance.find_all(wordings("humans.around")), *utterance.find_all(wordings("humans.name_alone")))
    return not utterance.take([*(m.span for m in mentions), *polite]).free


def _unlisted(utterance: Utterance, directory: Directory) -> tuple[Named, Span] | None:
    """A name that the directory does not have, after « parler à », « message pour »."""
    if utterance.find(wordings("humans.not_to_speak")):
        return None
    weak = wordings("humans.weak_cues")
    for cue in utterance.find_all(wordings("humans.person_cues")):
        if weak.fullmatch(" ".join(t.plain for t in utterance.tokens[cue[0] : cue[1]])):
            continue
        found = directory.named_after(utterance, cue[1])
        if found and not (found.person is None and title_only(utterance, found.span)):
            return found, (cue[0], found.span[1])
    return None


def says_wish(utterance: Utterance) -> bool:
    sections = ("humans.robot", "humans.no_recording")
    return any(wordings(section).search(utterance.plain) for section in sections) or find_wish(utterance) is not None


def asks_language(utterance: Utterance) -> Language | None:
    """The language that the caller asks for; « je ne parle pas anglais » asks for French."""
    for section, language in _ASKED_LANGUAGE:
        if find_wording(utterance, section):
            return language
    return None
