"""What the rules prepare once per client: its people and its examples, kept for the clients last spoken for."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from voicebot.domain.instructions import Instructions
from voicebot.understanding.wishes.caller_kinds import CallerKinds
from voicebot.understanding.wishes.directory import Directory
from voicebot.understanding.wishes.requests import Requests

MOST_CLIENTS = 128
"""Clients kept prepared; the one not used for longest goes first."""


@dataclass(frozen=True, slots=True)
class Prepared:
    instructions: Instructions
    directory: Directory
    requests: Requests
    caller_kinds: CallerKinds


class _Shelf:
    """Prepared clients by the identity of their instructions, which are frozen."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Prepared] = OrderedDict()

    def of(self, instructions: Instructions) -> Prepared:
        key = id(instructions)
        kept = self._kept.get(key)
        if kept is None or kept.instructions is not instructions:
            kept = Prepared(
                instructions,
                Directory(instructions),
                Requests(instructions),
                CallerKinds(instructions),
            )
            self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_CLIENTS:
            self._kept.popitem(last=False)
        return kept


_SHELF = _Shelf()


def prepared_for(instructions: Instructions) -> Prepared:
    return _SHELF.of(instructions)
