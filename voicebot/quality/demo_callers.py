"""The three callers of voicebot demo, and what must be left of their calls for the outcome to be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from voicebot.clients.directory import Clients
from voicebot.domain.call import Call
from voicebot.domain.message import Message, MessageState
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.urgency import GAS_SMELL, UrgencyLevel
from voicebot.quality.persona import Persona
from voicebot.quality.script import Manner
from voicebot.quality.synthetic_callees import Callee, hears_again, no_answer, voicemail

DEMO_TIME = "22:40"
"""Time of day of the demonstration in France: every client is closed."""


@dataclass(frozen=True, slots=True)
class DemoCall:
    """wrong: what is not as it should be, in French, or nothing. wrong_after: the same of what happened after the call."""

    title: str
    client: str
    persona: Persona
    wrong: Callable[[Call, Message | None], list[str]]
    wrong_after: Callable[[list[MessageEvent]], list[str]]


def demo_people(clients: Clients) -> Iterator[tuple[str, tuple[Callee, ...]]]:
    """(number, what happens at each call to it): on call, the first lets it ring, then their voicemail answers; the second
    takes it. Everybody else does not answer."""
    people = clients.of("chauffage-morel").people
    first, second = (next(p for p in people if p.id == who) for who in ("ahmed-brahimi", "julien-petit"))
    by_number = {number: (no_answer(),) for person in people for number in person.phones}
    answers = {first.phones[0]: (no_answer(), voicemail()), second.phones[0]: (hears_again("1"),)}
    yield from (by_number | answers).items()


def is_settled(after: list[MessageEvent]) -> bool:
    """Is nothing more to be waited for? Digests are sent at their own hour."""
    queued = {e.data["dispatch"] for e in _of(after, MessageEventKind.DISPATCH_QUEUED) if not _is_later(e)}
    taken = {e.data["dispatch"] for e in _of(after, MessageEventKind.DISPATCH_STATUS)}
    ladders = _of(after, MessageEventKind.LADDER_BEGUN)
    ended = not ladders or bool(_of(after, MessageEventKind.LADDER_ENDED))
    return bool(after) and queued <= taken and ended


def _of(after: list[MessageEvent], kind: MessageEventKind) -> list[MessageEvent]:
    return [event for event in after if event.kind is kind]


def _is_later(queued: MessageEvent) -> bool:
    return datetime.fromisoformat(queued.data["due_at"]) > queued.at + timedelta(seconds=30)


def _is_sent(after: list[MessageEvent]) -> list[str]:
    queued = _of(after, MessageEventKind.DISPATCH_QUEUED)
    if not queued:
        return ["message envoyé à personne"]
    return [] if is_settled(after) else ["message pas encore parti"]


def _is_taken_by_the_second(after: list[MessageEvent]) -> list[str]:
    wrong = _is_sent(after)
    taken = [event.data["contact"] for event in _of(after, MessageEventKind.ACKNOWLEDGED)]
    if taken != ["julien-petit"]:
        wrong.append(f"astreinte prise en charge par {taken or 'personne'}")
    ends = [event.data["how"] for event in _of(after, MessageEventKind.CONTACT_ENDED)]
    if ends[:2] != ["no_answer", "machine"]:
        wrong.append(f"appels d'astreinte : {ends}")
    if not _of(after, MessageEventKind.CALLER_CONNECTED):
        wrong.append("appelant non relié")
    return wrong


def _differences(message: Message | None, facts: dict[str, str]) -> list[str]:
    if message is None:
        return ["aucun message"]
    said = {name: detail.value for name, detail in message.details.items()}
    return [
        f"{name} : « {said.get(name, '')} » au lieu de « {value} »"
        for name, value in facts.items()
        if said.get(name, "").casefold() != value.casefold()
    ]


def _tenant_is_right(call: Call, message: Message | None) -> list[str]:
    wrong = _differences(message, {"caller_name": "Paul Martin", "callback_number": "+33639981234"})
    if message and message.state is not MessageState.COMPLETE:
        wrong.append(f"message {message.state}, manque {', '.join(message.missing)}")
    if call.scenario != "no-heating":
        wrong.append(f"motif {call.scenario}")
    return wrong


def _emergency_is_right(call: Call, message: Message | None) -> list[str]:
    wrong = _differences(message, {"callback_number": "+33639985566"})
    if GAS_SMELL not in call.safety_script_given:
        wrong.append("consigne de sécurité non donnée")
    if message and message.urgency.level is not UrgencyLevel.P0:
        wrong.append(f"urgence {message.urgency.level}")
    return wrong


def _human_is_right(call: Call, message: Message | None) -> list[str]:
    wrong = _differences(message, {"caller_name": "Julie Moreau", "callback_number": "+33639987711"})
    if not call.human_asked or (message and not message.human_wanted):
        wrong.append("demande d'un humain non retenue")
    if message and message.state is not MessageState.COMPLETE:
        wrong.append(f"message {message.state}, manque {', '.join(message.missing)}")
    return wrong


_GOODBYE = "non merci, au revoir"

DEMO_CALLS: tuple[DemoCall, ...] = (
    DemoCall(
        "Un locataire, la nuit, sans eau chaude",
        "chauffage-morel",
        Persona(
            name="locataire",
            opening="bonjour, je n'ai plus d'eau chaude depuis ce matin",
            lines={
                "caller_name": "je m'appelle paul martin",
                "again:caller_name": "martin, m a r t i n",
                "callback_number": "zéro six, trente-neuf, quatre-vingt-dix-huit, douze, trente-quatre",
                "address": "au douze rue des lilas à lyon",
                "ask_anything_else": _GOODBYE,
            },
            facts={"caller_name": "Paul Martin", "callback_number": "+33639981234"},
            voice="fr+m3",
        ),
        _tenant_is_right,
        _is_sent,
    ),
    DemoCall(
        "Une odeur de gaz",
        "chauffage-morel",
        Persona(
            name="odeur de gaz",
            opening="bonjour, ça sent le gaz dans ma cuisine",
            lines={
                "address": "au quatre avenue de la gare à dijon",
                "callback_number": "zéro six, trente-neuf, quatre-vingt-dix-huit, cinquante-cinq, soixante-six",
                "caller_name": "je m'appelle claire bernard",
                "again:caller_name": "bernard, b e r n a r d",
                "ask_to_stay": "oui",
                **dict.fromkeys(("let_stay", "say_on_call", "wait", "connect"), ""),
                "ask_anything_else": "non merci, au revoir",
            },
            facts={"callback_number": "+33639985566"},
            voice="fr+f4",
            words_per_minute=155,
            manner=Manner(patience_s=60.0, after_last_s=60.0),
        ),
        _emergency_is_right,
        _is_taken_by_the_second,
    ),
    DemoCall(
        "Quelqu'un qui veut un humain, personne n'est là",
        "cabinet-lilas",
        Persona(
            name="un humain",
            opening="bonsoir, je veux parler à quelqu'un",
            lines={
                "say_nobody_available": "d'accord",
                "caller_name": "je m'appelle julie moreau",
                "again:caller_name": "moreau, m o r e a u",
                "callback_number": "oui",
                "again:callback_number": "zéro six, trente-neuf, quatre-vingt-dix-huit, soixante-dix-sept, onze",
                "reason": "je voudrais renouveler mon ordonnance",
                "ask_anything_else": _GOODBYE,
            },
            facts={"caller_name": "Julie Moreau"},
            voice="fr+f1",
            caller_number="+33639987711",
        ),
        _human_is_right,
        _is_sent,
    ),
)
