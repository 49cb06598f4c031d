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

GOODBYE = {_FRENCH: "Merci. Au revoir.", _ENGLISH: "Thank you. Goodbye."}

NOT_ON_CALL_NOW = (
    (_FRENCH, "Bonjour. Un incident technique nous empêche de poursuivre cet appel. Au revoir."),
    (_ENGLISH, "Hello. A technical fault keeps us from going on with this call. Goodbye."),
)
"""To a person on call, or their voicemail, when the house cannot say why it rings. Nothing private; nothing promised."""
PRESS_AGAIN = {
    _FRENCH: "Un incident technique nous a empêchés d'enregistrer votre réponse. Merci d'appuyer encore une fois.",
    _ENGLISH: "A technical fault kept us from recording your answer. Please press the key again.",
}
KEY_NOT_RECORDED = (
    (_FRENCH, "Votre réponse n'a pas pu être enregistrée : vous n'êtes pas noté comme prenant en charge. Au revoir."),
    (_ENGLISH, "Your answer could not be recorded: you are not registered as taking charge. Goodbye."),
)
ETA_NOT_RECORDED = (
    (_FRENCH, "Vous avez bien pris en charge ; votre délai n'a pas pu être enregistré. Au revoir."),
    (_ENGLISH, "You have taken charge; your time could not be recorded. Goodbye."),
)
CALLER_HOLDS = ((_FRENCH, "Ne quittez pas, nous vous mettons en relation."),)
CALLER_NOT_CONNECTED = (
    (_FRENCH, "Nous n'avons pas pu vous mettre en relation. Votre message est bien pris en charge. Au revoir."),
    (_ENGLISH, "We could not connect you. Your message has been taken in charge. Goodbye."),
)
"""Callers are led into a conference only after somebody took charge."""
CONTACT_HOLDS = ((_FRENCH, "Ne quittez pas, l'appelant va arriver."),)
CONTACT_NOT_CONNECTED = (
    (_FRENCH, "L'appelant n'est plus en ligne. Merci de le rappeler. Au revoir."),
    (_ENGLISH, "The caller is no longer on the line. Please call them back. Goodbye."),
)
AGENT_HOLDS = CONTACT_HOLDS
AGENT_NOT_CONNECTED = (
    (_FRENCH, "L'appelant n'a pas pu vous être passé. Au revoir."),
    (_ENGLISH, "The caller could not be put through to you. Goodbye."),
)
"""To an agent who took a call; the caller has hung up or is with the receptionist again."""
AGENT_TAKES = {
    _FRENCH: "Merci. Je vous passe l'appelant.",
    _ENGLISH: "Thank you. I am putting the caller through.",
}
AGENT_TALKED = {
    _FRENCH: "L'appelant n'est plus avec vous. Au revoir.",
    _ENGLISH: "The caller is no longer with you. Goodbye.",
}
AGENT_LET_GO = (
    (_FRENCH, "L'appelant n'est plus disponible. Merci, au revoir."),
    (_ENGLISH, "The caller is no longer available. Thank you, goodbye."),
)
"""To an agent whose line we end: the caller hung up, is with somebody else, or is the receptionist's again."""
AGENT_DECLINED = {
    _FRENCH: "C'est noté, vous ne prenez pas cet appel. Au revoir.",
    _ENGLISH: "Noted, you are not taking this call. Goodbye.",
}
AGENT_SILENT = {
    _FRENCH: "Je n'ai pas eu de réponse : vous ne prenez pas cet appel. Au revoir.",
    _ENGLISH: "I had no answer: you are not taking this call. Goodbye.",
}
AGENT_GONE = {
    _FRENCH: "Cet appel n'attend plus. Merci, au revoir.",
    _ENGLISH: "This call is no longer waiting. Thank you, goodbye.",
}
"""The caller hung up, or somebody else was faster."""
AGENT_KEY_NOT_RECORDED = (
    (_FRENCH, "Votre réponse n'a pas pu être enregistrée : vous ne prenez pas cet appel. Au revoir."),
    (_ENGLISH, "Your answer could not be recorded: you are not taking this call. Goodbye."),
)
SMS_NOT_RECORDED = (
    "Incident technique : votre réponse n'a pas été enregistrée. Renvoyez-la. / "
    "Technical fault: your answer was not recorded. Please send it again."
)


def sentences_of(refused: Refused) -> tuple[tuple[Language, str], ...]:
    """The desk's own sentences, else the house's: reason, then what happens next."""
    if refused.sentences:
        return refused.sentences
    own = _SENTENCES[refused.reason]
    if refused.reason is RefusalReason.UNKNOWN_NUMBER:
        return own
    return own + (_RING_PEOPLE if refused.fallback_number else _CALL_AGAIN)
