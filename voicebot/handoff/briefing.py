"""What a human hears on the telephone before taking a call, made of the card: a few short sentences, the urgent first."""

from __future__ import annotations

from voicebot.domain.card import Card
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.domain.urgency import UrgencyLevel
from voicebot.handoff.ports import Briefing

LONGEST_WORDS = 25
"""Of what the caller said, and of what was promised."""
MOST_MISSING = 3
_URGENT = (UrgencyLevel.P0, UrgencyLevel.P1)

_WORDS: dict[Language, dict[str, str]] = {
    Language.FRENCH: {
        "opening": "Bonjour, ici l'accueil téléphonique automatique. Appel pour {client}. Appuyez sur une touche pour "
        "entendre le résumé.",
        "choices": "Tapez 1 pour prendre l'appel, 2 pour refuser, 3 pour réécouter.",
        "p0": "Urgence, danger signalé.",
        "p1": "Appel urgent.",
        "who": "{who} est en ligne.",
        "number": "L'appelant n'a pas donné son nom ; il appelle du {number}.",
        "nobody": "L'appelant n'a donné ni nom ni numéro.",
        "what": "Motif : {what}.",
        "urgent_words": "Ses mots : {words}.",
        "promised": "Déjà promis : {promised}.",
        "missing": "Il manque : {missing}.",
        "secret": "Ne confirmez à personne que quelqu'un est suivi ou connu ici.",
        "language": "L'appelant parle anglais.",
        "rehearsal": "Ceci est un essai.",
    },
    Language.ENGLISH: {
        "opening": "Hello, this is the automatic reception. A call for {client}. Press any key to hear the summary.",
        "choices": "Press 1 to take the call, 2 to decline, 3 to hear this again.",
        "p0": "Emergency, danger reported.",
        "p1": "Urgent call.",
        "who": "{who} is on the line.",
        "number": "The caller gave no name; they call from {number}.",
        "nobody": "The caller gave neither name nor number.",
        "what": "Reason: {what}.",
        "urgent_words": "Their words: {words}.",
        "promised": "Already promised: {promised}.",
        "missing": "Missing: {missing}.",
        "secret": "Do not confirm to anybody that someone is a patient or a client here.",
        "language": "The caller speaks French.",
        "rehearsal": "This is a rehearsal.",
    },
}


def briefing_of(card: Card, instructions: Instructions) -> Briefing:
    """In the language of the client's people, as the card's own words are.

    Nothing private is in the opening: a voicemail may hear it. What follows is said under every profile: a key was
    pressed, so a person listens, and nothing stays behind in writing.
    """
    language = instructions.language
    words = _WORDS[language]
    client = instructions.identity.spoken_name.get(language, instructions.identity.name)
    sentences = (_who(card, words, language), _what(card, words), _so_far(card, words), _mind(card, instructions, words))
    return Briefing(
        language=language,
        opening=words["opening"].format(client=client),
        sentences=tuple(sentence for sentence in sentences if sentence),
        choices=words["choices"],
    )


def _who(card: Card, words: dict[str, str], language: Language) -> str:
    named = any(letter.isalpha() for letter in card.who)
    if named:
        who = words["who"].format(who=card.who)
    elif card.number:
        who = words["number"].format(number=spoken_number(card.number, language))
    else:
        who = words["nobody"]
    return f"{words[card.urgency.value]} {who}" if card.urgency in _URGENT else who


def _what(card: Card, words: dict[str, str]) -> str:
    said = [words["what"].format(what=_shortened(card.what))] if card.what else []
    if card.urgency in _URGENT and card.urgency_words and card.urgency_words not in card.what:
        said.append(words["urgent_words"].format(words=_shortened(card.urgency_words)))
    return " ".join(said)


def _so_far(card: Card, words: dict[str, str]) -> str:
    """The last promise binds whoever takes the call; the rest stands on the card."""
    said = [words["promised"].format(promised=_shortened(card.promised[-1]))] if card.promised else []
    missing = [line.label for line in card.lines if line.detail in card.missing] or list(card.missing)
    if missing:
        said.append(words["missing"].format(missing=", ".join(missing[:MOST_MISSING])))
    return " ".join(said)


def _mind(card: Card, instructions: Instructions, words: dict[str, str]) -> str:
    said = [words["rehearsal"]] if card.rehearsal else []
    said += [words["language"]] if card.language is not instructions.language else []
    said += [words["secret"]] if instructions.confidentiality.secret else []
    return " ".join(said)


def _shortened(text: str) -> str:
    return " ".join(text.strip().rstrip(".!?… ").split()[:LONGEST_WORDS])
