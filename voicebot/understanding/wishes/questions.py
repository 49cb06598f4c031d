"""Is something asked? By inversion, by an asking word, or by « c'est … » and « vous … » said as a question."""

from __future__ import annotations

from voicebot.understanding.normalise import Utterance
from voicebot.understanding.vocabulary import wordings


def asks(utterance: Utterance) -> bool:
    """Do the words ask for information, rather than tell what is wanted? « Vous pouvez me rappeler » asks for nothing."""
    if "?" in utterance.words or any(t.text == "où" for t in utterance.tokens):
        return True
    return wordings("questions.asks").search(utterance.plain) is not None


def unanswered(utterance: Utterance) -> bool:
    """A question for facts that no approved answer fits; « vous pouvez me rappeler ? » asks for a deed, not for a fact."""
    plainly = "?" in utterance.words or wordings("questions.plainly").search(utterance.plain) is not None
    return plainly and wordings("questions.to_the_house").search(utterance.plain) is None
