"""What goes wrong at the synthetic Twilio's REST API: on order, or by chance at a given rate."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    RATE_LIMITED = "rate_limited"
    """429 with Retry-After; not taken."""
    SERVER = "server"
    """500; not taken."""
    NO_ANSWER = "no_answer"
    """The request is not taken and never answered."""
    LOST_RESPONSE = "lost_response"
    """Taken and obeyed; the connection breaks before the answer. A house that just tries again rings twice."""


@dataclass
class _Ordered:
    fault: Fault
    times: int
    resource: str


class Faults:
    """Args: rates: share of all POST requests that meets each fault. seed: of the chance."""

    def __init__(self, rates: Mapping[Fault, float] | None = None, seed: int = 0) -> None:
        self.rates = dict(rates or {})
        self.met: list[Fault] = []
        self._chance = random.Random(seed)
        self._ordered: list[_Ordered] = []

    def order(self, fault: Fault, times: int, resource: str) -> None:
        self._ordered.append(_Ordered(fault, times, resource))

    def next(self, resource: str, *, posting: bool) -> Fault | None:
        """The fault that this request meets, None for a good day."""
        fault = self._by_order(resource) or (self._by_chance() if posting else None)
        if fault is not None:
            self.met.append(fault)
        return fault

    def _by_order(self, resource: str) -> Fault | None:
        for ordered in self._ordered:
            if ordered.times > 0 and ordered.resource in ("", resource):
                ordered.times -= 1
                return ordered.fault
        return None

    def _by_chance(self) -> Fault | None:
        drawn = self._chance.random()
        for fault, rate in self.rates.items():
            if drawn < rate:
                return fault
            drawn -= rate
        return None
