"""A failed example as its author reads it: each turn said, understood and decided, with the line of each instruction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from voicebot.clients.client_file import ClientFile
from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.client_examples import Played


def account_of(played: Played, file: ClientFile) -> list[str]:
    """Lines of text: what was expected and what was found, then the call turn by turn."""
    zone = file.instructions.identity.zone
    at = f"{played.at.astimezone(zone):%a %Y-%m-%d %H:%M}"
    lines = [f"{file.place(played.path) or file.path}  example {played.number + 1}, {at}"]
    lines += [f"  expected {u.expectation}: {u.expected} — found: {u.found}" for u in played.unmet]
    for event in played.events:
        lines += [f"  {line}" for line in _event_lines(event, file)]
    return lines


def _event_lines(event: CallEvent, file: ClientFile) -> Iterator[str]:
    data = event.data
    match event.kind:
        case EventKind.CALLER_SAID:
            yield f"caller       « {data['text']} »"
        case EventKind.KEYS_PRESSED:
            yield f"caller       keys {data['keys']}"
        case EventKind.CALLER_SILENT:
            yield "caller       (silent)"
        case EventKind.ACTS_UNDERSTOOD:
            yield "  understood " + ("; ".join(_act(act) for act in data["acts"]) or "nothing")
        case EventKind.DECIDED:
            yield from (f"  decided    {decision_line(decision, file)}" for decision in data["decisions"])
        case EventKind.RECEPTIONIST_SAYS:
            yield f"receptionist « {data['text']} »"
        case _:
            return


def _act(act: dict[str, Any]) -> str:
    hidden = ("kind", "words", "complete", "correction")
    values = [f"{name}={value}" for name, value in act.items() if name not in hidden and value not in ("", None, (), [])]
    return " ".join([act["kind"], *values])


def decision_line(decision: dict[str, Any], file: ClientFile) -> str:
    """ "ask address — details.ask_missing ← scenarios[leak].details (client_configs/x.yaml:57)"."""
    place = file.place(decision["because"])
    what = f"{decision['action']} {decision['subject']}".strip()
    return f"{what} — {decision['rule']} ← {decision['because']}" + (f" ({place})" if place else "")
