"""What a contact hears on the telephone. Nothing private is said before a key is pressed."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.on_call.urgent_message import UrgentMessage, from_caller
from voicebot.on_call.words import on_call_words


@dataclass(frozen=True, slots=True)
class OnCallScript:
    """Sentences of one call to a contact, in their language. Nothing private is in opening: a voicemail may hear it.

    opening: who calls, and "press any key". message: what the caller left. choices: « tapez 1 … 2 … 3 pour réécouter ».
    taken: « c'est noté … dans combien de minutes ? tapez le nombre puis dièse ». eta_noted, passed: goodbye.
    already: who has it, said instead of choices when somebody else was faster; "" while nobody else has it.
    silent: goodbye without a key. connecting: « l'appelant est en ligne, je vous le passe », "" when no caller waits.
    wrong_key: none of the choices.
    """

    language: Language
    opening: str
    message: str
    choices: str
    taken: str
    eta_noted: str
    passed: str
    already: str
    silent: str
    connecting: str
    wrong_key: str


def telephone_script(message: UrgentMessage, *, already: str, connecting: bool) -> OnCallScript:
    """already: name of somebody else who has it, "" for nobody. connecting: the caller waits and can be connected."""
    voice = on_call_words(message.language).voice
    return OnCallScript(
        language=message.language,
        opening=voice["opening"].format(client=message.spoken_client),
        message=spoken_message(message),
        choices=voice["choices"],
        taken=voice["taken"],
        eta_noted=voice["eta_noted"],
        passed=voice["passed"],
        already=voice["already"].format(name=already) if already else "",
        silent=voice["silent"],
        connecting=voice["connecting"] if connecting else "",
        wrong_key=voice["wrong_key"],
    )


def spoken_message(message: UrgentMessage) -> str:
    """Urgency, who, number twice, where, why: what whoever takes it needs, in that order.

    The reason is said under every profile: a key was pressed, so a person listens, and nothing stays behind in writing.
    """
    words = on_call_words(message.language)
    say = words.message
    said = [f"{words.urgency[message.level]}."]
    said += [f"{message.criterion}."] if message.criterion else []
    said.append(say["caller"].format(from_caller=from_caller(message)) if message.caller else say["no_caller"])
    if message.number:
        said.append(say["number"].format(number=spoken_number(message.number, message.language)))
    else:
        said.append(say["no_number"])
    for name in ("address", "access", "reason"):
        if value := getattr(message, name):
            said.append(say[name].format(**{name: value.rstrip(" .")}))
    said += [say["safety"]] if message.safety else []
    said += [say["going_on"]] if message.going_on else []
    return " ".join(said)
