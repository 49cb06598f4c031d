"""Puts faults into the real receptionist, and takes them out again: while a block lasts, values pass through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from voicebot.clients.directory import Clients
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.policy import decide as rules
from voicebot.policy.decide import Verdict
from voicebot.quality.mutation.fault import Fault, Scene, Seam
from voicebot.reception import one_call, receptionist
from voicebot.reception.one_call import OneCall
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook

_PLAIN = ("pass_silence", "reach_time_limit", "transfer_failed", "resume", "hear_on_call", "connecting_failed")

See = Callable[[Seam, Any, Scene], Any]


@contextmanager
def injected(fault: Fault, clients: Clients) -> Iterator[None]:
    """While the block lasts, the fault is in every call of this process; each call begins with an empty memory."""
    memory: dict[str, Any] = {}

    def see(seam: Seam, value: Any, scene: Scene) -> Any:
        if seam is Seam.INSTRUCTIONS:
            memory.clear()
        change = fault.changes.get(seam)
        return change(value, replace(scene, memory=memory)) if change else value

    with _seen_by(see, clients):
        yield


@contextmanager
def watched(faults: Iterable[Fault], clients: Clients) -> Iterator[set[str]]:
    """While the block lasts, nothing is changed, and the faults that would have changed something are noted.

    A faulty call is the same as the right one until its fault changes the first value. So whatever is not noted here for a
    call cannot happen in it, and need not be held. Yields: the names noted so far; clear it between calls.
    """
    noted: set[str] = set()
    memories: dict[str, dict[str, Any]] = {}
    known = tuple(faults)

    def see(seam: Seam, value: Any, scene: Scene) -> Any:
        if seam is Seam.INSTRUCTIONS:
            memories.clear()
        for fault in known:
            change = fault.changes.get(seam)
            if change is None or fault.name in noted:
                continue
            changed = change(value, replace(scene, memory=memories.setdefault(fault.name, {})))
            if changed is not value and (seam is Seam.INSTRUCTIONS or changed != value):
                noted.add(fault.name)
        return value

    with _seen_by(see, clients):
        yield noted


@contextmanager
def _seen_by(see: See, clients: Clients) -> Iterator[None]:
    """Every seam shows its values to `see` and goes on with what it returns."""
    replaced: list[tuple[object, str, Any]] = []

    def put(owner: object, name: str, made: Callable[[Any], Any]) -> None:
        original = vars(owner)[name]
        replaced.append((owner, name, original))
        setattr(owner, name, made(original))

    others = tuple(clients.instructions.values())
    kept: dict[int, tuple[Instructions, Instructions]] = {}
    try:
        put(Instructions, "on", lambda original: _on(original, see, others, kept))
        put(OneCall, "__init__", lambda original: _init(original, see))
        put(Receptionist, "read", lambda original: _read(original, see))
        put(receptionist, "acts_of_keys", lambda original: _keys(original, see))
        put(rules, "greet", lambda original: _greet(original, see, rules.decide))
        unchanged = rules.decide
        put(rules, "decide", lambda original: _decide(original, see))
        for name in _PLAIN:
            put(rules, name, lambda original: _rule(original, see, unchanged))
        put(one_call, "compose", lambda original: _compose(original, see, others))
        put(one_call, "message_of", lambda original: _message(original, see))
        for name in ("work_after_turn", "work_after_call"):
            put(one_call, name, lambda original: _work(original, see))
        put(one_call, "queued_by", lambda original: _queued(original, see))
        put(CallBook, "save", lambda original: _saved(original, see))
        yield
    finally:
        for owner, name, original in reversed(replaced):
            setattr(owner, name, original)


# One wrapper for each place


def _on(
    original: Any, see: See, others: tuple[Instructions, ...], kept: dict[int, tuple[Instructions, Instructions]]
) -> Any:
    def on(self: Instructions, day: Any) -> Instructions:
        held = original(self, day)
        foreign = tuple(other for other in others if other.id != held.id)
        made = see(Seam.INSTRUCTIONS, held, Scene(instructions=held, others=foreign))
        if made is held:
            return held
        # The same object for the same client, so that understanding prepares it once.
        return kept.setdefault(id(held), (held, made))[1]

    return on


def _init(original: Any, see: See) -> Any:
    def init(self: OneCall, *args: Any, **named: Any) -> None:
        facilities = named.get("facilities")
        if facilities is not None:
            named["facilities"] = lambda: see(Seam.FACILITIES, facilities(), Scene())
        original(self, *args, **named)

    return init


def _read(original: Any, see: See) -> Any:
    async def read(self: Receptionist, heard: Any) -> Any:
        scene = Scene(call=self.call, instructions=self.instructions, words=heard.text)
        return see(Seam.READING, await original(self, heard), scene)

    return read


def _keys(original: Any, see: See) -> Any:
    def acts_of_keys(keys: str, expected: Any, instructions: Instructions, *, paused: bool) -> Any:
        acts = original(keys, expected, instructions, paused=paused)
        return see(Seam.KEYS, acts, Scene(instructions=instructions, words=keys))

    return acts_of_keys


def _greet(original: Any, see: See, unchanged: Any) -> Any:
    def greet(call: Call, instructions: Instructions, now: Any) -> Verdict:
        scene = _scene("greet", call, instructions, now, (), unchanged)
        return see(Seam.VERDICT, original(call, instructions, now), scene)

    return greet


def _decide(original: Any, see: See) -> Any:
    def decide(call: Call, acts: Any, instructions: Instructions, now: Any, *can: Any) -> Verdict:
        scene = _scene("decide", call, instructions, now, can, original)
        return see(Seam.VERDICT, original(call, acts, instructions, now, *can), scene)

    return decide


def _rule(original: Any, see: See, unchanged: Any) -> Any:
    def rule(call: Call, instructions: Instructions, now: Any, *rest: Any) -> Verdict | None:
        verdict = original(call, instructions, now, *rest)
        scene = _scene(original.__name__, call, instructions, now, rest[:1], unchanged)
        return None if verdict is None else see(Seam.VERDICT, verdict, scene)

    return rule


def _scene(rule: str, call: Call, instructions: Instructions, now: Any, can: tuple[Any, ...], unchanged: Any) -> Scene:
    def go_on(later: Call, acts: Any) -> Verdict:
        return unchanged(later, acts, instructions, now, *can)

    known = {"can": can[0]} if can else {}
    return Scene(call=call, instructions=instructions, now=now, rule=rule, decide=go_on, **known)


def _compose(original: Any, see: See, others: tuple[Instructions, ...]) -> Any:
    def compose(decisions: Any, call: Call, instructions: Instructions, now: Any, *, number: int) -> Any:
        said = original(decisions, call, instructions, now, number=number)
        foreign = tuple(other for other in others if other.id != call.client)
        return see(Seam.SENTENCES, said, Scene(call=call, instructions=instructions, now=now, others=foreign))

    return compose


def _message(original: Any, see: See) -> Any:
    def message_of(call: Call, instructions: Instructions, now: Any) -> Any:
        scene = Scene(call=call, instructions=instructions, now=now)
        return see(Seam.MESSAGE, original(call, instructions, now), scene)

    return message_of


def _work(original: Any, see: See) -> Any:
    def work(call: Call, *rest: Any) -> Any:
        return see(Seam.WORK, original(call, *rest), Scene(call=call))

    return work


def _queued(original: Any, see: See) -> Any:
    def queued_by(before: Call, call: Call, *rest: Any) -> Any:
        return see(Seam.QUEUED, original(before, call, *rest), Scene(call=call))

    return queued_by


def _saved(original: Any, see: See) -> Any:
    async def save(self: CallBook, call: Call, events: Any, *rest: Any) -> Any:
        return await original(self, call, see(Seam.WRITTEN, tuple(events), Scene(call=call)), *rest)

    return save
