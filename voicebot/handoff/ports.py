"""What handing over asks of the rest of the house, and what agents' pages, telephones and lines ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from voicebot.domain.agent import AgentState, AgentWay, Presence, User
from voicebot.domain.call import Call
from voicebot.domain.callback import Callback, CallbackStatus
from voicebot.domain.handoff import Handoff, Hint, QueueStanding, Returned, Taker, Task, Why
from voicebot.domain.ladder import CallEnd
from voicebot.domain.language import Language


class AgentsDesk(Protocol):
    """What agents do and see (voicebot.handoff.desk.HandoffDesk). All methods raise StoreError.

    Rows are the truth: any process of the house may be asked, and every change is one transaction.
    """

    async def come(self, user: User, clients: Sequence[str], languages: Sequence[Language], way: AgentWay) -> Presence:
        """Takes calls from now on, for a part of what the user may cover (() for all of it)."""
        ...

    async def set_state(self, agent: str, state: AgentState, reason: str = "") -> Presence:
        """AVAILABLE, PAUSED or OFFLINE; an offer that is ringing there goes to the next agent. In a call: after it.

        Raises: HandoffRefused (busy: OFFLINE while the caller is theirs).
        """
        ...

    async def seen(self, agent: str) -> None:
        """Their browser is still there."""
        ...

    async def presence(self, agent: str) -> Presence | None: ...

    async def presences(self) -> list[Presence]:
        """Of everybody who is not offline."""
        ...

    async def queue(self) -> list[Handoff]:
        """In the order in which they are offered, then those with an agent, oldest first."""
        ...

    async def handoff(self, handoff_id: str) -> Handoff:
        """Raises: UnknownHandoff."""
        ...

    async def of_call(self, call_id: str) -> list[Handoff]:
        """All handoffs of a call, oldest first."""
        ...

    async def accept(self, handoff_id: str, taker: Taker) -> Handoff:
        """Claims it: one of all who try, at once, has it. Everybody else's ringing stops.

        Raises: HandoffRefused (taken, over, busy), UnknownHandoff.
        """
        ...

    async def decline(self, handoff_id: str, agent: str, why: Why = Why.DECLINED) -> None:
        """The next one is asked. Told late, or twice, it changes nothing."""
        ...

    async def take_over(self, call: Call, taker: Taker) -> Handoff:
        """Takes a call that nobody offered, from receptionist or queue. Raises: HandoffRefused (taken, over, busy)."""
        ...

    async def talking(self, handoff_id: str, after_ms: float) -> None:
        """Both hear each other, after_ms after the acceptance."""
        ...

    async def give_back(self, handoff_id: str, agent: str, task: Task | None) -> Handoff:
        """The agent lets the receptionist go on. Raises: HandoffRefused (not_yours, over)."""
        ...

    async def not_taken(self, handoff_id: str, why: Why) -> Handoff:
        """The agent who had it is gone, or could not be joined with the caller: RETURNED. One that is over is left."""
        ...

    async def standing(self, handoff_id: str) -> QueueStanding: ...

    def changes(self) -> AsyncIterator[int]:
        """A number whenever queue, presences or callbacks changed, here or in another process; at once for the first."""
        ...

    async def callbacks(self, *, done: bool = False, limit: int = 200) -> list[Callback]:
        """The most urgent first, then the oldest. done: those that are done, the newest first."""
        ...

    async def change_callback(self, callback_id: str, user: str, status: CallbackStatus, note: str = "") -> Callback:
        """Raises: UnknownHandoff, HandoffRefused (taken: somebody else said that they call)."""
        ...


class Purpose(StrEnum):
    """What a headset is put on for."""

    TALK = "talk"
    LISTEN = "listen"
    """In silence: nobody hears that somebody listens."""


@dataclass(frozen=True, slots=True)
class HeadsetTicket:
    """Opens one media stream of one headset, once, within a minute. path: of the websocket. handoff: "" to listen."""

    path: str
    token: str
    call: str
    handoff: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call on the line in this process, for the cockpit. talking_with: the human who has the caller, or None."""

    call: Call
    speaking: bool
    """The receptionist speaks now."""
    talking_with: Taker | None = None
    listeners: int = 0


class LiveFloor(Protocol):
    """The calls that are on the line in this process (voicebot.wiring.live_floor)."""

    def live(self) -> Sequence[LiveCall]: ...

    def headset(self, call_id: str, user: User, purpose: Purpose, handoff: str = "") -> HeadsetTicket:
        """Raises: HandoffRefused (elsewhere, over)."""
        ...

    async def hint(self, call_id: str, hint: Hint) -> None:
        """Raises: HandoffRefused (elsewhere, over)."""
        ...

    async def hold(self, call_id: str, *, on: bool) -> None:
        """The caller hears hold sound, and neither side hears the other. Raises: HandoffRefused."""
        ...

    async def return_caller(self, call_id: str, returned: Returned) -> None:
        """Parts agent and caller; the receptionist speaks next. Raises: HandoffRefused."""
        ...

    async def hang_up(self, call_id: str) -> None:
        """The agent ends the call for both. Raises: HandoffRefused."""
        ...

    async def announce(self, call_id: str, handoff: str, taker: Taker) -> None:
        """Tells the caller who takes the call; returns once that was heard. Raises: HandoffRefused."""
        ...


@dataclass(frozen=True, slots=True)
class AgentRing:
    """One call to the telephone of an agent, or of a person of the client. agent: id of whom it rings. number: E.164."""

    handoff: str
    agent: str
    number: str
    ring_s: int


class AgentTelephone(Protocol):
    """A carrier that rings humans for a handoff and joins them with the caller (voicebot.telephony.agent_telephone)."""

    async def ring(self, ring: AgentRing) -> str:
        """Returns: the carrier's id of the call. Raises: ChannelError."""
        ...

    async def hang_up(self, agent_line: str, *, silently: bool = False) -> None:
        """Tells whoever listens there that the caller is no longer to be had, unless silently; then the line ends.

        One that is over, or ends by itself, is left. Raises: ChannelError.
        """
        ...

    def ends_by_itself(self, agent_line: str) -> None:
        """That line is over, or says its goodbye now: hang_up leaves it."""
        ...

    async def caller_into_room(self, carrier_call_id: str, room: str) -> None:
        """The caller leaves our media stream for the conference; when that ends, the carrier asks our resume address.

        Raises: ChannelError.
        """
        ...

    async def caller_out_of_room(self, carrier_call_id: str) -> None:
        """The caller comes back to our resume address now. Raises: ChannelError."""
        ...


class Pressed(StrEnum):
    """What a key of a rung human did."""

    TAKEN = "taken"
    """The caller is theirs: into the room."""
    DECLINED = "declined"
    AGAIN = "again"
    """Not a key that means something: the briefing is said again."""
    GONE = "gone"
    """The caller has hung up, or somebody else has the call."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What a human hears on the telephone before taking a call; the caller never does. sentences in order."""

    language: Language
    opening: str
    sentences: tuple[str, ...]
    choices: str


class TelephoneDesk(Protocol):
    """What the telephones of agents tell the house (voicebot.handoff.telephones). Ids nobody knows raise UnknownHandoff."""

    async def briefing(self, handoff_id: str, agent: str) -> Briefing:
        """Raises: HandoffRefused (over, taken) when the call no longer waits for them."""
        ...

    async def press(self, handoff_id: str, agent: str, key: str) -> Pressed: ...

    async def together(self, handoff_id: str) -> None:
        """Caller and agent are both in the room: they hear each other. Told late, or twice, it changes nothing."""
        ...

    async def line_ended(self, handoff_id: str, agent: str, how: CallEnd) -> None:
        """Their line is over: unanswered, declined by hanging up (PASSED), or after the talk.

        MACHINE: a voicemail, on a line that still goes on. Raises: HandoffRefused (taken) for a MACHINE that has pressed 1.
        """
        ...
