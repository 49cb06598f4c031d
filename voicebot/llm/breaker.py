"""A circuit breaker: a server that failed several times in a row is left alone for a while, so turns do not wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Opens after `most_failures` in a row; then one trial is let through per rest, and a success closes it.

    Args:
        rest_s: seconds of the first rest; each failed trial doubles it, up to longest_rest_s.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        most_failures: int = 3,
        rest_s: float = 15.0,
        longest_rest_s: float = 240.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_failures = most_failures
        self._first_rest_s = rest_s
        self._longest_rest_s = longest_rest_s
        self._clock = clock
        self._failures = 0
        self._rest_s = rest_s
        self._closed_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        """True while nothing may be asked."""
        return self._closed_again_at is not None and self._clock() < self._closed_again_at

    def begin_trial(self) -> None:
        """Called when a request is let through after a rest: other requests go on resting until it has ended."""
        if self._closed_again_at is not None:
            self._closed_again_at = self._clock() + self._rest_s

    def note_success(self) -> None:
        self._failures = 0
        self._rest_s = self._first_rest_s
        self._closed_again_at = None

    def note_failure(self) -> None:
        self._failures += 1
        if self._closed_again_at is not None:
            self._rest_s = min(self._rest_s * 2, self._longest_rest_s)
        if self._failures >= self._most_failures:
            self._closed_again_at = self._clock() + self._rest_s
