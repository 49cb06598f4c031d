"""How a card writes details: their names, and their values as people write them, in the client's language."""

from __future__ import annotations

from datetime import datetime

import phonenumbers

from voicebot.domain.details import (
    ACCESS_CODES,
    ADDRESS,
    CALLBACK_NUMBER,
    CALLER_NAME,
    COMPANY,
    EMAIL,
    HOUSE_DETAILS,
    PREFERRED_SLOT,
    REASON,
    DetailKind,
)
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language

_F, _E = Language.FRENCH, Language.ENGLISH
_LABELS: dict[str, dict[Language, str]] = {
    CALLER_NAME: {_F: "nom", _E: "name"},
    CALLBACK_NUMBER: {_F: "à rappeler au", _E: "call back on"},
    REASON: {_F: "objet", _E: "reason"},
    ADDRESS: {_F: "adresse", _E: "address"},
    ACCESS_CODES: {_F: "accès", _E: "access"},
    COMPANY: {_F: "société", _E: "company"},
    EMAIL: {_F: "e-mail", _E: "e-mail"},
    PREFERRED_SLOT: {_F: "créneau", _E: "preferred time"},
}
_YES_NO = {"yes": {_F: "oui", _E: "yes"}, "no": {_F: "non", _E: "no"}}
WORDS: dict[str, dict[Language, str]] = {
    "danger": {_F: "danger : {what}", _E: "danger: {what}"},
    "human": {_F: "demande à parler à quelqu'un", _E: "asks for a human"},
    "person": {_F: "demande {what}", _E: "asks for {what}"},
    "scenario": {_F: "motif à transférer", _E: "a request that is put through"},
    "filter": {_F: "appelant à transférer", _E: "a caller who is put through"},
    "taken_over": {_F: "repris par un humain", _E: "taken over"},
    "nothing": {_F: "motif pas encore dit", _E: "reason not told yet"},
    "secret": {
        _F: "ne jamais confirmer que quelqu'un est patient ou client ici",
        _E: "never confirm that somebody is a patient or client here",
    },
    "rehearsal": {_F: "appel d'essai : rien ne part", _E: "a rehearsal: nothing leaves the house"},
    "recording_refused": {_F: "a refusé l'enregistrement", _E: "refused the recording"},
    "never_keep": {_F: "ne pas noter : {what}", _E: "do not write down: {what}"},
    "language": {_F: "parle anglais", _E: "speaks French"},
    "given_back": {_F: "déjà eu en ligne : {what}", _E: "has talked with: {what}"},
    "callback": {_F: "rappel promis", _E: "a callback was promised"},
}
"""What a card says besides the caller's own matter."""


def say(key: str, language: Language, what: str = "") -> str:
    return WORDS[key][language].format(what=what)


def label_of(detail: str, instructions: Instructions) -> str:
    """ "adresse"; the question itself for a client's own detail."""
    if detail in _LABELS:
        return _LABELS[detail][instructions.language]
    own = instructions.detail(detail)
    return own.ask[instructions.language].strip().rstrip("?").rstrip() if own else detail.replace("_", " ")


def written_value(value: str, detail: str, instructions: Instructions) -> str:
    """ "06 39 98 12 34", "24/11 à 9 h 00", "oui", a person's name; anything else as it is known."""
    own = instructions.detail(detail)
    kind = own.kind if own else HOUSE_DETAILS.get(detail, DetailKind.FREE_TEXT)
    language = instructions.language
    match kind:
        case DetailKind.PHONE:
            return written_number(value)
        case DetailKind.YES_NO:
            return _YES_NO.get(value, {}).get(language, value)
        case DetailKind.PERSON:
            person = instructions.person(value)
            return person.name if person else value
        case DetailKind.DATE:
            return " – ".join(_moment(part, language) for part in value.split("/"))
        case _:
            return value


def written_number(value: str) -> str:
    """ "06 39 98 12 34", a foreign one with its country; digits that are no whole number as they were heard."""
    if not value.startswith("+"):
        return value
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if number.country_code == 33 else form.INTERNATIONAL)


def _moment(value: str, language: Language) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if "T" not in value:
        return f"{moment:%d/%m/%Y}"
    hour = f"{moment.hour} h {moment:%M}" if language is _F else f"{moment:%H:%M}"
    return f"{moment:%d/%m/%Y} {hour}"
