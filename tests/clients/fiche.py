"""A small whole fiche for tests of the checks: a plumber with an office, a roster and deliveries; nothing is found in it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from voicebot.domain.instructions import Instructions

_WEEK = ["08:00-12:00", "14:00-18:00"]
_FICHE: dict[str, Any] = {
    "format": 1,
    "id": "plomberie-duval",
    "version": 1,
    "author": "tests",
    "valid_from": "2026-01-01",
    "review_on": "2027-06-01",
    "identity": {
        "name": "Plomberie Duval",
        "spoken_name": {"fr": "Plomberie Duval"},
        "sector": "heating",
        "languages": ["fr"],
        "dialled_numbers": ["+33199001050"],
        "fallback_number": "+33639980050",
    },
    "voices": {"fr": {"piper": "fr_FR-siwis-medium", "practice": "fr+f2"}},
    "greeting": {
        "open": {"fr": "Que puis-je faire pour vous ?"},
        "closed": {"fr": "Nous sommes fermés. Que se passe-t-il ?"},
    },
    "hours": {"weekly": {day: list(_WEEK) for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}},
    "people": [
        {
            "id": "duval",
            "name": "Monsieur Duval",
            "aliases": ["le patron"],
            "phones": ["+33639980051"],
            "email": "duval@plomberie-duval.example",
            "takes_calls": True,
        },
        {"id": "lea", "name": "Léa Simon", "phones": ["+33639980052"], "takes_calls": True},
    ],
    "teams": [{"id": "office", "name": {"fr": "le bureau"}, "people": ["lea"]}],
    "details": [
        {"id": "contract", "kind": "reference", "ask": {"fr": "Votre numéro de contrat ?"}, "pattern": "C[0-9]{4}"},
        {"id": "flowing", "kind": "yes_no", "ask": {"fr": "Est-ce que ça coule en continu ?"}},
    ],
    "scenarios": [
        {
            "id": "leak",
            "title": {"fr": "fuite"},
            "callers_say": {"fr": ["j'ai une fuite d'eau"]},
            "details": ["caller_name", "callback_number", "address", "flowing"],
            "optional_details": ["contract"],
            "outcome": "transfer",
            "outside_hours": "message",
            "transfer": {"to": "office"},
            "urgency": "p2",
            "deadline": "4 h",
            "escalations": [{"detail": "flowing", "equals": "yes", "urgency": "p1", "outcome": "on_call"}],
            "promise": {
                "open": {"fr": "On vous rappelle sous quatre heures."},
                "closed": {"fr": "On vous rappelle {reopening}."},
            },
        },
        {"id": "quote", "title": {"fr": "devis"}, "callers_say": {"fr": ["je voudrais un devis"]}},
    ],
    "filters": [
        {"id": "vip", "who": "vip", "numbers": ["+33199001060"], "outcome": "transfer", "to": "duval"},
        {"id": "canvassers", "who": "canvasser", "outcome": "refusal", "answer": {"fr": "Merci, pas de démarchage."}},
    ],
    "red_flags": [{"red_flag": "gas_smell"}],
    "on_call": {
        "manager": "duval",
        "shifts": [
            {"from": "2026-01-01 00:00", "to": "2026-12-01 08:00", "contacts": ["lea"]},
            {"from": "2026-12-01 08:00", "to": "2027-03-01 08:00", "contacts": ["duval", "lea"]},
        ],
    },
    "deliveries": [{"id": "mail", "channel": "email", "to": ["duval"], "fallback": "sms"}],
    "faq": [{"id": "price", "callers_say": {"fr": ["combien coûte le déplacement"]}, "answer": {"fr": "Soixante euros."}}],
    "examples": [
        {"say": "j'ai une fuite sous mon évier", "then": {"scenario": "leak"}},
        {"say": "je voudrais un devis pour la salle de bain", "then": {"scenario": "quote"}},
    ],
}


def fiche(**changes: Any) -> Instructions:
    """The fiche with some fields replaced; a key "a__b" reaches inside, "scenarios__0__urgency" too; None removes."""
    data = deepcopy(_FICHE)
    for path, value in changes.items():
        node: Any = data
        *way, last = [int(step) if step.isdecimal() else step for step in path.split("__")]
        for step in way:
            node = node[step]
        if value is None:
            node.pop(last)
        else:
            node[last] = value
    return Instructions.model_validate(data)
