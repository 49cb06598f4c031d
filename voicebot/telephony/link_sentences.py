"""Words of the pages behind links, French and English."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel


@dataclass(frozen=True, slots=True)
class LinkWords:
    """{name} stands for a person."""

    urgency: dict[UrgencyLevel, str]
    you_are: str
    nobody_yet: str
    take: str
    yours: str
    yours_more: str
    taken: str
    taken_more: str
    message: str
    confidential: str
    read: str
    read_done: str
    thanks: str
    trouble: str
    not_recorded: str


WORDS = {
    Language.FRENCH: LinkWords(
        urgency={
            UrgencyLevel.P0: "Danger : appel urgent",
            UrgencyLevel.P1: "Appel urgent",
            UrgencyLevel.P2: "À traiter aujourd'hui",
            UrgencyLevel.P3: "Message à prendre en charge",
            UrgencyLevel.P4: "Message à prendre en charge",
        },
        you_are="Vous êtes {name}.",
        nobody_yet="Personne ne l'a encore pris en charge.",
        take="Je prends en charge",
        yours="C'est noté : vous prenez en charge.",
        yours_more="Plus personne d'autre ne sera appelé pour ce message. Merci, {name}.",
        taken="C'est déjà pris en charge.",
        taken_more="{name} s'en occupe. Vous n'avez rien à faire.",
        message="Message pour vous",
        confidential="Le contenu est confidentiel : il ne s'affiche pas ici. Vous l'avez reçu par la voie convenue.",
        read="J'ai lu ce message",
        read_done="C'est noté : message lu.",
        thanks="Merci. Vous pouvez fermer cette page.",
        trouble="Un incident technique nous empêche d'afficher cette page",
        not_recorded="Rien n'a été enregistré. Réessayez dans un instant, ou répondez au SMS.",
    ),
    Language.ENGLISH: LinkWords(
        urgency={
            UrgencyLevel.P0: "Danger: urgent call",
            UrgencyLevel.P1: "Urgent call",
            UrgencyLevel.P2: "To be dealt with today",
            UrgencyLevel.P3: "A message to take charge of",
            UrgencyLevel.P4: "A message to take charge of",
        },
        you_are="You are {name}.",
        nobody_yet="Nobody has taken it yet.",
        take="I take it",
        yours="It is noted: you are in charge.",
        yours_more="Nobody else will be called about this message. Thank you, {name}.",
        taken="Somebody has already taken it.",
        taken_more="{name} is in charge. There is nothing for you to do.",
        message="A message for you",
        confidential="What it says is confidential and not shown here. You received it in the agreed way.",
        read="I have read this message",
        read_done="It is noted: message read.",
        thanks="Thank you. You may close this page.",
        trouble="A technical fault keeps us from showing this page",
        not_recorded="Nothing was recorded. Try again in a moment, or answer the SMS.",
    ),
}

EXPIRED = (
    "Ce lien n'est plus valable",
    (
        "Il a plus de sept jours. Pour toute question, appelez votre accueil téléphonique.",
        "This link is more than seven days old. Please call your reception service.",
    ),
)
UNKNOWN = (
    "Ce lien ne mène à rien",
    (
        "Il a peut-être été coupé : ouvrez-le depuis le message d'origine.",
        "It may have been cut short: please open it from the original message.",
    ),
)
"""Title in French, sentences in French and English: the reader's language is not known."""
