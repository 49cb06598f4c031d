"""Words of the page in French: for the terms of a client file, its dates, hours and durations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_datetime

from voicebot.domain.confidentiality import Profile
from voicebot.domain.delivery import Channel, Gathered
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.filters import CallerKind
from voicebot.domain.hours import WEEKDAYS, Slot
from voicebot.domain.identity import Sector
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel

DAYS = dict(zip(WEEKDAYS, ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), strict=True))
LANGUAGES = {Language.FRENCH: "français", Language.ENGLISH: "anglais"}
SECTORS = {
    Sector.GENERAL: "général",
    Sector.MEDICAL: "santé",
    Sector.LEGAL: "droit",
    Sector.PROPERTY: "gestion immobilière",
    Sector.LIFT: "ascenseurs",
    Sector.HEATING: "plomberie et chauffage",
    Sector.FUNERAL: "pompes funèbres",
    Sector.E_COMMERCE: "commerce en ligne",
    Sector.VETERINARY: "vétérinaire",
    Sector.ROADSIDE: "dépannage routier",
    Sector.TOWN_HALL: "mairie",
}
OUTCOMES = {
    Outcome.MESSAGE: "message",
    Outcome.ANSWER: "réponse approuvée, sans message",
    Outcome.REFUSAL: "refus poli, sans message",
    Outcome.TRANSFER: "mise en relation",
    Outcome.ON_CALL: "appel de la personne d'astreinte et message",
}
LEVELS = {
    UrgencyLevel.P0: "danger (P0)",
    UrgencyLevel.P1: "urgent, tout de suite (P1)",
    UrgencyLevel.P2: "le jour même (P2)",
    UrgencyLevel.P3: "normal (P3)",
    UrgencyLevel.P4: "indésirable (P4)",
}
KINDS = {
    CallerKind.VIP: "clients prioritaires",
    CallerKind.CANVASSER: "démarcheurs",
    CallerKind.SUPPLIER: "fournisseurs",
    CallerKind.CANDIDATE: "candidats",
    CallerKind.PRESS: "presse",
    CallerKind.POLICE: "police, gendarmerie",
    CallerKind.BAILIFF: "commissaires de justice",
    CallerKind.FAMILY: "famille",
}
CHANNELS = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS", Channel.WEBHOOK: "liaison informatique", Channel.CHAT: "messagerie"}
GATHERED = {
    Gathered.AT_ONCE: "aussitôt",
    Gathered.HOURLY: "regroupés par heure",
    Gathered.DAILY: "regroupés par jour",
}
_SECRET = "aucun motif par SMS ni e-mail, et il n'est jamais confirmé qu'une personne est"
PROFILES = {
    Profile.STANDARD: "usage courant",
    Profile.HEALTH: f"secret médical : {_SECRET} patiente",
    Profile.LEGAL: f"secret professionnel : {_SECRET} cliente",
}
_HOUSE_DETAILS = {
    "caller_name": "nom",
    "callback_number": "numéro de rappel",
    "reason": "motif",
    "address": "adresse",
    "access_codes": "codes d'accès",
    "company": "société",
    "email": "adresse e-mail",
    "preferred_slot": "créneau souhaité",
}
RED_FLAGS = {
    "gas_smell": "odeur de gaz",
    "carbon_monoxide": "monoxyde de carbone",
    "fire": "feu, fumée",
    "trapped_in_lift": "personne bloquée dans un ascenseur",
    "electricity_in_water": "électricité dans l'eau",
    "chest_pain": "douleur dans la poitrine",
    "breathing_trouble": "difficulté à respirer",
    "stroke_signs": "signes d'accident vasculaire cérébral",
    "heavy_bleeding": "saignement abondant",
    "unconscious": "personne inconsciente",
    "poisoning": "intoxication",
    "suicidal_words": "propos suicidaires",
    "violence": "violences",
    "seizure": "convulsions",
    "allergic_reaction": "réaction allergique grave",
    "serious_injury": "blessure grave",
    "childbirth": "accouchement imminent",
    "child_in_danger": "enfant en danger",
    "on_motorway": "véhicule immobilisé sur l'autoroute",
    "police_custody": "garde à vue",
    "hearing_today": "audience aujourd'hui",
    "deadline_expiring": "délai qui expire",
    "continuous_leak": "fuite continue",
    "street_door_open": "porte d'immeuble bloquée ouverte",
    "no_heating_in_frost": "plus de chauffage par temps de gel",
    "death_now": "décès",
    "payment_fraud": "fraude au paiement",
    "urgent_address_change": "adresse à changer le jour même",
    "animal_torsion": "torsion d'estomac",
    "animal_convulsions": "convulsions d'un animal",
    "animal_poisoning": "animal intoxiqué",
    "animal_cannot_urinate": "animal qui n'urine plus",
    "animal_accident": "animal accidenté",
    "burst_main": "canalisation rompue",
    "rehousing": "relogement",
}


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def day(value: date) -> str:
    return format_date(value, "d MMMM y", locale="fr")


def moment(value: datetime) -> str:
    return format_datetime(value, "EEEE d MMMM y 'à' HH'h'mm", locale="fr")


def period(first: date | None, last: date | None) -> str:
    """« du 1 au 5 », or « à partir du », or « jusqu'au »; "" without end on both sides."""
    if first and last:
        return f"le {day(first)}" if first == last else f"du {day(first)} au {day(last)}"
    if first:
        return f"à partir du {day(first)}"
    return f"jusqu'au {day(last)}" if last else ""


def slots(of_day: Iterable[Slot]) -> str:
    said = [f"{_hour(slot.opens_minute)}-{_hour(slot.closes_minute)}" for slot in of_day]
    return ", ".join(said) or "fermé"


def _hour(minute: int) -> str:
    return f"{minute // 60}h{minute % 60:02d}"


def duration(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes % 1440 == 0:
        days = minutes // 1440
        return f"{days} jour{'s' if days > 1 else ''}"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def number(e164: str) -> str:
    """ "+33639980001" → "06 39 98 00 01"; foreign numbers as they are."""
    if not e164.startswith("+33"):
        return e164
    national = "0" + e164[3:]
    return " ".join(national[start : start + 2] for start in range(0, len(national), 2))


def detail(instructions: Instructions, detail_id: str) -> str:
    """A detail in words: of the house, else its question."""
    own = instructions.detail(detail_id)
    if detail_id in HOUSE_DETAILS:
        return _HOUSE_DETAILS[detail_id]
    return f"« {sentence(own.ask)} »" if own else detail_id


def details(instructions: Instructions, ids: Iterable[str]) -> str:
    return ", ".join(detail(instructions, i) for i in ids)


def sentence(texts: dict[Language, str]) -> str:
    """The French sentence, else the first."""
    return texts.get(Language.FRENCH) or next(iter(texts.values()))


def who(instructions: Instructions, person_or_team: str) -> str:
    """Name of a person or team."""
    person, team = instructions.person(person_or_team), instructions.team(person_or_team)
    return person.name if person else sentence(team.name) if team else person_or_team
