"""What the rest of the house may do with a conversation that is going on: join a human, listen, hint, part them again."""

from __future__ import annotations

from typing import Protocol

from voicebot.domain.handoff import Hint, Returned, Taker, Why
from voicebot.voice.line import Line


class LiveLine(Protocol):
    """One call's line while `converse` runs (voicebot.voice.conversation). Methods after its end do nothing."""

    @property
    def speaking(self) -> bool:
        """The receptionist speaks now."""
        ...

    @property
    def joined(self) -> Taker | None:
        """The human who talks with the caller on this line now."""
        ...

    @property
    def listeners(self) -> int: ...

    async def join(self, headset: Line, taker: Taker, handoff: str) -> Why:
        """Caller and headset hear each other at once; the receptionist announces the taker over it, then is silent.

        Until one of the two hangs up, the headset is lost, or `part` or `hang_up` is called. Both sides are transcribed
        for the call's file and keep being recorded where the call is. The caller's keys reach the headset; keys of the
        headset are heard by the caller as tones.

        Returns: why it ended: CALLER_HUNG_UP, AGENT_HUNG_UP (by hang_up), GIVEN_BACK (by part), AGENT_LOST. After
        AGENT_LOST the receptionist has already taken the caller back. The headset's websocket is closed.
        """
        ...

    async def listen(self, headset: Line) -> None:
        """Lets a headset hear both sides, in silence, until it or the call is gone. The call does not change in any way."""
        ...

    async def part(self, returned: Returned) -> None:
        """Ends `join`, and the receptionist goes on with the caller at once."""
        ...

    async def hold(self, *, on: bool) -> None: ...

    async def announce(self, taker: Taker, handoff: str) -> None:
        """Says who takes the call (by telephone) and returns once it was played; the receptionist is silent from then on."""
        ...

    async def hint(self, hint: Hint) -> None:
        """Told when nobody speaks; its answer is spoken like any other."""
        ...

    async def hang_up(self) -> None:
        """The human ends the call for both."""
        ...
