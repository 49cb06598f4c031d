"""What a contact's telephone is told to do: the documents of one on-call call.

Source: twilio.com/docs/voice/twiml/gather. finishOnKey="" makes "*" and "#" keys like all others.
"""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from voicebot.domain.language import Language
from voicebot.on_call.desk import OnCallScript
from voicebot.telephony.carrier import Document
from voicebot.telephony.house_sentences import CARRIER_LOCALE, GOODBYE
from voicebot.telephony.twilio_calls import conference

OPENING_WAIT_S = 6
CHOICE_WAIT_S = 8
ETA_WAIT_S = 8
ETA_DIGITS = 3
TIMES = 2
"""How often the opening and the choices are said before silence ends the call."""


class OnCallTwiml:
    """Args: root: absolute address of the attempt's webhooks, without a slash at its end."""

    def __init__(self, root: str) -> None:
        self._root = root

    def open(self, script: OnCallScript) -> Document:
        """Who calls, and "press any key": a voicemail may hear all of it."""
        response = VoiceResponse()
        for _ in range(TIMES):
            response.append(self._ask("heard", script.language, OPENING_WAIT_S, script.opening))
        response.redirect(f"{self._root}/silent", method="POST")
        return Document(str(response))

    def message(self, script: OnCallScript, *sentences: str) -> Document:
        """sentences, then the choices; then the choices alone once more."""
        response = VoiceResponse()
        response.append(self._ask("key", script.language, CHOICE_WAIT_S, *sentences, script.choices))
        for _ in range(TIMES - 1):
            response.append(self._ask("key", script.language, CHOICE_WAIT_S, script.choices))
        response.redirect(f"{self._root}/silent", method="POST")
        return Document(str(response))

    def taken(self, script: OnCallScript) -> Document:
        """Asks when they will be there; no answer is an answer, too."""
        response = VoiceResponse()
        gather = Gather(
            input="dtmf",
            num_digits=ETA_DIGITS,
            finish_on_key="#",
            timeout=ETA_WAIT_S,
            action=f"{self._root}/eta",
            method="POST",
            action_on_empty_result=True,
        )
        say(gather, script.language, script.taken)
        response.append(gather)
        return Document(str(response))

    def connect(self, script: OnCallScript, room: str, wait_url: str) -> Document:
        """Into the conference where the caller is; goodbye when the caller has hung up."""
        response = VoiceResponse()
        say(response, script.language, script.connecting)
        response.append(conference(room, wait_url))
        say(response, script.language, GOODBYE[script.language])
        response.hangup()
        return Document(str(response))

    def press_again(self, language: Language, sentence: str, tries: int) -> Document:
        """The key could not be recorded: it is asked for again, and the try is counted in the (signed) address."""
        response = VoiceResponse()
        response.append(self._ask(f"key?tries={tries}", language, CHOICE_WAIT_S, sentence))
        response.redirect(f"{self._root}/silent", method="POST")
        return Document(str(response))

    def _ask(self, action: str, language: Language, wait_s: int, *sentences: str) -> Gather:
        return ask_key(f"{self._root}/{action}", language, wait_s, *sentences)


def ask_key(action: str, language: Language, wait_s: int, *sentences: str) -> Gather:
    """Says the sentences and waits for one key, which may come before their end. action: absolute address."""
    gather = Gather(input="dtmf", num_digits=1, finish_on_key="", timeout=wait_s, action=action, method="POST")
    for sentence in sentences:
        say(gather, language, sentence)
    return gather


def goodbye(*sentences: tuple[Language, str]) -> Document:
    """Says the sentences and hangs up."""
    response = VoiceResponse()
    for language, sentence in sentences:
        say(response, language, sentence)
    response.hangup()
    return Document(str(response))


def say(into: VoiceResponse | Gather, language: Language, sentence: str) -> None:
    if sentence:
        into.say(sentence, language=CARRIER_LOCALE[language])
