"""Sections about how callers are received: who the client is, hours, greeting, legal sentences, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voicebot.clients.page import french
from voicebot.clients.page.blocks import Block, Bullets, Grid, Paragraph, Section, Spoken
from voicebot.domain.hours import WEEKDAYS
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS

_REOPENING = {
    Language.FRENCH: "[jour et heure de réouverture]",
    Language.ENGLISH: "[day and hour of reopening]",
}


@dataclass(frozen=True, slots=True)
class HouseSentences:
    """What the house says by law, whatever a client's file holds; the blanks are filled from it.

    notice: first words. recording_notice: when calls are recorded. safety: by red flag, in French.
    """

    notice: Mapping[Language, tuple[str, ...]]
    recording_notice: Mapping[Language, tuple[str, ...]]
    safety: Mapping[str, tuple[str, ...]]


def spoken(when: str, texts: Mapping[Language, str] | None) -> Iterator[Spoken]:
    for language, text in (texts or {}).items():
        yield Spoken(when, text.replace("{reopening}", _REOPENING[language]), language)


def identity(instructions: Instructions) -> Section:
    who = instructions.identity
    rows = [
        ("Nom", who.name),
        ("Activité", who.activity or french.SECTORS[who.sector]),
        ("Lignes", ", ".join(map(french.number, who.dialled_numbers))),
        ("Secours", french.number(who.fallback_number) if who.fallback_number else "aucun numéro"),
        ("Langues", ", ".join(french.LANGUAGES[language] for language in who.languages)),
        ("Fuseau horaire", who.time_zone),
    ]
    rows += [(site.name, site.address + (f" ({site.access})" if site.access else "")) for site in who.sites]
    rows += [("Site internet", who.website)] if who.website else []
    return Section("Le client", (Grid(tuple(rows)),))


def hours(instructions: Instructions) -> Section:
    of = instructions.hours
    week = tuple((french.DAYS[day], french.slots(of.weekly.get(day, ()))) for day in WEEKDAYS)
    blocks: list[Block] = [Grid(week)]
    holidays = "ouvert" if of.open_on_holidays else "fermé"
    blocks.append(Paragraph(f"Jours fériés ({of.holidays_region}) : {holidays}."))
    if of.closures:
        closed = (french.period(c.first, c.last) + _why(c.reason) for c in of.closures)
        blocks += [Paragraph("Fermetures :"), Bullets(tuple(closed))]
    if of.overrides:
        other = (f"{french.day(o.day)} : {french.slots(o.slots)}{_why(o.reason)}" for o in of.overrides)
        blocks += [Paragraph("Horaires particuliers :"), Bullets(tuple(other))]
    return Section("Horaires", tuple(blocks))


def _why(reason: str) -> str:
    return f" ({reason})" if reason else ""


def greeting(instructions: Instructions) -> Section:
    of = instructions.greeting
    blocks: list[Block] = [*spoken("Pendant les heures d'ouverture", of.open), *spoken("En dehors", of.closed)]
    for timed in of.by_time:
        blocks += spoken(f"De {french.slots((timed.between,))}", timed.say)
    for notice in instructions.notices:
        blocks += spoken(f"Annonce {french.period(notice.valid_from, notice.valid_to)}", notice.say)
    avoided = [word for words in instructions.tone.avoid.values() for word in words]
    if avoided:
        blocks.append(Paragraph("Mots à ne pas employer : " + ", ".join(f"« {word} »" for word in avoided) + "."))
    return Section("Accueil, après l'annonce légale", tuple(blocks))


def legal(instructions: Instructions, house: HouseSentences) -> Section:
    """What no file can remove, word for word."""
    blocks: list[Block] = [Paragraph("Ces phrases sont dites quoi qu'il arrive ; aucune consigne ne peut les retirer.")]
    for language in instructions.identity.languages:
        blanks = {
            "spoken_name": instructions.identity.spoken_name[language],
            "purpose": instructions.recording.purpose.get(language, ""),
        }
        blocks += [Spoken("Premiers mots", text.format(**blanks), language) for text in house.notice[language]]
        if instructions.recording.enabled:
            recorded = house.recording_notice[language]
            blocks += [Spoken("Enregistrement", text.format(**blanks), language) for text in recorded]
    blocks.append(Paragraph("En cas de danger, avant toute autre question, sans conseil ni tri médical :"))
    scripts: dict[tuple[str, ...], list[str]] = {}
    for flag in RED_FLAGS.values():
        if flag.concerns(instructions.identity.sector) and flag.id in house.safety:
            scripts.setdefault(house.safety[flag.id], []).append(french.RED_FLAGS[flag.id])
    rows = tuple((", ".join(dangers), " ".join(said)) for said, dangers in scripts.items())
    blocks.append(Grid(rows, ("Danger entendu", "Phrases dites")))
    return Section("Mentions légales et phrases de sécurité", tuple(blocks))


def answers(instructions: Instructions) -> Section | None:
    if not instructions.faq:
        return None
    blocks: list[Block] = []
    for faq in instructions.faq:
        said = next(iter(faq.callers_say.get(Language.FRENCH, ())), faq.id)
        when = f"« {said} »" + (" (peut être reformulé)" if faq.rephrase else "")
        blocks += spoken(" ".join((when, french.period(faq.valid_from, faq.valid_to))).strip(), faq.answer)
    return Section("Réponses approuvées", tuple(blocks))


def waiting(instructions: Instructions) -> Section | None:
    """How long callers wait for a human, where the client wrote it."""
    if "handoff" not in instructions.model_fields_set:
        return None
    rules = instructions.handoff
    after = f"après {rules.callback_after_s} s d'attente" if rules.callback_after_s is not None else "jamais"
    then = "la personne d'astreinte est appelée" if rules.overflow == "on_call" else "un message est pris"
    rows = (
        ("Attente la plus longue", f"{rules.max_wait_s} s, puis {then}"),
        ("Chaque conseiller sonne", f"{rules.ring_s} s"),
        ("Appelants en attente", f"{rules.most_waiting} au plus"),
        ("Un rappel est proposé", after),
        ("La place est dite", f"toutes les {rules.tell_position_every_s} s au plus, et quand elle s'améliore"),
    )
    return Section("Attente d'un conseiller", (Grid(rows),))


def texts(instructions: Instructions) -> Section | None:
    """The SMS that callers may be sent, word for word."""
    if not instructions.texts:
        return None
    blocks: list[Block] = [Paragraph("Envoyés au numéro qui s'affiche, quand c'est celui d'un mobile :")]
    for text in instructions.texts:
        blocks += spoken("Annoncé ainsi", text.title)
        blocks += spoken("SMS", text.body)
    return Section("SMS aux appelants", tuple(blocks))
