"""What an agent hears when their telephone is rung for a handoff, as TwiML. The sentences come from the desk."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse

from voicebot.domain.language import Language
from voicebot.handoff.ports import Briefing
from voicebot.telephony.agent_telephone import who_comes
from voicebot.telephony.carrier import Document
from voicebot.telephony.house_sentences import AGENT_TAKES
from voicebot.telephony.on_call_twiml import CHOICE_WAIT_S, OPENING_WAIT_S, TIMES, ask_key, say
from voicebot.telephony.twilio_calls import conference


class AgentTwiml:
    """Args: root: absolute address of the agent's webhooks, without a slash at its end."""

    def __init__(self, root: str) -> None:
        self._root = root

    def open(self, briefing: Briefing) -> Document:
        """Who calls, and "press any key", twice: a voicemail may hear all of it."""
        response = VoiceResponse()
        for _ in range(TIMES):
            response.append(ask_key(f"{self._root}/heard", briefing.language, OPENING_WAIT_S, briefing.opening))
        return self._else_silent(response, briefing.language)

    def brief(self, briefing: Briefing) -> Document:
        """The briefing and the choices; then the choices alone once more."""
        language, key = briefing.language, self._key(briefing.language)
        response = VoiceResponse()
        response.append(ask_key(key, language, CHOICE_WAIT_S, *briefing.sentences, briefing.choices))
        for _ in range(TIMES - 1):
            response.append(ask_key(key, language, CHOICE_WAIT_S, briefing.choices))
        return self._else_silent(response, language)

    def talk(self, language: Language, room: str, wait_url: str, told_url: str) -> Document:
        """Into the conference, where the caller comes; when that is over, whoever ended it, `over` is asked."""
        response = VoiceResponse()
        say(response, language, AGENT_TAKES[language])
        over = f"{self._root}/over?language={language.value}"
        response.append(conference(room, wait_url, then=over, **who_comes(told_url)))
        return Document(str(response))

    def press_again(self, language: Language, sentence: str, tries: int) -> Document:
        """The key could not be recorded: it is asked for again, and the try is counted in the (signed) address."""
        response = VoiceResponse()
        response.append(ask_key(self._key(language, tries), language, CHOICE_WAIT_S, sentence))
        return self._else_silent(response, language)

    def _key(self, language: Language, tries: int = 1) -> str:
        return f"{self._root}/key?language={language.value}&tries={tries}"

    def _else_silent(self, response: VoiceResponse, language: Language) -> Document:
        response.redirect(f"{self._root}/silent?language={language.value}", method="POST")
        return Document(str(response))
