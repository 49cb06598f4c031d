"""The words by which any sentence would commit the house; what our own phrases commit to is in domain.commitments."""

from __future__ import annotations

import re
import unicodedata

from voicebot.domain.commitments import (
    COMMITS,
    NOTHING,
    QUOTES_THE_CALLER,
    REPEAT,
    Commitment,
    commitments_of,
    is_clients_own,
)

__all__ = [
    "COMMITS",
    "NOTHING",
    "QUOTES_THE_CALLER",
    "REPEAT",
    "Commitment",
    "commitments_of",
    "committing_words",
    "is_clients_own",
]

_WORDS = (
    # French, without accents and with plain apostrophes
    r"(?<!que l')(on|nous|je) vous (rappelle|rappelons|recontacte|contacte)\w*",
    r"vous (rappeller|recontacter|contacter)(a|ai|ons|ont)",
    r"serez (rappele|recontacte|contacte|prevenu)",
    r"(est|sont|ete|sera|seront) (bien |deja )?(prevenu|averti|informe|alerte|transmis|envoye)",
    r"(prend|prenons|prise?) (votre demande |bien )?en charge",
    r"j'ai (bien |deja )?(prevenu|averti|informe|alerte|transmis|envoye|contacte|appele|donne l'alerte)",
    r"(je|nous|on) vous envo(ie|yons)\b",
    r"prend votre appel",
    r"j'ai (deja )?demande l'envoi",
    r"(je|nous) (fais|faisons) sonner",
    r"(je|nous) (cherche|cherchons) (toujours )?(quelqu'un|a joindre)",
    r"(je|nous|on) (previen|transmet|envoie|envoyons|fais suivre|faisons suivre|contact|interven)\w*",
    r"(passera|viendra|interviendra|traitera|arrivera|arrive|est en route|se deplace)\b",
    r"j'essaie (toujours )?de (joindre|prevenir)",
    r"je continue d'essayer",
    r"(il|elle) partira",
    r"(message|demande|rappel)\b[^.]{0,60}\b(est|sera) (bien )?enregistre",
    r"je vous (mets en relation|mets en communication)",
    r"(je la|je le|je les) note pour",
    # English
    r"(will|'ll|shall|going to) (call|ring|phone|contact|get back to) you",
    r"you will be (called|contacted|rung)",
    r"(has|have|had|was|were) been (told|informed|notified|alerted|sent|passed)",
    r"i have (informed|told|notified|alerted|called|sent|passed|contacted|warned|raised)",
    r"(someone|somebody|a technician|an engineer|an adviser|they) (will|is|are) (come|coming|visit|be with you|on)",
    r"(is|are) on (his|her|their|the) way",
    r"we (are sending|will send|are calling|will inform|inform)",
    r"i (am|'m) (still )?trying to reach",
    r"i keep trying",
    r"taking care of your request|being taken care of",
    r"(message|request)\b[^.]{0,60}\b(is|will be) recorded",
    r"putting you through",
    r"(is|are) taking your call",
    r"i am (sending|ringing)|i have already asked for this text",
    r"i am (still )?looking for someone",
    r"it will leave as soon",
)
_COMMITS_IN_WORDS = re.compile("|".join(rf"\b(?:{words})" for words in _WORDS))


def committing_words(text: str) -> str:
    """The words of a sentence that commit to something, in either language; "" when there are none."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    found = _COMMITS_IN_WORDS.search(" ".join(plain.split()))
    return found.group() if found else ""
