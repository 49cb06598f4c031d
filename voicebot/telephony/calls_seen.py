"""Which carrier call is which attempt, as far as this process was told: by the carrier's answers and its callbacks."""

from __future__ import annotations

import threading
from collections import OrderedDict

REMEMBERED = 1000


class CallsSeen:
    """The last REMEMBERED calls. What is not here may still be in the rows, or known to another process.

    May be shared by threads: webhooks come on one event loop, ladders ring on another.
    """

    def __init__(self) -> None:
        self._attempts: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, attempt: str, carrier_call_id: str) -> None:
        if not carrier_call_id:
            return
        with self._lock:
            self._attempts[carrier_call_id] = attempt
            self._attempts.move_to_end(carrier_call_id)
            while len(self._attempts) > REMEMBERED:
                self._attempts.popitem(last=False)

    def attempt_of(self, carrier_call_id: str) -> str:
        """ "" when it is not known."""
        return self._attempts.get(carrier_call_id, "")

    def call_of(self, attempt: str) -> str:
        """The last call that was seen of this attempt; "" when none was."""
        with self._lock:
            return next((call for call, of in reversed(self._attempts.items()) if of == attempt), "")
