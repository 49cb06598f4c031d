"""Calls as they happen, in a terminal: who says what, what was understood, what was decided, ms per turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from voicebot.domain.events import CallEvent, EventKind

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue")


class LiveView:
    """Prints saved events of many calls. label: a short name of a call, shown in front of each line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._labels: dict[str, tuple[str, str]] = {}

    def name_call(self, call_id: str, label: str) -> None:
        self._labels[call_id] = (label, _COLOURS[len(self._labels) % len(_COLOURS)])

    def see(self, call_id: str, event: CallEvent) -> None:
        line = _line(event.kind, event.data)
        if line:
            label, colour = self._labels.get(call_id, (call_id[-6:], "white"))
            at = event.at.strftime("%H:%M:%S")
            self._console.print(f"[dim]{at}[/] [{colour}]{escape(label):<14}[/] {line}")


def _line(kind: EventKind, data: Mapping[str, Any]) -> str:
    match kind:
        case EventKind.CALLER_SAID:
            return f"[bold]appelant  › {escape(data['text']) or '(rien entendu)'}[/] [dim]{data['heard_by']}[/]"
        case EventKind.ACTS_UNDERSTOOD:
            took = f"{data['took_ms']} ms"
            return f"[dim]compris     {escape(_acts(data['acts']))} ({data['by']}, {took})[/]"
        case EventKind.DECIDED:
            said = ", ".join(f"{d['action']}{':' + d['subject'] if d['subject'] else ''}" for d in data["decisions"])
            rules = ", ".join(dict.fromkeys(d["rule"] for d in data["decisions"]))
            return f"[dim]décidé      {escape(said)} ← {escape(rules)}[/]"
        case EventKind.RECEPTIONIST_SAYS:
            return f"réception › {escape(data['text'])}"
        case EventKind.TURN_ANSWERED:
            return f"[dim]répondu     {_milliseconds(data)}[/]"
        case EventKind.KEYS_PRESSED:
            return f"[bold]touches   › {escape(data['keys'])}[/]"
        case EventKind.MESSAGE_RECORDED:
            return f"[green]message     {data['state']}, urgence {data['urgency']}[/]"
        case EventKind.TROUBLE | EventKind.LINE_LOST:
            return f"[red]incident    {escape(data.get('code', '') or data.get('reason', ''))}[/]"
        case EventKind.CALL_ENDED:
            return f"[dim]fin         {data['reason']}[/]"
        case _:
            return ""


def _acts(acts: list[dict[str, Any]]) -> str:
    return ", ".join(_act(act) for act in acts)


def _act(act: Mapping[str, Any]) -> str:
    about = {
        "state_request": "scenario",
        "give_detail": "detail",
        "raise_red_flag": "red_flag",
        "ask_question": "faq",
        "ask_for_person": "name",
    }.get(act["kind"])
    if act["kind"] == "give_detail":
        return f"{act['detail']}={act['value']}{'' if act['complete'] else '…'}"
    return f"{act['kind']}:{act[about]}" if about else str(act["kind"])


def _milliseconds(data: Mapping[str, Any]) -> str:
    parts = [f"{name.removesuffix('_ms')} {value:.0f}" for name, value in data.items() if isinstance(value, float | int)]
    return " · ".join(part for part in parts if not part.startswith("turn "))
