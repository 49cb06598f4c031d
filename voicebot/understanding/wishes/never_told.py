"""What no caller is told: private numbers, who is a client, how the receptionist works. An order to it is only words."""

from __future__ import annotations

from voicebot.domain.acts import AskForSecret, Secret
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.vocabulary import find_wordings, wordings

_SECTIONS = (
    ("secrets.instructions", Secret.INSTRUCTIONS),
    ("secrets.private_number", Secret.PRIVATE_NUMBER),
    ("secrets.who_is_a_client", Secret.WHO_IS_A_CLIENT),
)


def asked_secret(utterance: Utterance) -> AskForSecret | None:
    """The secret that is asked for; what concerns the caller alone (« mon dossier ») is none."""
    for section, secret in _SECTIONS:
        for span in find_wordings(utterance, section):
            if secret is Secret.INSTRUCTIONS or not _own(utterance, span):
                return AskForSecret(secret, utterance.quote(span))
    return None


def _own(utterance: Utterance, span: tuple[int, int]) -> bool:
    text = " ".join(t.plain for t in utterance.tokens[span[0] : span[1]])
    return wordings("secrets.own").search(text) is not None
