"""How often somebody may try: counted with `limits`, in bounded memory, by the house's clock."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

MOST_KEYS = 50_000
"""Counters that are kept; one more forgets the one that was touched longest ago."""

OF_NAME_AND_ADDRESS = "5/minute;12/hour;30/day"
"""Sign-ins that fail, for one user from one address: the waits grow from a minute to a day."""
OF_NAME = "20/hour;100/day"
OF_ADDRESS = "30/minute;120/hour;400/day"
"""A whole floor of agents may share one address."""
OF_SESSION = "1200/minute"
OF_STRANGER = "240/minute"
"""Requests of one address without a session: sign-in pages and what they load."""


class BoundedCounters(Storage):
    """Counters for `limits` that take bounded room and ask our clock what time it is."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], datetime], most: int = MOST_KEYS) -> None:
        super().__init__()
        self._clock = clock
        self._most = most
        self._counters: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return KeyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with self._one_at_a_time:
            count, until = self._standing(key)
            self._counters[key] = (count + amount, until if count else self._now() + expiry)
            self._counters.move_to_end(key)
            while len(self._counters) > self._most:
                self._counters.popitem(last=False)
            return count + amount

    def get(self, key: str) -> int:
        with self._one_at_a_time:
            return self._standing(key)[0]

    def get_expiry(self, key: str) -> float:
        with self._one_at_a_time:
            return self._standing(key)[1]

    def give_back(self, key: str) -> None:
        """One less: what was counted beforehand came out well."""
        with self._one_at_a_time:
            count, until = self._standing(key)
            if count:
                self._counters[key] = (count - 1, until)

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._one_at_a_time:
            had = len(self._counters)
            self._counters.clear()
            return had

    def clear(self, key: str) -> None:
        with self._one_at_a_time:
            self._counters.pop(key, None)

    def _now(self) -> float:
        return self._clock().timestamp()

    def _standing(self, key: str) -> tuple[int, float]:
        count, until = self._counters.get(key, (0, 0.0))
        return (count, until) if until > self._now() else (0, self._now())


@dataclass(frozen=True, slots=True)
class Allowance:
    """One rule for one somebody. key: who."""

    rules: tuple[RateLimitItem, ...]
    key: str


class Rate:
    """clock: aware. rules: "5/minute;12/hour": all of them hold; the longest wait counts."""

    def __init__(self, clock: Callable[[], datetime], most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._counters = BoundedCounters(clock, most_keys)
        self._limiter = FixedWindowRateLimiter(self._counters)

    def allowance(self, rules: str, *who: str) -> Allowance:
        return Allowance(tuple(parse_many(rules)), "|".join(who))

    def try_once(self, allowances: Iterable[Allowance]) -> float:
        """Counts one try. Returns: 0.0 when all allow it, else how many seconds to wait."""
        wait_s = 0.0
        for allowance in allowances:
            for rule in allowance.rules:
                if not self._limiter.hit(rule, allowance.key):
                    reset_at = self._limiter.get_window_stats(rule, allowance.key).reset_time
                    wait_s = max(wait_s, reset_at - self._clock().timestamp(), 1.0)
        return wait_s

    def came_out_well(self, forgiven: Allowance, given_back: Iterable[Allowance] = ()) -> None:
        """forgiven: all its tries are forgotten. given_back: only the last one is."""
        for rule in forgiven.rules:
            self._limiter.clear(rule, forgiven.key)
        for allowance in given_back:
            for rule in allowance.rules:
                self._counters.give_back(rule.key_for(allowance.key))


def network_of(address: str) -> str:
    """What one somebody has of the network: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
