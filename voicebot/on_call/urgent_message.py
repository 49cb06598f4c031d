"""What a contact is told of a call: read from the call when they are told, since the caller may have added to it."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

from voicebot.domain.call import Call
from voicebot.domain.details import ACCESS_CODES, ADDRESS, CALLBACK_NUMBER, CALLER_NAME, REASON
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.on_call.words import on_call_words

LONGEST_REASON_WORDS = 30
_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"


@dataclass(frozen=True, slots=True)
class UrgentMessage:
    """Texts are "" when not known. number: E.164, the shown one when the caller gave none.

    spoken_client: as said aloud. criterion: why it is urgent, in words. safety: the caller heard a safety script.
    going_on: the caller is on the line. secret: who calls the client, and why, is a secret: nothing of that is written.
    """

    language: Language
    client: str
    spoken_client: str
    level: UrgencyLevel
    caller: str
    number: str
    criterion: str
    address: str
    access: str
    reason: str
    safety: bool
    going_on: bool
    secret: bool


def urgent_message(call: Call, instructions: Instructions) -> UrgentMessage:
    """The message of this call as it stands now, in the language of the client's people."""
    language = instructions.language
    details = {name: detail.value for name, detail in call.details.items() if detail.complete}
    words = call.urgency.words if call.urgency else ""
    return UrgentMessage(
        language=language,
        client=instructions.identity.name,
        spoken_client=instructions.identity.spoken_name.get(language, instructions.identity.name),
        level=call.urgency.level if call.urgency else UrgencyLevel.P1,
        caller=details.get(CALLER_NAME, ""),
        number=details.get(CALLBACK_NUMBER, "") or call.caller_number,
        criterion=_criterion(call, instructions, language),
        address=details.get(ADDRESS, ""),
        access=details.get(ACCESS_CODES, ""),
        reason=_shortened(details.get(REASON, "") or words),
        safety=bool(call.safety_script_given),
        going_on=call.ended is None,
        secret=instructions.confidentiality.secret,
    )


def from_caller(message: UrgentMessage) -> str:
    """ "de Mme Durand", "d'Anne Petit", "from Anne Petit"; "d'un appelant sans nom"."""
    written = on_call_words(message.language).written
    if not message.caller:
        return written["from_unknown"]
    return written["from_vowel" if message.caller[0].casefold() in _VOWELS else "from_caller"].format(caller=message.caller)


def written_number(number: str) -> str:
    """A number as people write it: "06 39 98 01 02", "+44 20 7946 0000"."""
    if number.startswith("+33") and len(number) == 12:
        digits = "0" + number[3:]
        return " ".join(digits[at : at + 2] for at in range(0, 10, 2))
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _criterion(call: Call, instructions: Instructions, language: Language) -> str:
    by = call.urgency.criterion if call.urgency else call.scenario
    danger = on_call_words(language).red_flags.get(by or "")
    scenario = instructions.scenario(by) or instructions.scenario(call.scenario)
    text = danger or (scenario.title[language] if scenario else "")
    return text[:1].upper() + text[1:]


def _shortened(words: str) -> str:
    said = words.split()
    return " ".join(said[:LONGEST_REASON_WORDS]) + (" …" if len(said) > LONGEST_REASON_WORDS else "")
