"""Sections about what becomes of calls: motives, callers who are filtered, urgencies."""

from __future__ import annotations

from voicebot.clients.page import french
from voicebot.clients.page.blocks import Block, Grid, Part, Section
from voicebot.clients.page.reception import spoken
from voicebot.domain.filters import Filter
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.scenario import Outcome, Scenario
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel

_EXAMPLES = 4
"""Wordings that the page shows of each motive; the file has them all."""


def scenarios(instructions: Instructions) -> Section:
    return Section("Motifs d'appel", tuple(_scenario(instructions, s) for s in instructions.scenarios))


def _scenario(instructions: Instructions, s: Scenario) -> Part:
    said = s.callers_say.get(Language.FRENCH) or next(iter(s.callers_say.values()), ())
    rows = [
        ("L'appelant dit", ", ".join(f"« {words} »" for words in said[:_EXAMPLES])),
        ("On demande", french.details(instructions, s.details)),
        ("Suite", _outcome(instructions, s, s.outcome)),
    ]
    if s.optional_details:
        rows.insert(2, ("Si possible", french.details(instructions, s.optional_details)))
    if s.outside_hours:
        rows.append(("En dehors des horaires", _outcome(instructions, s, s.outside_hours)))
    rows.append(("Urgence", french.LEVELS[s.urgency]))
    rows += [("Si", text) for text in _escalations(instructions, s)]
    if s.deadline:
        rows.append(("Rappel", f"sous {french.duration(s.deadline)}"))
    if when := french.period(s.valid_from, s.valid_to):
        rows.append(("Valable", when))
    blocks: list[Block] = [Grid(tuple(rows)), *spoken("Réponse", s.answer), *spoken("Coût annoncé", s.cost_notice)]
    blocks += spoken("Motif relu", {language: title for language, title in s.title.items() if language != Language.FRENCH})
    if s.promise:
        blocks += [*spoken("Promesse, ouvert", s.promise.open), *spoken("Promesse, fermé", s.promise.closed)]
    return Part(french.capital(french.sentence(s.title)), tuple(blocks))


def _outcome(instructions: Instructions, s: Scenario, outcome: Outcome) -> str:
    if outcome is not Outcome.TRANSFER or s.transfer is None:
        return french.OUTCOMES[outcome]
    how = "en l'annonçant" if s.transfer.warm else "directement"
    otherwise = french.OUTCOMES[s.transfer.if_nobody]
    to = french.who(instructions, s.transfer.to)
    return f"mise en relation avec {to}, {how}, {s.transfer.maximum_wait_s} s au plus ; sinon {otherwise}"


def _escalations(instructions: Instructions, s: Scenario) -> list[str]:
    told: list[str] = []
    for escalation in s.escalations:
        answer = {"yes": "oui", "no": "non"}.get(escalation.equals, escalation.equals) or f"au moins {escalation.at_least}"
        then = french.LEVELS[escalation.urgency]
        if escalation.outcome:
            then += f", {_outcome(instructions, s, escalation.outcome)}"
        told.append(f"{french.detail(instructions, escalation.detail)} : {answer} → {then}")
    return told


def filters(instructions: Instructions) -> Section | None:
    if not instructions.filters:
        return None
    return Section("Appelants particuliers", tuple(_filter(instructions, f) for f in instructions.filters))


def _filter(instructions: Instructions, f: Filter) -> Part:
    then = f"mise en relation avec {french.who(instructions, f.to)}" if f.to else french.OUTCOMES[f.outcome]
    rows = [("Suite", then), ("Urgence", french.LEVELS[f.urgency])]
    if f.numbers:
        rows.append(("Numéros", ", ".join(map(french.number, f.numbers))))
    if f.prefixes:
        rows.append(("Débuts de numéro (indice seulement)", ", ".join(f.prefixes)))
    if f.names:
        rows.append(("Noms", ", ".join(f.names)))
    if said := f.callers_say.get(Language.FRENCH):
        rows.append(("L'appelant dit", ", ".join(f"« {words} »" for words in said[:_EXAMPLES])))
    if f.details:
        rows.append(("On demande", french.details(instructions, f.details)))
    if when := french.period(f.valid_from, f.valid_to):
        rows.append(("Valable", when))
    heading = french.KINDS[f.who] if f.who else ", ".join(f.names[:2]) or f.id
    return Part(french.capital(heading), (Grid(tuple(rows)), *spoken("Réponse", f.answer)))


def urgencies(instructions: Instructions) -> Section:
    parts: list[Block] = []
    for rule in instructions.red_flags:
        rows = [
            ("Niveau", french.LEVELS[rule.level]),
            ("Astreinte", "appelée" if rule.on_call and instructions.on_call else "non appelée"),
            ("On demande ensuite", french.details(instructions, rule.details)),
        ]
        blocks: list[Block] = [Grid(tuple(rows)), *spoken("Après les phrases de sécurité", rule.afterwards)]
        parts.append(
            Part(french.capital(french.RED_FLAGS[rule.red_flag]), (*blocks, *spoken("Coût annoncé", rule.cost_notice)))
        )
    ruled = {rule.red_flag for rule in instructions.red_flags}
    sector = instructions.identity.sector
    others = [
        (french.RED_FLAGS[flag.id], french.LEVELS[flag.level])
        for flag in RED_FLAGS.values()
        if flag.concerns(sector) and flag.id not in ruled and (flag.sectors or flag.level is UrgencyLevel.P0)
    ]
    return Section("Urgences", (*parts, Grid(tuple(others), ("Écouté aussi dans chaque appel", "Niveau"))))
