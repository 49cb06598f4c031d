"""How messages are shown to operators: one line each in a list, or everything about one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from voicebot.domain.delivery import Channel
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message import MessageState
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.telephone_numbers import number_ends
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.deliveries import dead_letters
from voicebot.store.message_search import Found

_COLOURS = {
    DispatchStatus.QUEUED: "yellow",
    DispatchStatus.SENT: "cyan",
    DispatchStatus.DELIVERED: "green",
    DispatchStatus.READ: "green",
    DispatchStatus.FAILED: "red",
}
_NUMBERS = ("phone", "number", "address")


def list_table(found: list[Found], *, numbers: bool) -> Table:
    """numbers: names, numbers and addresses are shown whole, else their ends."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_lines=False)
    for heading, stays in (
        ("message (UTC), client", True),
        ("urgency", True),
        ("who", False),
        ("dispatches, on call", False),
    ):
        table.add_column(heading, no_wrap=stays)
    for one in found:
        message = one.message
        urgent = message.urgency.level <= UrgencyLevel.P1
        level = f"[red]{message.urgency.level}[/]" if urgent else message.urgency.level.value
        states = [_short(dispatch) for dispatch in one.dispatches] or ["[dim]no dispatch yet[/]"]
        if one.ladder:
            states.append(f"on call: {one.ladder.value}")
        table.add_row(
            f"{escape(message.call)}\n[dim]{escape(message.client)}[/]",
            level if message.state is MessageState.COMPLETE else f"{level}\n[dim]{message.state.value}[/]",
            escape(_who(one, numbers=numbers)),
            "\n".join(states),
        )
    return table


def show_lines(found: Found, events: list[MessageEvent], *, numbers: bool) -> Iterator[RenderableType]:
    """Everything about one message, as lines and tables."""
    message = found.message
    yield f"[bold]{escape(message.id)}[/] of call {escape(message.call)}, client {escape(message.client)}"
    yield f"taken {_when(message.taken_at)}, {message.state}, urgency {message.urgency.level}"
    yield f"  by {escape(message.urgency.criterion)}; scenario {escape(message.scenario or 'none')}"
    yield f"who: {escape(_who(found, numbers=numbers))}"
    for name, detail in message.details.items():
        value = detail.value if numbers else _masked(name, detail.value)
        yield f"  {escape(name)}: {escape(value)} [dim]{detail.confidence}{' confirmed' * detail.confirmed}[/]"
    if message.missing:
        yield f"missing: {escape(', '.join(message.missing))}"
    if message.callback_promised:
        yield f"promised: {escape(message.callback_promised)}"
    yield _dispatch_table(found, numbers=numbers)
    yield _history(events)


def _dispatch_table(found: Found, *, numbers: bool) -> Table:
    dead = {dispatch.id for dispatch in dead_letters(found.dispatches)}
    table = Table(
        "dispatch", "to", "status", "tries", "due (UTC)", title="dispatches", title_justify="left", box=SIMPLE_HEAD
    )
    table.columns[0].overflow = "fold"
    for d in found.dispatches:
        to = d.recipient or _address(d, numbers=numbers)
        if numbers and d.recipient:
            to += f" {d.address}"
        status = f"[{_COLOURS[d.status]}]{d.status}[/]" + (" [red]dead letter[/]" if d.id in dead else "")
        due = f"{d.due_at:%m-%d %H:%M:%S}" if d.status is DispatchStatus.QUEUED else ""
        status += f" ({escape(d.trouble)})" if d.trouble else ""
        table.add_row(escape(d.id), f"{escape(to)} by {d.channel}", status, str(d.attempts), due)
    return table


def _history(events: list[MessageEvent]) -> Table:
    table = Table("when (UTC)", "what", "who", "details", title="history", title_justify="left", box=SIMPLE_HEAD)
    for event in events:
        who = next((str(event.data[k]) for k in ("who", "name", "contact", "recipient") if event.data.get(k)), "house")
        rest = {k: v for k, v in event.data.items() if v not in ("", None) and k not in ("who", "content")}
        details = ", ".join(f"{name}={value}" for name, value in rest.items())
        table.add_row(f"{event.at:%m-%d %H:%M:%S}", event.kind.value, escape(who), escape(details.replace(event.call, "…")))
    return table


def _who(found: Found, *, numbers: bool) -> str:
    details = found.message.details
    name = details[CALLER_NAME].value if CALLER_NAME in details else ""
    given = details[CALLBACK_NUMBER].value if CALLBACK_NUMBER in details else ""
    number = given or found.message.number_shown
    if numbers:
        return " ".join(filter(None, (name, number))) or "unknown"
    initials = " ".join(f"{part[0]}." for part in name.split())
    return " ".join(filter(None, (initials, number_ends(number)))) or "unknown"


def _masked(name: str, value: str) -> str:
    if name == CALLER_NAME:
        return " ".join(f"{part[0]}." for part in value.split())
    digits = sum(letter.isdigit() for letter in value)
    if value.startswith("+") or digits >= 6:
        return number_ends(value)
    return f"{value[0]}…{value[value.index('@') :]}" if "@" in value else value


def _address(dispatch: Dispatch, *, numbers: bool) -> str:
    address = dispatch.address
    if numbers or dispatch.channel in (Channel.WEBHOOK, Channel.CHAT):
        return address.split("?")[0]
    return _masked("address", address) or "nobody"


def _short(dispatch: Dispatch) -> str:
    trouble = f" ({escape(dispatch.trouble)})" if dispatch.trouble else ""
    to = escape(dispatch.recipient) or dispatch.channel.value
    return f"{to} {dispatch.channel}: [{_COLOURS[dispatch.status]}]{dispatch.status}[/]{trouble}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
