"""voicebot oncall: who is on call, and the whole ladder with its clock before anybody is woken."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.oncall_ladders import ladders, take
from voicebot.cli.oncall_timeline import answers_of, outcome_of, show_timeline, shown
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import LadderPlan
from voicebot.domain.on_call import OnCall, WhenOnCall
from voicebot.domain.telephone_numbers import number_ends
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import QuietHours
from voicebot.errors import InstructionsError
from voicebot.policy.ladder.duty import DutyThen, duty_then
from voicebot.policy.ladder.plan import plan_for
from voicebot.policy.ladder.rehearsal import simulate as rehearse
from voicebot.settings import settings
from voicebot.wiring.house import real_clock
from voicebot.wiring.shifted_clock import clock_from

app = typer.Typer(help="People on call: who it is, and what the ladder would do.", no_args_is_help=True)

app.command("ladders")(ladders)
app.command("take")(take)

_CALL = "rehearsal"
Client = Annotated[str, typer.Argument(help="Client id.")]
At = Annotated[str, typer.Option(help='Time in the client\'s zone, "2026-11-23 22:15"; now when left out.')]
Numbers = Annotated[bool, typer.Option("--numbers", help="Show whole telephone numbers, not their last two digits.")]


class Woken(StrEnum):
    """Urgencies that wake people."""

    P0 = "p0"
    P1 = "p1"


@app.command()
def who(client: Client, at: At = "", numbers: Numbers = False) -> None:
    """Who is on call, until when, who follows, and at which numbers. Exit status 1 when there is nobody."""
    with told_to_operator():
        instructions, duty, now = _asked(client, at)
        then = duty_then(instructions, duty, now)
        plan = _plan(instructions, UrgencyLevel.P0, now)
        console = Console(highlight=False, soft_wrap=True)
        console.print(
            f"[bold]{escape(instructions.identity.name)}[/] on {shown(then.at)} ({instructions.identity.time_zone})"
        )
        for line in (*_roster_lines(instructions, then), *_use_lines(duty, then)):
            console.print(line)
        if plan is None:
            raise typer.Exit(FAILED)
        console.print(_contacts_table(plan, numbers=numbers))
        for line in _gaps(instructions, duty, plan):
            console.print(line)


@app.command()
def simulate(
    client: Client,
    at: At = "",
    urgency: Annotated[Woken, typer.Option(help="p0 wakes people in quiet hours too.")] = Woken.P1,
    answers: Annotated[
        str,
        typer.Option(
            help='What people do, "n1=no_answer,busy n2=passed manager=ack": no_answer, busy, failed, machine (voicemail), '
            "silent, passed (« 2 »), ack (« 1 »), lost (the carrier never reports the end), down (no carrier). "
            "One per call, the last one holds on; who is not named does not answer."
        ),
    ] = "",
    numbers: Numbers = False,
) -> None:
    """The whole ladder with its clock; without --answers the worst case: nobody answers. Nobody is called."""
    with told_to_operator():
        instructions, duty, now = _asked(client, at)
        level = UrgencyLevel(urgency)
        plan = _plan(instructions, level, now)
        console = Console(highlight=False, soft_wrap=True)
        local = now.astimezone(instructions.identity.zone)
        console.print(f"[bold]{escape(instructions.identity.name)}[/], {level}, {shown(local)} ({local:%Z})")
        then = duty_then(instructions, duty, plan.starts_at if plan else now)
        for line in _roster_lines(instructions, then):
            console.print(line)
        if plan is None:
            console.print("[red bold]alarm[/] at once: nobody at all would be woken")
            raise typer.Exit(FAILED)
        made_up = answers_of(answers, plan)
        for line in _gaps(instructions, duty, plan):
            console.print(line)
        moments = rehearse(plan, made_up, now)
        show_timeline(console, plan, moments, now, instructions.identity.zone, numbers=numbers)
        console.print(outcome_of(plan, moments))


def _asked(client: str, at: str) -> tuple[Instructions, OnCall, datetime]:
    """The client's instructions, their duty, and the moment asked about, to the second."""
    clients = load_clients(settings().clients_dir)
    instructions = clients.of(client)
    duty = instructions.on_call
    if duty is None:
        file = str(clients.files[client].path)
        raise InstructionsError(file, ["on_call: the client has nobody on call"], "Write on_call: with its shifts.")
    clock = clock_from(at, instructions.identity.zone) if at else real_clock
    return instructions, duty, clock().replace(microsecond=0)


def _plan(instructions: Instructions, urgency: UrgencyLevel, now: datetime) -> LadderPlan | None:
    return plan_for(instructions, _CALL, urgency, now, agents_number=settings().agents_number)


def _names(instructions: Instructions, ids: tuple[str, ...]) -> str:
    people = [(i, instructions.person(i)) for i in ids]
    return escape(", ".join(person.name if person else i for i, person in people))


def _roster_lines(instructions: Instructions, then: DutyThen) -> list[str]:
    following = _names(instructions, then.next_contacts)
    if then.hole:
        coming = f"; {following} from {shown(then.until)}" if then.until else ""
        return [
            f"[red]nobody is on call: the roster has a hole{coming}[/]",
            "  [green]→[/] write a shift that holds then in on_call.shifts",
        ]
    line = f"on call: {_names(instructions, then.contacts)}"
    if then.until is None:
        return [line]
    return [
        f"{line}, until {shown(then.until)}",
        f"then: {following or '[red]nobody: write the next shifts in on_call.shifts[/]'}",
    ]


def _use_lines(duty: OnCall, then: DutyThen) -> list[str]:
    if then.asleep:
        until = f" until {shown(then.wakes_at)}" if then.wakes_at else ""
        lines = [f"[yellow]the roster is asleep{until}[/]: active: outside_hours, and the client is open"]
    else:
        why = "always" if duty.active is WhenOnCall.ALWAYS else "outside_hours, and the client is closed"
        lines = [f"the roster is in use: active: {why}"]
    if duty.quiet is None:
        return [*lines, "no quiet hours: every urgent message wakes people at once"]
    hours = _span(duty.quiet)
    if then.quiet_until is None:
        return [*lines, f"quiet hours are {hours}: people are woken at once now"]
    return [*lines, f"[yellow]quiet hours {hours}[/]: p0 wakes people at once, p1 waits until {shown(then.quiet_until)}"]


def _span(quiet: QuietHours) -> str:
    return f"{quiet.begins:%H:%M}-{quiet.ends:%H:%M}"


def _contacts_table(plan: LadderPlan, *, numbers: bool) -> Table:
    table = Table("rung", "who", "as", "telephone", "calls", "in writing")
    for contact in plan.contacts:
        number, mobile = (n if numbers else number_ends(n) for n in (contact.phone, contact.mobile))
        ways = [way for way, there in ((f"SMS {mobile}", mobile), ("e-mail", contact.email)) if there]
        calls = str(contact.tries) if number else "[yellow]never rung[/]"
        role = contact.role.replace("_", " ")
        table.add_row(f"n{contact.rung}", escape(contact.name), role, number, calls, " and ".join(ways))
    return table


def _gaps(instructions: Instructions, duty: OnCall, plan: LadderPlan) -> list[str]:
    """What keeps the ladder from being as long as it is written."""
    lines = [
        f"[yellow]{escape(contact.name)} is only told in writing[/]: no number of theirs may be dialled by the house"
        for contact in plan.contacts
        if not contact.phone
    ]
    if duty.manager and all(contact.id != duty.manager for contact in plan.contacts):
        lines.append(f"[yellow]{_names(instructions, (duty.manager,))} cannot be reached[/]: no number, no e-mail address")
    if duty.agents and not settings().agents_number:
        lines.append("[yellow]our own agents are not rung[/]: VOICEBOT_AGENTS_NUMBER is not set")
    elif duty.agents and all(contact.id != "agents" for contact in plan.contacts):
        lines.append("[yellow]our own agents are not rung[/]: VOICEBOT_AGENTS_NUMBER is no number that may be dialled")
    return lines
