"""Writes the first file of a client: answers, the templates of its sector, and comments that say what to do next."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from voicebot.clients.new.answers import Answers, NewPerson
from voicebot.clients.schema import EDITOR_COMMENT
from voicebot.domain.language import Language

WEEKS = 8
"""Weeks of the first on-call roster."""
_HAND_OVER_HOUR = 8
_SHORT = 95
"""Characters of a list or a sentence that still fits on one line."""
_VOICES = {
    Language.FRENCH: {"piper": "fr_FR-siwis-medium", "practice": "fr+f2", "words_per_minute": 160},
    Language.ENGLISH: {"piper": "en_GB-alba-medium", "practice": "en+f2", "words_per_minute": 155},
}
_COMMENTS = {
    "identity": "Who the client is. fallback_number: people who are rung when the receptionist itself cannot answer.",
    "greeting": "Spoken after the legal notice, which no file can remove.",
    "hours": "Days without slots are closed. closures: leave; overrides: other hours on one day; see docs/clients.md.",
    "recording": "Off. To record: enabled: true, and purpose: said to callers.",
    "confidentiality": "standard, health or legal: under secrecy no reason leaves by SMS or e-mail.",
    "people": "The directory. aliases: and sounds_like: help to hear names; hours:, away: and backup: say who stands in.",
    "filters": "Callers who are treated apart; the first that fits holds. Add VIPs, suppliers, press …",
    "scenarios": "Motives of calls. Replace the examples by what this client's callers really say.",
    "details": "Questions of this client's own.",
    "red_flags": "Urgencies of the trade, besides the dangers that are always listened for.",
    "on_call": "The roster: dated shifts without holes. voicebot clients check tells when it ends.",
    "deliveries": "Where messages go.",
    "faq": "Approved answers, spoken word for word.",
    "examples": "What callers say and what must happen: run by voicebot clients check. Add one for each urgency.",
}


def first_file(answers: Answers, now: datetime) -> str:
    """Text of the first client file. now: aware; the roster begins on the next Monday."""
    template = _template(answers)
    on_call = [person for person in answers.people if person.on_call and person.phone]
    parts: dict[str, Any] = {
        "format": 1,
        "id": answers.id,
        "version": 1,
        "author": answers.author,
        "valid_from": now.date(),
        "review_on": now.date() + timedelta(days=182),
        "identity": _identity(answers),
        "voices": {str(language): _VOICES[language] for language in answers.languages},
        "greeting": template["greeting"],
        "hours": {
            "weekly": {day: list(slots) for day, slots in answers.hours.items()},
            "holidays_region": answers.holidays_region,
        },
        "recording": {"enabled": False},
        "confidentiality": template["confidentiality"],
        "people": [_person(person) for person in answers.people],
        "filters": template["filters"],
        "details": template["details"],
        "scenarios": [{**scenario, "promise": template["promise"]} for scenario in template["scenarios"]],
        "red_flags": [{**flag, "on_call": bool(on_call)} for flag in template["red_flags"]],
        "on_call": _on_call(on_call, answers, now) if on_call else None,
        "deliveries": _deliveries(answers.people),
        "faq": _faq(answers),
        "examples": _examples(template["scenarios"], answers.languages),
    }
    return _text(answers, _in_languages(parts, answers.languages))


def _template(answers: Answers) -> dict[str, Any]:
    """The sector's template over the common one; the greeting is taken sentence by sentence."""
    common, own = (_read(name) for name in ("common", answers.sector.value))
    return {**common, **own, "greeting": {**common["greeting"], **own.get("greeting", {})}}


def _read(name: str) -> dict[str, Any]:
    text = files("voicebot.clients.new").joinpath("templates", f"{name}.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


def _identity(answers: Answers) -> dict[str, Any]:
    spoken = answers.spoken_name or answers.name
    written: dict[str, Any] = {
        "name": answers.name,
        "spoken_name": {str(language): spoken for language in answers.languages},
        "sector": answers.sector.value,
        "activity": answers.activity,
        "sites": [{"name": answers.name, "address": answers.address}] if answers.address else [],
        "languages": [str(language) for language in answers.languages],
        "time_zone": answers.time_zone,
        "dialled_numbers": list(answers.dialled_numbers),
        "fallback_number": answers.fallback_number,
    }
    return {name: value for name, value in written.items() if value}


def _person(person: NewPerson) -> dict[str, Any]:
    written = {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "phones": [person.phone] if person.phone else [],
        "email": person.email,
        "takes_calls": person.takes_calls,
    }
    return {name: value for name, value in written.items() if value or name == "takes_calls"}


def _on_call(people: list[NewPerson], answers: Answers, now: datetime) -> dict[str, Any]:
    """A week each in turn, the others behind; the first one of the file is the manager."""
    monday = (now + timedelta(days=(7 - now.weekday()) % 7)).replace(hour=_HAND_OVER_HOUR, minute=0, second=0, microsecond=0)
    begins = [now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)]
    begins += [monday.replace(tzinfo=None) + timedelta(weeks=week) for week in range(WEEKS + 1)]
    begins = [moment for place, moment in enumerate(begins) if place == 0 or moment > begins[0]]
    ids = [person.id for person in people]
    shifts = [
        {
            "from": f"{first:%Y-%m-%d %H:%M}",
            "to": f"{last:%Y-%m-%d %H:%M}",
            "contacts": [*ids[turn % len(ids) :], *ids[: turn % len(ids)]],
        }
        for turn, (first, last) in enumerate(pairwise(begins))
    ]
    manager = next(person.id for person in answers.people if person.phone)
    return {"active": "outside_hours", "ring_s": 25, "tries": 2, "manager": manager, "shifts": shifts}


def _deliveries(people: tuple[NewPerson, ...]) -> list[dict[str, Any]]:
    by_mail, by_sms = [p.id for p in people if p.email], [p.id for p in people if p.phone]
    rules: list[dict[str, Any]] = []
    if by_mail:
        rules.append({"id": "mail", "channel": "email", "to": by_mail})
    if by_sms:
        urgent = {"urgency": ["p0", "p1"]} if by_mail else {}
        rules.append({"id": "sms", "channel": "sms", "to": by_sms, **urgent})
    return rules


def _faq(answers: Answers) -> list[dict[str, Any]]:
    if not answers.address:
        return []
    said = {
        "fr": ["quelle est votre adresse", "où êtes-vous situés"],
        "en": ["what is your address", "where are you located"],
    }
    answer = {"fr": f"Nous sommes à l'adresse suivante : {answers.address}.", "en": f"Our address is: {answers.address}."}
    return [{"id": "address", "callers_say": said, "answer": answer}]


def _examples(scenarios: list[dict[str, Any]], languages: tuple[Language, ...]) -> list[dict[str, Any]]:
    first = [(s["id"], s["callers_say"][str(language)][0]) for language in languages for s in scenarios]
    return [{"say": words, "then": {"scenario": scenario}} for scenario, words in first]


def _in_languages(node: Any, languages: tuple[Language, ...]) -> Any:
    """The same without sentences in languages that the client does not speak."""
    if isinstance(node, dict):
        if node and set(node) <= {"fr", "en"}:
            return {str(language): node[str(language)] for language in languages if str(language) in node}
        return {name: _in_languages(value, languages) for name, value in node.items()}
    return [_in_languages(value, languages) for value in node] if isinstance(node, list) else node


def _laid_out(node: Any) -> Any:
    """Short lists and sentences on one line, as people write them."""
    if isinstance(node, dict):
        laid = CommentedMap((name, _laid_out(value)) for name, value in node.items())
        short = set(node) <= {"fr", "en"} and not any(isinstance(v, (dict, list)) for v in node.values())
    elif isinstance(node, list):
        laid = CommentedSeq(_laid_out(value) for value in node)
        short = not any(isinstance(value, (dict, list)) for value in node)
    else:
        return node
    if short and len(str(node)) < _SHORT:
        laid.fa.set_flow_style()
    return laid


def _text(answers: Answers, parts: dict[str, Any]) -> str:
    yaml = YAML(typ="rt", pure=True)
    yaml.width, yaml.allow_unicode = 120, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda *_: True
    blocks = [
        EDITOR_COMMENT,
        f"# Fiche de consignes: {answers.name}. Written by voicebot clients new; meant to be completed.",
    ]
    lines: list[str] = []
    for name, value in parts.items():
        if value is None or value == []:
            continue
        out = io.StringIO()
        yaml.dump({name: _laid_out(value)}, out)
        lines += [f"\n# {_COMMENTS[name]}"] if name in _COMMENTS else []
        lines.append(out.getvalue().rstrip("\n"))
    return "\n".join([*blocks, *lines]) + "\n"
