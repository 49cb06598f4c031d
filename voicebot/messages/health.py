"""Do messages leave the house now? Answered at once from memory, for sentences that must not promise what fails."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection

from voicebot.domain.delivery import Channel
from voicebot.domain.instructions import Instructions

IN_A_ROW = 3
"""Refusals in a row, with nothing taken in between, after which a channel counts as failing."""
OF_THE_HOUSE = (Channel.EMAIL, Channel.SMS)
"""Channels that all clients share: the house's mail server and carrier. A webhook is one client's own."""
_OF_THE_ADDRESS = frozenset({"bad_address", "rejected", "forbidden_number", "too_large"})
"""Refusals that tell of one recipient, not of the channel."""
_FOR_GOOD = frozenset({"not_configured", "unauthorised"})
"""Refusals after which one is enough: the next letter would be refused as well."""
_EVERYBODY = ""


class DeliveryHealth:
    """Fed by whatever is sent, on any thread; asked on any thread. Nothing is kept: a new process hopes until it knows.

    Letters are tried however it stands, so a channel that works again is noticed by the first letter that it takes.

    Args:
        channels: those that are configured.
        reaches_operator: is there an operator to whom messages go that no rule takes?
    """

    def __init__(self, channels: Collection[Channel], *, reaches_operator: bool = False) -> None:
        self._channels = frozenset(channels)
        self._reaches_operator = reaches_operator
        self._failures: Counter[tuple[Channel, str]] = Counter()
        self._lock = threading.Lock()

    def note(self, channel: Channel, client: str, trouble: str = "") -> None:
        """What became of a letter. trouble: reason of the refusal (see ChannelError), "" when it was taken."""
        with self._lock:
            for key in self._keys(channel, client):
                if not trouble:
                    self._failures.pop(key, None)
                elif key[1] != _EVERYBODY or trouble not in _OF_THE_ADDRESS:
                    self._failures[key] += IN_A_ROW if trouble in _FOR_GOOD else 1

    def works(self, channel: Channel, client: str) -> bool:
        """May a letter of this client by this channel be expected to be taken?"""
        if channel not in self._channels:
            return False
        with self._lock:
            return all(self._failures[key] < IN_A_ROW for key in self._keys(channel, client))

    def delivery_works(self, instructions: Instructions) -> bool:
        """Does at least one channel work that this client's rules use, fallbacks included?"""
        used = {rule.channel for rule in instructions.deliveries}
        used |= {rule.fallback for rule in instructions.deliveries if rule.fallback}
        if not used:
            return self._reaches_operator and self.works(Channel.EMAIL, instructions.id)
        return any(self.works(channel, instructions.id) for channel in used)

    def _keys(self, channel: Channel, client: str) -> tuple[tuple[Channel, str], ...]:
        own = (channel, client)
        return (own, (channel, _EVERYBODY)) if channel in OF_THE_HOUSE else (own,)
