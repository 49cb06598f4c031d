"""Sections about people and data: directory, on-call duty, deliveries, confidentiality."""

from __future__ import annotations

from datetime import datetime

from voicebot.clients.page import french
from voicebot.clients.page.blocks import Block, Bullets, Grid, Paragraph, Section
from voicebot.clients.page.reception import spoken
from voicebot.domain.delivery import Delivery, Gathered
from voicebot.domain.hours import WEEKDAYS
from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import OnCall, WhenOnCall
from voicebot.domain.people import Person


def directory(instructions: Instructions) -> Section | None:
    if not instructions.people:
        return None
    rows = tuple(_row(instructions, person) for person in instructions.people)
    blocks: list[Block] = [Grid(rows, ("Personne", "Fonction", "Présence", "Appels", "Remplaçant", "Coordonnées"))]
    if instructions.teams:
        teams = (
            f"{' / '.join(t.name.values())} : {', '.join(french.who(instructions, p) for p in t.people)}"
            for t in instructions.teams
        )
        blocks += [Paragraph("Équipes :"), Bullets(tuple(teams))]
    for person in instructions.people:
        blocks += spoken(f"Absence de {person.name}", person.absence)
    open_about = [p.name for p in instructions.people if not {"phones", "email"} <= set(p.never_tell)]
    never = "Les coordonnées ne sont jamais données aux appelants"
    blocks.append(Paragraph(never + (f", sauf : {', '.join(open_about)}." if open_about else ".")))
    return Section("Annuaire", tuple(blocks))


def _row(instructions: Instructions, person: Person) -> tuple[str, ...]:
    presence = "aux horaires du client"
    if person.hours:
        week = person.hours.weekly
        presence = " ; ".join(f"{french.DAYS[d]} {french.slots(week[d])}" for d in WEEKDAYS if week.get(d)) or "jamais"
    presence += "".join(f" ; absent {french.period(a.first, a.last)}" for a in person.away)
    reach = ", ".join((*map(french.number, person.phones), *((person.email,) if person.email else ())))
    backup = french.who(instructions, person.backup) if person.backup else "—"
    return person.name, person.role or "—", presence, "oui" if person.takes_calls else "non", backup, reach or "—"


def on_call(instructions: Instructions, now: datetime) -> Section | None:
    """The duty and its shifts from `now` (aware) on."""
    duty = instructions.on_call
    if duty is None:
        return None
    when = "en permanence" if duty.active is WhenOnCall.ALWAYS else "en dehors des horaires d'ouverture"
    said = [f"Active {when}. {_climbed(instructions, duty)}"]
    if duty.quiet:
        quiet = f"de {duty.quiet.begins:%H:%M} à {duty.quiet.ends:%H:%M}"
        said.append(f"{quiet.capitalize()}, seuls les dangers réveillent ; le reste attend la fin de ces heures.")
    if duty.acknowledge_within:
        said.append(f"Si personne n'a pris en charge sous {french.duration(duty.acknowledge_within)}, l'alerte est donnée.")
    if duty.restart_after:
        said.append(f"Puis tout recommence après {french.duration(duty.restart_after)}, {duty.rounds} tours au plus.")
    said.append(f"Au plus {duty.most_calls} appels par message. Une messagerie vocale ne compte jamais.")
    local = now.astimezone(instructions.identity.zone).replace(tzinfo=None)
    rows = tuple(
        (french.moment(s.begins), french.moment(s.ends), ", ".join(french.who(instructions, c) for c in s.contacts))
        for s in sorted(duty.shifts, key=lambda shift: shift.begins)
        if s.ends > local
    )
    return Section("Astreinte", (Paragraph(" ".join(said)), Grid(rows, ("Du", "Au", "Contacts, dans l'ordre"))))


def _climbed(instructions: Instructions, duty: OnCall) -> str:
    """Who is rung, how often, and who comes after them."""
    others = "les suivants une fois" if duty.tries_next == 1 else f"les suivants {duty.tries_next} fois"
    rung = f"Le premier contact est appelé {duty.tries} fois ({duty.ring_s} s à chaque fois), {others}"
    then = [f"puis le responsable, {french.who(instructions, duty.manager)}"] if duty.manager else []
    if duty.agents:
        then.append("enfin notre plateau d'accueil")
    return ", ".join((rung, *then)) + ". Chacun est aussi prévenu par écrit."


def deliveries(instructions: Instructions) -> Section:
    if not instructions.deliveries:
        return Section("Remise des messages", (Paragraph("Les messages sont conservés et ne sont envoyés à personne."),))
    titles = {s.id: french.sentence(s.title) for s in instructions.scenarios}
    rows = tuple(
        (
            french.CHANNELS[d.channel] + (f", sinon {french.CHANNELS[d.fallback]}" if d.fallback else ""),
            ", ".join(french.who(instructions, p) for p in d.to) or d.address,
            ", ".join(french.LEVELS[level] for level in d.urgency) or "tous",
            ", ".join(titles[s] for s in d.scenarios) or "tous",
            _sent_when(d),
        )
        for d in instructions.deliveries
    )
    return Section("Remise des messages", (Grid(rows, ("Par", "À", "Niveaux", "Motifs", "Envoi")),))


def _sent_when(rule: Delivery) -> str:
    """At once or gathered, and the hours in which only what is urgent is sent."""
    when = french.GATHERED[rule.gathered]
    if rule.gathered is Gathered.DAILY:
        when += f", à {rule.daily_at:%H:%M}"
    if rule.quiet:
        when += f" ; de {rule.quiet.begins:%H:%M} à {rule.quiet.ends:%H:%M}, seulement les urgences"
    return when


def confidentiality(instructions: Instructions) -> Section:
    secrecy, recording = instructions.confidentiality, instructions.recording
    recorded = f"oui, gardés {recording.keep_days} jours" if recording.enabled else "non"
    rows = [
        ("Profil", french.PROFILES[secrecy.profile]),
        ("Jamais conservé", french.details(instructions, secrecy.never_keep) or "—"),
        ("Messages et transcriptions", f"gardés {secrecy.keep_days} jours, puis effacés"),
        ("Appels enregistrés", recorded),
        ("Pièces jointes", "autorisées" if secrecy.attachments else "aucune"),
    ]
    return Section("Confidentialité", (Grid(tuple(rows)), *spoken("But de l'enregistrement", recording.purpose)))
