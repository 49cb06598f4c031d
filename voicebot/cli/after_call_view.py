"""What happened to a message after its call, in a line of French for each event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from voicebot.domain.message_event import MessageEvent, MessageEventKind

_CHANNELS = {"email": "e-mail", "sms": "SMS", "webhook": "webhook", "chat": "messagerie"}
_STATUSES = {"sent": "envoyé", "delivered": "remis", "read": "lu", "failed": "en échec", "queued": "en attente"}
_ENDS = {
    "no_answer": "pas de réponse",
    "busy": "occupé",
    "failed": "appel impossible",
    "machine": "messagerie vocale : ne compte pas",
    "silent": "décroché, aucune touche",
    "passed": "passe la main",
    "stopped": "arrêté",
}
_WAYS = {"keypad": "au clavier", "sms": "par SMS", "link": "par le lien", "console": "à la console"}


def after_call_lines(
    events: Iterable[MessageEvent], name_of: Callable[[str], str], zone: ZoneInfo
) -> Iterator[tuple[str, str]]:
    """(time of day, line) of each event that a person wants to see. name_of: name of a person of the client, by id."""
    letters: dict[str, str] = {}
    for event in events:
        if event.kind is MessageEventKind.DISPATCH_QUEUED:
            who = name_of(event.data["recipient"]) or event.data["rule"]
            letters[event.data["dispatch"]] = f"{_CHANNELS[event.data['channel']]} à {who}"
        line = _line(event, name_of, letters, zone)
        if line:
            yield f"{event.at.astimezone(zone):%H:%M:%S}", line


def _line(event: MessageEvent, name_of: Callable[[str], str], letters: dict[str, str], zone: ZoneInfo) -> str:
    data = event.data
    match event.kind:
        case MessageEventKind.DISPATCH_QUEUED:
            return f"{letters[data['dispatch']]} : {_when(event, zone)}"
        case MessageEventKind.DISPATCH_STATUS if data["dispatch"] in letters:
            return f"{letters[data['dispatch']]} : {_STATUSES[data['status']]}"
        case MessageEventKind.CONTACT_TOLD:
            return (
                f"{_CHANNELS[data['way']]} à {name_of(data['contact'])}{' : échec' if data['trouble'] else ' (astreinte)'}"
            )
        case MessageEventKind.DISPATCH_FAILED:
            return f"envoi impossible ({data['trouble']}){', un autre canal prend le relais' if data['fallback'] else ''}"
        case MessageEventKind.LADDER_BEGUN:
            return f"astreinte : {', '.join(map(name_of, data['contacts']))}"
        case MessageEventKind.CONTACT_RUNG:
            return f"le téléphone sonne chez {name_of(data['contact'])} (…{data['number_ends']})"
        case MessageEventKind.CONTACT_ENDED:
            return f"{name_of(data['contact'])} : {_ENDS[data['how']]}"
        case MessageEventKind.CONTACT_HEARD:
            return f"{name_of(data['contact'])} écoute le message"
        case MessageEventKind.ACKNOWLEDGED:
            return f"{data['name']} prend en charge {_WAYS[data['way']]}{'' if data['first'] else ' (trop tard)'}"
        case MessageEventKind.ETA_GIVEN:
            return f"{name_of(data['contact'])} annonce {data['minutes']} minutes"
        case MessageEventKind.CALLER_CONNECTED:
            return f"l'appelant est relié à {name_of(data['contact'])}"
        case MessageEventKind.ALARM_RAISED:
            return f"ALARME : {data['why']}"
        case _:
            return ""


def _when(queued: MessageEvent, zone: ZoneInfo) -> str:
    due = datetime.fromisoformat(queued.data["due_at"])
    later = due > queued.at + timedelta(seconds=30)
    return f"partira à {due.astimezone(zone):%H:%M}" if later else "à envoyer"
