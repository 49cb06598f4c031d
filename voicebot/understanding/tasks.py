"""What somebody of ours tells the receptionist to do: « prenez l'adresse », "send the text", « c'est urgent »."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.domain.details import (
    ACCESS_CODES,
    ADDRESS,
    CALLBACK_NUMBER,
    CALLER_NAME,
    COMPANY,
    EMAIL,
    PREFERRED_SLOT,
    REASON,
)
from voicebot.domain.handoff import Task, TaskKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.understanding.normalise import Utterance

MOST_WORDS = 14
"""Longer words tell something else."""
_BARE = 5
"""Words that may name a detail without saying what to do with it: « l'adresse exacte, s'il vous plaît »."""

_HOUSE_DETAILS: tuple[tuple[str, str], ...] = (
    (EMAIL, r"e ?mails?|mails?|courriels?|adresse (e ?mail|mail|electronique)"),
    (ACCESS_CODES, r"codes?|etage|interphone|digicode|access|floor|door code"),
    (CALLER_NAME, r"nom|prenom|name|qui (c est|appelle)|who is calling"),
    (
        CALLBACK_NUMBER,
        r"numero|telephone|(ou|comment) (le |la )?(rappeler|joindre)|(phone )?number|callback",
    ),
    (ADDRESS, r"adresse|ou (il|elle|c est) (habite|est)|address"),
    (COMPANY, r"societe|entreprise|company"),
    (PREFERRED_SLOT, r"creneau|disponibilites?|quel jour|quand|date|horaire|slot|which day|when"),
    (REASON, r"motif|objet|raison|pourquoi|reason|why|what (it is|the call is) about"),
)
"""What people call a detail; the more exact ones stand first."""
_GET = re.compile(
    r"\b(demande[rz]?( lui| leur)?|redemande[rz]?|prends?|prenez|prendre|reprenez|note[rz]?|recupere[rz]?|verifie[rz]?"
    r"|ask|take|get|note|check|write down)\b"
)
_LEAVE = re.compile(
    r"\b(prene?[zr]|prendre|prends) conge|\b(dites|dis|dire)( lui)? au revoir|\braccroche[rz]?\b"
    r"|\btermine[rz]? (l )?appel|\b(say|tell them) goodbye|\btake (your )?leave|\bend the call|\bhang up\b"
)
_MESSAGE = re.compile(
    r"\b(prends?|prenez|prendre|finis|finissez|finir|termine[rz]?|complete[rz]?) (un |le |son |leur )?message"
    r"|\bnote[rz]? (sa|la|leur) demande|\b(take|finish|complete) (a |the |their )?message"
)
_SEND = re.compile(r"\b(envoie[sz]?|envoye[rz]?|envoi|send|texte[rz]?|text)\b")
_SMS = re.compile(r"\b(sms|textos?|texts?|text messages?)\b")
_HUMAN = re.compile(
    r"\b(passe[rz]?|transfere[rz]?|mettez|donne[rz]?)( le| la| lui| moi| nous)* (l )?(appel|appelant|client|humain)"
    r"|\b(passe|transfere)[rz]? (le|la|les)? ?moi\b|\bje (le|la|les) prends?\b"
    r"|\b(pass|put|transfer)( me| us)? (the call|them|him|her)( through)?|\bi will take (it|them|the call)"
)
_URGENT = re.compile(r"\b(c est|tres|vraiment|is|it s|this is|very) (tres |vraiment )?urgent|^urgent")
_NOT_URGENT = re.compile(r"\b(pas|not|rien d) (tres |very )?urgent")
_SMALL = frozenset(
    ["le", "la", "les", "un", "une", "de", "du", "des", "l", "d", "et", "a", "the", "of", "and", "par", "by", "pour"]
)


@dataclass(frozen=True, slots=True)
class Orders:
    """What words tell the receptionist to do. human: put the caller through. urgent: treat the call as urgent."""

    task: Task | None = None
    human: bool = False
    urgent: bool = False

    def __bool__(self) -> bool:
        return self.task is not None or self.human or self.urgent


def orders_of(words: str, instructions: Instructions, language: Language) -> Orders:
    """Every order in the words of a hint; none where they tell something else."""
    plain = _plain(words)
    if not plain or len(plain.split()) > MOST_WORDS:
        return Orders()
    urgent = _URGENT.search(plain) is not None and _NOT_URGENT.search(plain) is None
    human = _HUMAN.search(plain) is not None
    return Orders(None if human else task_of(words, instructions, language), human, urgent)


def task_of(words: str, instructions: Instructions, language: Language) -> Task | None:
    """The task in words that somebody typed.

    Args:
        language: of whoever typed them; titles of texts are compared in it and in the client's own.
    Returns: None when the words name no task that this client's receptionist can do.
    """
    plain = _plain(words)
    if not plain or len(plain.split()) > MOST_WORDS:
        return None
    if _SEND.search(plain):
        text = _text_named(plain, instructions, language)
        if text or _SMS.search(plain):
            return Task(TaskKind.SEND_TEXT, text=text) if text else None
    if _LEAVE.search(plain):
        return Task(TaskKind.TAKE_LEAVE)
    if _MESSAGE.search(plain):
        return Task(TaskKind.TAKE_MESSAGE)
    getting = _GET.search(plain)
    if getting or len(plain.split()) <= _BARE:
        named = plain[getting.end() :] if getting else plain
        detail = _detail_named(named, instructions, language)
        return Task(TaskKind.TAKE_DETAIL, detail=detail) if detail else None
    return None


def _plain(words: str) -> str:
    return " ".join(token.plain for token in Utterance.of(words).tokens)


def _content(plain: str) -> set[str]:
    return {word for word in plain.split() if word not in _SMALL and len(word) > 1}


def _text_named(plain: str, instructions: Instructions, language: Language) -> str:
    """Id of the client's text that the words name; the only one there is when they name none."""
    if len(instructions.texts) == 1 and _SMS.search(plain):
        return instructions.texts[0].id
    said = _content(plain)
    scored: list[tuple[int, str]] = []
    for text in instructions.texts:
        titles = (text.title.get(language, ""), text.title.get(instructions.language, ""), text.id.replace("-", " "))
        scored.append((max(len(said & _content(_plain(title))) for title in titles), text.id))
    best = max((score for score, _ in scored), default=0)
    found = [i for score, i in scored if score == best]
    return found[0] if best > 0 and len(found) == 1 else ""


def _detail_named(plain: str, instructions: Instructions, language: Language) -> str:
    """Id of the detail that the words name: one of the client's own first, by its id or the words of its question."""
    said = _content(plain)
    for own in instructions.details:
        if (named := _content(own.id.replace("_", " ").replace("-", " "))) and named <= said:
            return own.id
    house = next((i for i, pattern in _HOUSE_DETAILS if re.search(rf"\b(?:{pattern})\b", plain)), "")
    if house:
        return house
    scored = [(len(said & _content(_plain(own.ask.get(language, "")))), own.id) for own in instructions.details]
    best = max((score for score, _ in scored), default=0)
    found = [i for score, i in scored if score == best]
    return found[0] if best > 0 and len(found) == 1 else ""
