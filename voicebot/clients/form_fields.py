"""What the form of a client file shows: its parts in order, and of what kind each field is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from voicebot.domain.delivery import Channel, Gathered
from voicebot.domain.hours import WEEKDAYS
from voicebot.domain.identity import Sector
from voicebot.domain.on_call import WhenOnCall
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel


class FieldKind(StrEnum):
    """How a field is written and read; values as in the file's YAML."""

    TEXT = "text"
    LONG = "long"
    """Text over several lines of the form."""
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    DAY = "day"
    MOMENT = "moment"
    """ "2026-11-02 08:00", local time of the client."""
    WORDS = "words"
    """A list, one line each."""
    SHORT_WORDS = "short_words"
    """A list on one line, parted by commas."""
    LOCALISED = "localised"
    LOCALISED_WORDS = "localised_words"
    GROUP = "group"
    PARTS = "parts"
    """A list of groups."""


@dataclass(frozen=True, slots=True)
class FormField:
    """name: key in the file. choices: of a choice, "" stands for nothing. fields: of a group or of each part.

    known: which ids of the same file may be written here: people, teams, scenarios.
    """

    name: str
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()
    fields: tuple[FormField, ...] = ()
    required: bool = False
    known: str = ""


@dataclass(frozen=True, slots=True)
class FormSection:
    """One part of the form. at: key of the file under which its fields stand, "" for the file itself."""

    name: str
    at: str
    fields: tuple[FormField, ...]


_K = FieldKind
_OUTCOMES = tuple(outcome.value for outcome in Outcome)
_LEVELS = tuple(level.value for level in UrgencyLevel)
_CHANNELS = tuple(channel.value for channel in Channel)


def _id() -> FormField:
    return FormField("id", required=True)


def _slots_by_day() -> tuple[FormField, ...]:
    return tuple(FormField(day, _K.SHORT_WORDS) for day in WEEKDAYS)


_IDENTITY = (
    FormField("name", required=True),
    FormField("spoken_name", _K.LOCALISED, required=True),
    FormField("sector", _K.CHOICE, tuple(sector.value for sector in Sector), required=True),
    FormField("activity", _K.LONG),
    FormField("languages", _K.SHORT_WORDS),
    FormField("time_zone"),
    FormField("dialled_numbers", _K.SHORT_WORDS, required=True),
    FormField("fallback_number"),
    FormField("website"),
    FormField(
        "sites", _K.PARTS, fields=(FormField("name", required=True), FormField("address"), FormField("access", _K.LONG))
    ),
)
_GREETING = (
    FormField("open", _K.LOCALISED, required=True),
    FormField("closed", _K.LOCALISED, required=True),
    FormField("by_time", _K.PARTS, fields=(FormField("between", required=True), FormField("say", _K.LOCALISED))),
)
_HOURS = (
    FormField("weekly", _K.GROUP, fields=_slots_by_day()),
    FormField("closures", _K.PARTS, fields=(FormField("from", _K.DAY), FormField("to", _K.DAY), FormField("reason"))),
    FormField(
        "overrides", _K.PARTS, fields=(FormField("day", _K.DAY), FormField("slots", _K.SHORT_WORDS), FormField("reason"))
    ),
    FormField("holidays_region"),
    FormField("open_on_holidays", _K.YES_NO),
)
_PERSON = (
    _id(),
    FormField("name", required=True),
    FormField("role"),
    FormField("aliases", _K.SHORT_WORDS),
    FormField("sounds_like", _K.SHORT_WORDS),
    FormField("phones", _K.SHORT_WORDS),
    FormField("email"),
    FormField("takes_calls", _K.YES_NO),
    FormField("backup", known="people"),
    FormField("absence", _K.LOCALISED),
)
_SCENARIO = (
    _id(),
    FormField("title", _K.LOCALISED, required=True),
    FormField("callers_say", _K.LOCALISED_WORDS),
    FormField("details", _K.SHORT_WORDS),
    FormField("optional_details", _K.SHORT_WORDS),
    FormField("outcome", _K.CHOICE, _OUTCOMES),
    FormField("outside_hours", _K.CHOICE, _OUTCOMES),
    FormField("urgency", _K.CHOICE, _LEVELS),
    FormField("deadline"),
    FormField("answer", _K.LOCALISED),
    FormField("promise", _K.GROUP, fields=(FormField("open", _K.LOCALISED), FormField("closed", _K.LOCALISED))),
    FormField("cost_notice", _K.LOCALISED),
    FormField("transfer", _K.GROUP, fields=(FormField("to", known="people"), FormField("maximum_wait_s", _K.NUMBER))),
)
_SHIFT = (
    FormField("from", _K.MOMENT, required=True),
    FormField("to", _K.MOMENT, required=True),
    FormField("contacts", _K.SHORT_WORDS, required=True, known="people"),
)
_ON_CALL = (
    FormField("active", _K.CHOICE, tuple(when.value for when in WhenOnCall)),
    FormField("ring_s", _K.NUMBER),
    FormField("tries", _K.NUMBER),
    FormField("acknowledge_within"),
    FormField("manager", known="people"),
    FormField("agents", _K.YES_NO),
    FormField("restart_after"),
    FormField("quiet"),
    FormField("shifts", _K.PARTS, fields=_SHIFT),
)
_DELIVERY = (
    _id(),
    FormField("channel", _K.CHOICE, _CHANNELS, required=True),
    FormField("to", _K.SHORT_WORDS, known="people"),
    FormField("address"),
    FormField("urgency", _K.SHORT_WORDS),
    FormField("scenarios", _K.SHORT_WORDS, known="scenarios"),
    FormField("gathered", _K.CHOICE, tuple(gathered.value for gathered in Gathered)),
    FormField("fallback", _K.CHOICE, _CHANNELS),
    FormField("quiet"),
)
_FAQ = (
    _id(),
    FormField("callers_say", _K.LOCALISED_WORDS),
    FormField("answer", _K.LOCALISED, required=True),
    FormField("rephrase", _K.YES_NO),
)
_TEXT = (_id(), FormField("title", _K.LOCALISED, required=True), FormField("body", _K.LOCALISED, required=True))
_LIMITS = tuple(FormField(name, _K.NUMBER) for name in ("call_s", "silence_s", "hold_s"))
_HANDOFF = (
    *(FormField(name, _K.NUMBER) for name in ("ring_s", "max_wait_s", "most_waiting", "callback_after_s")),
    FormField("overflow", _K.CHOICE, ("message", "on_call")),
    *(FormField(name, _K.NUMBER) for name in ("wrap_up_s", "tell_position_every_s")),
)
_LIFE = tuple(FormField(name, _K.DAY) for name in ("valid_from", "valid_to", "review_on"))

FORM: tuple[FormSection, ...] = (
    FormSection("identity", "identity", _IDENTITY),
    FormSection("life", "", _LIFE),
    FormSection("greeting", "greeting", _GREETING),
    FormSection("hours", "hours", _HOURS),
    FormSection("people", "", (FormField("people", _K.PARTS, fields=_PERSON),)),
    FormSection("scenarios", "", (FormField("scenarios", _K.PARTS, fields=_SCENARIO),)),
    FormSection("faq", "", (FormField("faq", _K.PARTS, fields=_FAQ),)),
    FormSection("texts", "", (FormField("texts", _K.PARTS, fields=_TEXT),)),
    FormSection("on_call", "on_call", _ON_CALL),
    FormSection("handoff", "handoff", _HANDOFF),
    FormSection("deliveries", "", (FormField("deliveries", _K.PARTS, fields=_DELIVERY),)),
    FormSection("limits", "limits", _LIMITS),
)
"""The parts of the form. What is not among them (filters, dangers, examples …) is written in the text beside it."""


def form_json() -> list[dict[str, Any]]:
    """FORM as JSON values for the page."""
    return [asdict(section) for section in FORM]
