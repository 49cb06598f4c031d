"""What happened after a call, as lines that its pages show: deliveries, people on call, handoffs, our own people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from voicebot.domain.acts import Confidence
from voicebot.domain.details import Detail
from voicebot.domain.dispatch import Dispatch
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.messages.letters.telling import label_of, name_of, written_value
from voicebot.messages.letters.words import words
from voicebot.messages.letters.written import written_phone
from voicebot.policy.deliveries import dead_letters

_PEOPLE = ("who", "contact", "name", "agent", "recipient")
_ABOUT_PEOPLE = frozenset((MessageEventKind.MESSAGE_HANDLED, MessageEventKind.DISPATCH_RESENT))


@cache
def words_for(page: str, prefix: str) -> frozenset[str]:
    """What words/<page>.yaml says under "<prefix>.…": what it has no word for is shown as it is, never left out."""
    file = files("voicebot.console") / "words" / f"{page}.yaml"
    keys: dict[str, object] = YAML(typ="safe").load(file.read_text("utf-8"))
    return frozenset(key.removeprefix(f"{prefix}.") for key in keys if key.startswith(f"{prefix}."))


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. kind: of the event. who: a name, "" for the house. code: of a trouble, status, end or deed, "" for none.

    more: an id or number that stands for itself.
    """

    at: str
    kind: str
    who: str
    code: str
    more: str


@dataclass(frozen=True, slots=True)
class ShownDispatch:
    """One dispatch with its history. to: who or where. dead: nothing replaces it."""

    dispatch: Dispatch
    to: str
    dead: bool
    due: str
    history: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class ShownDetail:
    """One detail as people read it. own: its words differ from the value. address: "tel:…", "mailto:…", "" for none."""

    id: str
    label: str
    value: str
    words: str
    unsure: bool
    confirmed: bool
    complete: bool
    source: str
    address: str


class Shower:
    """How one call's aftermath is shown to one visitor. names: of our people, by id."""

    def __init__(self, instructions: Instructions, names: Mapping[str, str], zone: ZoneInfo, language: Language) -> None:
        self._instructions = instructions
        self._names = names
        self._zone = zone
        self._language = language

    def moment(self, at: datetime | None) -> str:
        """ "23/11 22:15:04", "" for never."""
        if at is None:
            return ""
        local = at.astimezone(self._zone)
        return f"{local:%d/%m %H:%M:%S}" if self._language is Language.FRENCH else f"{local:%d %b %H:%M:%S}"

    def person(self, identity: str) -> str:
        """A user, a person of the client or "operator:<name>", by name; what stands for itself otherwise."""
        known = identity.removeprefix("operator:")
        return self._names.get(known, "") or name_of(known, self._instructions) or known

    def dispatches(self, sent: Sequence[Dispatch], events: Iterable[MessageEvent]) -> list[ShownDispatch]:
        dead = {dispatch.id for dispatch in dead_letters(sent)}
        told = [event for event in events if event.data.get("dispatch")]
        return [
            ShownDispatch(
                dispatch,
                " · ".join(filter(None, (self.person(dispatch.recipient), _address(dispatch)))),
                dispatch.id in dead,
                self.moment(dispatch.due_at),
                tuple(self.happening(event) for event in told if event.data["dispatch"] == dispatch.id),
            )
            for dispatch in sent
        ]

    def others(self, events: Iterable[MessageEvent]) -> list[Happening]:
        """All that is not of one dispatch: people on call, handoffs, callbacks, our own people."""
        of_no_dispatch = (e for e in events if not e.data.get("dispatch") or e.kind is MessageEventKind.ALARM_RAISED)
        return [self.happening(event) for event in of_no_dispatch]

    def happening(self, event: MessageEvent) -> Happening:
        data = event.data
        if event.kind in _ABOUT_PEOPLE:
            who = self.person(str(data.get("who", "")))
            to = self.person(str(data.get("to", "")))
            more = f"→ {to}" if to else ""
        else:
            who = next((self.person(str(data[name])) for name in _PEOPLE if data.get(name)), "")
            more = _more(event)
        code = next((str(data[name]) for name in ("trouble", "how", "why", "status") if data.get(name)), "")
        return Happening(self.moment(event.at), event.kind.value, "" if who in ("house", "carrier") else who, code, more)

    def details(self, details: Mapping[str, Detail]) -> list[ShownDetail]:
        return [self._detail(name, detail) for name, detail in details.items()]

    def label(self, detail: str) -> str:
        said = words(self._language)["details"].get(detail) or label_of(detail, self._instructions)
        return said[:1].upper() + said[1:]

    def _detail(self, name: str, detail: Detail) -> ShownDetail:
        value = written_value(detail.value, name, self._instructions)
        address = written_phone(detail.value).link if detail.value.startswith("+") else ""
        spoken = detail.words.strip()
        return ShownDetail(
            name,
            self.label(name),
            value,
            "" if spoken.casefold() == value.casefold() else spoken,
            detail.confidence is Confidence.UNSURE,
            detail.confirmed,
            detail.complete,
            detail.source.value,
            address,
        )


def _more(event: MessageEvent) -> str:
    data = event.data
    match event.kind:
        case MessageEventKind.DISPATCH_TRIED:
            return f"n° {data.get('attempt', '')}"
        case MessageEventKind.CONTACT_RUNG:
            return f"…{data.get('number_ends', '')}"
        case MessageEventKind.ETA_GIVEN:
            return f"{data.get('minutes', '')} min"
        case MessageEventKind.HANDOFF_TALKING:
            return f"{data.get('after_ms', '')} ms"
        case MessageEventKind.LADDER_RESTARTED:
            return str(data.get("round", ""))
        case _:
            return ""


def _address(dispatch: Dispatch) -> str:
    # The rest of a webhook's or chat room's address may be a key.
    return written_phone(dispatch.address.split("?")[0]).shown
