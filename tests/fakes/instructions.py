"""Instructions of two fictitious clients for tests of understanding: a heating engineer and a medical practice."""

from __future__ import annotations

from typing import Any

from voicebot.domain.instructions import Instructions

_HOUSE: dict[str, Any] = {
    "format": 1,
    "version": 3,
    "author": "tests",
    "valid_from": "2026-01-01",
    "voices": {
        "fr": {"piper": "fr_FR-siwis-medium", "practice": "fr+f2"},
        "en": {"piper": "en_GB-alba-medium", "practice": "en-gb+f2"},
    },
    "greeting": {
        "open": {"fr": "Que puis-je faire pour vous ?", "en": "What can I do for you?"},
        "closed": {"fr": "Que se passe-t-il ?", "en": "What is happening?"},
    },
    "hours": {"weekly": {"monday": ["08:00-12:00", "14:00-18:00"]}, "holidays_region": "FR"},
}


def _scenario(key: str, title: str, fr: list[str], en: list[str], **more: Any) -> dict[str, Any]:
    return {"id": key, "title": {"fr": title, "en": title}, "callers_say": {"fr": fr, "en": en}, **more}


def _faq(key: str, fr: list[str], en: list[str]) -> dict[str, Any]:
    return {"id": key, "callers_say": {"fr": fr, "en": en}, "answer": {"fr": f"Réponse {key}.", "en": f"Answer {key}."}}


def _ask(key: str, kind: str) -> dict[str, Any]:
    return {"id": key, "kind": kind, "ask": {"fr": f"Et {key} ?", "en": f"And {key}?"}}


def heating_engineer() -> Instructions:
    """Chauffage Tison: breakdowns, leaks, quotes; Monsieur Tison, Sophie Lambert, Renaud Dupont and Alain Dupond."""
    return Instructions.model_validate(
        _HOUSE
        | {
            "id": "chauffage-tison",
            "identity": {
                "name": "Chauffage Tison",
                "spoken_name": {"fr": "Chauffage Tison", "en": "Chauffage Tison"},
                "sector": "heating",
                "languages": ["fr", "en"],
                "dialled_numbers": ["+33199001009"],
            },
            "people": [
                {"id": "tison", "name": "Monsieur Tison", "role": "gérant", "aliases": ["le patron"]},
                {"id": "lambert", "name": "Sophie Lambert", "role": "secrétariat", "aliases": ["madame lambert"]},
                {"id": "dupont", "name": "Renaud Dupont", "role": "technicien"},
                {"id": "dupond", "name": "Alain Dupond", "role": "technicien"},
            ],
            "scenarios": [
                _scenario(
                    "no-heating",
                    "panne de chauffage ou d'eau chaude",
                    [
                        "je n'ai plus de chauffage",
                        "je n'ai plus d'eau chaude",
                        "ma chaudière est en panne",
                        "la chaudière ne démarre plus",
                        "les radiateurs sont froids",
                        "la chaudière affiche un code erreur",
                    ],
                    ["i have no heating", "i have no hot water", "my boiler is broken", "the radiators are cold"],
                ),
                _scenario(
                    "leak",
                    "fuite d'eau",
                    ["j'ai une fuite d'eau", "le radiateur fuit", "il y a de l'eau partout", "la chaudière fuit"],
                    ["i have a water leak", "the radiator is leaking", "there is water everywhere"],
                    details=["caller_name", "callback_number", "address", "water_is_off"],
                ),
                _scenario(
                    "quote",
                    "demande de devis",
                    ["je voudrais un devis", "je voudrais changer ma chaudière", "installer une pompe à chaleur"],
                    ["i would like a quote", "i want to replace my boiler", "install a heat pump"],
                ),
                _scenario(
                    "maintenance",
                    "entretien annuel",
                    ["je voudrais prendre rendez-vous pour l'entretien", "c'est pour l'entretien de la chaudière"],
                    ["i would like to book the yearly maintenance", "it is about the maintenance contract"],
                ),
                _scenario(
                    "invoice",
                    "facture",
                    ["je rappelle au sujet de ma facture", "j'ai une question sur ma facture"],
                    ["i am calling about my invoice", "i have a question about a bill"],
                ),
                _scenario(
                    "canvassing",
                    "démarchage",
                    ["je vous appelle pour vous proposer une offre", "c'est pour un partenariat commercial"],
                    ["i am calling to offer you a deal"],
                    outcome="refusal",
                    urgency="p4",
                    answer={"fr": "Merci, pas de démarchage.", "en": "Thank you, no sales calls."},
                ),
            ],
            "details": [
                _ask("water_is_off", "yes_no"),
                _ask("contract", "reference"),
                _ask("radiators", "number"),
                _ask("visit_day", "date"),
            ],
            "faq": [
                _faq(
                    "hours",
                    ["je voudrais savoir vos horaires", "à quelle heure ouvrez-vous", "vous êtes ouverts quand"],
                    ["what are your opening hours", "when are you open"],
                ),
                _faq("place", ["quelle est votre adresse", "où êtes-vous situés"], ["what is your address"]),
                _faq("price", ["combien coûte le déplacement", "quels sont vos tarifs"], ["how much is the call-out"]),
            ],
        }
    )


def medical_practice() -> Instructions:
    """Cabinet des Tilleuls: appointments, prescriptions, results; Doctor Haddad and Doctor Roux."""
    return Instructions.model_validate(
        _HOUSE
        | {
            "id": "cabinet-tilleuls",
            "identity": {
                "name": "Cabinet des Tilleuls",
                "spoken_name": {"fr": "le cabinet des Tilleuls", "en": "the Tilleuls practice"},
                "sector": "medical",
                "languages": ["fr", "en"],
                "dialled_numbers": ["+33199002009"],
            },
            "confidentiality": "health",
            "people": [
                {
                    "id": "haddad",
                    "name": "Le docteur Haddad",
                    "role": "médecin",
                    "aliases": ["docteur haddad", "doctor haddad"],
                },
                {"id": "roux", "name": "Le docteur Roux", "role": "médecin", "aliases": ["docteur roux", "doctor roux"]},
            ],
            "scenarios": [
                _scenario(
                    "appointment",
                    "prise de rendez-vous",
                    [
                        "je voudrais un rendez-vous",
                        "je voudrais prendre rendez-vous",
                        "c'est pour une consultation",
                        "voir le médecin",
                    ],
                    ["i would like an appointment", "i want to see the doctor", "book a consultation"],
                ),
                _scenario(
                    "change-appointment",
                    "rendez-vous à déplacer ou à annuler",
                    [
                        "je voudrais annuler mon rendez-vous",
                        "je voudrais déplacer mon rendez-vous",
                        "je ne peux pas venir à mon rendez-vous",
                    ],
                    ["i want to cancel my appointment", "i want to move my appointment"],
                ),
                _scenario(
                    "prescription",
                    "renouvellement d'ordonnance",
                    ["je voudrais renouveler mon ordonnance", "je n'ai plus de médicaments"],
                    ["i would like to renew my prescription"],
                ),
                _scenario(
                    "results",
                    "résultats d'examens",
                    ["je voudrais mes résultats", "j'appelle pour mes résultats d'analyses"],
                    ["i am calling for my test results"],
                ),
            ],
            "details": [_ask("symptoms", "free_text"), _ask("already_patient", "yes_no")],
            "faq": [
                _faq("hours", ["quels sont vos horaires", "à quelle heure ouvrez-vous"], ["what are your opening hours"]),
                _faq("parking", ["est-ce qu'il y a un parking"], ["is there a car park"]),
            ],
        }
    )
