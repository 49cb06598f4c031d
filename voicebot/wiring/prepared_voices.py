"""Fixed sentences as sound before anyone calls: synthesised once, in the background, kept in the voice cache on disk."""

from __future__ import annotations

import structlog

from voicebot.clients.directory import Clients
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.errors import SpeechBusy, SpeechError
from voicebot.replies.compose import fixed_sentences
from voicebot.speech.engines import SpeechEngines
from voicebot.speech.ports import Priority

_log = structlog.get_logger()


async def prepare_voices(engines: SpeechEngines, clients: Clients) -> None:
    """Says every fixed sentence of every client once. Callers go first; what fails now is synthesised when it is needed."""
    for instructions in clients.instructions.values():
        for language in instructions.identity.languages:
            voice = engines.voice(instructions.voices[language], language)
            for text in _texts(instructions, language):
                try:
                    await voice.say(text, fixed=True, priority=Priority.BACKGROUND)
                except SpeechBusy:
                    continue
                except SpeechError as failed:
                    _log.warning("sentence not prepared", client=instructions.id, voice=voice.name, code=failed.code)
                    return


def _texts(instructions: Instructions, language: Language) -> tuple[str, ...]:
    """The greeting and the house's sentences first, then whatever else the client's file has spoken word for word."""
    own = (" ".join(texts[language].split()) for _, texts in instructions.sentences() if language in texts)
    return tuple(dict.fromkeys((*fixed_sentences(instructions, language), *(text for text in own if "{" not in text))))
