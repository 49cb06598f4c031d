"""The terms on which messages are delivered: clock, patience, the clients' instructions, the operator's address."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voicebot.channels.ports import Letter
from voicebot.domain.delivery import Delivery
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch
from voicebot.domain.instructions import Instructions
from voicebot.domain.tempo import Tempo
from voicebot.store.delivery_book import Recorded

SEND_LIMIT_S = 60.0
"""Real seconds that one channel may take for one letter; longer than any channel's own limit."""


@dataclass(frozen=True, slots=True)
class Terms:
    """instructions_of: a client's instructions now, by id; any thread, at once. Raises: UnknownClient.

    gives_up_s: a dispatch that was refused for so long has failed. operator_email: "" when there is none.
    chance: draws from [0, 1), for jitter.
    """

    instructions_of: Callable[[str], Instructions]
    tempo: Tempo
    gives_up_s: float = 24 * 3600.0
    operator_email: str = ""
    chance: Callable[[], float] = random.random
    send_limit_s: float = SEND_LIMIT_S


class LetterWriter(Protocol):
    """Writes letters; may take its time, and is called on threads. Raises: TemplateError."""

    def one(
        self,
        dispatch: Dispatch,
        recorded: Recorded,
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
        *,
        updated: bool,
    ) -> Letter:
        """updated: the reader had an earlier state of this message."""
        ...

    def gathered(
        self,
        digest: Digest,
        parts: Sequence[tuple[Dispatch, Recorded]],
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
    ) -> Letter:
        """One letter, with the digest's id, about several messages."""
        ...

    def alarm(self, identity: str, address: str, dead: Sequence[Dispatch], now: datetime) -> Letter:
        """To the operator: these messages reach nobody."""
        ...
