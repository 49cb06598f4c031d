"""What carriers say for us when no receptionist can speak: used where the desk gave no sentence of its own."""

from __future__ import annotations

from voicebot.domain.language import Language
from voicebot.telephony.ports import RefusalReason, Refused

CARRIER_LOCALE = {Language.FRENCH: "fr-FR", Language.ENGLISH: "en-GB"}
"""Language tags of carriers' own voices."""

_FRENCH, _ENGLISH = Language.FRENCH, Language.ENGLISH

_SENTENCES: dict[RefusalReason, tuple[tuple[Language, str], ...]] = {
    RefusalReason.UNKNOWN_NUMBER: (
        (_FRENCH, "Bonjour. Ce numéro n'est pas attribué à l'un de nos correspondants. Merci de vérifier le numéro."),
        (_ENGLISH, "Hello. This number is not in service. Please check the number."),
    ),
    RefusalReason.BUSY: (
        (_FRENCH, "Bonjour. Toutes nos lignes sont occupées pour le moment."),
        (_ENGLISH, "Hello. All our lines are busy at the moment."),
    ),
    RefusalReason.NO_ROOM: (
        (_FRENCH, "Bonjour. Un incident technique nous empêche de prendre votre message."),
        (_ENGLISH, "Hello. A technical fault keeps us from taking your message."),
    ),
    RefusalReason.TROUBLE: (
        (_FRENCH, "Nous rencontrons un incident technique. Veuillez nous en excuser."),
        (_ENGLISH, "We have a technical fault. We apologise."),
    ),
    RefusalReason.HAND_OFF: (),
}

_RING_PEOPLE = ((_FRENCH, "Nous essayons de vous mettre en relation. Ne quittez pas."),)
_CALL_AGAIN = (
    (_FRENCH, "Merci de rappeler dans quelques minutes. En cas d'urgence, composez le 112."),
    (_ENGLISH, "Please call again in a few minutes. In an emergency, dial 112."),
)
NOBODY_ANSWERED = ((_FRENCH, "Nous n'avons pas pu joindre de correspondant. Merci de rappeler dans quelques minutes."),)


def sentences_of(refused: Refused) -> tuple[tuple[Language, str], ...]:
    """The desk's own sentences, else the house's: reason, then what happens next."""
    if refused.sentences:
        return refused.sentences
    own = _SENTENCES[refused.reason]
    if refused.reason is RefusalReason.UNKNOWN_NUMBER:
        return own
    return own + (_RING_PEOPLE if refused.fallback_number else _CALL_AGAIN)
