"""A message as callers leave them, and a short way to have a letter written about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from voicebot.channels.ports import Letter
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Confidence
from voicebot.domain.confidentiality import Confidentiality
from voicebot.domain.delivery import Channel, Delivery
from voicebot.domain.details import Detail, DetailSource
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.messages.letters.letter import write_digest, write_letter

FICHES = Path(__file__).parents[1] / "fakes" / "fiches"
HEATING = read_client_file(FICHES / "chauffage-morel.yaml")
PRACTICE = read_client_file(FICHES / "cabinet-lilas.yaml")
NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
LINK = "https://phone.example.org/m/20261123-x.q1.abc"
SECRET = b"house secret"

LEAK = Message(
    id="20261123-221504-1f9c2a-message",
    call="20261123-221504-1f9c2a",
    client="chauffage-morel",
    instructions_version=2,
    state=MessageState.COMPLETE,
    taken_at=NIGHT,
    language=Language.FRENCH,
    number_shown="+33639981234",
    scenario="leak",
    scenario_title="fuite d'eau",
    urgency=Urgency(UrgencyLevel.P1, "continuous_leak", "ça coule à flots"),
    person_wanted="morel",
    human_wanted=False,
    details={
        "caller_name": Detail("Héloïse Durand", "héloïse durand", confirmed=True),
        "callback_number": Detail("+33639981234", "oui", source=DetailSource.LINE, confirmed=True),
        "reason": Detail("le ballon fuit dans le garage", "le ballon fuit dans le garage"),
        "address": Detail("12 rue des Lilas, 21000 Dijon", "douze rue des lilas à dijon", Confidence.UNSURE),
        "access_codes": Detail("code 45 B 12", "code quarante-cinq b douze"),
        "water_is_off": Detail("no", "non j'y arrive pas"),
    },
    missing=(),
    verbatim=("ça coule à flots dans le garage", "Héloïse Durand", "douze rue des Lilas à Dijon"),
    callback_promised="J'essaie de joindre la personne d'astreinte.",
    orientation=Orientation(Outcome.ON_CALL, because="red_flags[continuous_leak]"),
)
RESULTS = replace(
    LEAK,
    client="cabinet-lilas",
    scenario="results",
    scenario_title="résultats d'analyse",
    urgency=Urgency(UrgencyLevel.P2, "results", "mes résultats de cholestérol"),
    person_wanted="docteur-benali",
    details={
        "caller_name": Detail("Madame Durand", "madame durand", confirmed=True),
        "callback_number": Detail("+33639981234", "zéro six", confirmed=True),
        "reason": Detail("résultats de cholestérol", "mes résultats de cholestérol"),
        "company": Detail("Association des diabétiques", "association des diabétiques"),
        "appointment_day": Detail("2026-11-26", "jeudi"),
    },
    missing=("preferred_slot",),
    verbatim=("bonjour je voudrais mes résultats de cholestérol", "madame Durand"),
    callback_promised="Le médecin vous rappellera au sujet de vos résultats.",
    orientation=Orientation(Outcome.TRANSFER, "docteur-roux", "scenarios[results].transfer"),
)


def rule(channel: Channel, **more: Any) -> Delivery:
    return Delivery.model_validate({"id": "office", "channel": channel, "to": ["morel"], **more})


def letter(
    message: Message, instructions: Instructions, channel: Channel, own: Path | None = None, template: str = "", **more: Any
) -> Letter:
    given: dict[str, Any] = {"now": NIGHT + timedelta(minutes=2), "link": LINK, "house_secret": SECRET, "templates_dir": own}
    return write_letter(
        message,
        instructions,
        more.pop("delivery", None) or rule(channel, template=template),
        "morel",
        dispatch_id="dispatch-1",
        address="bureau@example.org",
        channel=channel,
        **given | more,
    )


def digest(messages: list[Message], instructions: Instructions, channel: Channel, template: str = "", **more: Any) -> Letter:
    return write_digest(
        messages,
        instructions,
        rule(channel, template=template),
        "morel",
        dispatch_id="digest-1",
        address="bureau@example.org",
        channel=channel,
        now=NIGHT + timedelta(hours=10),
        house_secret=SECRET,
        **more,
    )


def in_english(instructions: Instructions) -> Instructions:
    identity = instructions.identity.model_copy(update={"languages": (Language.ENGLISH, Language.FRENCH)})
    return instructions.model_copy(update={"identity": identity})


def with_confidentiality(instructions: Instructions, **fields: Any) -> Instructions:
    return instructions.model_copy(update={"confidentiality": Confidentiality(**fields)})


def told(letter: Letter) -> str:
    """Everything of a letter that a reader sees."""
    return "\n".join((letter.subject, letter.text, letter.html, str(letter.payload or "")))
