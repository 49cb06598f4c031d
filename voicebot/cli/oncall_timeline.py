"""A rehearsed ladder as an operator reads it: each line with its clock, and the answers that were made up for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.domain.ladder import CallEnd, LadderPlan
from voicebot.domain.telephone_numbers import number_ends
from voicebot.errors import SettingsError
from voicebot.policy.ladder.commands import (
    AlarmWhy,
    Command,
    Finished,
    HangUp,
    LadderEnd,
    RaiseAlarm,
    RingContact,
    RoundBegun,
    TellContact,
    TellWhoHasIt,
)
from voicebot.policy.ladder.rehearsal import Answer, Answers, Moment, ends_how
from voicebot.policy.ladder.signals import Acknowledged, AttemptEnded, Signal, TelephoneDown
from voicebot.policy.ladder.state import Phase

_ENDED = {
    CallEnd.NO_ANSWER: "no answer",
    CallEnd.BUSY: "busy",
    CallEnd.FAILED: "the call fails",
    CallEnd.MACHINE: "voicemail: it hears nothing private and does not count",
    CallEnd.SILENT: "picked up and no key pressed: does not count",
    CallEnd.PASSED: "« 2 »: passed on",
    CallEnd.STOPPED: "stopped",
}
_ALARMS = {
    AlarmWhy.EXHAUSTED: "everybody was tried",
    AlarmWhy.NOBODY: "nobody can be rung",
    AlarmWhy.COST: "most_calls is reached: no more calls",
    AlarmWhy.TELEPHONE: "the carrier cannot be reached",
}


def shown(local: datetime | None) -> str:
    return f"{local:%a %Y-%m-%d %H:%M}" if local else ""


def answers_of(written: str, plan: LadderPlan) -> Answers:
    """Reads "n1=no_answer,busy manager=ack"; n1 is the first rung. Raises: SettingsError."""
    by_name = {f"n{c.rung}": c.id for c in plan.contacts} | {
        c.role.value: c.id for c in plan.contacts if c.role != "on_call"
    }
    by_name |= {c.id: c.id for c in plan.contacts}
    answers: dict[str, tuple[Answer, ...]] = {}
    for part in written.split():
        name, _, given = part.partition("=")
        if name not in by_name:
            raise SettingsError(f'"{name}" is nobody on this ladder.', f"Write one of {', '.join(by_name)}.")
        try:
            answers[by_name[name]] = tuple(Answer(one) for one in given.split(","))
        except ValueError as wrong:
            raise SettingsError(f'"{part}" has no such answer.', f"Write one of {', '.join(Answer)}.") from wrong
    return answers


def show_timeline(
    console: Console, plan: LadderPlan, moments: tuple[Moment, ...], now: datetime, zone: ZoneInfo, *, numbers: bool
) -> None:
    """One row per thing that happens: local clock, time since the call, who, what."""
    names = {c.id: f"n{c.rung} {escape(c.name)}" for c in plan.contacts}
    day = None
    table = Table("clock", "after", "who", "what happens")
    for moment in moments:
        local = moment.at.astimezone(zone)
        clock = f"{local:%H:%M:%S}" if local.date() == day else f"{local:%a %d %H:%M:%S}"
        rows = _rows(plan, moment, names, zone, numbers=numbers)
        for place, (who, what) in enumerate(rows):
            first = place == 0
            table.add_row(clock if first else "", told_time(moment.at - now) if first else "", who, what)
        day = local.date() if rows else day
    console.print(table)


def outcome_of(plan: LadderPlan, moments: tuple[Moment, ...]) -> str:
    """The end in one line: how, after how long, with how many calls and which alarms."""
    last = moments[-1]
    took = told_time(last.at - plan.starts_at)
    calls = f"{last.state.calls} of at most {plan.most_calls} calls"
    alarmed = last.state.alarmed_at
    alarm = f"first alarm after {told_time(alarmed - plan.starts_at)}" if alarmed else "no alarm"
    if ends_how(moments) is LadderEnd.ACKNOWLEDGED:
        return (
            f"[green]acknowledged[/] by {escape(last.state.acknowledged_name)} {took} after the first ring; {calls}; {alarm}"
        )
    return (
        f"[red]nobody acknowledges[/]: {alarm}, the last rung is left after {took}; {calls}; an acknowledgement still counts"
    )


def told_time(span: timedelta) -> str:
    """ "1:05" minutes and seconds; "8:45:00" from an hour on."""
    seconds = int(span.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def _rows(
    plan: LadderPlan, moment: Moment, names: dict[str, str], zone: ZoneInfo, *, numbers: bool
) -> list[tuple[str, str]]:
    rows = []
    if moment.signal is None and moment.state.phase is Phase.WAITING:
        rows.append(("", f"[yellow]quiet hours[/]: people are left in peace until {plan.starts_at.astimezone(zone):%H:%M}"))
    heard = _signal_row(moment.signal, names)
    return [*rows, *([heard] if heard else []), *(_command_row(plan, c, names, numbers=numbers) for c in moment.commands)]


def _signal_row(signal: Signal | None, names: dict[str, str]) -> tuple[str, str] | None:
    match signal:
        case AttemptEnded():
            return "", f"[dim]{_ENDED[signal.how]}[/]"
        case TelephoneDown():
            return "", "[red]the call cannot be placed[/]"
        case Acknowledged():
            return names.get(signal.contact, escape(signal.name)), "[green]acknowledges: « 1 »[/]"
        case _:
            return None


def _command_row(plan: LadderPlan, command: Command, names: dict[str, str], *, numbers: bool) -> tuple[str, str]:
    def as_shown(number: str) -> str:
        return number if numbers else number_ends(number)

    match command:
        case TellContact():
            ways = [f"SMS {as_shown(command.sms)}"] if command.sms else []
            return names[command.contact], " and ".join([*ways, *(["e-mail"] if command.email else [])])
        case RingContact():
            return names[command.contact], f"rings {as_shown(command.phone)} for {command.ring_s} s (call {command.number})"
        case HangUp():
            return "", "[dim]no end was reported: the call is given up[/]"
        case RaiseAlarm():
            late = f"nobody acknowledged within {told_time(timedelta(seconds=plan.alarm_after_s or 0))}"
            return "", f"[red bold]alarm[/]: {_ALARMS.get(command.why, late)}"
        case TellWhoHasIt():
            return ", ".join(names.get(c, c) for c in command.contacts), f"told that {escape(command.name)} has it"
        case RoundBegun():
            return "", f"[bold]round {command.round} of {plan.rounds}[/]"
        case Finished():
            return "", "the ladder ends" if command.how is LadderEnd.ACKNOWLEDGED else "no rung is climbed any more"
