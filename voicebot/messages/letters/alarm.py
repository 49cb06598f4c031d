"""Alarms to the operator: which client, since when, what to do; never a word, name or number of a caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from voicebot.channels.ports import Letter
from voicebot.domain.delivery import Channel
from voicebot.domain.language import Language
from voicebot.messages.letters.templates import render_alarm
from voicebot.messages.letters.words import words
from voicebot.messages.letters.written import written_moment


class AlarmKind(StrEnum):
    LADDER_EXHAUSTED = "ladder_exhausted"
    """Nobody on call has acknowledged an urgent message."""
    LADDER_LATE = "ladder_late"
    """Nobody has acknowledged within the client's limit; the ladder still climbs."""
    DEAD_LETTER = "dead_letter"
    """A message could not be sent by its channel nor by its fallback."""
    CHANNEL_FAILING = "channel_failing"
    """Every channel of a client's messages fails: callers are no longer promised that they will be read."""
    LIMIT_REACHED = "limit_reached"
    """The limit of outbound calls and SMS is reached: nobody is rung or texted any more."""
    TEMPLATE_BROKEN = "template_broken"
    """A client's template cannot be used: its messages leave in the house's words."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """since: aware. call, dispatch: ids, "" for none. trouble: code or sentence of an error, which holds no caller's words.

    commands: what an operator can type; empty takes the usual ones of the kind. count: how many messages it is about.
    """

    kind: AlarmKind
    client: str
    client_name: str
    since: datetime
    call: str = ""
    dispatch: str = ""
    trouble: str = ""
    commands: tuple[str, ...] = ()
    count: int = 1


def write_alarm(
    alarm: Alarm, *, dispatch_id: str, address: str, zone: ZoneInfo, language: Language = Language.FRENCH
) -> Letter:
    """The e-mail of an alarm.

    Args:
        dispatch_id: id of the letter, the same when it is sent again. zone: in which the hour is told.
    """
    say = words(language)["alarms"]
    told = {
        "what": _counted(alarm, say, ""),
        "what_happened": _counted(alarm, say, "_happened"),
        "to_do": say[f"{alarm.kind}_to_do"],
        "client": alarm.client,
        "client_name": alarm.client_name,
        "since": written_moment(alarm.since.astimezone(zone), language),
        "call": alarm.call,
        "trouble": alarm.trouble,
        "commands": alarm.commands or _usual_commands(alarm),
    }
    subject = " ".join(render_alarm("subject", language, {"a": told}).split())
    text = render_alarm("text", language, {"a": told}).strip()
    return Letter(dispatch_id, Channel.EMAIL, address, text, language, subject, thread=alarm.call)


def _counted(alarm: Alarm, say: dict[str, str], which: str) -> str:
    many = say.get(f"{alarm.kind}s{which}") if alarm.count > 1 else None
    return many.format(count=alarm.count) if many else say[f"{alarm.kind}{which}"]


def _usual_commands(alarm: Alarm) -> tuple[str, ...]:
    client, call, dispatch = alarm.client, alarm.call, alarm.dispatch
    commands = {
        AlarmKind.LADDER_EXHAUSTED: (f"voicebot messages show {call}", f"voicebot oncall who {client}"),
        AlarmKind.LADDER_LATE: (f"voicebot messages show {call}", f"voicebot oncall who {client}"),
        AlarmKind.DEAD_LETTER: (f"voicebot messages show {call}", f"voicebot messages resend {dispatch}"),
        AlarmKind.CHANNEL_FAILING: ("voicebot messages list",),
        AlarmKind.LIMIT_REACHED: ("voicebot messages list",),
        AlarmKind.TEMPLATE_BROKEN: (f"voicebot clients check {client}",),
    }
    return commands[alarm.kind]
